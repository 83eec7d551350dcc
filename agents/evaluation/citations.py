"""How well a survey's sentences rest on what they cite."""

from collections.abc import Sequence

from pydantic import Field

from agents.cite import UNVERIFIED, cited_labels
from agents.evaluation.subject import Subject
from agents.survey.ledger import Entry
from agents.verify import claim_sentences
from tools.types import Value

_MOST_SHOWN = 20


class CitationScores(Value):
    """Citations, counted in the text and weighed by the ledger.

    In the text: `sentences` that assert something, how many of them cite nothing, and marks that lead nowhere.
    By the ledger of claims that are in the draft, where there is one: `recall` is the share of all claims that their
    citations support, those without a citation counted; `precision` the share of citations that stand at a supported
    claim and exist; both None without a ledger. `judged_by` says who found the claims supported.
    """

    sentences: int
    uncited_sentences: int
    marks: int
    unresolved: int
    claims: int | None = None
    uncited_claims: int | None = None
    recall: float | None = None
    precision: float | None = None
    verdicts: dict[str, int] = Field(default_factory=dict)
    removed: int = 0
    judged_by: tuple[str, ...] = ()
    uncited_shown: tuple[str, ...] = ()

    @property
    def uncited_rate(self) -> float:
        """The share of claims without a citation: by the ledger, else of the sentences."""
        if self.claims is not None and self.uncited_claims is not None:
            return self.uncited_claims / self.claims if self.claims else 0.0
        return self.uncited_sentences / self.sentences if self.sentences else 0.0

    @property
    def f1(self) -> float | None:
        if self.recall is None or self.precision is None:
            return None
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0


def score_citations(subject: Subject) -> CitationScores:
    """The scores. Every sentence counts, not only those that already cite something.

    Sources: ALCE, arXiv:2305.14627 (citation recall and precision); L-CiteEval, arXiv:2410.02115.
    """
    texts = [subject.abstract, *(part.text for part in subject.parts)]
    known = {work.number for work in subject.works}
    sentences = [sentence for text in texts for sentence in claim_sentences(text)]
    marks = [label for sentence in sentences for label in cited_labels(sentence)]
    lost = sum(label not in known for label in marks) + sum(text.count(UNVERIFIED) for text in texts)
    bare = [one for one in sentences if not cited_labels(one) and UNVERIFIED not in one]
    counted = CitationScores(
        sentences=len(sentences),
        uncited_sentences=len(bare),
        marks=len(marks) + sum(text.count(UNVERIFIED) for text in texts),
        unresolved=lost,
        uncited_shown=tuple(bare[:_MOST_SHOWN]),
    )
    return counted.model_copy(update=_by_ledger(subject.ledger)) if subject.ledger else counted


def _by_ledger(ledger: Sequence[Entry]) -> dict[str, object]:
    standing = [entry for entry in ledger if entry.action != "removed"]
    cites = [(entry, len(entry.cites), len(entry.unknown)) for entry in standing]
    citations = sum(known + unknown for _, known, unknown in cites)
    good = sum(known for entry, known, _ in cites if entry.verdict == "supported")
    supported = sum(entry.verdict == "supported" for entry in standing)
    verdicts = dict.fromkeys(sorted(entry.verdict for entry in standing), 0)
    for entry in standing:
        verdicts[entry.verdict] += 1
    return {
        "claims": len(standing),
        "uncited_claims": verdicts.get("uncited", 0),
        "recall": supported / len(standing) if standing else 0.0,
        "precision": good / citations if citations else 0.0,
        "verdicts": verdicts,
        "removed": len(ledger) - len(standing),
        "judged_by": tuple(sorted({name for entry in standing for name in entry.judged})),
    }
