"""Blocks of code that are not closed, or open where many readers do not see them."""

from collections.abc import Iterator

from agents.critic.asked import Asked
from agents.critic.remark import Remark, Severity, Where, shortened
from agents.critic.text import Document


def code_blocks(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on broken fences: what follows an open one may be taken for code, or code for headings."""
    del asked
    for fence in document.fences:
        if fence.closed and not fence.in_bullet:
            continue
        block = next((block for block in document.blocks if block.start == fence.start), None)
        first_line = document.text[fence.start : fence.end].partition("\n")[0]
        where = Where(
            heading=block.path if block else (),
            paragraph=block.paragraph if block else 0,
            start=fence.start,
            end=fence.start + len(first_line),
            quote=shortened(first_line),
        )
        if not fence.closed:
            wrong, fix = (
                "This block of code is never closed.",
                "Close it with a line of its own that repeats the fence.",
            )
        else:
            wrong = "This block of code opens on the line of a list item, where many readers take the fence for text."
            fix = "Put the opening fence on a line of its own, indented below the list item."
        severity: Severity = "minor" if fence.closed else "major"
        yield Remark(check="code_blocks", severity=severity, wrong=wrong, fix=fix, where=where)
