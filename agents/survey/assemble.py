"""Assembling: the finished texts become one Markdown draft with one reference list."""

import asyncio
import re
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agents.cite import UNVERIFIED, Citer
from agents.notices import notice
from agents.respond import describe
from agents.survey.frame import in_order
from agents.survey.ledger import Entry
from agents.survey.state import Draft, DraftPart, DraftSection, Finishing, FinishUpdate, Progress, SurveyDeps, Written
from agents.trace import Claim, Reference
from agents.verify import claim_ledger
from tools.errors import BudgetExceeded
from tools.export.bibtex import bibtex
from tools.types import Evidence, PaperId, PassageId, Usage


async def assemble(state: Finishing, runtime: Runtime[SurveyDeps]) -> FinishUpdate:
    """The draft. A citation that is not among its subsection's evidence is marked, never numbered.

    What a budget has kept from being written is named in its place. Raises BudgetExceeded when that is all.
    """
    runtime.stream_writer(Progress("assemble", "Checking citations and assembling the draft"))
    framed = (state.get("introduction"), *in_order(state["written"]), state.get("conclusion"))
    texts = [text for text in framed if text is not None]
    if not texts:
        raise BudgetExceeded(state["stopped"][0])
    checked = await asyncio.to_thread(_Checked, texts)
    models = tuple(dict.fromkeys(text.model for text in texts))
    extractive = models == (runtime.context.pool.fallback.name,) and runtime.context.pool.fallback.extractive
    plan, parts = state["plan"], _parts(state, checked)
    records = {paper.id: paper for paper in plan.papers}
    cited = [records[one.paper_id] for one in checked.references if one.paper_id in records]
    draft = Draft(
        topic=plan.topic,
        title=plan.outline.title,
        language=plan.options.language,
        markdown=_markdown(state, parts, checked, extractive=extractive),
        bibtex=await asyncio.to_thread(bibtex, cited),
        sections=_sections(state, checked),
        references=checked.references,
        claims=checked.claims,
        parts=parts,
        papers=tuple(cited),
        passages=checked.passages,
        ledger=checked.ledger,
        usage=sum(state["usage"], Usage()),
        models=models,
        extractive=extractive,
        faults=tuple(state["faults"]),
        stopped=next(iter(state["stopped"]), ""),
    )
    runtime.stream_writer(Progress("assemble", f"{len(draft.references)} references", 1, 1))
    return {"draft": draft}


def reference_heading(language: str) -> str:
    """The line over a draft's reference list."""
    return f"## {notice('references', language)}"


class _Checked:
    """The texts with citations numbered across the whole draft, in reading order."""

    def __init__(self, texts: Sequence[Written]) -> None:
        numbers: dict[PaperId, int] = {}
        self.bodies: dict[tuple[int, int], str] = {}
        self.papers: dict[int, dict[PaperId, None]] = {}
        references: dict[int, Reference] = {}
        claims: list[Claim] = []
        ledger: list[Entry] = []
        passages: dict[PassageId, Evidence] = {}
        for text in texts:
            citer = Citer(text.evidence, numbers)
            self.bodies[text.section, text.subsection] = _plain(citer.feed(text.text) + citer.close())
            for reference in citer.references:
                self.papers.setdefault(text.section, {})[reference.paper_id] = None
                known = references.get(reference.number)
                cited = dict.fromkeys((*(known.passages if known else ()), *reference.passages))
                references[reference.number] = reference.model_copy(update={"passages": tuple(cited)})
            found = claim_ledger(text.text, text.evidence)
            claims.extend(found)
            ledger.extend(_entry(text, claim) for claim in found)
            standing = {cite for claim in found for cite in claim.cites}
            passages |= {
                item.passage_id: item.model_copy(update={"label": numbers[item.paper_id]})
                for item in text.evidence
                if item.passage_id in standing
            }
        self.references = tuple(references[number] for number in sorted(references))
        self.cited = frozenset(numbers)
        self.claims = tuple(claims)
        self.ledger = tuple(ledger)
        self.passages = tuple(passages.values())


def _entry(text: Written, claim: Claim) -> Entry:
    return Entry(
        section=text.section,
        subsection=text.subsection,
        text=claim.text,
        cites=claim.cites,
        unknown=claim.unknown,
        verdict=claim.verdict,
        judged=("citations", "numbers"),
    )


def _plain(text: str) -> str:
    """The text without headings of its own, which would break the draft's structure."""
    return re.sub(r"^#{1,6}\s+(.*)$", r"**\1**", text.strip(), flags=re.MULTILINE)


def _parts(state: Finishing, checked: _Checked) -> tuple[DraftPart, ...]:
    sections = state["plan"].outline.sections
    language = state["plan"].options.language
    missing = f"*{notice('not_written', language)}*"
    introduction = checked.bodies.get((0, 0), missing)
    parts = [DraftPart(number="", level=2, title=notice("introduction", language), text=introduction)]
    for i, section in enumerate(sections, 1):
        several = len(section.subsections) > 1
        only = "" if several else checked.bodies.get((i, 1), missing)
        parts.append(DraftPart(number=f"{i}", level=2, title=section.title, text=only))
        for j, part in enumerate(section.subsections if several else (), 1):
            text = checked.bodies.get((i, j), missing)
            parts.append(DraftPart(number=f"{i}.{j}", level=3, title=part.title, text=text))
    conclusion = checked.bodies.get((len(sections) + 1, 0), missing)
    return (*parts, DraftPart(number="", level=2, title=notice("conclusion", language), text=conclusion))


def _body(parts: Sequence[DraftPart]) -> list[str]:
    """The headings and texts, in turn."""
    lines = []
    for part in parts:
        number = f"{part.number} " if part.number else ""
        lines += [f"{'#' * part.level} {number}{part.title}", part.text]
    return lines


def _markdown(state: Finishing, parts: Sequence[DraftPart], checked: _Checked, *, extractive: bool) -> str:
    plan = state["plan"]
    language = plan.options.language
    notes = [f"Draft from {len(plan.papers)} papers of the library."]
    if extractive:
        notes.append(notice("extractive_draft", language))
    if state["stopped"]:
        notes.append(notice("budget", language))
    elif state["faults"]:
        notes.append(f"{len(state['faults'])} parts are incomplete or extractive because the model failed.")
    if any(UNVERIFIED in text for text in checked.bodies.values()):
        notes.append(notice("unverified", language))
    references = "\n\n".join(
        f"[{reference.number}] {describe(reference)}. Library id: `{reference.paper_id}`"
        for reference in checked.references
    )
    blocks = (
        f"# {plan.outline.title}",
        *(f"*{note}*" for note in notes),
        *_body(parts),
        reference_heading(language),
        references,
    )
    return "\n\n".join(block for block in blocks if block) + "\n"


def _sections(state: Finishing, checked: _Checked) -> tuple[DraftSection, ...]:
    return tuple(
        DraftSection(
            title=section.title,
            subsections=tuple(part.title for part in section.subsections),
            paper_ids=tuple(checked.papers.get(i, ())),
            words=sum(len(text.split()) for (number, _), text in checked.bodies.items() if number == i),
        )
        for i, section in enumerate(state["plan"].outline.sections, 1)
    )
