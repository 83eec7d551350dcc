"""Who judges a text: several models, never its author where there is another."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.errors import InvalidRequest
from tools.llm.model import Model
from tools.llm.pool import Pool

USUAL_JUDGES = 3


@dataclass(frozen=True)
class Bench:
    """The judges of a text. `notes` say what was decided about who may judge."""

    judges: tuple[Model, ...]
    authors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def bench_for(pool: Pool, authors: Sequence[str] = (), wanted: int | Sequence[str] | None = None) -> Bench:
    """The judges out of a pool: language models that did not write the text, as many as wanted.

    The author judges only where it is the only language model; without any, the text is measured. Raises
    InvalidRequest for the name of a judge that does not exist.
    """
    writers = tuple(authors)
    if wanted is None or isinstance(wanted, int):
        asked, count = pool.models, wanted or USUAL_JUDGES
    else:
        asked = tuple(_named(name, pool) for name in dict.fromkeys(wanted))
        count = len(asked)
    written = [model for model in asked if not model.extractive]
    if not written:
        return Bench(asked[:1] if isinstance(wanted, tuple) else (pool.fallback,), writers)
    others = [model for model in written if model.name not in writers]
    notes = tuple(f"{model.name} wrote the text and does not judge it." for model in written if model not in others)
    others = others or [model for model in pool.models if not model.extractive and model.name not in writers][:1]
    if not others:
        note = f"{written[0].name} wrote the text and judges it, because there is no other language model."
        return Bench(tuple(written[:1]), writers, (note,))
    return Bench(tuple(others[:count]), writers, notes)


def _named(name: str, pool: Pool) -> Model:
    found = next((model for model in pool.models if model.name == name), None)
    if found is None:
        names = ", ".join(model.name for model in pool.models)
        raise InvalidRequest(f"judges: there is no model {name!r}. There are: {names}.", param="judges")
    return found
