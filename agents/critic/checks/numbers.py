"""Whether the numbers of the text stand in its sources, whatever units they are written in."""

from collections.abc import Iterator, Mapping, Sequence

from agents.cite import cited_labels
from agents.critic.asked import Asked, Source
from agents.critic.checks.matching import is_record, sources_of
from agents.critic.checks.reference_list import is_reference_list
from agents.critic.remark import Remark, place
from agents.critic.text import Document, Sentence
from tools.quantities.compare import Missing, known_in, missing_among
from tools.quantities.read import Quantity

_FULL_TEXT = 6_000
_MOST_NAMED = 12


def numbers(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on numbers that no source has; where a sentence cites sources, only those count.

    A number with the digits of the source's and another power of ten is a slip of the unit, and grave. Where only an
    abstract was given, others may stand in the rest of the paper: one remark says which to look up.
    """
    known = {source.text: known_in((source.title, source.published, source.text)) for source in asked.sources}
    for item in document.items:
        sources = sources_of(item, asked)
        if sources:
            yield from _of_item(item, sources, asked, known)


def _of_item(
    item: Document, sources: Sequence[Source], asked: Asked, known: Mapping[str, Sequence[Quantity]]
) -> Iterator[Remark]:
    titles, everything = known_in([item.title]), tuple(one for source in sources for one in known[source.text])
    full = sum(len(source.text) for source in sources) >= _FULL_TEXT
    lists = {block.start for part in item.parts if is_reference_list(part.heading) for block in part.blocks}
    doubtful: list[tuple[Sentence, Missing]] = []
    for sentence in item.sentences:
        if is_record(sentence.block) or sentence.block.start in lists:
            continue
        cited = _cited(sentence, asked, sources)
        among = tuple(one for source in cited for one in known[source.text]) or everything
        for found in missing_among(sentence.text, (*among, *titles)):
            if found.slip or full or cited:
                yield _remark(item.text, sentence, found)
            else:
                doubtful.append((sentence, found))
    if doubtful:
        yield _to_look_up(item.text, doubtful)


def why_no_numbers(asked: Asked) -> str:
    """Why the check cannot be made, if it cannot."""
    return "" if asked.sources else "no sources were given"


def _cited(sentence: Sentence, asked: Asked, sources: Sequence[Source]) -> list[Source]:
    """The sources that the sentence cites; without references, [n] is the n-th source."""
    labels = cited_labels(sentence.text)
    if asked.references is None:
        return [sources[label - 1] for label in labels if label <= len(sources)]
    ids = {entry.id for number, entry in enumerate(asked.references, 1) if (entry.number or number) in labels}
    return [source for source in sources if source.id and source.id in ids]


def _remark(text: str, sentence: Sentence, found: Missing) -> Remark:
    quantity, slip = found.quantity, found.slip
    return Remark(
        check="numbers",
        severity="critical" if slip else "major",
        wrong=f"{found}." if slip else f"{quantity.text} stands in none of the sources that it could come from.",
        fix=f"Write it as the source does: {slip.text}." if slip else "Take it from the source, or leave it out.",
        where=place(text, sentence, sentence.start + quantity.start, sentence.start + quantity.end),
    )


def _to_look_up(text: str, doubtful: Sequence[tuple[Sentence, Missing]]) -> Remark:
    sentence, first = doubtful[0]
    named = list(dict.fromkeys(found.quantity.text for _, found in doubtful))
    shown = ", ".join(named[:_MOST_NAMED]) + (
        f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    )
    return Remark(
        check="numbers",
        severity="minor",
        wrong=f"These numbers are not in the sources that were given, which are short: {shown}.",
        fix="Look them up in the paper itself, or leave them out.",
        where=place(text, sentence, sentence.start + first.quantity.start, sentence.start + first.quantity.end),
    )
