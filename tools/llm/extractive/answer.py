"""Answering: the sentences of the evidence that speak most to the question."""

import re
from collections.abc import Sequence

import numpy as np

from tools.llm.extractive.activities import matter_for
from tools.llm.extractive.centrality import lexrank, select
from tools.llm.extractive.compose import by_paper, in_reading_order, introduced, penalised, quoted
from tools.llm.extractive.kinds import asked_kinds, has_figure, kind_scores
from tools.llm.extractive.names import named_sources, without_names
from tools.llm.extractive.phrases import phrase
from tools.llm.extractive.reading import ASKING_TERMS, LEAST_CERTAINTY, Embed, Reading
from tools.llm.extractive.small_talk import is_small_talk
from tools.llm.extractive.summarize import centrality_within, opening, overview
from tools.llm.extractive.tokens import terms
from tools.llm.extractive.weights import Matrix, scaled
from tools.llm.model import Prose
from tools.llm.tasks import Brief
from tools.types import PaperId

_MOST_SENTENCES = 6
_AT_LEAST = 0.7
_MARGINAL = 0.3
_WEAKEST = 0.5
_WEAKEST_PAPER = 0.62
_LIMITS = re.compile(
    r"\b(?:limit(?:s|ed|ing|ations?)?|weakness(?:es)?|drawbacks?|shortcomings?|flaws?)\b", re.IGNORECASE
)
_QUANTITY = re.compile(
    r"\bhow (?:many|much|large|big|long|fast|often|well|far)\b|\bwhat (?:percentage|share|number|accuracy|score)\b|"
    r"どれくらい|どの程度|いくつ|何(?:件|個|%|パーセント)|얼마|몇|多少|几",
    re.IGNORECASE,
)


def answer(brief: Brief, embed: Embed) -> Prose:
    """The most relevant sentences, the best first and then by paper; a plain no when none is relevant."""
    if not brief.evidence and is_small_talk(brief.question):
        return Prose(text=phrase("greeting", brief.language))
    reading = Reading(brief.evidence, embed)
    if brief.themes:
        return Prose(text=overview(brief, reading))
    chosen = answering(matter_for("answer", brief.question), reading, asked=brief.question)
    if not chosen:
        return Prose(text=phrase("nothing", brief.language))
    return Prose(text=_arranged(chosen, reading))


def answering(question: str, reading: Reading, asked: str = "") -> list[int]:
    """The positions of the sentences that answer, best first; none when nothing is relevant.

    `asked` is the question in full where `question` is only its subject matter.
    """
    scores = answer_scores(question, reading, asked)
    top = float(scores.max(initial=0.0))
    certain = reading.certainty(question)
    named = named_sources(question, reading)
    if not len(scores):
        return []
    if top <= 0:
        # a paper that the question names always has something to say about itself
        return [opening(paper, reading) for paper in named if reading.of(paper)][:1]
    if not named:
        if float(certain.max()) < LEAST_CERTAINTY:
            return []
        scores = np.where(certain >= 0.6 * LEAST_CERTAINTY, scores, 0)
    scores = np.where(scores >= _WEAKEST * top, scores / top, 0)
    # a paper has its say only when its best sentence comes near the best of all
    for paper in reading.sources:
        own = reading.of(paper)
        if own and scores[own].max() < _WEAKEST_PAPER:
            scores[own] = 0
    return select(scores.astype(np.float32), reading.similarity, _MOST_SENTENCES)


def answer_scores(question: str, reading: Reading, asked: str = "") -> Matrix:
    """Relevance first, then centrality, then whether the sentence is of the kind that was asked for."""
    if not len(reading):
        return np.zeros(0, dtype=np.float32)
    relevance = _relevance(question, reading)
    central = scaled(lexrank(reading.similarity, prior=relevance))
    scores = relevance * (0.85 + 0.15 * central)
    kinds, quantity = asked_kinds(asked or question), bool(_QUANTITY.search(asked or question))
    for i, sentence in enumerate(reading.sentences):
        if kinds:
            fit = max(kind_scores(sentence)[kind] for kind in kinds)
            scores[i] *= 0.8 + 0.5 * min(1.0, fit)
        scores[i] *= 1.3 if quantity and has_figure(sentence.text) else 1.0
    return penalised(scores, reading)


def _relevance(question: str, reading: Reading) -> Matrix:
    """Relevance; where the question names papers, to the rest of the question and within those papers."""
    named = named_sources(question, reading)
    # "limits" asks for a kind of sentence; sentences that merely use the word are not what is meant
    bare = _LIMITS.sub(" ", question)
    question = bare if terms(bare) else question
    relevance = reading.relevance(question)
    if not named:
        return relevance
    rest = without_names(question, [reading.sources[paper] for paper in named])
    if set(terms(rest)) - ASKING_TERMS:
        relevance = scaled(0.3 * relevance + 0.7 * reading.relevance(rest))
    else:
        # nothing but the name was given: what the paper says of itself answers
        relevance = _presenting(named, reading)
    theirs = np.array([sentence.paper in named for sentence in reading.sentences])
    return scaled(np.where(theirs, relevance, 0.2 * relevance).astype(np.float32))


def _presenting(papers: Sequence[PaperId], reading: Reading) -> Matrix:
    """How central each sentence of these papers is to its paper, more where it says what the paper offers."""
    scores = np.zeros(len(reading), dtype=np.float32)
    for paper in papers:
        if own := reading.of(paper):
            central = centrality_within(own, reading)
            scores[own] = np.where(central[own] > _MARGINAL, _AT_LEAST + (1 - _AT_LEAST) * central[own], 0)
            scores[opening(paper, reading)] = 1.3
    return scaled(scores)


def _arranged(chosen: list[int], reading: Reading) -> str:
    """The lead sentence and what its paper adds, then a line for each other paper."""
    runs = by_paper(in_reading_order(chosen, reading), reading)
    if len(runs) == 1:
        lead, *rest = chosen
        return quoted([lead, *in_reading_order(rest, reading)], reading)
    lead_run = [chosen[0], *(i for i in runs[0] if i != chosen[0])]
    lines = [introduced(run, reading) for run in (lead_run, *runs[1:])]
    return "\n\n".join((lines[0], "\n".join(f"- {line}" for line in lines[1:])))
