"""A language model behind an OpenAI-compatible endpoint."""

import re
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

from openai.types.chat import ChatCompletionMessageParam

from tools.errors import CallerError, ContextOverflow, InvalidOutput, ModelError, Rejected, UpstreamError
from tools.llm import journal
from tools.llm.asked import Asked
from tools.llm.characters import whole_characters
from tools.llm.line import Line
from tools.llm.model import In, Out, Prose, Ran, Task
from tools.llm.parse import UnusableText, parse_output
from tools.llm.render import prompt_values
from tools.llm.reply import Reply, raise_if_empty
from tools.llm.schema import Form, ask_in_words, first_form, next_form, response_format, schema_text
from tools.llm.seam import CONTINUE
from tools.llm.terms import Terms
from tools.llm.thinking import thinks_unopened
from tools.llm.vendor import charged, refuses_form
from tools.types import AGENT_OF, Usage

# max_completion_tokens includes hidden reasoning, which can be many times as long as the answer
_REASONING_TOKENS = 8_192
_SHORTEST_ANSWER = 256
# vLLM and others refuse a prompt that fits when the room asked for the answer does not, and tell what would
_WINDOW_TOLD = re.compile(r"(?:context|model) (?:length|size|window)[^\d.]{0,12}(\d{3,8})\b", re.IGNORECASE)
_AGENTS: Mapping[str, str] = {str(activity): agent for activity, agent in AGENT_OF.items()}


class Prompt(Protocol):
    """A prompt text with holes; `prompts.Prompt` is one."""

    @property
    def version(self) -> str: ...

    def fill(self, values: Mapping[str, str]) -> tuple[str, str]:
        """The system text and the user text."""
        ...


@dataclass
class Learned:
    """What is known of a server only from its answers; shared by all requests."""

    form: Form | None = None
    thinks_unopened: bool = False
    window: int | None = None


