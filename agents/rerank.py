"""Listwise reranking: a model puts what a search found in order."""

from collections.abc import Sequence

from agents.consult import FAILURES
from agents.evidence import as_evidence
from tools.llm.model import Model
from tools.llm.tasks import RERANK, RerankIn
from tools.types import Hit

MOST_JUDGED = 20
"""Only the first so many hits are put before the model: more cost tokens, and lists get muddled."""


async def reranked(model: Model, question: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits with those first that the model put first; the others follow in their order.

    Nothing is lost: what the model left out, doubled or invented changes nothing else. A model that fails
    leaves the order as it was.
    """
    judged = list({hit.passage.id: hit for hit in hits}.values())[:MOST_JUDGED]
    if len(judged) < 2:
        return list(hits)
    try:
        ran = await model.run(RERANK, RerankIn(question=question, evidence=as_evidence(judged, MOST_JUDGED)))
    except FAILURES:
        return list(hits)
    named = [judged[label - 1] for label in dict.fromkeys(ran.output.labels) if 1 <= label <= len(judged)]
    first = {hit.passage.id for hit in named}
    return [*named, *(hit for hit in hits if hit.passage.id not in first)]
