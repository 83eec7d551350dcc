"""What of a conversation is put before a model."""

from agents.cite import without_marks
from agents.notices import is_reference_heading
from agents.state import Turn
from tools.types import Message

_TURNS = 6
_CHARACTERS = 2_000


def recent_turns(state: Turn) -> tuple[Message, ...]:
    """The client's instructions and the newest turns, each cut short; of what came before, the notes tell.

    Old answers lose their citation marks and reference lists: their numbers would point into the
    evidence of this turn.
    """
    wishes = (Message(role="system", content=state["instructions"]),) if state["instructions"].strip() else ()
    return tuple(_short(turn) for turn in (*wishes, *said_before(state)[-_TURNS:]) if turn.content.strip())


def said_before(state: Turn) -> tuple[Message, ...]:
    """The turns that are known, as they were."""
    return tuple(Message.model_validate(turn) for turn in state["history"])


def _short(turn: Message) -> Message:
    text = turn.content
    if turn.role == "assistant":
        lines = text.splitlines()
        end = next((i for i, line in enumerate(lines) if is_reference_heading(line)), len(lines))
        text = "\n".join(without_marks(line) for line in lines[:end]).strip() or "(an answer)"
    return turn.model_copy(update={"content": _cut(text)})


def _cut(text: str) -> str:
    """The text as far as there is room for it, up to a word's end, with a mark where more was said."""
    if len(text) <= _CHARACTERS:
        return text
    kept = text[:_CHARACTERS]
    at = max(kept.rfind(" "), kept.rfind("\n"), kept.rfind("。") + 1)
    return (kept[:at] if at > _CHARACTERS // 2 else kept).rstrip() + " [...]"
