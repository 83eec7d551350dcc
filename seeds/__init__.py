"""What a new installation starts with: papers, and outline patterns of good surveys."""

import json
from collections.abc import Iterator
from pathlib import Path

from tools.llm.tasks import OutlinePattern
from tools.profiles.questions import QuestionSet, read_questions
from tools.types import Paper

_FOLDER = Path(__file__).parent


def seed_papers() -> tuple[Paper, ...]:
    """The papers of the seed library."""
    return tuple(Paper.model_validate(row) for row in _rows("papers.jsonl"))


def seed_outlines() -> tuple[OutlinePattern, ...]:
    """The outline patterns, each with the words that a search for it would use."""
    return tuple(
        OutlinePattern(topic=f"{row['topic']} {', '.join(_texts(row['keywords']))}", sections=_texts(row["sections"]))
        for row in _rows("outlines.jsonl")
    )


def seed_questions() -> QuestionSet:
    """The validation questions on the papers of the seed library."""
    return read_questions(_FOLDER / "questions.jsonl").model_copy(update={"name": "seed library"})


def _rows(name: str) -> Iterator[dict[str, object]]:
    with (_FOLDER / name).open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def _texts(value: object) -> tuple[str, ...]:
    assert isinstance(value, list)  # noqa: S101
    return tuple(map(str, value))