@dataclass(frozen=True)
class OpenAIModel:
    """Runs tasks on the line to an endpoint, under the terms of one request.

    Structured output is asked for by JSON schema; a server that refuses that is asked for JSON mode,
    one that refuses that too for JSON in words. What a server accepts is remembered, and so is whether
    it prints reasoning whose opening tag was in the prompt, which a stream must hold back.
    """

    line: Line
    prompts: Mapping[str, Prompt]
    terms: Terms = field(default_factory=Terms)
    learned: Learned = field(default_factory=Learned)

    @property
    def name(self) -> str:
        return self.line.endpoint.name

    @property
    def extractive(self) -> bool:
        return False

    def under(self, terms: Terms) -> "OpenAIModel":
        return replace(self, terms=terms)

    async def run(self, task: Task[In, Out], given: In) -> Ran[Out]:
        """The task's output for `given`, after at most one repair.

        Raises UpstreamError, ModelError, BudgetExceeded.
        """
        started = time.perf_counter()
        prompt = self.prompts[task.name]
        messages = _messages(prompt, given)
        cut = False
        if task.returns is Prose:
            reply = await self._complete(self._prose(task, messages))
            output, usage, cut = task.returns.model_validate({"text": reply.text}), reply.usage, reply.cut
            self.learned.thinks_unopened = thinks_unopened(reply.raw)
        else:
            output, usage = await self._structured(messages, task)
        return Ran(output, self.name, usage, prompt.version, time.perf_counter() - started, cut)

    async def stream(self, task: Task[In, Prose], given: In, said: str = "") -> AsyncGenerator[str | Ran[Prose], None]:
        """Pieces of the answer without the model's thinking, then the whole. Raises as `run` does.

        With `said`, the beginning of an answer, only what continues it comes.
        """
        started = time.perf_counter()
        prompt = self.prompts[task.name]
        messages = _messages(prompt, given)
        if said:
            messages += [{"role": "assistant", "content": said}, {"role": "user", "content": CONTINUE}]
        async with aclosing(self._pieces(self._prose(task, messages))) as pieces:
            async for piece in pieces:
                if isinstance(piece, str):
                    yield piece
                    continue
                self.learned.thinks_unopened = thinks_unopened(piece.raw)
                seconds = time.perf_counter() - started
                yield Ran(Prose(text=piece.text), self.name, piece.usage, prompt.version, seconds, piece.cut)

    async def _complete(self, asked: Asked) -> Reply:
        """The reply; asked for once more with less room for it where the server tells a smaller window."""
        fitted = self._fitted(asked)
        try:
            return await journal.complete(self.line, fitted, self.terms)
        except ContextOverflow as overflow:
            return await journal.complete(self.line, self._with_less_room(fitted, overflow), self.terms)

    async def _pieces(self, asked: Asked) -> AsyncGenerator[str | Reply, None]:
        """The reply in pieces, then whole; asked for once more as `_complete` does while nothing was said."""
        fitted, final = self._fitted(asked), False
        while True:
            try:
                async with aclosing(journal.stream(self.line, fitted, self.terms)) as pieces:
                    async for piece in pieces:
                        final = True
                        yield piece
                return
            except ContextOverflow as overflow:
                if final:
                    raise
                fitted, final = self._with_less_room(fitted, overflow), True

    def _with_less_room(self, sent: Asked, overflow: ContextOverflow) -> Asked:
        """The request with a smaller limit. Raises `overflow` where the window it tells asks for none."""
        if self.line.endpoint.context_window is None and (told := _WINDOW_TOLD.search(overflow.message)):
            self.learned.window = int(told[1])
        fitted = self._fitted(sent)
        if fitted.limit == sent.limit:
            raise overflow
        return fitted

    def _prose(self, task: Task[In, Out], messages: Sequence[ChatCompletionMessageParam]) -> Asked:
        agent, unopened = _AGENTS.get(task.name, ""), self.learned.thinks_unopened
        return Asked(task.name, agent, messages, self._limit(task), unopened=unopened)

    async def _structured(self, messages: list[ChatCompletionMessageParam], task: Task[In, Out]) -> tuple[Out, Usage]:
        """A valid output and what it cost. Invalid or cut-off output is asked for once more."""
        limit = self._limit(task)
        first = await self._in_some_form(messages, task, limit)
        usable, fault = _parsed(task.returns, first)
        if usable is not None and not first.cut:
            return usable, first.usage
        if not first.text and not first.cut:
            raise_if_empty(self.name, first, limit)
        repair, room = ([], 2 * limit) if first.cut else (_repair(first, fault), limit)
        try:
            with charged(lambda: first.usage):
                second = await self._in_some_form([*messages, *repair], task, room)
                mended, fault = _parsed(task.returns, second)
                if mended is None:
                    raise_if_empty(self.name, second, room)
                    said = f"{self.name}, task {task.name}: unusable answer, twice: {fault}"
                    raise InvalidOutput(said, usage=second.usage)
        except (UpstreamError, ModelError, CallerError) as error:
            if usable is None:
                raise
            # cut off, but what there is of it is whole in itself
            spent = error.usage if isinstance(error, UpstreamError | ModelError) else first.usage
            return usable, spent or first.usage
        return mended, first.usage + second.usage

    async def _in_some_form(
        self, messages: Sequence[ChatCompletionMessageParam], task: Task[In, Out], limit: int
    ) -> Reply:
        """The reply, asked for in the best form that the server accepts."""
        form = self.learned.form or first_form(self.line.endpoint.capabilities)
        while True:
            try:
                reply = await self._complete(self._in_form(messages, task, limit, form))
            except Rejected as refusal:
                lower = next_form(form)
                if lower is None or not refuses_form(refusal):
                    raise
                form = lower
            else:
                self.learned.form = form
                return reply

    def _in_form(
        self, messages: Sequence[ChatCompletionMessageParam], task: Task[In, Out], limit: int, form: Form
    ) -> Asked:
        return Asked(
            task.name,
            _AGENTS.get(task.name, ""),
            [*messages, *ask_in_words(task.returns, form)],
            limit,
            form=response_format(task.name, task.returns, form),
            form_characters=len(schema_text(task.returns)) if form == "json_schema" else 0,
            prose=False,
        )

    def _fitted(self, asked: Asked) -> Asked:
        """The request with a limit that the context window has room for. Raises ContextOverflow."""
        window, limit = self.line.endpoint.context_window, asked.limit
        prompt = self.line.prompt_tokens(asked.prompt_characters)
        if window is None and self.learned.window is not None:
            # a server that told its window counts exactly, and this is a guess
            window, prompt = self.learned.window, prompt * 5 // 4
        if window is not None:
            limit = min(limit, window - prompt)
            if limit < _SHORTEST_ANSWER:
                raise ContextOverflow(
                    f"{self.name}: about {prompt:,} tokens of prompt do not fit its window of {window:,} with an answer"
                )
        return replace(asked, limit=limit)

    def _limit(self, task: Task[In, Out]) -> int:
        """How many tokens a first answer may take."""
        hidden = self.line.endpoint.max_tokens_field == "max_completion_tokens"
        return task.max_tokens + (_REASONING_TOKENS if hidden else 0)


def _parsed(kind: type[Out], reply: Reply) -> tuple[Out | None, str]:
    """The output in a reply, or what is wrong with it."""
    try:
        return parse_output(kind, reply.raw), ""
    except UnusableText as fault:
        return None, str(fault)


def _messages(prompt: Prompt, given: In) -> list[ChatCompletionMessageParam]:
    # half an emoji in a paper or a question would be no text that can be sent
    system, user = map(whole_characters, prompt.fill(prompt_values(given)))
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def _repair(unusable: Reply, fault: str) -> list[ChatCompletionMessageParam]:
    return [
        {"role": "assistant", "content": unusable.raw},
        {
            "role": "user",
            "content": f"That cannot be used: {fault}. Give the corrected JSON object, nothing else.",
        },
    ]
