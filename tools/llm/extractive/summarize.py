"""Summaries: the central sentences of the paper or papers that the request is about."""

from collections.abc import Sequence

import numpy as np

from tools.llm.extractive.activities import matter_for
from tools.llm.extractive.centrality import lexrank, select
from tools.llm.extractive.compose import by_paper, in_reading_order, introduced, penalised, quoted
from tools.llm.extractive.kinds import KINDS, Kind, kind_of, kind_scores, presents, unsaid
from tools.llm.extractive.names import mentions, named_sources
from tools.llm.extractive.phrases import kind_name, phrase, span
from tools.llm.extractive.reading import LEAST_CERTAINTY, Embed, Reading
from tools.llm.extractive.tokens import words
from tools.llm.extractive.weights import Matrix, scaled
from tools.llm.model import Prose
from tools.llm.tasks import Brief, Theme
from tools.types import PaperId

_SHARES: tuple[tuple[Kind, int], ...] = (("problem", 2), ("approach", 2), ("results", 2), ("limits", 1))
_MOST_SENTENCES = 8
_MOST_PAPERS = 6
_MOST_PER_THEME = 3
_LONGEST = 45
_DOMINANT = 1.7
_RELEVANT = 0.55


def summarize(brief: Brief, embed: Embed) -> Prose:
    """Problem, approach, results and limits of one paper; the gist of each of several."""
    reading = Reading(brief.evidence, embed)
    if brief.themes:
        return Prose(text=overview(brief, reading))
    topic = matter_for("summarize", brief.question)
    papers = subject_papers(topic, reading)
    if not papers:
        return Prose(text=phrase("nothing", brief.language))
    if len(papers) == 1:
        return Prose(text=_one(papers[0], reading, brief.language))
    return Prose(text=_several(papers, topic, reading))


def subject_papers(question: str, reading: Reading) -> list[PaperId]:
    """The papers that a request is about: those named, else the one that stands out, else the relevant ones.

    Empty when nothing in the evidence bears on the request.
    """
    if named := [paper for paper in named_sources(question, reading) if reading.of(paper)]:
        return named
    if not len(reading) or float(reading.certainty(question).max()) < LEAST_CERTAINTY:
        return []
    weights = paper_scores(question, reading)
    ranked = sorted(weights, key=lambda paper: -weights[paper])
    if len(ranked) > 1 and weights[ranked[0]] >= _DOMINANT * weights[ranked[1]]:
        return ranked[:1]
    return [paper for paper in ranked if weights[paper] >= _RELEVANT * weights[ranked[0]]][:_MOST_PAPERS]


def paper_scores(question: str, reading: Reading) -> dict[PaperId, float]:
    """How relevant each paper of the evidence is: by its best sentences and its title, at most about 1."""
    relevance = reading.relevance(question)
    likeness = np.clip(reading.paper_vectors() @ reading.embed([question])[0], 0, 1)
    scores = {}
    for paper, alike in zip(reading.sources, likeness, strict=True):
        best = np.sort(relevance[reading.of(paper)])[::-1][:3]
        scores[paper] = 0.7 * float(best.mean()) + 0.3 * float(alike) if len(best) else 0.0
    return scores


def centrality_within(positions: Sequence[int], reading: Reading) -> Matrix:
    """LexRank among these sentences, in the rows of all; 0 elsewhere; the greatest is 1."""
    scores = np.zeros(len(reading), dtype=np.float32)
    rows = list(positions)
    if rows:
        scores[rows] = scaled(lexrank(reading.similarity[np.ix_(rows, rows)]))
    return penalised(scores, reading)


def opening(paper: PaperId, reading: Reading) -> int:
    """The position of the sentence that says best what the paper offers."""
    rows = sorted(reading.of(paper), key=lambda i: reading.sentences[i].place)
    central = centrality_within(rows, reading)
    source = reading.sources[paper]

    def merit(i: int) -> float:
        sentence = reading.sentences[i]
        offers = presents(sentence.text) + 0.5 * mentions(source.short, sentence.text) + 0.5 * (i == rows[0])
        headed_otherwise = kind_of(sentence) in ("limits", "cost") or sentence.heading.lower().startswith("limit")
        return float(central[i]) * (0.3 + offers) * (0.4 if headed_otherwise else 1.0)

    return max(rows, key=merit)


