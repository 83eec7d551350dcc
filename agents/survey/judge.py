"""Judging: every claim of a section, by code, by a model that did not write it, or by the words they share."""

import asyncio
from collections.abc import Mapping, Sequence

from langgraph.runtime import Runtime

from agents.survey.ledger import Claim, Entry, Finding, checked, claims_in
from agents.survey.state import Progress, Sectioning, SectionUpdate, SurveyDeps, Written
from agents.trace import Verdict
from tools.errors import ModelError, UpstreamError
from tools.llm.extractive.judge_claims import judged_by_words
from tools.llm.model import Model
from tools.llm.pool import Pool
from tools.llm.survey_tasks import JUDGE_CLAIMS, Asserted, Judged, JudgedClaim, JudgeIn, Judgement
from tools.types import Evidence, Usage

_VERDICTS: Mapping[Judgement, Verdict] = {
    "supported": "supported",
    "partly": "partly",
    "unsupported": "unsupported",
    "contradicted": "unsupported",
}


async def judge(state: Sectioning, runtime: Runtime[SurveyDeps]) -> SectionUpdate:
    """The section's texts with a ledger each. Where the judge fails, shared words decide, and that is a fault."""
    written = sorted(state["written"], key=lambda text: text.subsection)
    runtime.stream_writer(Progress("judge", f"Judging the claims of section {state['number']}"))
    judgements = await asyncio.gather(*(judged(text, runtime.context.pool) for text in written))
    return {
        "judged": tuple(text for text, _, _ in judgements),
        "usage": [usage for _, usage, _ in judgements],
        "faults": [f"{text.section}.{text.subsection} judging: {fault}" for text, _, fault in judgements if fault],
    }


async def judged(text: Written, pool: Pool) -> tuple[Written, Usage, str]:
    """The text with its ledger, what that took, and what went wrong. Raises BudgetExceeded."""
    claims = _own_claims(text)
    by_label = {item.label: item for item in text.evidence}
    findings = await asyncio.to_thread(lambda: [checked(claim, by_label) for claim in claims])
    given = _given(claims, findings, text.evidence)
    usage, fault, said, judge_name = Usage(), "", Judged(claims=()), "scorer"
    model = judge_of(text, pool)
    if given.claims and model is not None:
        try:
            ran = await model.run(JUDGE_CLAIMS, given)
            said, usage, judge_name = ran.output, ran.usage, f"model:{ran.model}"
        except (UpstreamError, ModelError) as error:
            usage, fault, model = error.usage or Usage(), error.message, None
    if given.claims and model is None and not text.extractive:
        said = await asyncio.to_thread(judged_by_words, given)
    by_number = {one.number: one for one in said.claims}
    entries = tuple(
        entry(text, claim, finding, by_number.get(i), judge_name)
        for i, (claim, finding) in enumerate(zip(claims, findings, strict=True), 1)
    )
    return text.model_copy(update={"entries": entries}), usage, fault


def judged_by_code(text: Written, known: Mapping[str, Entry]) -> Written:
    """The text with its ledger: entries known of the same claims with the same citations stay, others are judged
    by code and by shared words.
    """
    by_label = {item.label: item for item in text.evidence}
    entries = []
    for claim in _own_claims(text):
        finding = checked(claim, by_label)
        before = known.get(claim.text)
        cites = tuple(by_label[label].passage_id for label in claim.labels)
        if before is not None and before.cites == cites and before.verdict == "supported":
            entries.append(before.model_copy(update={"section": text.section, "subsection": text.subsection}))
            continue
        given = _given([claim], [finding], text.evidence)
        said = next(iter(judged_by_words(given).claims), None) if given.claims else None
        entries.append(entry(text, claim, finding, said, "scorer"))
    return text.model_copy(update={"entries": tuple(entries)})


def judge_of(text: Written, pool: Pool) -> Model | None:
    """The best model of the pool that did not write the text; None where there is none, or it is quoted."""
    if text.extractive:
        return None
    others = (model for model in pool.models if not model.extractive and model.name != text.model)
    return next(others, None)


def entry(text: Written, claim: Claim, finding: Finding, said: JudgedClaim | None, judge_name: str) -> Entry:
    """The ledger's entry: what code found to be wrong is wrong, whatever a judge says of the rest."""
    by_label = {item.label: item for item in text.evidence}
    decided: tuple[str, ...] = (finding.check,)
    verdict, why = finding.verdict, finding.why
    if said is not None and finding.verdict in ("supported", "partly"):
        judgement = _VERDICTS[said.judgement]
        decided = (*decided, judge_name)
        if judgement != "supported":
            verdict = judgement
            why = "; ".join(filter(None, (why, said.judgement if said.judgement == "contradicted" else "", said.why)))
    return Entry(
        section=text.section,
        subsection=text.subsection,
        text=claim.text,
        cites=tuple(by_label[label].passage_id for label in claim.labels),
        unknown=claim.unknown,
        verdict=verdict,
        judged=decided,
        why=why,
    )


def _own_claims(text: Written) -> list[Claim]:
    """The claims of the text; of a quoted one those that cite, since the rest is said by the service itself."""
    return [
        claim for claim in claims_in(text.text, text.evidence) if claim.labels or claim.unknown or not text.extractive
    ]


def _given(claims: Sequence[Claim], findings: Sequence[Finding], evidence: Sequence[Evidence]) -> JudgeIn:
    """What is left to judge: claims that code finds no fault with, and the passages that they cite."""
    asserted = tuple(
        Asserted(number=i, text=claim.text, labels=claim.labels)
        for i, (claim, finding) in enumerate(zip(claims, findings, strict=True), 1)
        if finding.verdict in ("supported", "partly")
    )
    cited = {label for claim in asserted for label in claim.labels}
    return JudgeIn(claims=asserted, evidence=tuple(item for item in evidence if item.label in cited))
