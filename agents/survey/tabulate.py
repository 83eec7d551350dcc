"""One comparison table a section, by the comparer, where its papers can be compared."""

import re
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agents.cite import cited_labels
from agents.evidence import as_evidence
from agents.survey.outline import assignments
from agents.survey.state import Progress, Sectioning, SectionUpdate, SurveyDeps, Written
from agents.survey.write import writers
from tools.errors import BudgetExceeded, ModelError, UpstreamError
from tools.llm.extractive.reading import short_title
from tools.llm.tasks import COMPARE, Brief, Comparison
from tools.quantities.compare import missing
from tools.types import Evidence

_FEWEST, _MOST = 3, 6
_FEWEST_ASPECTS, _MOST_ASPECTS = 2, 6
_FILLED = 0.6
_NOTHING = "–"


async def tabulate(state: Sectioning, runtime: Runtime[SurveyDeps]) -> SectionUpdate:
    """The table; none where nothing more may be spent, there are too few papers or too little to say of most of them,
    or the comparer fails.
    """
    plan, number, deps = state["plan"], state["number"], runtime.context
    model = writers(deps.pool)[0]
    papers = dict.fromkeys(
        paper for part in assignments(plan.outline, plan.papers) if part.section == number for paper in part.papers
    )
    title = plan.outline.sections[number - 1].title
    if state["stopped"] or not plan.options.tables or model.extractive or len(papers) < _FEWEST:
        return {}
    hits = await deps.library.search(title, limit=_MOST, per_paper=1, paper_ids=tuple(papers))
    evidence = as_evidence(hits, _MOST)
    if len(evidence) < _FEWEST:
        return {}
    subjects = tuple(dict.fromkeys(short_title(item.title) for item in evidence))
    question = f"Compare these works on {title}: what each does, on what it was evaluated, its main result, its limits."
    brief = Brief(question=question, language=plan.options.language, subjects=subjects, evidence=evidence)
    try:
        ran = await model.run(COMPARE, brief)
    except BudgetExceeded as error:
        return {"faults": [f"{number} table: {error.message}"]}
    except (UpstreamError, ModelError) as error:
        return {"usage": [error.usage] if error.usage else [], "faults": [f"{number} table: {error.message}"]}
    rows = comparison_table(ran.output, evidence)
    runtime.stream_writer(Progress("write", f"{number} table"))
    if not rows:
        return {"usage": [ran.usage]}
    table = Written(
        section=number, subsection=0, title=title, text=rows, evidence=evidence, model=ran.model, extractive=False
    )
    return {"table": table, "usage": [ran.usage]}


def comparison_table(comparison: Comparison, evidence: Sequence[Evidence]) -> str:
    """The comparison as Markdown, a row a work and a column an aspect; empty where too little of it is borne out.

    A cell stays only if what it cites exists and has its numbers.
    """
    by_label = {item.label: item for item in evidence}
    subjects = list(dict.fromkeys(comparison.subjects or [c.subject for a in comparison.aspects for c in a.cells]))
    columns = []
    for aspect in comparison.aspects[:_MOST_ASPECTS]:
        cells = {cell.subject.casefold().strip(): _borne_out(cell.text, by_label) for cell in aspect.cells}
        column = [cells.get(subject.casefold().strip(), "") for subject in subjects]
        if sum(map(bool, column)) >= _FILLED * len(subjects):
            columns.append((_one_line(aspect.aspect), column))
    kept = [i for i, _ in enumerate(subjects) if any(column[i] for _, column in columns)]
    if len(columns) < _FEWEST_ASPECTS or len(kept) < _FEWEST:
        return ""
    rows = [["", *(name for name, _ in columns)], ["---"] * (len(columns) + 1)]
    rows += [[f"**{_one_line(subjects[i])}**", *(column[i] or _NOTHING for _, column in columns)] for i in kept]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _borne_out(text: str, by_label: dict[int, Evidence]) -> str:
    labels = cited_labels(text)
    if not labels or any(label not in by_label for label in labels):
        return ""
    sources = [f"{by_label[label].title} {by_label[label].published} {by_label[label].text}" for label in labels]
    return "" if missing(re.sub(r"\[[\d,; ]+\]", "", text), sources) else _one_line(text)


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
