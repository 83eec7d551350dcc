"""Writing a subsection: what the passages say to its title and bullets, paper by paper."""

from collections.abc import Sequence

import numpy as np

from tools.llm.extractive.centrality import lexrank, select
from tools.llm.extractive.compose import introduced, penalised
from tools.llm.extractive.phrases import phrase
from tools.llm.extractive.reading import Embed, Reading
from tools.llm.extractive.summarize import opening
from tools.llm.extractive.tokens import words
from tools.llm.extractive.weights import Matrix, scaled
from tools.llm.model import Prose
from tools.llm.tasks import WriteIn
from tools.types import PaperId

_LEAST_PAPER = 0.35
_LEAST_SENTENCE = 0.2
_LEAST_CERTAINTY = 0.2
_WORDS_PER_PARAGRAPH = 130
_MOST_PARAGRAPHS = 3
_MOST_PER_PAPER = 5
_UNDATED = "9999"


def write(given: WriteIn, embed: Embed) -> Prose:
    """The subsection's text: quoted sentences, older papers first; one honest sentence without evidence."""
    reading = Reading(given.evidence, embed)
    about = " ".join((given.subsection, *given.bullets, given.section, given.topic))
    scores = _scores(given, about, reading)
    papers = _relevant(scores, reading)
    if not papers:
        return Prose(text=phrase("nothing_to_write", given.language))
    chosen = _chosen(papers, scores, given.words, reading)
    return Prose(text=_paragraphs(chosen, reading))


def _scores(given: WriteIn, about: str, reading: Reading) -> Matrix:
    """Relevance to title and bullets more than to the section around them, then centrality."""
    if not len(reading):
        return np.zeros(0, dtype=np.float32)
    own = " ".join((given.subsection, *given.bullets))
    relevance = scaled(0.7 * reading.relevance(own) + 0.3 * reading.relevance(about))
    central = scaled(lexrank(reading.similarity, prior=relevance))
    scores = penalised(scaled(relevance * (0.7 + 0.3 * central)), reading)
    sure = reading.certainty(about) >= _LEAST_CERTAINTY
    for paper in reading.sources:
        # a paper none of whose sentences comes near the topic is left out altogether
        if (own_rows := reading.of(paper)) and not sure[own_rows].any():
            scores[own_rows] = 0
    return scores


def _relevant(scores: Matrix, reading: Reading) -> list[PaperId]:
    """The papers with something to say here, the most relevant first."""
    best = {paper: float(scores[reading.of(paper)].max(initial=0)) for paper in reading.sources}
    top = max(best.values(), default=0.0)
    kept = [paper for paper in best if top > 0 and best[paper] >= _LEAST_PAPER * top]
    return sorted(kept, key=lambda paper: -best[paper])


def _chosen(papers: Sequence[PaperId], scores: Matrix, budget: int, reading: Reading) -> dict[PaperId, list[int]]:
    """For each paper the sentence that presents it best here; then the best others until the words are used up."""
    taken: dict[PaperId, list[int]] = {}
    spent = 0
    for paper in papers:
        rows = reading.of(paper)
        favoured = np.zeros_like(scores)
        favoured[rows] = scores[rows]
        favoured[opening(paper, reading)] *= 1.5
        said = [i for positions in taken.values() for i in positions]
        first = select(favoured, reading.similarity, 1, chosen=said)
        if not first or (spent and spent + words(reading.texts[first[0]]) > 1.5 * budget):
            continue
        taken[paper] = first
        spent += words(reading.texts[first[0]])
    _fill(taken, scores, budget - spent, reading)
    return taken


def _fill(taken: dict[PaperId, list[int]], scores: Matrix, left: int, reading: Reading) -> None:
    """Adds the best unused sentences of these papers while words are left."""
    said = [i for positions in taken.values() for i in positions]
    top = float(scores.max(initial=0))
    rest = np.where(scores >= _LEAST_SENTENCE * top, scores, 0).astype(np.float32)
    for i in select(rest, reading.similarity, len(scores), chosen=said):
        own = taken.get(reading.sentences[i].paper)
        length = words(reading.texts[i])
        if own is None or i in own or len(own) >= _MOST_PER_PAPER or length > left + 15:
            continue
        own.append(i)
        left -= length
        if left <= 0:
            return


def _paragraphs(chosen: dict[PaperId, list[int]], reading: Reading) -> str:
    """One run of sentences per paper, older papers first, in one to three paragraphs."""
    papers = sorted(chosen, key=lambda paper: reading.sources[paper].published or _UNDATED)
    runs = [introduced(sorted(chosen[paper], key=lambda i: reading.sentences[i].place), reading) for paper in papers]
    total = sum(map(words, runs))
    wanted = max(1, min(_MOST_PARAGRAPHS, len(runs), round(total / _WORDS_PER_PARAGRAPH)))
    paragraphs: list[list[str]] = [[] for _ in range(wanted)]
    passed = 0
    for run in runs:
        # a run belongs where its middle falls
        place = min(wanted - 1, int(wanted * (passed + words(run) / 2) / max(total, 1)))
        paragraphs[place].append(run)
        passed += words(run)
    return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs if paragraph)
