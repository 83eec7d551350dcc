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
        asked, count = models_of(pool), wanted or USUAL_JUDGES
    else:
        asked = tuple(_named(name, models_of(pool)) for name in dict.fromkeys(wanted))
        count = len(asked)
    written = [model for model in asked if not model.extractive]
    if not written:
        return Bench(asked[:1] if isinstance(wanted, tuple) else (pool.fallback,), writers)
    others = [model for model in written if model.name not in writers]
    notes = tuple(f"{model.name} wrote the text and does not judge it." for model in written if model not in others)
    others = others or [model for model in models_of(pool) if not model.extractive and model.name not in writers][:1]
    if not others:
        note = f"{written[0].name} wrote the text and judges it, because there is no other language model."
        return Bench(tuple(written[:1]), writers, (note,))
    return Bench(tuple(others[:count]), writers, notes)


def models_of(pool: Pool) -> tuple[Model, ...]:
    """Every model once. As an expert a model has no others behind it that would judge in its place."""
    experts = {model.name: model for model in pool.experts}
    return tuple(experts.get(model.name, model) for model in pool.models)


def _named(name: str, models: Sequence[Model]) -> Model:
    found = next((model for model in models if model.name == name), None)
    if found is None:
        names = ", ".join(model.name for model in models)
        raise InvalidRequest(f"judges: there is no model {name!r}. There are: {names}.", param="judges")
    return found
