"""A model with others behind it that take over when it fails."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from tools.errors import ContextOverflow, ModelError, OutOfTime, UpstreamError
from tools.llm.model import In, Model, Out, Prose, Ran, Task
from tools.llm.seam import Seam
from tools.llm.shorten import shortened
from tools.llm.terms import Terms
from tools.types import Usage

TakenOver = Callable[[str, str], None]
"""Told the names of the model that failed and of the one that takes over."""

_KEEP = 0.6
"""The share of the evidence that is kept at each cut."""


def _nobody(failed: str, by: str) -> None:
    del failed, by


@dataclass(frozen=True)
class WithFallbacks:
    """`first`, and when it fails `others` in order; a text that broke off is continued, not begun again.

    A prompt that does not fit goes to the next model that has room for it; where none has, `first` is given
    less of the evidence.
    """

    first: Model
    others: tuple[Model, ...] = ()
    taken_over: TakenOver = _nobody

    @property
    def name(self) -> str:
        return self.first.name

    @property
    def extractive(self) -> bool:
        return self.first.extractive

    def under(self, terms: Terms) -> "WithFallbacks":
        return replace(self, first=self.first.under(terms), others=tuple(other.under(terms) for other in self.others))

    async def run(self, task: Task[In, Out], given: In) -> Ran[Out]:
        """The first output that some model gives. Raises the first model's error, with what all of them cost."""
        failures = _Failures(self.taken_over)
        for model, fitting in self._candidates(given, failures):
            try:
                return failures.told(await model.run(task, fitting))
            except (UpstreamError, ModelError) as error:
                failures.add(model.name, error)
        raise failures.error()

    async def stream(self, task: Task[In, Prose], given: In, said: str = "") -> AsyncGenerator[str | Ran[Prose], None]:
        """Pieces of one text, whoever goes on with it, then the whole. Raises as `run` does."""
        failures = _Failures(self.taken_over)
        heard = ""
        for model, fitting in self._candidates(given, failures):
            if model.extractive and said + heard:
                continue
            try:
                async with aclosing(_continued(model, task, fitting, said + heard)) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, str):
                            heard += piece
                            failures.broke_off = True
                            yield piece
                        else:
                            yield failures.told(replace(piece, output=Prose(text=heard)))
                return
            except (UpstreamError, ModelError) as error:
                failures.add(model.name, error)
        raise failures.error()

    def _candidates(self, given: In, failures: "_Failures") -> Iterator[tuple[Model, In]]:
        """Who is to try with which input; what is next depends on how the last one failed."""
        for model in (self.first, *self.others):
            if failures.over:
                return
            failures.next(model.name)
            yield model, given
        if failures.broke_off and not self.others and not failures.over:
            yield self.first, given
        fitting = shortened(given, _KEEP) if failures.overflowed else None
        while fitting is not None and not failures.over:
            failures.overflowed = False
            yield self.first, fitting
            fitting = shortened(fitting, _KEEP) if failures.overflowed else None


async def _continued(
    model: Model, task: Task[In, Prose], given: In, said: str
) -> AsyncGenerator[str | Ran[Prose], None]:
    """The model's text where nothing was `said` yet, else what continues it."""
    seam = Seam(said) if said else None
    async with aclosing(model.stream(task, given, said)) as pieces:
        async for piece in pieces:
            if seam is None:
                yield piece
            elif isinstance(piece, str):
                if new := seam.feed(piece):
                    yield new
            else:
                if rest := seam.close():
                    yield rest
                yield piece


@dataclass
class _Failures:
    """What has gone wrong so far with one task."""

    taken_over: TakenOver
    errors: list[UpstreamError | ModelError] = field(default_factory=list)
    spent: Usage = field(default_factory=Usage)
    overflowed: bool = False
    broke_off: bool = False
    last: str = ""

    @property
    def over(self) -> bool:
        """Whether there is no time for anybody else."""
        return bool(self.errors) and isinstance(self.errors[-1], OutOfTime)

    def add(self, name: str, error: UpstreamError | ModelError) -> None:
        self.errors.append(error)
        self.spent += error.usage or Usage()
        self.overflowed = self.overflowed or isinstance(error, ContextOverflow)
        self.last = name

    def next(self, name: str) -> None:
        if self.last:
            self.taken_over(self.last, name)

    def told(self, ran: Ran[Out]) -> Ran[Out]:
        """The run with what the failures before it cost and were."""
        faults = tuple(error.message for error in self.errors)
        return replace(ran, usage=self.spent + ran.usage, faults=(*faults, *ran.faults))

    def error(self) -> UpstreamError | ModelError:
        """The first model's error, with what all of them cost."""
        error = self.errors[0]
        error.usage = self.spent if self.spent.calls else None
        return error
