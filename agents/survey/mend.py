"""Mending: claims that nothing bears out and what neighbours have said already, even subsections first, then odd."""

import asyncio
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agents.cite import cited_labels
from agents.survey.judge import judged_by_code
from agents.survey.ledger import Entry, claims_in
from agents.survey.overlap import Overlap, overlaps
from agents.survey.state import Finishing, FinishUpdate, Plan, Progress, SurveyDeps, Written
from agents.survey.write import writers
from tools.errors import BudgetExceeded, ModelError, UpstreamError
from tools.llm.extractive.sentences import cut_at_sentence
from tools.llm.pool import Pool
from tools.llm.survey_tasks import MEND, MendIn, Remark, RemarkKind
from tools.llm.tasks import SectionDigest
from tools.types import Usage

_NEIGHBOUR_CHARACTERS = 4_000
_LEAST_LEFT, _MOST_GROWN = 0.4, 1.5
_KINDS: dict[str, RemarkKind] = {"numbers": "numbers", "citations": "unknown"}


async def mend_even(state: Finishing, runtime: Runtime[SurveyDeps]) -> FinishUpdate:
    """The texts with every second one mended."""
    return await _round(state, runtime, 1)


async def mend_odd(state: Finishing, runtime: Runtime[SurveyDeps]) -> FinishUpdate:
    """The texts with the others mended, which see what has become of their neighbours."""
    return await _round(state, runtime, 0)


async def _round(state: Finishing, runtime: Runtime[SurveyDeps], parity: int) -> FinishUpdate:
    texts = sorted(state["written"], key=lambda text: (text.section, text.subsection))
    if state["stopped"]:
        return {"written": texts}
    repeated = await asyncio.to_thread(overlaps, texts)
    wanted = [
        (place, found)
        for place, text in enumerate(texts)
        if place % 2 == parity and (found := remarks_on(text, [one for one in repeated if one.later == place]))
    ]
    if wanted:
        runtime.stream_writer(Progress("mend", f"Mending {len(wanted)} subsections"))
    pool, plan = runtime.context.pool, state["plan"]
    done = await asyncio.gather(*(_mended(texts, place, found, repeated, plan, pool) for place, found in wanted))
    for (place, _), (text, _, _) in zip(wanted, done, strict=True):
        texts[place] = text
    return {
        "written": texts,
        "usage": [usage for _, usage, _ in done],
        "faults": [fault for _, _, fault in done if fault],
    }


def remarks_on(text: Written, repeated: Sequence[Overlap]) -> tuple[Remark, ...]:
    """What is wrong with the text, sentence by sentence."""
    entries = {entry.text: entry for entry in text.entries}
    found: dict[str, Remark] = {}
    for claim in claims_in(text.text, text.evidence):
        entry = entries.get(claim.text)
        if entry is not None and entry.verdict != "supported":
            found[claim.sentence] = Remark(kind=_kind(entry), sentence=claim.sentence, why=entry.why or "not borne out")
    for one in repeated:
        why = f"another subsection says this: “{one.said}”"
        found.setdefault(one.sentence, Remark(kind="repeats", sentence=one.sentence, why=why))
    return tuple(found.values())


def _kind(entry: Entry) -> RemarkKind:
    if entry.verdict == "uncited":
        return "uncited"
    if entry.why.startswith("contradicted"):
        return "contradicted"
    return _KINDS.get(entry.judged[0] if entry.judged else "", "unsupported")


async def _mended(
    texts: Sequence[Written], place: int, found: tuple[Remark, ...], repeated: Sequence[Overlap], plan: Plan, pool: Pool
) -> tuple[Written, Usage, str]:
    text = texts[place]
    used = set(cited_labels(text.text))
    given = MendIn(
        topic=plan.topic,
        section=plan.outline.sections[text.section - 1].title,
        subsection=text.title,
        text=text.text,
        remarks=found,
        neighbours=_neighbours(texts, place, repeated),
        evidence=tuple(item for item in text.evidence if item.label in used),
        language=plan.options.language,
    )
    where = f"{text.section}.{text.subsection} mending"
    model = pool.fallback if text.extractive else writers(pool)[0]
    try:
        ran = await model.run(MEND, given)
    except BudgetExceeded as error:
        return text, Usage(), f"{where}: {error.message}"
    except (UpstreamError, ModelError) as error:
        return text, error.usage or Usage(), f"{where}: {error.message}"
    new = ran.output.text.strip()
    if ran.cut or (why := unsound(text.text, new, found)):
        return text, ran.usage, f"{where}: the mended text was not taken: {'cut off' if ran.cut else why}"
    return await asyncio.to_thread(_replaced, text, new), ran.usage, ""


def unsound(old: str, new: str, found: Sequence[Remark]) -> str:
    """Why a mended text cannot be taken; empty where it can: it may lose no citation and invent none."""
    flagged = {remark.sentence for remark in found}
    rest = old
    for sentence in flagged:
        rest = rest.replace(sentence, "")
    before, after = set(cited_labels(old)), set(cited_labels(new))
    if invented := after - before:
        return f"it cites [{min(invented)}], which the text did not cite"
    if lost := set(cited_labels(rest)) - after:
        return f"it lost the citation [{min(lost)}]"
    if not _LEAST_LEFT * len(rest) <= len(new) <= _MOST_GROWN * len(old) + 200:
        return "it is much shorter or longer than the text"
    return ""


def _replaced(text: Written, new: str) -> Written:
    """The text with its new wording judged; claims that were changed stay in the ledger as they were."""
    known = {entry.text: entry for entry in text.entries}
    judged = judged_by_code(text.model_copy(update={"text": new}), known)
    now = {entry.text for entry in judged.entries}
    gone = tuple(
        entry.model_copy(update={"action": "revised"})
        for entry in text.entries
        if entry.text not in now and (entry.verdict != "supported")
    )
    return judged.model_copy(update={"entries": (*judged.entries, *gone)})


def _neighbours(texts: Sequence[Written], place: int, repeated: Sequence[Overlap]) -> tuple[SectionDigest, ...]:
    """The texts that this one repeats something of, if they stand beside it; of others the sentences alone."""
    found: dict[int, list[str]] = {}
    for one in repeated:
        if one.later == place:
            found.setdefault(one.earlier, []).append(one.said)
    return tuple(
        SectionDigest(
            title=texts[other].title,
            text=cut_at_sentence(texts[other].text, _NEIGHBOUR_CHARACTERS)
            if abs(other - place) == 1
            else " ".join(said),
        )
        for other, said in found.items()
    )
