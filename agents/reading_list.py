"""The retriever's own answer: papers to read."""

from langgraph.runtime import Runtime

from agents.consult import play
from agents.notices import notice
from agents.state import Consultation, Deps, Update
from tools.llm.tasks import FIND, Brief, ReadingList


async def find(state: Consultation, runtime: Runtime[Deps]) -> Update:
    """A reading list drawn from the evidence."""
    return await play(FIND, state, runtime, render=render_reading_list)


def render_reading_list(papers: ReadingList, brief: Brief) -> str:
    """The list as Markdown, each paper once, with its citation."""
    by_label = {item.label: item for item in brief.evidence}
    lines, seen = [], set()
    for choice in papers.papers:
        paper = by_label.get(choice.label)
        if paper is None or paper.paper_id in seen:
            continue
        seen.add(paper.paper_id)
        date = f" ({paper.published})" if paper.published else ""
        lines.append(f"{len(seen)}. **{paper.title}**{date} [{choice.label}]: {choice.why.strip()}")
    note = papers.note.strip() or ("" if lines else notice("nothing_fits", brief.language))
    return "\n".join((*lines, *(("", note) if note else ()))).strip()
