"""A profile as JSON and back, for people who keep, compare or carry profiles."""

import math
from typing import Literal

import numpy as np
from pydantic import ValidationError

from agents.panel.profile import Profile
from agents.panel.validation import Answers, Floats
from tools.errors import UnreadableFile
from tools.types import Value

VERSION = 1

Rows = tuple[tuple[float, ...], ...]


class AnswersFile(Value):
    questions: tuple[str, ...]
    experts: tuple[str, ...]
    held: tuple[tuple[int, ...], ...]
    right: tuple[tuple[float | None, ...], ...]
    gold: tuple[int, ...]
    width: tuple[int, ...]
    lettered: tuple[bool, ...]


class ProfileFile(Value):
    version: Literal[1]
    at: float
    experts: tuple[str, ...]
    skills: tuple[str, ...]
    right: tuple[float, ...]
    asked: tuple[float, ...]
    skill_right: Rows
    skill_asked: Rows
    cost_usd: tuple[float | None, ...]
    seconds: tuple[float | None, ...]
    answers: AnswersFile


def to_json(profile: Profile) -> str:
    """The profile as one JSON object."""
    table = profile.answers
    answers = AnswersFile(
        questions=table.questions,
        experts=table.experts,
        held=tuple(map(tuple, table.held.tolist())),
        right=tuple(_or_none(row) for row in table.right),
        gold=tuple(table.gold.tolist()),
        width=tuple(table.width.tolist()),
        lettered=tuple(table.lettered.tolist()),
    )
    return ProfileFile(
        version=VERSION,
        at=profile.at,
        experts=profile.experts,
        skills=profile.skills,
        right=tuple(profile.right.tolist()),
        asked=tuple(profile.asked.tolist()),
        skill_right=tuple(map(tuple, profile.skill_right.tolist())),
        skill_asked=tuple(map(tuple, profile.skill_asked.tolist())),
        cost_usd=_or_none(profile.cost_usd),
        seconds=_or_none(profile.seconds),
        answers=answers,
    ).model_dump_json()


def from_json(text: str) -> Profile:
    """The profile that `to_json` wrote. Raises UnreadableFile for anything else."""
    try:
        file = ProfileFile.model_validate_json(text)
        return _profile(file)
    except (ValidationError, ValueError) as error:
        reason = str(error).splitlines()[0][:200]
        raise UnreadableFile(f"This is no profile of version {VERSION}: {reason}. Export it anew.") from error


def _profile(file: ProfileFile) -> Profile:
    m, table = len(file.experts), file.answers
    shape = (len(table.questions), len(table.experts))
    answers = Answers(
        questions=table.questions,
        experts=table.experts,
        held=np.array(table.held, dtype=np.int64).reshape(shape),
        right=_or_nan([value for row in table.right for value in row]).reshape(shape),
        gold=np.array(table.gold, dtype=np.int64).reshape(shape[0]),
        width=np.array(table.width, dtype=np.int64).reshape(shape[0]),
        lettered=np.array(table.lettered, dtype=np.bool_).reshape(shape[0]),
    )
    return Profile(
        experts=file.experts,
        skills=file.skills,
        right=np.array(file.right).reshape(m),
        asked=np.array(file.asked).reshape(m),
        skill_right=np.array(file.skill_right).reshape(m, len(file.skills)),
        skill_asked=np.array(file.skill_asked).reshape(m, len(file.skills)),
        cost_usd=_or_nan(file.cost_usd).reshape(m),
        seconds=_or_nan(file.seconds).reshape(m),
        answers=answers,
        at=file.at,
    )


def _or_none(values: Floats) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else value for value in values.tolist())


def _or_nan(values: list[float | None] | tuple[float | None, ...]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
