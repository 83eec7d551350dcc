"""What a task is, what a model is, and what comes back from running one on the other."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from tools.llm.terms import Terms
from tools.types import Usage, Value

In = TypeVar("In", bound=BaseModel)
Out = TypeVar("Out", bound=BaseModel)


class Prose(Value):
    """Free text, Markdown, with citations written [n]. Tasks that return it can be streamed."""

    text: str


@dataclass(frozen=True)
class Task(Generic[In, Out]):
    """One kind of work a model can be asked for. `name` is also the name of its prompt file."""

    name: str
    takes: type[In]
    returns: type[Out]
    max_tokens: int = 4_096


@dataclass(frozen=True)
class Ran(Generic[Out]):
    """The output of a task, who made it and what it took.

    `cut`: the text ended at the token limit. `faults` tell of the models that failed before this one.
    """

    output: Out
    model: str
    usage: Usage = field(default_factory=Usage)
    prompt_version: str = ""
    seconds: float = 0.0
    cut: bool = False
    faults: tuple[str, ...] = ()


class Model(Protocol):
    """One language model, or something that can stand in for one."""

    @property
    def name(self) -> str: ...

    @property
    def extractive(self) -> bool:
        """Whether outputs are sentences picked from the input instead of written ones."""
        ...

    def under(self, terms: Terms) -> "Model":
        """The same model, all of whose calls keep to the terms."""
        ...

    async def run(self, task: Task[In, Out], given: In) -> Ran[Out]:
        """The task's output for `given`. Raises UpstreamError, ModelError, BudgetExceeded."""
        ...

    def stream(self, task: Task[In, Prose], given: In, said: str = "") -> AsyncGenerator[str | Ran[Prose], None]:
        """Pieces of the text as they are generated, then the whole as a Ran. Raises as `run` does.

        With `said`, the beginning of a text that broke off, both are what continues it.
        """
        ...
