"""Finding: the papers of the evidence that serve the request, and why."""

from tools.llm.extractive.activities import matter_for
from tools.llm.extractive.answer import answer_scores
from tools.llm.extractive.kinds import presents
from tools.llm.extractive.names import named_sources
from tools.llm.extractive.phrases import phrase
from tools.llm.extractive.reading import LEAST_CERTAINTY, Embed, Reading
from tools.llm.extractive.summarize import paper_scores
from tools.llm.tasks import Brief, ReadingList, Recommendation
from tools.types import PaperId

_WEAKEST = 0.4
_MOST_PAPERS = 12


def find(brief: Brief, embed: Embed) -> ReadingList:
    """The relevant papers, best first, each with the sentence that shows why."""
    reading = Reading(brief.evidence, embed)
    topic = matter_for("find", brief.question)
    relevant = relevant_papers(topic, reading)[:_MOST_PAPERS]
    if not relevant:
        return ReadingList(papers=(), note=phrase("nothing", brief.language))
    scores = answer_scores(topic, reading)
    papers = []
    for paper in relevant:
        # what a paper offers says best why it is worth reading
        best = max(reading.of(paper), key=lambda i: float(scores[i]) * (1.5 if presents(reading.texts[i]) else 1.0))
        papers.append(Recommendation(label=reading.sentences[best].label, why=reading.sentences[best].text))
    left_out = len(reading.sources) - len(relevant)
    note = phrase("off_list", brief.language, count=left_out) if left_out else ""
    return ReadingList(papers=tuple(papers), note=note)


def relevant_papers(topic: str, reading: Reading) -> list[PaperId]:
    """The papers that bear on the topic, the most relevant first; none when nothing does."""
    if not len(reading):
        return []
    weights = paper_scores(topic, reading)
    certain = reading.certainty(topic)
    for paper in named_sources(topic, reading):
        weights[paper] = 1 + weights.get(paper, 0.0)
    top = min(max(weights.values(), default=0.0), 1.0)
    rows = {paper: reading.of(paper) for paper in reading.sources}
    sure = {paper: float(certain[own].max()) for paper, own in rows.items() if own}
    if max(sure.values(), default=0.0) < LEAST_CERTAINTY:
        return []
    kept = [
        paper for paper in weights if weights[paper] >= _WEAKEST * top and sure.get(paper, 0.0) >= 0.7 * LEAST_CERTAINTY
    ]
    return sorted(kept, key=lambda paper: -weights[paper])
