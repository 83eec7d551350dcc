"""Whether the numbers of the text stand in its sources, whatever units they are written in."""

from collections.abc import Iterator, Sequence

from agents.cite import cited_labels
from agents.critic.asked import Asked, Source
from agents.critic.checks.matching import is_record, sources_of
from agents.critic.remark import Remark, Severity, place
from agents.critic.text import Document, Sentence
from tools.quantities.compare import Missing, missing

_FULL_TEXT = 6_000


def numbers(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on numbers that no source has; where a sentence cites sources, only those count.

    A number with the digits of the source's and another power of ten is a slip of the unit, and grave. Where only an
    abstract was given, others may stand in the rest of the paper, so that they are no more than something to look up.
    """
    for item in document.items:
        sources = sources_of(item, asked)
        if not sources:
            continue
        full = sum(len(source.text) for source in sources) >= _FULL_TEXT
        for sentence in (one for one in item.sentences if not is_record(one.block)):
            cited = _cited(sentence, asked, sources)
            texts = [f"{source.title}\n{source.published}\n{source.text}" for source in cited or sources]
            for found in missing(sentence.text, [*texts, item.title]):
                yield _remark(document.text, sentence, found, certain=full or bool(cited))


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


def _remark(text: str, sentence: Sentence, found: Missing, *, certain: bool) -> Remark:
    quantity = found.quantity
    severity: Severity = "critical" if found.slip else "major" if certain else "minor"
    return Remark(
        check="numbers",
        severity=severity,
        wrong=f"{found}." if found.slip else f"{quantity.text} stands in none of the sources that it could come from.",
        fix=f"Write it as the source does: {found.slip.text}."
        if found.slip
        else "Take the number from the source, or leave it out.",
        where=place(text, sentence, sentence.start + quantity.start, sentence.start + quantity.end),
    )
