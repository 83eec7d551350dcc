"""The comparer: things set side by side by aspect."""

from langgraph.runtime import Runtime

from agents.consult import play
from agents.state import Consultation, Deps, Update
from tools.llm.tasks import COMPARE, Brief, Comparison

_NOTHING = "not in the retrieved passages"


async def compare(state: Consultation, runtime: Runtime[Deps]) -> Update:
    """A comparison table with what it amounts to."""
    return await play(COMPARE, state, runtime, render=render_comparison)


def render_comparison(comparison: Comparison, brief: Brief) -> str:
    """The comparison as a Markdown table, one column per subject, and its takeaways."""
    del brief
    subjects = comparison.subjects or _subjects_of(comparison)
    if not subjects or not comparison.aspects:
        return comparison.takeaways.strip()
    rows = [["", *subjects], ["---"] * (len(subjects) + 1)]
    for aspect in comparison.aspects:
        cells = {cell.subject.casefold().strip(): cell.text for cell in aspect.cells}
        rows.append([f"**{aspect.aspect}**", *(cells.get(s.casefold().strip(), "") or _NOTHING for s in subjects)])
    table = "\n".join(f"| {' | '.join(_one_line(cell) for cell in row)} |" for row in rows)
    return f"{table}\n\n{comparison.takeaways.strip()}".strip()


def _subjects_of(comparison: Comparison) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell.subject for aspect in comparison.aspects for cell in aspect.cells))


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
