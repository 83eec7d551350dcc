"""The texts around the sections of a survey that are finished."""

import re
from collections.abc import Sequence

import numpy as np

from tools.llm.extractive.centrality import lexrank, select
from tools.llm.extractive.compose import introduced, penalised, shortened
from tools.llm.extractive.faults import is_own
from tools.llm.extractive.kinds import Kind, improves, kind_of, kind_scores, unsaid
from tools.llm.extractive.phrases import listed, phrase, span
from tools.llm.extractive.reading import Embed, Reading
from tools.llm.extractive.sentences import plain
from tools.llm.extractive.summarize import opening
from tools.llm.extractive.weights import Matrix, scaled
from tools.llm.model import Prose
from tools.llm.tasks import FrameIn, SectionDigest

_CENTRAL_PAPERS = 5
_FINDINGS_IN_ABSTRACT = 3
_OPEN_PROBLEMS = 4
_MOST_SECTIONS = 8
_LONGEST_LIMIT = 40
_SURE_LIMIT = 0.75
_FAR = 0.2
_MARKS = re.compile(r"\[(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\]")


def introduce(given: FrameIn, embed: Embed) -> Prose:
    """What the survey covers, in which order, and what its most central papers set out."""
    reading = Reading(given.evidence, embed)
    parts = [" ".join(filter(None, (_scope(given, reading), _order(given))))]
    chosen = _central(given, reading)
    if chosen:
        lead = phrase("central", given.language)
        parts.append(f"{lead} {' '.join(introduced([i], reading) for i in chosen)}")
    return Prose(text="\n\n".join(filter(None, parts)))


def conclude(given: FrameIn, embed: Embed) -> Prose:
    """What the sections found, one cited sentence each."""
    reading = Reading(given.evidence, embed)
    findings = _findings(given, reading)
    lines = [f"{phrase('findings', given.language, section=title)} {introduced([i], reading)}" for title, i in findings]
    titles = [f"*{plain(section.title)}*" for section in given.sections]
    parts = [phrase("treated", given.language, titles=listed(titles, given.language)) if titles else "", *lines]
    return Prose(text="\n\n".join(filter(None, parts)))


def open_problems(given: FrameIn, embed: Embed) -> Prose:
    """The limits that the works state themselves; nothing where they state none."""
    reading = Reading(given.evidence, embed)
    limits = _open_problems([i for _, i in _findings(given, reading)], reading)
    if not limits:
        return Prose(text="")
    named = ((reading.sources[reading.sentences[i].paper].named, i) for i in limits)
    quoted = " ".join(f"{name}: {shortened(i, reading, _LONGEST_LIMIT)}" for name, i in named)
    return Prose(text=f"{phrase('open', given.language)} {quoted}")


def abstract(given: FrameIn, embed: Embed) -> Prose:
    """What the survey covers, and the first results that its sections found."""
    reading = Reading(given.evidence, embed)
    chosen = [i for _, i in _findings(given, reading)][:_FINDINGS_IN_ABSTRACT]
    said = " ".join(introduced([i], reading) for i in chosen)
    return Prose(text=" ".join(filter(None, (_scope(given, reading), _order(given), said))))


def _scope(given: FrameIn, reading: Reading) -> str:
    years = [int(source.published[:4]) for source in reading.sources.values() if source.published[:4].isdigit()]
    if not given.sections:
        return phrase("no_papers", given.language)
    return phrase(
        "scope",
        given.language,
        topic=plain(given.topic),
        count=len(given.sections),
        span=span(years, given.language),
    )


def _order(given: FrameIn) -> str:
    titles = [f"*{plain(section.title)}*" for section in given.sections]
    if len(titles) < 3:
        return ""
    between = listed(titles[1:-1], given.language)
    return phrase("order", given.language, first=titles[0], last=titles[-1], between=between)


def _central(given: FrameIn, reading: Reading) -> list[int]:
    """The sentences that present the papers nearest to the middle of the evidence, the oldest first."""
    if not len(reading):
        return []
    relevance = reading.relevance(f"{given.topic} {given.title}")
    rank = lexrank(reading.similarity, prior=relevance)
    weight = {paper: float(rank[reading.of(paper)].sum()) for paper in reading.sources if reading.of(paper)}
    openings = {paper: opening(paper, reading) for paper in weight}
    scores = np.zeros(len(reading), dtype=np.float32)
    for paper, i in openings.items():
        scores[i] = weight[paper] * (0.4 + relevance[i])
    chosen = select(scaled(penalised(scores, reading)), reading.similarity, _CENTRAL_PAPERS)
    return sorted(chosen, key=lambda i: reading.sources[reading.sentences[i].paper].published or "9999")


def _findings(given: FrameIn, reading: Reading) -> list[tuple[str, int]]:
    """For each section a result of a passage that its text cites; sections that cite none are left out.

    Each result and, where possible, each paper once.
    """
    if not len(reading):
        return []
    results = _of_kind("results", reading)
    findings: list[tuple[str, int]] = []
    for section in given.sections[:_MOST_SECTIONS]:
        weights = results * _cited(section, reading) * (_FAR + _nearness(section, reading))
        for _, i in findings:
            weights[reading.of(reading.sentences[i].paper)] *= 0.4
        best = select(weights, reading.similarity, 1, chosen=[i for _, i in findings])
        findings.extend((plain(section.title), i) for i in best)
    return findings


def _cited(section: SectionDigest, reading: Reading) -> Matrix:
    """1 for the sentences of passages that the section's text cites, 0 for the others."""
    marks = {int(number) for mark in _MARKS.findall(section.text) for number in re.findall(r"\d+", mark)}
    return np.array([sentence.label in marks for sentence in reading.sentences], dtype=np.float32)


def _nearness(section: SectionDigest, reading: Reading) -> Matrix:
    """How near each sentence is to the section, 0 to 1."""
    text = f"{section.title}. {section.text[:4_000]}"
    near: Matrix = np.clip(reading.closeness(text), 0, 1).astype(np.float32)
    return near


def _open_problems(said: Sequence[int], reading: Reading) -> list[int]:
    """The stated limits that matter most, at most one a paper."""
    weights = _of_kind("limits", reading)
    sure = [
        kind_scores(sentence)["limits"] >= _SURE_LIMIT and is_own("limits", i, reading)
        for i, sentence in enumerate(reading.sentences)
    ]
    weights = np.where(sure, weights, 0).astype(np.float32)
    chosen: list[int] = []
    while len(chosen) < _OPEN_PROBLEMS:
        best = select(weights, reading.similarity, 1, chosen=[*said, *chosen])
        if not best:
            break
        chosen.extend(best)
        weights[reading.of(reading.sentences[best[0]].paper)] = 0
    return chosen


def _of_kind(kind: Kind, reading: Reading) -> Matrix:
    """Centrality of the sentences that are of this kind; 0 for the others."""
    central = penalised(scaled(lexrank(reading.similarity)), reading)
    fits: Sequence[bool] = [
        kind_of(sentence) == kind and not unsaid(sentence.text) and (kind != "results" or improves(sentence.text))
        for sentence in reading.sentences
    ]
    weights = [min(kind_scores(sentence)[kind], 1.5) for sentence in reading.sentences]
    kept: Matrix = np.where(fits, central * np.array(weights, dtype=np.float32), 0).astype(np.float32)
    return kept
