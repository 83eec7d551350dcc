"""How a task's input becomes the text that fills its prompt."""

from collections.abc import Sequence

from pydantic import BaseModel

from tools.llm.tasks import Contribution, OutlinePattern, PaperBrief, SectionDigest
from tools.types import Evidence, Message

_NOTHING = "(none)"


def prompt_values(given: BaseModel) -> dict[str, str]:
    """One text per field of `given`; empty fields read "(none)"."""
    return {name: _text(getattr(given, name)) for name in type(given).model_fields}


def _text(value: object) -> str:
    match value:
        case str():
            return value or _NOTHING
        case Sequence() if not value:
            return _NOTHING
        case Sequence():
            return "\n".join(_item(item) for item in value)
        case _:
            return str(value)


def _item(item: object) -> str:
    match item:
        case Evidence():
            where = ", ".join(part for part in (item.title, item.published, item.heading) if part)
            opening = f'<passage number="{item.label}" from="{_attribute(where)}">'
            return f"{opening}\n{_quoted(item.text)}\n</passage>"
        case Message():
            return f"{item.role}: {item.content}"
        case PaperBrief():
            return f"[{item.number}] {item.title} ({item.published or 'n.d.'})\n{_quoted(item.abstract)}\n"
        case OutlinePattern():
            return "\n".join((f"For {item.topic}", *(f"  - {section}" for section in item.sections)))
        case Contribution():
            return f'<expert role="{item.agent}">\n{_quoted(item.text)}\n</expert>'
        case SectionDigest():
            return f"## {item.title}\n{item.text}\n"
        case _:
            return f"- {item}"


def _quoted(text: str) -> str:
    """`text` without anything that could pass for the end of its own quotation."""
    return text.replace("</passage", "<\\/passage").replace("</expert", "<\\/expert")


def _attribute(text: str) -> str:
    return text.replace('"', "'")
