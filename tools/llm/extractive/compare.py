"""Comparing: what the evidence says about each subject under each aspect."""

from collections.abc import Mapping, Sequence

import numpy as np

from tools.llm.extractive.answer import answer_scores
from tools.llm.extractive.centrality import select
from tools.llm.extractive.commands import subject_matter
from tools.llm.extractive.compose import shortened
from tools.llm.extractive.faults import is_own
from tools.llm.extractive.kinds import (
    KINDS,
    Kind,
    asked_kinds,
    has_figure,
    headed_kind,
    kind_scores,
    presents,
    speaks_of,
    unsaid,
)
from tools.llm.extractive.names import coined_names, mentions, owners
from tools.llm.extractive.phrases import kind_name, phrase
from tools.llm.extractive.reading import Embed, Reading, quote
from tools.llm.extractive.sentences import clauses
from tools.llm.extractive.subjects import compared_subjects
from tools.llm.extractive.summarize import centrality_within, subject_papers
from tools.llm.extractive.tokens import words
from tools.llm.extractive.weights import Matrix
from tools.llm.tasks import Brief, Cell, ComparedAspect, Comparison
from tools.types import PaperId

_MOST_SUBJECTS = 6
_LONGEST_CELL = 45
_LEAST_FIT = 0.25
_MOST_ONE_SIDED = 2


def compare(brief: Brief, embed: Embed) -> Comparison:
    """The subjects side by side, every cell quoted and cited."""
    reading = Reading(brief.evidence, embed)
    subjects = (brief.subjects or compared_subjects(brief.question))[:_MOST_SUBJECTS]
    if len(subjects) > 1:
        owned = owners(subjects, reading)
    else:
        owned = _from_evidence(subject_matter(brief.question), subjects, reading)
    chosen = {subject: _cells(_about(subject, owned, reading), reading) for subject in owned}
    aspects = [
        ComparedAspect(
            aspect=kind_name(kind, brief.language),
            cells=tuple(
                Cell(subject=subject, text=" ".join(shortened(i, reading, _LONGEST_CELL) for i in told[kind]))
                for subject, told in chosen.items()
                if told[kind]
            ),
        )
        for kind in KINDS
    ]
    takeaways = _takeaways(brief, owned, chosen, reading)
    return Comparison(
        subjects=tuple(owned), aspects=tuple(a for a in aspects if a.cells), takeaways=" ".join(takeaways)
    )


def _from_evidence(question: str, subjects: Sequence[str], reading: Reading) -> dict[str, list[PaperId]]:
    """The papers to compare when the request does not name them, by short title."""
    owned = owners(subjects, reading)
    taken = {paper for papers in owned.values() for paper in papers}
    relevant = subject_papers(question, reading)
    # a request that names one thing, or none, is about what was retrieved besides
    others = [paper for paper in relevant if paper not in taken]
    if relevant:
        others += [paper for paper in reading.sources if paper not in taken and paper not in others]
    for paper in others[: max(0, 3 - len(owned))]:
        owned.setdefault(reading.sources[paper].short, []).append(paper)
    return owned


def _about(subject: str, owned: Mapping[str, list[PaperId]], reading: Reading) -> list[int]:
    """The sentences about a subject: those of its papers, else those of any paper that name it."""
    if papers := owned[subject]:
        return [i for i, sentence in enumerate(reading.sentences) if sentence.paper in papers]
    return [i for i, sentence in enumerate(reading.sentences) if mentions(subject, sentence.text)]


def _cells(positions: Sequence[int], reading: Reading) -> dict[Kind, list[int]]:
    """The best one or two sentences of each kind, none of them used twice."""
    central = centrality_within(positions, reading)
    fits = {i: _fit(i, reading) for i in positions}
    used: list[int] = []
    told: dict[Kind, list[int]] = {}
    # the scarce kinds choose first, so that the plentiful ones do not take their only sentence
    for kind in ("limits", "cost", "results", "data", "problem", "approach"):
        scores = np.zeros(len(reading), dtype=np.float32)
        for i in positions:
            fit = fits[i][kind]
            if i not in used and fit >= _LEAST_FIT and _tells(kind, i, fits[i], reading):
                scores[i] = (0.35 + float(central[i])) * min(fit, 1.5) * _fitness(reading.texts[i], kind)
        best = select(scores, reading.similarity, 2, chosen=used)
        if len(best) == 2 and words(reading.texts[best[0]]) + words(reading.texts[best[1]]) > _LONGEST_CELL:
            best = best[:1]
        told[kind] = sorted(best, key=lambda i: (reading.sentences[i].paper, reading.sentences[i].place))
        used.extend(best)
    return told


