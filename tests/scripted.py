"""A scripted model: answers by task, records what it was asked, fails on anything unexpected."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from tools.llm.model import In, Out, Prose, Ran, Task
from tools.llm.terms import Terms
from tools.types import Usage

Script = BaseModel | Exception | Callable[[BaseModel], BaseModel]


@dataclass
class ScriptedModel:
    """Plays `script`: task name to output, error, or a function of the input. `gate` holds answers back."""

    name: str
    script: Mapping[str, Script]
    extractive: bool = False
    break_after: int | None = None
    gate: asyncio.Event | None = None
    asked: list[tuple[str, BaseModel]] = field(default_factory=list)
    running: int = 0
    terms: list[Terms] = field(default_factory=list)

    def under(self, terms: Terms) -> "ScriptedModel":
        self.terms.append(terms)
        return self

    async def run(self, task: Task[In, Out], given: In) -> Ran[Out]:
        self.asked.append((task.name, given))
        self.running += 1
        try:
            if self.gate is not None:
                await self.gate.wait()
            output = self._output(task.name, given)
        finally:
            self.running -= 1
        assert isinstance(output, task.returns)
        return Ran(output, self.name, Usage(calls=1, prompt_tokens=100, completion_tokens=10), "1")

    async def stream(self, task: Task[In, Prose], given: In, said: str = "") -> AsyncGenerator[str | Ran[Prose], None]:
        ran = await self.run(task, given)
        text = ran.output.text.removeprefix(said)
        for start in range(0, len(text), 7):
            if self.break_after is not None and start >= self.break_after:
                from tools.errors import Unreachable

                raise Unreachable(f"{self.name}: connection broke")
            yield text[start : start + 7]
        yield ran

    def tasks(self) -> list[str]:
        return [name for name, _ in self.asked]

    def _output(self, name: str, given: BaseModel) -> BaseModel:
        step = self.script.get(name)
        assert step is not None, f"{self.name} was not expected to be asked for '{name}'"
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, BaseModel) else step(given)
