"""Whether a summary is about what its title and its source are about."""

from collections.abc import Iterator, Sequence

from agents.critic.asked import Asked
from agents.critic.checks.matching import is_record, sources_of
from agents.critic.remark import Remark, place
from agents.critic.text import Block, Document
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
_LEAST_SOURCE_TERMS = 40
_SHARED_WITH_SOURCE, _NEXT_TO_NOTHING = 0.18, 0.08
"""Of 86 digests, the one that is about another work shares nothing with its paper and the others from 22 % on."""


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
        if len(said - _GENERIC) >= _LEAST_BODY_TERMS:
            off_title = list(_off_title(document.text, item, prose, said))
            yield from off_title or _off_source(document.text, item, prose[0], said, asked)


def _off_title(text: str, item: Document, prose: Sequence[Block], said: set[str]) -> Iterator[Remark]:
    title = set(terms(item.title)) - _GENERIC
    body = " ".join(block.text for block in prose).casefold()
    named = any(name.casefold() in body for name in coined_names(item.title))
    if named or any(part in body for part in _parts(item.title)):
        return
    if len(title) >= _LEAST_TITLE_TERMS and not title & said:
        yield Remark(
            check="subject",
            severity="critical",
            wrong=f'The text has no term of its title, "{item.title}": it seems to be about another work.',
            fix="Read the source again and write the text from it.",
            where=place(text, prose[0]),
        )


def _off_source(text: str, item: Document, first: Block, said: set[str], asked: Asked) -> Iterator[Remark]:
    known = {term for source in sources_of(item, asked) for term in _terms(f"{source.title}\n{source.text}")}
    share = len(said & known) / len(said)
    if len(known) >= _LEAST_SOURCE_TERMS and share < _SHARED_WITH_SOURCE:
        yield Remark(
            check="subject",
            severity="critical" if share < _NEXT_TO_NOTHING else "major",
            wrong=f"Only {share:.0%} of the text's terms are in its source: it seems to be about another work.",
            fix="Write the text from the source that was given.",
            where=place(text, first),
        )


def _terms(text: str) -> set[str]:
    """The English content terms of a text, those of other languages as far as code can translate them."""
    if cjk_share(text) < 0.2:
        return set(terms(text))
    return set(terms(in_english(text)))


def _parts(title: str) -> list[str]:
    """The name before a colon and the quoted words of a title."""
    head, colon, _ = title.partition(":")
    name = head.strip().casefold()
    return [name] if colon and 2 < len(name) <= 40 else []
