"""Which embedder a library is opened with: the one that the settings name, else the one that it is indexed with."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from server.settings import Settings
from tools.errors import BadSettings
from tools.library.embed import Embedder
from tools.library.embedders import embedder_named
from tools.library.places import vector_folders
from tools.library.rows import VectorRows

if TYPE_CHECKING:  # the SDK takes half a second to import
    import openai

DEFAULT = "static"
_TIMEOUT_S = 60.0


def fitting_embedder(settings: Settings, folder: Path) -> Embedder:
    """The embedder for the library in the folder. Raises BadSettings, and OperatorError where its files are missing.

    One that is not what the library is indexed with is an error of the opening, which says what to do.
    """
    return named_embedder(settings, settings.embedder or indexed_with(folder) or DEFAULT)


def named_embedder(settings: Settings, name: str) -> Embedder:
    """The embedder "static", "minilm", "minilm-int8" or "openai:<model>".

    MiniLM's files hold either form of the model; "minilm-int8" insists on the one.
    """
    wanted = "minilm" if name == "minilm-int8" else name
    embedder = embedder_named(wanted, client=partial(_client, settings) if settings.openai_api_key else None)
    if name == "minilm-int8" and not embedder.name.startswith(name):
        raise BadSettings(
            "The MiniLM files of this machine hold the model in full precision, not in int8. Put the int8 model in "
            "their place, or choose minilm.",
            param="embedder",
        )
    return embedder


def indexed_with(folder: Path) -> str:
    """The setting's name of the embedder that the library in the folder is indexed with; "" if there is none yet."""
    current = folder / vector_folders(folder).current
    state = VectorRows(current, 1, read_only=True).state() if current.is_dir() else None
    if state is None:
        return ""
    return state.embedder if state.embedder.startswith("openai:") else state.embedder.rpartition("-")[0]


def _client(settings: Settings) -> "openai.OpenAI":
    import openai

    key = settings.openai_api_key
    return openai.OpenAI(
        api_key=key.get_secret_value() if key else "",
        base_url=settings.openai_base_url,
        http_client=httpx2.Client(timeout=_TIMEOUT_S),
    )
