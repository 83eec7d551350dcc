"""Solving: the option, the number or the name that the evidence supports best, or none."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from tools.llm.extractive.answer import answering
from tools.llm.extractive.reading import ASKING_TERMS, Embed, Reading, joined, quote
from tools.llm.extractive.tokens import terms
from tools.llm.extractive.weights import Matrix
from tools.llm.panel_tasks import Solved, SolveIn
from tools.types import Evidence, PaperId, PassageId

_WORDS, _MEANING = 0.7, 0.3
LEAST_SUPPORT = 0.2
_LEAST_LEAD = 0.02
_MOST_SENTENCES = 40
_NUMBER = re.compile(r"(?<![\w.-])\$?\d[\d,]*(?:\.\d+)?(?:\s?(?:%|[kKMBT]\b|ms\b|s\b|GB\b|MB\b|times\b))?")
_NAME = re.compile(r"\b(?:[A-Z][\w.-]*[A-Z\d][\w.-]*|[A-Z][\w-]+)(?:\s+(?:[A-Z][\w.-]+|of|for|and(?=\s[A-Z])))*\b")


def solve(given: SolveIn, embed: Embed) -> Solved:
    """What the evidence says, with the sentences that it was taken from; no answer where nothing speaks for one."""
    reading = Reading(_passages(given), embed)
    if not len(reading):
        return Solved()
    if given.options:
        return _chosen(given, reading)
    best = answering(given.question, reading)
    if not best:
        return Solved()
    reasoning = joined(quote(reading.sentences[i]) for i in best[:2])
    texts = [reading.sentences[i].text for i in best]
    match given.kind:
        case "number":
            return Solved(reasoning=reasoning, answer=_number(given.question, texts))
        case "rubric":
            return Solved(reasoning="", answer=joined(quote(reading.sentences[i]) for i in sorted(best)))
        case "set":
            return Solved(reasoning=reasoning, answer="; ".join(_names(given.question, texts[:1])))
        case _:
            return Solved(reasoning=reasoning, answer=next(iter(_names(given.question, texts)), ""))


def support(question: str, options: Sequence[str], reading: Reading) -> tuple[Matrix, list[int]]:
    """How well the evidence supports each option, 0 to 1, and the sentence that does best for each.

    A sentence speaks for an option by what it says of the question and holds of the option: the words that
    tell it from the other options, and its meaning.
    """
    about = reading.relevance(question)
    shown = np.argsort(-about, kind="stable")[:_MOST_SENTENCES]
    spread = Counter(term for option in options for term in set(terms(option)))
    held = [set(terms(reading.texts[i])) for i in shown]
    vectors = reading.embed(list(options))
    found, best = [], []
    for option, vector in zip(options, vectors, strict=True):
        weights = {term: 1 / spread[term] for term in terms(option)}
        total = sum(weights.values()) or 1.0
        words = np.array([sum(w for term, w in weights.items() if term in own) / total for own in held])
        near = np.clip(reading.vectors[shown] @ vector, 0, 1)
        scores = (0.25 + 0.75 * about[shown]) * (_WORDS * words + _MEANING * near)
        found.append(float(scores.max(initial=0.0)))
        best.append(int(shown[int(scores.argmax())]))
    return np.array(found, dtype=np.float32), best


def _chosen(given: SolveIn, reading: Reading) -> Solved:
    scores, best = support(given.question, [option.text for option in given.options], reading)
    order = np.argsort(-scores, kind="stable")
    first = int(order[0])
    lead = float(scores[first] - scores[order[1]]) if len(order) > 1 else 1.0
    if scores[first] < LEAST_SUPPORT or lead < _LEAST_LEAD:
        return Solved(reasoning="Nothing in the evidence speaks for one option more than for the others.")
    return Solved(reasoning=quote(reading.sentences[best[first]]), answer=given.options[first].letter)


def _passages(given: SolveIn) -> Sequence[Evidence]:
    """The evidence, and the context as a passage before it."""
    if not given.context.strip():
        return given.evidence
    label = max((item.label for item in given.evidence), default=0) + 1
    context = Evidence(
        label=label,
        paper_id=PaperId("context"),
        passage_id=PassageId("context#0"),
        title="Context",
        published="",
        heading="",
        text=given.context,
    )
    return (context, *given.evidence)


def _number(question: str, texts: Sequence[str]) -> str:
    """The number nearest to the words of the question, in the first sentence that has one."""
    asked = set(terms(question)) - set(ASKING_TERMS)
    for text in texts:
        found = [hit for hit in _NUMBER.finditer(text) if hit[0] not in question]
        if found:
            return max(found, key=lambda hit: _near(text, hit.start(), hit.end(), asked))[0].strip()
    return ""


def _near(text: str, start: int, end: int, asked: set[str]) -> float:
    """How many of the terms stand around a place, the nearer the more."""
    score = 0.0
    for word in re.finditer(r"[\w-]+", text):
        if asked & set(terms(word[0])):
            distance = max(start - word.end(), word.start() - end, 1)
            score += 1 / (5 + distance)
    return score


def _names(question: str, texts: Sequence[str]) -> list[str]:
    """The names in the sentences that the question does not hold, in the order of their worth: acronyms first."""
    low = question.lower()
    found: dict[str, float] = {}
    for place, text in enumerate(texts):
        for hit in _NAME.finditer(text):
            name = hit[0].strip(" .,;:")
            opens = not text[: hit.start()].strip()
            if len(name) > 1 and name.lower() not in low and not (opens and name.isalpha() and name.istitle()):
                found.setdefault(name, 1 / (1 + place) + 0.3 * any(c.isupper() or c.isdigit() for c in name[1:]))
    return sorted(found, key=lambda name: -found[name])
