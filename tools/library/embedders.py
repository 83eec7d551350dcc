"""The choice of an embedder by its name in the settings."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import BadSettings
from tools.library.embed import Embedder, StaticEmbedder
from tools.library.minilm import MiniLMEmbedder

if TYPE_CHECKING:  # the SDK takes half a second to import
    import openai

_ENDPOINT = "openai:"


def embedder_named(
    name: str, *, client: "Callable[[], openai.OpenAI] | None" = None, minilm_folder: Path | None = None
) -> Embedder:
    """The embedder "static", "minilm" or "openai:<model>".

    `client` is called for the last one only. Raises BadSettings for another name or without a client, and
    OperatorError where MiniLM's files are missing.
    """
    if name == "static":
        return StaticEmbedder()
    if name == "minilm":
        return MiniLMEmbedder(minilm_folder)
    model = name.removeprefix(_ENDPOINT).strip()
    if not name.startswith(_ENDPOINT) or not model:
        raise BadSettings(
            f"There is no embedder {name!r}: choose static, minilm, minilm-int8 or openai:<model>.", param="embedder"
        )
    if client is None:
        raise BadSettings(f"The embedder {name!r} needs an endpoint and a key.", param="embedder")
    from tools.library.openai_embedder import OpenAIEmbedder

    return OpenAIEmbedder(client(), model)
