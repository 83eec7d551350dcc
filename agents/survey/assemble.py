"""Assembling: the finished texts become one Markdown draft with one reference list."""

import asyncio
import re
from collections.abc import Mapping, Sequence

from langgraph.runtime import Runtime

from agents.cite import UNVERIFIED, Citer
from agents.notices import Notice, notice
from agents.respond import describe
from agents.survey.frame import in_order
from agents.survey.ledger import Entry
from agents.survey.settle import settled
from agents.survey.state import (
    Draft,
    DraftPart,
    DraftSection,
    Finishing,
    FinishUpdate,
    Frame,
    Plan,
    Progress,
    SurveyDeps,
    Written,
)
from agents.trace import Claim, Reference
from tools.errors import BudgetExceeded
from tools.export.bibtex import bibtex
from tools.types import Evidence, PaperId, PassageId, Usage

Place = tuple[int, int]
"""A section's number, 0 and one more than the last for what stands around them, and a subsection's."""

_FRAME = ("abstract", "introduce", "open_problems", "conclude")
_ABSTRACT: Place = (0, -4)
_INTRODUCTION: Place = (0, -3)


async def assemble(state: Finishing, runtime: Runtime[SurveyDeps]) -> FinishUpdate:
    """The draft. A citation that is not among its subsection's evidence is marked, never numbered.

    Claims that nothing bears out are removed or marked, as the options say. What a budget has kept from being
    written is named in its place. Raises BudgetExceeded when that is all.
    """
    runtime.stream_writer(Progress("assemble", "Checking citations and assembling the draft"))
    plan, frame = state["plan"], state.get("frame", Frame())
    texts = [*frame.texts, *in_order(state["written"])]
    if not texts:
        raise BudgetExceeded(state["stopped"][0])
    policy = plan.options.unsupported
    settled_texts = await asyncio.to_thread(lambda: {_place(text): settled(text, policy) for text in texts})
    tables = {table.section: table for table in state["tables"]}
    checked = await asyncio.to_thread(_Checked, plan, settled_texts, tables)
    models = tuple(dict.fromkeys(text.model for text in settled_texts.values()))
    extractive = models == (runtime.context.pool.fallback.name,) and runtime.context.pool.fallback.extractive
    parts = _parts(plan, checked)
    records = {paper.id: paper for paper in plan.papers}
    cited = [records[one.paper_id] for one in checked.references if one.paper_id in records]
    draft = Draft(
        topic=plan.topic,
        title=plan.outline.title,
        language=plan.options.language,
        markdown=_markdown(state, parts, checked, extractive=extractive),
        bibtex=await asyncio.to_thread(bibtex, cited),
        abstract=checked.bodies.get(_ABSTRACT, ""),
        sections=_sections(plan, checked),
        references=checked.references,
        claims=checked.claims,
        parts=parts,
        papers=tuple(cited),
        passages=checked.passages,
        ledger=checked.ledger,
        considered=(*plan.considered, *state["considered"]),
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

    def __init__(self, plan: Plan, texts: Mapping[Place, Written], tables: Mapping[int, Written]) -> None:
        self._numbers: dict[PaperId, int] = {}
        self.bodies: dict[Place, str] = {}
        self.tables: dict[int, str] = {}
        self.notes = {place: text.note for place, text in texts.items() if text.note}
        self.papers: dict[int, dict[PaperId, None]] = {}
        self._references: dict[int, Reference] = {}
        self._passages: dict[PassageId, Evidence] = {}
        ledger: list[Entry] = []
        for place in _reading_order(plan):
            if place in texts:
                self.bodies[place] = _plain(self._cited(texts[place]))
                ledger += texts[place].entries
            if place[1] > 0 and place[1] == len(plan.outline.sections[place[0] - 1].subsections) and place[0] in tables:
                self.tables[place[0]] = self._cited(tables[place[0]])
        self.ledger = tuple(ledger)
        self.references = tuple(self._references[number] for number in sorted(self._references))
        self.cited = frozenset(self._numbers)
        self.passages = tuple(self._passages.values())
        self.claims = tuple(
            Claim(text=entry.text, cites=entry.cites, unknown=entry.unknown, verdict=entry.verdict)
            for entry in ledger
            if entry.action != "removed" and not (entry.action == "revised" and entry.verdict != "supported")
        )

    def _cited(self, text: Written) -> str:
        citer = Citer(text.evidence, self._numbers)
        body = citer.feed(text.text) + citer.close()
        for reference in citer.references:
            self.papers.setdefault(text.section, {})[reference.paper_id] = None
            known = self._references.get(reference.number)
            passages = dict.fromkeys((*(known.passages if known else ()), *reference.passages))
            self._references[reference.number] = reference.model_copy(update={"passages": tuple(passages)})
        cited = {passage for reference in citer.references for passage in reference.passages}
        self._passages |= {
            item.passage_id: item.model_copy(update={"label": self._numbers[item.paper_id]})
            for item in text.evidence
            if item.passage_id in cited
        }
        return body


def _place(text: Written) -> Place:
    """Where the text stands; those around the sections by their names."""
    return text.section, text.subsection if text.subsection else _FRAME.index(text.title) - len(_FRAME)


def _reading_order(plan: Plan) -> list[Place]:
    last = len(plan.outline.sections) + 1
    inner = [
        (i, j) for i, section in enumerate(plan.outline.sections, 1) for j in range(1, len(section.subsections) + 1)
    ]
    return [_ABSTRACT, _INTRODUCTION, *inner, (last, -2), (last, -1)]


def _plain(text: str) -> str:
    """The text without headings of its own, which would break the draft's structure."""
    return re.sub(r"^#{1,6}\s+(.*)$", r"**\1**", text.strip(), flags=re.MULTILINE)


def _parts(plan: Plan, checked: _Checked) -> tuple[DraftPart, ...]:
    sections, language = plan.outline.sections, plan.options.language
    last = len(sections) + 1

    def text(place: Place, *, may_be_missing: bool = False) -> str:
        missing = "" if may_be_missing else f"*{notice('not_written', language)}*"
        note = f"*{checked.notes[place]}*\n\n" if place in checked.notes else ""
        return note + checked.bodies.get(place, missing)

    def framing(name: Notice, place: Place, *, may_be_missing: bool = False) -> list[DraftPart]:
        said = text(place, may_be_missing=may_be_missing)
        return [DraftPart(number="", level=2, title=notice(name, language), text=said)] if said else []

    parts = framing("introduction", _INTRODUCTION)
    for i, section in enumerate(sections, 1):
        several = len(section.subsections) > 1
        own = [
            DraftPart(number=f"{i}.{j}" if several else f"{i}", level=3, title=part.title, text=text((i, j)))
            for j, part in enumerate(section.subsections, 1)
        ]
        if table := checked.tables.get(i):
            own[-1] = own[-1].model_copy(update={"text": f"{own[-1].text}\n\n{table}"})
        heading = DraftPart(number=f"{i}", level=2, title=section.title, text="" if several else own[0].text)
        parts += [heading, *(own if several else [])]
    parts += framing("open_problems", (last, -2), may_be_missing=True)
    return (*parts, *framing("conclusion", (last, -1)))


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
    abstract = checked.bodies.get(_ABSTRACT, "")
    references = "\n\n".join(
        f"[{reference.number}] {describe(reference)}. Library id: `{reference.paper_id}`"
        for reference in checked.references
    )
    blocks = (
        f"# {plan.outline.title}",
        *(f"*{note}*" for note in notes),
        *((f"## {notice('abstract', language)}", abstract) if abstract else ()),
        *_body(parts),
        reference_heading(language),
        references,
    )
    return "\n\n".join(block for block in blocks if block) + "\n"


def _sections(plan: Plan, checked: _Checked) -> tuple[DraftSection, ...]:
    return tuple(
        DraftSection(
            title=section.title,
            subsections=tuple(part.title for part in section.subsections),
            paper_ids=tuple(checked.papers.get(i, ())),
            words=sum(len(text.split()) for (number, _), text in checked.bodies.items() if number == i),
        )
        for i, section in enumerate(plan.outline.sections, 1)
    )
