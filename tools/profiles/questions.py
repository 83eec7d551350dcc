"""Validation questions: questions with a checkable answer, one JSON object a line."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from tools.errors import InvalidRequest, UnreadableFile
from tools.profiles.numbers import read_number
from tools.types import PaperId, Value

Kind = Literal["choice", "exact", "number", "set", "rubric"]

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST_TOLD = 50
_TOLERANCE = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*")


class Question(Value):
    """A question and how its answer is checked.

    `answer` is for a choice the letter or the text of one of the `options`; for exact the text, or several that
    are all right; for number a number, or a text with its unit such as "45%" or "1.5 GB"; for set its members, a
    list for one that has several names; for rubric an answer that would be right, if there is one. `tolerance`
    is for numbers, absolute or like "5%"; without it as many digits must agree as are given. `context` is what
    the answer stands in, where it is not in the library; `papers` are the papers that it does stand in.
    """

    id: str = Field(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")
    question: str = Field(min_length=1, max_length=20_000)
    kind: Kind
    options: tuple[str, ...] = Field(default=(), max_length=len(LETTERS))
    answer: str | float | tuple[str | tuple[str, ...], ...] = ""
    tolerance: str | float | None = None
    rubric: str = ""
    skills: tuple[str, ...] = ()
    context: str = ""
    papers: tuple[PaperId, ...] = ()

    @field_validator("question", "rubric", "context")
    @classmethod
    def _trimmed(cls, value: str) -> str:
        return value.strip()

    @field_validator("skills")
    @classmethod
    def _keywords(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for value in values if (text := " ".join(value.split()).lower())))

    @model_validator(mode="after")
    def _checkable(self) -> Self:
        if fault := next(_faults(self), None):
            raise ValueError(fault)
        return self

    @property
    def key(self) -> str:
        """A name for what is asked and what is right: another answer is another question, other skills are not."""
        content = self.model_dump_json(exclude={"skills", "papers"})
        return hashlib.sha256(content.encode()).hexdigest()[:20]

    @property
    def gold(self) -> int | None:
        """The right option of a choice, counted from 0."""
        return gold_option(self.options, str(self.answer)) if self.kind == "choice" else None

    @property
    def accepted(self) -> tuple[tuple[str, ...], ...]:
        """The names of each member of the answer; for exact one member."""
        if isinstance(self.answer, str | float):
            return ((str(self.answer),),)
        members = tuple((member,) if isinstance(member, str) else member for member in self.answer)
        return members if self.kind == "set" else (tuple(name for member in members for name in member),)


class QuestionSet(Value):
    """Questions that belong together. `name` is for people."""

    name: str
    questions: tuple[Question, ...]

    @property
    def key(self) -> str:
        """A hash of the questions, whatever their order and name."""
        keys = "".join(sorted(question.key for question in self.questions))
        return hashlib.sha256(keys.encode()).hexdigest()[:20]


def gold_option(options: Sequence[str], answer: str) -> int | None:
    """The option that a letter or a text names, counted from 0."""
    answer = answer.strip()
    if answer in options:
        return list(options).index(answer)
    at = LETTERS.find(answer.upper()) if len(answer) == 1 else -1
    return at if 0 <= at < len(options) else None


def tolerated(question: Question, gold: float) -> float | None:
    """How far a number may be from `gold`; None where as many digits must agree as are given."""
    if question.tolerance is None:
        return None
    found = _TOLERANCE.fullmatch(str(question.tolerance))
    assert found, "checked when the question was made"  # noqa: S101
    return float(found[1]) * (abs(gold) / 100 if found[2] else 1)


def read_questions(path: Path) -> QuestionSet:
    """The questions in a JSONL file. Raises UnreadableFile, and InvalidRequest that tells every fault with its line."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path}: not UTF-8 at byte {error.start:,}.") from None
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read ({error.strerror}).") from error
    return parse_questions(path.name, lines)


def parse_questions(name: str, lines: Iterable[str]) -> QuestionSet:
    """The questions on the lines; empty lines do not count. Raises InvalidRequest that tells every fault."""
    questions: list[Question] = []
    faults: list[str] = []
    first: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = _parsed(line)
        if isinstance(found, list):
            faults += [f"line {number}: {fault}" for fault in found]
        elif (before := first.setdefault(found.id, number)) != number:
            faults.append(f"line {number}: the id '{found.id}' is that of line {before}, too")
        else:
            questions.append(found)
    if not questions and not faults:
        faults.append("there is no question in it")
    if faults:
        more = f"\n  and {len(faults) - _MOST_TOLD} more" if len(faults) > _MOST_TOLD else ""
        told = "\n  ".join(faults[:_MOST_TOLD])
        raise InvalidRequest(f"{name}: {len(faults)} faults\n  {told}{more}", param="questions")
    return QuestionSet(name=name, questions=tuple(questions))


def _parsed(line: str) -> Question | list[str]:
    """The question, or what is wrong with it."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return [f"not JSON ({error})"]
    if not isinstance(row, dict):
        return ["not a JSON object"]
    try:
        return Question.model_validate(row)
    except ValidationError as error:
        return list(dict.fromkeys(map(_told, error.errors(include_url=False, include_input=False))))


def _told(fault: object) -> str:
    assert isinstance(fault, dict)  # noqa: S101
    place = next((str(part) for part in fault["loc"]), "")
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _faults(question: Question) -> Iterator[str]:
    """What keeps the question from being checked."""
    kind, answer = question.kind, question.answer
    if kind != "choice" and question.options:
        yield f"options: a question of the kind {kind} has none"
    if kind != "number" and question.tolerance is not None:
        yield "tolerance: only numbers have one"
    if kind == "rubric":
        if not question.rubric:
            yield "rubric: is missing"
    elif answer in ("", ()):
        yield "answer: is missing"
    elif kind == "choice":
        yield from _option_faults(question)
    elif kind == "number":
        yield from _number_faults(question)
    else:
        yield from _name_faults(question)


def _number_faults(question: Question) -> Iterator[str]:
    answer, tolerance = question.answer, question.tolerance
    if not isinstance(answer, str | float) or read_number(str(answer)) is None:
        yield f'answer: \'{answer}\' is no number; write it like 1500, 0.25, "45%" or "1.5 GB"'
    elif tolerance is not None and not _TOLERANCE.fullmatch(str(tolerance)):
        yield f"tolerance: '{tolerance}' is none; write it like 0.5 or \"5%\""


def _name_faults(question: Question) -> Iterator[str]:
    wanted = tuple if question.kind == "set" else str | tuple
    if not isinstance(question.answer, wanted):
        yield f"answer: is a {'list of texts' if question.kind == 'set' else 'text, or a list of texts'}"
    elif not all(name.strip() for member in question.accepted for name in member or ("",)):
        yield "answer: holds an empty text"


def _option_faults(question: Question) -> Iterator[str]:
    options = question.options
    if len(options) < 2:
        yield "options: there are fewer than two"
    elif not all(option.strip() for option in options):
        yield "options: one is empty"
    elif len({" ".join(option.casefold().split()) for option in options}) < len(options):
        yield "options: two are the same"
    elif not isinstance(question.answer, str) or question.gold is None:
        yield f"answer: '{question.answer}' is neither the letter nor the text of an option"
    elif any(_is_letter_of_another(options, at) for at in range(len(options))):
        yield "options: one is the letter of another"


def _is_letter_of_another(options: Sequence[str], at: int) -> bool:
    text = options[at].strip().upper()
    return len(text) == 1 and LETTERS.find(text) not in (-1, at) and LETTERS.find(text) < len(options)
