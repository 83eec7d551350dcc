"""What several experts said, laid side by side."""

import asyncio
from collections.abc import Sequence

from agents.experts import Said
from agents.panel.agree import Agreement, read
from agents.panel.claims import Voice, heard
from agents.state import Deps, Turn


async def laid_side_by_side(said: Sequence[Said], state: Turn, deps: Deps) -> Agreement:
    """How far the contributions agree. Meanings are compared by the library's embedder."""
    voices = [Voice(item.expert.name, item.text) for item in said]
    listened = await asyncio.to_thread(heard, voices)
    rows = await deps.library.embed(listened.texts) if listened.texts else None
    return await asyncio.to_thread(read, listened, state.get("evidence", ()), rows, state["route"].standalone)
