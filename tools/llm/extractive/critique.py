"""Criticising: what the evidence counts for a paper, what against it, and what it does not say."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from tools.llm.extractive.activities import matter_for, wanted_activities
from tools.llm.extractive.centrality import select
from tools.llm.extractive.faults import is_own
from tools.llm.extractive.find import relevant_papers
from tools.llm.extractive.kinds import (
    Kind,
    about_the_record,
    has_figure,
    improves,
    kind_of,
    kind_scores,
    speaks_of,
    unsaid,
)
from tools.llm.extractive.phrases import missing, phrase
from tools.llm.extractive.reading import Embed, Reading, Sentence, cite, quote
from tools.llm.extractive.sentences import clauses
from tools.llm.extractive.summarize import centrality_within, opening, subject_papers
from tools.llm.extractive.tokens import terms
from tools.llm.extractive.weights import Matrix
from tools.llm.tasks import Brief, Critique, Point
from tools.types import PaperId

_MOST_PAPERS = 3
_MOST_WEAKNESSES = 6
_REPEATED = 0.6
_COMPLAINT = re.compile(
    r"\b(?:(?:main|key|biggest|major|of|the) )*(?:limitations?|limits|weakness(?:es)?|"
    r"strengths|shortcomings|flaws|drawbacks|"
    r"pros and cons)\b(?: and)?(?: (?:of|in))?",
    re.IGNORECASE,
)
_EXPECTED: tuple[Kind, ...] = ("data", "results", "cost", "limits")
_LEAST_FIT = 0.4


def critique(brief: Brief, embed: Embed) -> Critique:
    """Strengths, weaknesses and gaps of the papers asked about, each point cited."""
    reading = Reading(brief.evidence, embed)
    # what was asked to be found is judged, not only the paper that stands out
    among = relevant_papers if "find" in wanted_activities(brief.question) else subject_papers
    papers = [paper for paper in among(_subject(brief), reading) if reading.of(paper)][:_MOST_PAPERS]
    if not papers:
        return Critique(points=(), verdict=phrase("nothing", brief.language))
    several = len(papers) > 1
    points: list[Point] = []
    verdict: list[str] = []
    for paper in papers:
        found = _points(paper, reading, brief.language)
        verdict.append(_verdict(paper, found, reading, named=several))
        points.extend(_named(point, paper, reading) if several else point for point in found)
    order = ("strength", "weakness", "gap", "question")
    points.sort(key=lambda point: order.index(point.kind))
    return Critique(points=tuple(points), verdict="\n\n".join(verdict))


def _subject(brief: Brief) -> str:
    matter = _COMPLAINT.sub(" ", matter_for("critique", brief.question))
    return " ".join((matter, *brief.subjects)).strip() or brief.question


def _points(paper: PaperId, reading: Reading, language: str) -> list[Point]:
    """The findings on one paper."""
    rows = reading.of(paper)
    central = centrality_within(rows, reading)
    return [
        *(Point(kind="strength", text=quote(reading.sentences[i])) for i in _strengths(rows, central, reading)),
        *_against(rows, central, reading),
        *_gaps(paper, rows, reading, language),
    ]


def _strengths(rows: Sequence[int], central: Matrix, reading: Reading) -> list[int]:
    """Up to three results, those with figures first."""
    scores = np.zeros(len(reading), dtype=np.float32)
    for i in rows:
        sentence = reading.sentences[i]
        fit = kind_scores(sentence)
        good = improves(sentence.text) and not unsaid(sentence.text)
        if good and fit["results"] > max(_LEAST_FIT, fit["limits"], fit["problem"], fit["approach"]):
            scores[i] = (0.3 + central[i]) * fit["results"] * (1.3 if has_figure(sentence.text) else 1)
    return select(scores, reading.similarity, 3)


def _against(rows: Sequence[int], central: Matrix, reading: Reading) -> Iterator[Point]:
    """Up to five limits, an enumeration taken apart; and what the text itself says it leaves out."""
    scores = np.zeros(len(reading), dtype=np.float32)
    for i in rows:
        fit = kind_scores(reading.sentences[i])
        aside = about_the_record(reading.texts[i])
        limit = fit["limits"] > _LEAST_FIT and kind_of(reading.sentences[i]) == "limits"
        if limit and not aside and is_own("limits", i, reading):
            scores[i] = (0.3 + central[i]) * fit["limits"]
    weaknesses = 0
    said: set[str] = set()
    for i in select(scores, reading.similarity, 5):
        sentence = reading.sentences[i]
        if unsaid(sentence.text):
            yield Point(kind="gap", text=quote(sentence))
            continue
        for clause in _apart(sentence):
            content = set(terms(clause))
            repeated = len(content & said) >= _REPEATED * len(content)
            said |= content
            weaknesses += not repeated
            if weaknesses <= _MOST_WEAKNESSES and not repeated:
                yield Point(kind="weakness", text=cite(clause, sentence.label))


def _apart(sentence: Sentence) -> list[str]:
    parts = clauses(sentence.text)
    return [part[:1].upper() + part[1:] for part in parts] if len(parts) > 1 else [sentence.text]


def _gaps(paper: PaperId, rows: Sequence[int], reading: Reading, language: str) -> Iterator[Point]:
    """The kinds of statement that a reader expects and the passages do not make."""
    source = reading.sources[paper]
    for kind in _EXPECTED:
        if any(speaks_of(kind, reading.texts[i]) for i in rows):
            continue
        what = missing(kind, language)
        yield Point(kind="gap", text=phrase("unreported", language, paper=source.short, what=what, label=source.label))
    results = [reading.sentences[i] for i in rows if kind_of(reading.sentences[i]) == "results"]
    if results and not any(has_figure(sentence.text) for sentence in results):
        text = phrase("no_figures", language, paper=source.short, label=results[0].label)
        yield Point(kind="question", text=text)


def _verdict(paper: PaperId, points: Sequence[Point], reading: Reading, *, named: bool) -> str:
    """What the paper offers and the heaviest point against it."""
    weak = next((point.text for point in points if point.kind == "weakness"), "")
    text = f"{quote(reading.sentences[opening(paper, reading)])} {weak}".strip()
    return f"{reading.sources[paper].named}: {text}" if named else text


def _named(point: Point, paper: PaperId, reading: Reading) -> Point:
    """The point behind its paper's name, where points on several papers are listed together."""
    source = reading.sources[paper]
    if f"*{source.short}*" in point.text:
        return point
    return point.model_copy(update={"text": f"{source.named}: {point.text}"})