def _one(paper: PaperId, reading: Reading, language: str) -> str:
    """The summary of one paper, a paragraph for each kind of statement where its kinds can be told."""
    positions = reading.of(paper)
    central = centrality_within(positions, reading)
    opener = opening(paper, reading)
    parts = {kind: _of_kind(kind, share, positions, central, reading) for kind, share in _SHARES}
    chosen: list[int] = [opener]
    told: dict[Kind, list[int]] = {}
    for kind in KINDS:
        fresh = select(_only(parts.get(kind, []), central), reading.similarity, 2, chosen=chosen)
        told[kind] = sorted(fresh, key=lambda i: reading.sentences[i].place)
        chosen.extend(fresh)
    if sum(map(bool, told.values())) < 3 or len(chosen) < 5:
        rest = select(central, reading.similarity, _MOST_SENTENCES - 1, chosen=[opener])
        return introduced([opener, *in_reading_order(rest, reading)], reading)
    lines = [f"**{kind_name(kind, language)}.** {quoted(told[kind], reading)}" for kind in KINDS if told[kind]]
    return "\n\n".join((introduced([opener], reading), *lines))


def _of_kind(kind: Kind, share: int, positions: Sequence[int], central: Matrix, reading: Reading) -> list[int]:
    """The `share` most central sentences that are most of all of this kind."""
    fits = [i for i in positions if kind_of(reading.sentences[i]) == kind]
    weight = {
        i: central[i] * _brevity(reading.texts[i], kind) * (1 + 0.5 * kind_scores(reading.sentences[i])[kind])
        for i in fits
    }
    scores = np.zeros(len(reading), dtype=np.float32)
    scores[fits] = [weight[i] for i in fits]
    return select(scores, reading.similarity, share)


def _brevity(text: str, kind: Kind) -> float:
    """Enumerations of steps are no summary; enumerations of limits are."""
    if unsaid(text):
        return 0.3
    return 1.0 if words(text) <= _LONGEST or kind == "limits" else 0.45


def _only(positions: Sequence[int], scores: Matrix) -> Matrix:
    kept = np.zeros_like(scores)
    kept[list(positions)] = np.maximum(scores[list(positions)], 1e-3)
    return kept


def _several(papers: Sequence[PaperId], question: str, reading: Reading) -> str:
    """One or two sentences on each paper, the older papers first."""
    relevance = reading.relevance(question)
    central = penalised(scaled(lexrank(reading.similarity, prior=relevance)) * (0.4 + 0.6 * relevance), reading)
    each = 2 if len(papers) <= 4 else 1
    chosen: list[int] = []
    for paper in sorted(papers, key=lambda paper: reading.sources[paper].published or "9999"):
        own = _only(reading.of(paper), central)
        chosen.extend(sorted(select(own, reading.similarity, each, chosen=chosen)))
    runs = by_paper(in_reading_order(chosen, reading), reading)
    return "\n".join(f"- {introduced(run, reading)}" for run in runs)


def overview(brief: Brief, reading: Reading) -> str:
    """A line of figures, then for each theme its size by year and a sentence of each paper that stands for it."""
    papers = sum(theme.papers for theme in brief.themes)
    years = [year for theme in brief.themes for year, _ in theme.years]
    dates = span(years, brief.language)
    lines = [phrase("slice", brief.language, papers=papers, span=dates, themes=len(brief.themes)), ""]
    lines += [_theme(theme, brief, reading) for theme in brief.themes]
    return "\n".join(lines)


def _theme(theme: Theme, brief: Brief, reading: Reading) -> str:
    dated = ", ".join(f"{year}: {count}" for year, count in theme.years)
    head = phrase("theme", brief.language, title=theme.name, papers=theme.papers, years=dated or "–")
    paper_of = {item.label: item.paper_id for item in brief.evidence}
    papers = dict.fromkeys(paper_of[label] for label in theme.labels[:_MOST_PER_THEME] if label in paper_of)
    said = [introduced([opening(paper, reading)], reading) for paper in papers if reading.of(paper)]
    return "\n".join((f"- {head}", *(f"  - {sentence}" for sentence in said)))
