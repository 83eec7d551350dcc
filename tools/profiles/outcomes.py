"""What came of asking an expert: the rows that profiles are counted from."""

from typing import Literal

from pydantic import Field

from tools.types import Value

Source = Literal["question", "feedback"]
"""How it is known who was right: a validation question with a checkable answer, or what a user said."""

MOST_REASONING_CHARACTERS = 1_500
"""What is kept of the reasoning behind an answer."""


class Outcome(Value):
    """One expert's answer to one question, and how right it was.

    `expert` is "agent@model"; `at` is seconds since 1970. `answer` is the answer in the form in which equal
    answers are equal texts, empty where there was none or it was not kept. Where there were `options` to choose
    from, `choice` is the one chosen and `gold` the right one, both counted from 0. `right` is 1 for right and 0
    for wrong; a rubric may put it between. `cost_usd` and `seconds` are None where nobody measured them.
    `reasoning` is what led to the answer, for the tests of who merges best; empty where it was not kept.
    """

    question_id: str = Field(min_length=1)
    expert: str = Field(min_length=1)
    right: float = Field(ge=0.0, le=1.0)
    at: float
    skills: tuple[str, ...] = ()
    answer: str = ""
    choice: int | None = Field(default=None, ge=0)
    options: int | None = Field(default=None, ge=1)
    gold: int | None = Field(default=None, ge=0)
    cost_usd: float | None = Field(default=None, ge=0.0)
    seconds: float | None = Field(default=None, ge=0.0)
    reasoning: str = Field(default="", max_length=MOST_REASONING_CHARACTERS)
    source: Source = "question"
