"""Questions as JSONL again."""

from collections.abc import Iterable

from tools.profiles.questions import Question


def question_lines(questions: Iterable[Question]) -> str:
    """The questions as a question set, one a line. Of two with one id the second is given another."""
    seen: set[str] = set()
    lines = []
    for question in questions:
        name, number = question.id, 2
        while name in seen:
            name, number = f"{question.id[:190]}-{number}", number + 1
        seen.add(name)
        written = question.model_copy(update={"id": name})
        lines.append(written.model_dump_json(exclude_defaults=True) + "\n")
    return "".join(lines)
