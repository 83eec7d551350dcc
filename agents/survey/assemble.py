"""Assembling: the finished texts become one Markdown draft with one reference list."""

import asyncio
import re
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agents.cite import UNVERIFIED, Citer
from agents.notices import notice
from agents.respond import describe
from agents.survey.frame import in_order
from agents.survey.state import Draft, DraftSection, Progress, Survey, SurveyDeps, SurveyUpdate, Written
from agents.trace import Claim, Reference
from agents.verify import claim_ledger
from tools.errors import BudgetExceeded
from tools.export.bibtex import bibtex
from tools.types import PaperId, Usage


async def assemble(state: Survey, runtime: Runtime[SurveyDeps]) -> SurveyUpdate:
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
    body = _body(state, checked)
    cited = [paper for paper in state["papers"] if paper.id in checked.cited]
    draft = Draft(
        topic=state["topic"],
        title=state["outline"].title,
        markdown=_markdown(state, body, checked, extractive=extractive),
        bibtex=await asyncio.to_thread(bibtex, cited),
        sections=_sections(state, checked),
        references=checked.references,
        claims=checked.claims,
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
        for text in texts:
            citer = Citer(text.evidence, numbers)
            self.bodies[text.section, text.subsection] = _plain(citer.feed(text.text) + citer.close())
            for reference in citer.references:
                self.papers.setdefault(text.section, {})[reference.paper_id] = None
                known = references.get(reference.number)
                passages = dict.fromkeys((*(known.passages if known else ()), *reference.passages))
                references[reference.number] = reference.model_copy(update={"passages": tuple(passages)})
            claims.extend(claim_ledger(text.text, text.evidence))
        self.references = tuple(references[number] for number in sorted(references))
        self.cited = frozenset(numbers)
        self.claims = tuple(claims)


def _plain(text: str) -> str:
    """The text without headings of its own, which would break the draft's structure."""
    return re.sub(r"^#{1,6}\s+(.*)$", r"**\1**", text.strip(), flags=re.MULTILINE)


def _body(state: Survey, checked: _Checked) -> list[str]:
    sections = state["outline"].sections
    language = state["options"].language
    missing = f"*{notice('not_written', language)}*"
    parts = [f"## {notice('introduction', language)}", checked.bodies.get((0, 0), missing)]
    for i, section in enumerate(sections, 1):
        parts.append(f"## {i} {section.title}")
        for j, part in enumerate(section.subsections, 1):
            if len(section.subsections) > 1:
                parts.append(f"### {i}.{j} {part.title}")
            parts.append(checked.bodies.get((i, j), missing))
    last = len(sections) + 1
    return [*parts, f"## {notice('conclusion', language)}", checked.bodies.get((last, 0), missing)]


def _markdown(state: Survey, body: Sequence[str], checked: _Checked, *, extractive: bool) -> str:
    language = state["options"].language
    notes = [f"Draft from {len(state['papers'])} papers of the library."]
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
    parts = (
        f"# {state['outline'].title}",
        *(f"*{note}*" for note in notes),
        *body,
        reference_heading(language),
        references,
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _sections(state: Survey, checked: _Checked) -> tuple[DraftSection, ...]:
    return tuple(
        DraftSection(
            title=section.title,
            subsections=tuple(part.title for part in section.subsections),
            paper_ids=tuple(checked.papers.get(i, ())),
            words=sum(len(text.split()) for (number, _), text in checked.bodies.items() if number == i),
        )
        for i, section in enumerate(state["outline"].sections, 1)
    )
