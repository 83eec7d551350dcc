"""Whether passages bear a claim out, as far as words tell: how much of it they say, and whether they say the opposite.

It does not understand: what is said in quite other words counts as unsupported, and a wrong relation between the right
words as supported. `tests/bench/support.py` measures how far that goes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.llm.extractive.reading import Embed
from tools.llm.extractive.senses import Difference, Sense, opposition, sense
from tools.llm.extractive.sentences import sentences
from tools.llm.extractive.tokens import cjk_share
from tools.llm.survey_tasks import Asserted, Judged, JudgedClaim, JudgeIn, Judgement
from tools.quantities.compare import missing
from tools.types import Evidence

SUPPORTED, PARTLY = 0.5, 0.3
"""From these scores on a claim is supported, or partly."""

SAID = 0.6
"""A claim is said in full with this part of its terms: paraphrases keep so many."""

DENIED = 0.6
"""So much of the score depends on whether findings are affirmed or denied."""

_ABOUT_THE_SAME = 0.6
_LAST = 3
_MOST_SENTENCES = 400
_SCRIPTS_DIFFER = 0.3

_DENIAL = re.compile(
    r"\b(?:no|not|without|nor|neither)\b[^.;,]{0,60}\b(?:significan\w+|differen\w+|associat\w+|correlat\w+|effects?|"
    r"change\w*|increas\w+|decreas\w+|improv\w+|benefit\w*|evidence|related|predict\w*|relation\w*|influenc\w+|"
    r"affect\w*|found|observed|reduc\w+|impact\w*)"
    r"|\b(?:similar|comparable|equivalent|identical|unchanged|unaffected|independent of|same)\b"
    r"|\b(?:failed to|did not|does not|do not|was not|were not|is not|are not|could not|cannot)\b"
    r"|\bp\s*[=>]\s*0?\.(?:0[6-9]|[1-9])\d*|\bN\.?S\.",
    re.IGNORECASE,
)
_FINDING = re.compile(
    r"(?<!not )(?<!no )\bsignificant(?:ly)?\b|\bp\s*(?:<|=|≤)\s*0?\.0(?:0|[1-4])\d*|\bassociated with\b"
    r"|\bpredict(?:ed|ors?|ive)\b|\bincreas\w+|\bimprov\w+|\bhigher\b|\bgreater\b|\bbetter\b|\breduc\w+|\blower\b"
    r"|\bsuperior\b|\beffective\b|\bcorrelat\w+|\bodds ratio\b|\bhazard ratio\b|\bconfirm\w+|\bdemonstrat\w+",
    re.IGNORECASE,
)
_WORDS: dict[Difference, str] = {
    "figures": "another number",
    "names": "another name",
    "negation": "the denial of it",
    "direction": "the opposite direction",
    "order": "the opposite order",
}


@dataclass(frozen=True)
class Support:
    """How far passages bear a claim out, from 0 to 1, and the sentence that says the opposite, if one does."""

    score: float
    against: str = ""
    how: Difference | None = None


def judge_claims(given: JudgeIn, embed: Embed) -> Judged:
    """A judgement of every claim by its own passages."""
    del embed  # like words are close in meaning whatever they say of one another
    return judged_by_words(given)


def judged_by_words(given: JudgeIn) -> Judged:
    """The same."""
    by_label = {item.label: item for item in given.evidence}
    cited = ([by_label[label] for label in claim.labels if label in by_label] for claim in given.claims)
    return Judged(claims=tuple(_judged(claim, passages) for claim, passages in zip(given.claims, cited, strict=True)))


def support(claim: str, passages: Sequence[str], about: str = "") -> Support:
    """How far the passages bear the claim out. `about` are their titles and headings: what they are about anyway.

    The score is the part of the claim's words that the passages say, less where what they find on it is denied.
    """
    said = [text for passage in passages for text in sentences(passage)][:_MOST_SENTENCES] or list(passages)
    claimed, senses = sense(claim), [sense(text) for text in said]
    told = frozenset().union(*(one.terms for one in senses), sense(about).terms)
    for text, other in zip(said, senses, strict=True):
        how = opposition(claimed, other) if _about_the_same(claimed, other) else None
        if how and not any(_says(claimed, one) for one in senses):
            return Support(0.0, text, how)
    return Support(_covered(claimed, told) * (1 - DENIED * _denied(claimed, said, senses)))


def _judged(claim: Asserted, passages: Sequence[Evidence]) -> JudgedClaim:
    if not passages:
        return JudgedClaim(number=claim.number, judgement="unsupported", why="it cites no passage")
    texts = [item.text for item in passages]
    about = " ".join(f"{item.title} {item.heading}" for item in passages)
    if absent := missing(claim.text, [*texts, about, *(item.published for item in passages)]):
        return JudgedClaim(number=claim.number, judgement="unsupported", why=str(absent[0]))
    if abs(cjk_share(claim.text) - cjk_share(" ".join(texts))) > _SCRIPTS_DIFFER:
        why = "in another script than its passages: only numbers were compared"
        return JudgedClaim(number=claim.number, judgement="supported", why=why)
    found = support(claim.text, texts, about)
    if found.how:
        why = f"the passage says {_WORDS[found.how]}: {found.against}"
        return JudgedClaim(number=claim.number, judgement="contradicted", why=why)
    judgement: Judgement = (
        "supported" if found.score >= SUPPORTED else "partly" if found.score >= PARTLY else "unsupported"
    )
    why = "" if judgement == "supported" else f"its passages say {found.score:.0%} of it in these words"
    return JudgedClaim(number=claim.number, judgement=judgement, why=why)


def _covered(claim: Sense, told: frozenset[str]) -> float:
    """The part of the claim's terms that is told, against what paraphrases keep; 1 at the most."""
    return min(len(claim.terms & told) / (SAID * len(claim.terms)), 1.0) if claim.terms else 1.0


def _about_the_same(claim: Sense, other: Sense) -> bool:
    return bool(claim.terms) and len(claim.terms & other.terms) >= _ABOUT_THE_SAME * len(claim.terms)


def _says(claim: Sense, other: Sense) -> bool:
    """Whether the sentence says nearly all of the claim, and nothing against it."""
    return len(claim.terms & other.terms) >= 0.8 * len(claim.terms) and opposition(claim, other) is None


def _denied(claim: Sense, said: Sequence[str], senses: Sequence[Sense]) -> float:
    """How far the sentences on the claim deny findings, from 0 to 1; 0 for a claim that denies something itself."""
    if any(clause.denied for clause in claim.clauses):
        return 0.0
    return denial(claim.terms, said, [one.terms for one in senses])


def denial(about: frozenset[str], said: Sequence[str], terms: Sequence[frozenset[str]]) -> float:
    """The balance of denials and findings in the sentences, weighed by their nearness to the terms and the end.

    From 0, findings and no denial, to 1; a text that has neither is near 0.3.
    """
    count = len(said)
    near = [
        (0.15 + len(about & one) / max(len(about), 1)) * (0.3 + i / max(count - 1, 1)) for i, one in enumerate(terms)
    ]
    total = sum(near) or 1.0
    denials = [min(len(_DENIAL.findall(text)), 2) for text in said]
    findings = [min(len(_FINDING.findall(text)), 3) for text in said]
    denied = sum(weight * n for weight, n in zip(near, denials, strict=True)) / total
    found = sum(weight * n for weight, n in zip(near, findings, strict=True)) / total
    last = [min(n, 1) for n in denials[-_LAST:]]
    return min(max(0.3 + 0.3 * denied + 0.5 * sum(last) / max(len(last), 1) - 0.2 * found, 0.0), 1.0)
