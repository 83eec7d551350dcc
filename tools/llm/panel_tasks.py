"""The tasks by which experts are measured and requests understood: what goes in, what comes out."""

from typing import Literal

from pydantic import Field, field_validator

from tools.llm.model import Task
from tools.llm.tasks import Output
from tools.types import AgentName, Evidence, Value

AnswerKind = Literal["choice", "exact", "number", "set", "rubric"]

FORMS: dict[AnswerKind, str] = {
    "choice": "the letter of one option and nothing else",
    "exact": "the name or term that is asked for, as short as it is unambiguous",
    "number": "one number in digits, with its unit where it has one",
    "set": "all the items that are asked for, separated by semicolons",
    "rubric": "a complete answer in a few sentences, with [n] citations",
}
"""How the final answer to each kind of question is written."""


class Option(Value):
    """An answer to choose from."""

    letter: str
    text: str

    def __str__(self) -> str:
        """The option on a line of a prompt."""
        return f"{self.letter}) {self.text}"


class SolveIn(Value):
    """A question with a checkable answer. `agent` is the role in which it is answered.

    `context` is text that the answer stands in, besides the `evidence`. `form` says how the answer is written.
    """

    question: str
    agent: AgentName = "answerer"
    kind: AnswerKind = "exact"
    form: str = FORMS["exact"]
    options: tuple[Option, ...] = ()
    context: str = ""
    evidence: tuple[Evidence, ...] = ()


class Solved(Output):
    """`reasoning` is short and cites passages as [n]; `answer` is empty where nothing supports one."""

    reasoning: str = ""
    answer: str = ""

    @field_validator("answer", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        """A number or a list is an answer, too."""
        if isinstance(value, bool) or value is None:
            return "" if value is None else str(value)
        if isinstance(value, list):
            return "; ".join(map(str, value))
        return str(value) if isinstance(value, int | float) else value


class SkilledQuestion(Value):
    """A question whose skills are known, and how much it is like the one that is asked about, from -1 to 1."""

    question: str
    skills: tuple[str, ...]
    similarity: float


class NameSkillsIn(Value):
    """A request to name the skills of. `known` are skills that have been measured; `nearest` the questions most
    like it, the nearest first. `sample` tells drafts apart that are asked for side by side.
    """

    question: str
    known: tuple[str, ...] = ()
    nearest: tuple[SkilledQuestion, ...] = ()
    sample: int = 1


class NamedSkills(Output):
    """Short keywords of what must be known to answer, the most important first."""

    skills: tuple[str, ...] = ()

    @field_validator("skills")
    @classmethod
    def _short(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        lowered = (" ".join(value.split()).lower().strip(" .#") for value in values)
        return tuple(dict.fromkeys(value for value in lowered if 0 < len(value) <= 60))[:6]


class JudgeRubricIn(Value):
    """An answer to be judged by a rubric. `reference` is an answer that would be right, if one is known."""

    question: str
    rubric: str
    reference: str = ""
    answer: str


class RubricJudgement(Output):
    """`score` is from 0, nothing of the rubric is met, to 10, all of it is."""

    reason: str = ""
    score: float = Field(ge=0, le=10)


SOLVE = Task("solve", SolveIn, Solved, max_tokens=1_024)
NAME_SKILLS = Task("name_skills", NameSkillsIn, NamedSkills, max_tokens=256)
JUDGE_RUBRIC = Task("judge_rubric", JudgeRubricIn, RubricJudgement, max_tokens=1_024)

PANEL_TASKS = (SOLVE, NAME_SKILLS, JUDGE_RUBRIC)
