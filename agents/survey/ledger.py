"""The citation ledger of a draft: every claim, the passages it cites, the verdict, and what was done about it.

What code can tell is told here: that citations exist, that numbers, names and quotations stand in what is cited.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agents.cite import cited_labels, without_marks
from agents.trace import Verdict
from agents.verify import claim_sentences
from tools.llm.extractive.senses import names
from tools.quantities.compare import missing
from tools.types import Evidence, PassageId, Value

Action = Literal["kept", "revised", "hedged", "removed", "marked"]

_QUOTED = re.compile(r"[“\"]([^”\"“]{12,400})[”\"]|「([^」]{6,200})」|『([^』]{6,200})』")
_FEWEST_QUOTED_WORDS = 4
_OF_ITSELF = re.compile(
    r"^(?:in )?(?:this|the (?:present|following|next|remaining|preceding|previous))\s+(?:\w+\s+)?"
    r"(?:survey|review|article|draft|section|subsection|part|introduction|conclusion|sections|subsections)\b"
    r"|^(?:we|i)\s+(?:first|then|next|finally|now|begin|turn|start|divide|organi[sz]e|structure|close|review|survey)\b"
    r"|^(?:sections?|subsections?|part)\s+\d"
    r"|^(?:本|この)(?:サーベイ|論文|稿|章|節|小節|レビュー)|^(?:以下|次節|続く節|本稿)|^(?:이|본)\s?(?:서베이|논문|절|장|리뷰|글)"
    r"|^(?:本文|本节|本章|本综述|下文)",
    re.IGNORECASE,
)


class Entry(Value):
    """One claim of a draft. `section` and `subsection` are where it stands, 0 for texts without one.

    `judged` names what decided, such as "citations", "numbers", "names", "quotation", "scorer" or "model:NAME";
    `why` says it in words. A claim that was removed or revised stands here with the text that it had.
    """

    section: int
    subsection: int
    text: str
    cites: tuple[PassageId, ...] = ()
    unknown: tuple[str, ...] = ()
    verdict: Verdict
    judged: tuple[str, ...] = ()
    why: str = ""
    action: Action = "kept"


@dataclass(frozen=True)
class Claim:
    """A sentence that asserts something. `sentence` has its marks, `text` has not; `labels` exist, `unknown` do not."""

    sentence: str
    text: str
    labels: tuple[int, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """What code finds about a claim; without a fault, nothing that it can tell."""

    verdict: Verdict
    check: str = "citations"
    why: str = ""


def claims_in(text: str, evidence: Sequence[Evidence]) -> Iterator[Claim]:
    """The claims of a text, in order. What a text says of itself and its parts is none."""
    known = {item.label for item in evidence}
    for sentence in claim_sentences(text):
        labels = cited_labels(sentence)
        bare = without_marks(sentence)
        if not labels and says_of_itself(bare):
            continue
        yield Claim(
            sentence=sentence,
            text=bare,
            labels=tuple(label for label in labels if label in known),
            unknown=tuple(f"[{label}]" for label in labels if label not in known),
        )


def says_of_itself(sentence: str) -> bool:
    """Whether a sentence tells what the text does instead of asserting something."""
    return bool(_OF_ITSELF.match(sentence.strip()))


def checked(claim: Claim, evidence: Mapping[int, Evidence]) -> Finding:
    """What code can tell of the claim: its citations, numbers, quotations and names."""
    if not claim.labels:
        if claim.unknown:
            return Finding("unsupported", "citations", f"{', '.join(claim.unknown)} is not among its passages")
        return Finding("uncited", "citations", "it cites nothing")
    cited = [evidence[label] for label in claim.labels]
    sources = [*(item.text for item in cited), *(f"{item.title} {item.heading} {item.published}" for item in cited)]
    if absent := missing(claim.text, sources):
        return Finding("unsupported", "numbers", str(absent[0]))
    if (words := _misquoted(claim.text, " ".join(sources))) is not None:
        return Finding("unsupported", "quotation", f"“{words}” does not stand in the cited passages")
    if strange := _strange_names(claim.text, sources, evidence):
        return Finding("partly", "names", f"{', '.join(strange)} is not named in the cited passages")
    if claim.unknown:
        return Finding("partly", "citations", f"{', '.join(claim.unknown)} is not among its passages")
    return Finding("supported")


def _misquoted(text: str, source: str) -> str | None:
    """The words in quotation marks that the source does not have."""
    there = _plain(source)
    for found in _QUOTED.finditer(text):
        words = str(next(filter(None, found.groups())))
        long_enough = len(words.split()) >= _FEWEST_QUOTED_WORDS or not words.isascii()
        if long_enough and _plain(words) not in there:
            return words
    return None


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _strange_names(text: str, sources: Sequence[str], evidence: Mapping[int, Evidence]) -> list[str]:
    """The names in the text that only passages have that it does not cite."""
    claimed = dict.fromkeys(names(text))
    if not claimed:
        return []
    cited = set(names(" ".join(sources)))
    elsewhere = {name for item in evidence.values() for name in names(f"{item.title} {item.text}")}
    return [name for name in claimed if name not in cited and name in elsewhere]
