"""Hits as the evidence that is put before a model."""

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest

from tools.llm.extractive.sentences import plain
from tools.types import Evidence, Hit, PassageId


def as_evidence(hits: Iterable[Hit], limit: int) -> tuple[Evidence, ...]:
    """The first `limit` different passages, labelled from 1."""
    distinct: dict[PassageId, Hit] = {}
    for hit in hits:
        distinct.setdefault(hit.passage.id, hit)
    chosen = list(distinct.values())[:limit]
    return tuple(
        Evidence(
            label=label,
            paper_id=hit.paper.id,
            passage_id=hit.passage.id,
            title=plain(hit.paper.title) or hit.paper.id,
            published=hit.paper.published,
            heading=hit.passage.heading,
            text=hit.passage.text,
            url=hit.paper.url,
            authors=hit.paper.authors,
        )
        for label, hit in enumerate(chosen, 1)
    )


def labelled(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The evidence with labels from 1, in its order."""
    return tuple(item.model_copy(update={"label": label}) for label, item in enumerate(evidence, 1))


def interleaved(found: Sequence[Sequence[Hit]]) -> list[Hit]:
    """The hits of several queries in turn, so that each query has its share of the evidence."""
    return [hit for hit in chain.from_iterable(zip_longest(*found)) if hit is not None]
