"""Whether the text has the form that was asked for: headings, lists, and the five forms of digest."""

from collections.abc import Callable, Iterator, Mapping

from agents.critic.asked import Asked, Bounds, FormName, Shape
from agents.critic.checks.daily_form import daily_flat_ko, daily_three_ko
from agents.critic.checks.digest_form import abstract_four_ja, deep_eight_ja, meeting_ja
from agents.critic.remark import Remark
from agents.critic.text import Document

_FORMS: Mapping[FormName, Callable[[Document], Iterator[Remark]]] = {
    "deep8_ja": deep_eight_ja,
    "meeting_ja": meeting_ja,
    "abstract4_ja": abstract_four_ja,
    "daily3_ko": daily_three_ko,
    "daily_flat_ko": daily_flat_ko,
}


def form(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on what is missing, out of order or too much."""
    if isinstance(asked.format, Shape):
        yield from _shape(document, asked.format)
    elif asked.format is not None:
        yield from _FORMS[asked.format](document)


def why_no_form(asked: Asked) -> str:
    """Why the check cannot be made, if it cannot."""
    return "" if asked.format is not None else "no format was asked for"


def _shape(document: Document, shape: Shape) -> Iterator[Remark]:
    titles = [block.path[-1].strip() for block in document.blocks if block.kind == "heading"]
    folded = [title.casefold() for title in titles]
    last = -1
    for wanted in shape.headings:
        at = next((i for i, title in enumerate(folded) if wanted.strip().casefold() in title), None)
        if at is None:
            yield _remark("major", f'The heading "{wanted}" is missing.', f'Add a part under "{wanted}".')
        elif at < last:
            yield _remark("minor", f'The heading "{wanted}" is out of order.', "Put the parts in the order asked for.")
        else:
            last = at
    kinds = [block.kind for block in document.blocks]
    for what, bounds, count in (
        ("headed parts", shape.sections, kinds.count("heading")),
        ("list items", shape.bullets, kinds.count("bullet")),
        ("paragraphs", shape.paragraphs, kinds.count("paragraph")),
    ):
        if bounds:
            yield from _number(what, bounds, count)


def _number(what: str, bounds: Bounds, count: int) -> Iterator[Remark]:
    if bounds.max is not None and count > bounds.max:
        yield _remark("major", f"There are {count} {what}; {bounds.max} is the most.", "Merge some or take them out.")
    if bounds.min is not None and count < bounds.min:
        yield _remark("major", f"There are {count} {what}; at least {bounds.min} are wanted.", "Add what is missing.")


def _remark(severity: str, wrong: str, fix: str) -> Remark:
    return Remark.model_validate({"check": "form", "severity": severity, "wrong": wrong, "fix": fix})