def _tells(kind: Kind, position: int, fits: Mapping[Kind, float], reading: Reading) -> bool:
    """Whether the sentence can stand for this kind of statement, and not for another one instead."""
    sentence = reading.sentences[position]
    if kind in ("limits", "cost") and not is_own(kind, position, reading):
        return False
    if kind == "limits" and not (speaks_of("limits", sentence.text) or headed_kind(sentence.heading) == "limits"):
        return False
    named = has_figure(sentence.text) or bool(coined_names(sentence.text))
    if kind == "data" and (fits["problem"] >= fits["data"] or not named):
        return False
    aside = kind in ("cost", "data") and fits[kind] >= 2 * _LEAST_FIT
    return aside or fits[kind] >= 0.6 * max(fits.values())


def _fitness(text: str, kind: Kind) -> float:
    """How well a sentence fits into a table: short, or limits enumerated, which can be shortened."""
    if unsaid(text):
        return 0.3
    if words(text) <= _LONGEST_CELL:
        return 1.0
    return 0.85 if kind == "limits" and len(clauses(text)) > 1 else 0.5


def _fit(position: int, reading: Reading) -> dict[Kind, float]:
    sentence = reading.sentences[position]
    fits = kind_scores(sentence)
    if presents(sentence.text):
        fits["approach"] += 1.0
    return fits


def _takeaways(
    brief: Brief,
    owned: Mapping[str, list[PaperId]],
    chosen: Mapping[str, Mapping[Kind, Sequence[int]]],
    reading: Reading,
) -> list[str]:
    """What answers the question for each subject, then what the evidence cannot compare."""
    if not owned or not any(any(told.values()) for told in chosen.values()):
        return [phrase("nothing", brief.language)]
    said = [i for told in chosen.values() for group in told.values() for i in group]
    scores = answer_scores(subject_matter(brief.question), reading, brief.question)
    wanted = asked_kinds(brief.question) or ("results",)
    lines: list[str] = []
    for subject in owned:
        best = _telling(_about(subject, owned, reading), scores, wanted, said, reading)
        lines.extend(quote(reading.sentences[i]) for i in best)
        said.extend(best)
        if not any(chosen[subject].values()):
            lines.append(phrase("unheld", brief.language, subject=subject))
        elif not owned[subject]:
            lines.append(phrase("borrowed", brief.language, subject=subject))
    spoken = {
        subject: [
            kind
            for kind in KINDS
            if chosen[subject][kind] or any(speaks_of(kind, reading.texts[i]) for i in _about(subject, owned, reading))
        ]
        for subject in owned
    }
    shown = {subject: [kind for kind in KINDS if told[kind]] for subject, told in chosen.items()}
    return [*lines, *_one_sided(spoken, shown, brief.language)]


def _telling(
    positions: Sequence[int], scores: Matrix, wanted: Sequence[Kind], said: Sequence[int], reading: Reading
) -> list[int]:
    """The sentence on a subject that bears most on the question, rather one that is not in the table."""
    weights = np.zeros(len(reading), dtype=np.float32)
    for i in positions:
        fit = max(kind_scores(reading.sentences[i])[kind] for kind in wanted)
        if fit >= _LEAST_FIT:
            weights[i] = scores[i] * (0.5 + min(fit, 1.0)) * (0.7 if i in said else 1.0)
    return select(weights, reading.similarity, 1)


def _one_sided(spoken: Mapping[str, Sequence[Kind]], shown: Mapping[str, Sequence[Kind]], language: str) -> list[str]:
    """For each aspect on which the evidence speaks of a single subject, which the table shows: that it does."""
    lines = []
    held = [subject for subject, kinds in spoken.items() if kinds]
    for kind in KINDS:
        speaking = [subject for subject in held if kind in spoken[subject]]
        if len(held) > 1 and len(speaking) == 1 and kind in shown[speaking[0]]:
            aspect = kind_name(kind, language)
            aspect = aspect.lower() if aspect.isascii() else aspect
            lines.append(phrase("only_one", language, aspect=aspect, subject=speaking[0]))
    return lines[:_MOST_ONE_SIDED]
