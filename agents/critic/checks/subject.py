"""Whether a summary is about what its title and its source are about."""

from collections.abc import Iterator

from agents.critic.asked import Asked
from agents.critic.checks.matching import is_record, sources_of
from agents.critic.remark import Remark, place
from agents.critic.text import Document
from tools.llm.extractive.glossary import in_english
from tools.llm.extractive.names import coined_names
from tools.llm.extractive.tokens import cjk_share, terms

_GENERIC = frozenset(
    terms(
        "model models method methods approach system systems framework learning training data dataset large small new "
        "towards toward improved improving better efficient efficiently effective via using based beyond with without "
        "novel study analysis problem task tasks general scale scaling high low good fast single multi need all"
    )
)
_LEAST_TITLE_TERMS = 3
_LEAST_BODY_TERMS = 3
_LEAST_SHARED_WITH_SOURCE = 0.12


def subject(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on items whose text shares nothing with their title, or next to nothing with their source.

    Texts in Japanese and Korean are compared by the names and the technical terms that code can translate; an item
    with too few of them is not judged.
    """
    for item in document.items:
        prose = [block for block in item.blocks if block.kind in ("paragraph", "bullet") and not is_record(block)]
        if not prose or item.title.startswith("@"):
            continue
        said = _terms("\n".join(block.said for block in prose))
        title = set(terms(item.title)) - _GENERIC
        names = {name.casefold() for name in coined_names(item.title)}
        text = " ".join(block.text for block in prose).casefold()
        if any(name in text for name in names) or any(part in text for part in _parts(item.title)):
            continue
        enough = len(said - _GENERIC) >= _LEAST_BODY_TERMS
        if len(title) >= _LEAST_TITLE_TERMS and enough and not title & said:
            yield Remark(
                check="subject",
                severity="critical",
                wrong=f'The text has no term of its title, "{item.title}": it seems to be about another work.',
                fix="Read the source again and write the text from it.",
                where=place(document.text, prose[0]),
            )
        elif enough and (share := _shared(said, item, asked)) is not None and share < _LEAST_SHARED_WITH_SOURCE:
            yield Remark(
                check="subject",
                severity="critical",
                wrong=f"Only {share:.0%} of the text's terms are in its source: it seems to be about another work.",
                fix="Write the text from the source that was given.",
                where=place(document.text, prose[0]),
            )


def _terms(text: str) -> set[str]:
    """The English content terms of a text, those of other languages as far as code can translate them."""
    if cjk_share(text) < 0.2:
        return set(terms(text))
    return set(terms(in_english(text)))


def _shared(said: set[str], item: Document, asked: Asked) -> float | None:
    sources = sources_of(item, asked)
    if not sources:
        return None
    known = {term for source in sources for term in _terms(f"{source.title}\n{source.text}")}
    return len(said & known) / len(said)


def _parts(title: str) -> list[str]:
    """The name before a colon and the quoted words of a title."""
    head, colon, _ = title.partition(":")
    name = head.strip().casefold()
    return [name] if colon and 2 < len(name) <= 40 else []
