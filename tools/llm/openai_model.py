"""A language model behind an OpenAI-compatible endpoint."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from tools.errors import InvalidOutput, Rejected
from tools.llm.endpoint import Endpoint
from tools.llm.model import In, Out, Prose, Ran, Task
from tools.llm.parse import UnusableText, parse_output
from tools.llm.render import prompt_values
from tools.llm.reply import Reply, raise_if_empty, read_reply
from tools.llm.schema import Form, ask_in_words, first_form, next_form, response_format
from tools.llm.streamed import Streamed, WatchedBody
from tools.llm.thinking import thinks_unopened
from tools.llm.vendor import charged, refuses_form, translated
from tools.types import Usage

# max_completion_tokens includes hidden reasoning, which can be many times as long as the answer
_REASONING_TOKENS = 8_192


class Prompt(Protocol):
    """A prompt text with holes; `prompts.Prompt` is one."""

    @property
    def version(self) -> str: ...

    def fill(self, values: Mapping[str, str]) -> tuple[str, str]:
        """The system text and the user text."""
        ...


class OpenAIModel:
    """Runs tasks on an endpoint. The client comes from outside: it is the seam for tests and recordings.

    Structured output is asked for by JSON schema; a server that refuses that is asked for JSON mode,
    one that refuses that too for JSON in words. What a server accepts is remembered, and so is whether
    it prints reasoning whose opening tag was in the prompt, which a stream must hold back.
    """

    extractive = False

    def __init__(self, endpoint: Endpoint, client: openai.AsyncOpenAI, prompts: Mapping[str, Prompt]) -> None:
        self._endpoint = endpoint
        self._client = client
        self._prompts = prompts
        self._form: Form = first_form()
        self._thinks_unopened = False

    @property
    def name(self) -> str:
        return self._endpoint.name

    async def run(self, task: Task[In, Out], given: In) -> Ran[Out]:
        """The task's output for `given`, after at most one repair. Raises UpstreamError or ModelError."""
        started = time.perf_counter()
        prompt = self._prompts[task.name]
        messages = _messages(prompt, given)
        cut = False
        if task.returns is Prose:
            limit = self._limit(task)
            reply = await self._complete(messages, task, "text", limit)
            raise_if_empty(self.name, reply, limit)
            output, usage, cut = task.returns.model_validate({"text": reply.text}), reply.usage, reply.cut
            self._thinks_unopened = thinks_unopened(reply.raw)
        else:
            output, usage = await self._structured(messages, task)
        return Ran(output, self.name, usage, prompt.version, time.perf_counter() - started, cut)

    async def stream(self, task: Task[In, Prose], given: In) -> AsyncIterator[str | Ran[Prose]]:
        """Pieces of the answer without the model's thinking, then the whole. Raises as `run` does."""
        started = time.perf_counter()
        prompt = self._prompts[task.name]
        messages = _messages(prompt, given)
        limit = self._limit(task)
        heard = Streamed(self.name, messages, unopened=self._thinks_unopened)
        chunks = await self._streamed(messages, limit)
        with charged(lambda: heard.usage), translated(self.name):
            async with chunks:
                body = WatchedBody(chunks.response)
                async for chunk in chunks:
                    if piece := heard.piece(chunk):
                        yield piece
            if rest := heard.rest():
                yield rest
        reply = heard.reply(limit, ended=body.ended)
        self._thinks_unopened = thinks_unopened(reply.raw)
        seconds = time.perf_counter() - started
        yield Ran(Prose(text=reply.text), self.name, reply.usage, prompt.version, seconds, reply.cut)

    async def _streamed(
        self, messages: Sequence[ChatCompletionMessageParam], limit: int
    ) -> openai.AsyncStream[ChatCompletionChunk]:
        with translated(self.name):
            return await self._client.chat.completions.create(
                model=self._endpoint.model,
                messages=messages,
                stream=True,
                stream_options={"include_usage": True},
                extra_body=self._limits(limit),
            )

    async def _structured(self, messages: list[ChatCompletionMessageParam], task: Task[In, Out]) -> tuple[Out, Usage]:
        """A valid output and what it cost. Invalid or cut-off output is asked for once more."""
        limit = self._limit(task)
        first = await self._in_some_form(messages, task, limit)
        try:
            return parse_output(task.returns, first.raw), first.usage
        except UnusableText as fault:
            repair = _repair(first, str(fault))
        if not first.text:
            if not first.cut:
                raise_if_empty(self.name, first, limit)
            repair, limit = [], 2 * limit
        with charged(lambda: first.usage):
            second = await self._in_some_form([*messages, *repair], task, limit)
            try:
                return parse_output(task.returns, second.raw), first.usage + second.usage
            except UnusableText as fault:
                raise_if_empty(self.name, second, limit)
                said = f"{self.name}, task {task.name}: unusable answer, twice: {fault}"
                raise InvalidOutput(said, usage=second.usage) from None

    async def _in_some_form(
        self, messages: Sequence[ChatCompletionMessageParam], task: Task[In, Out], limit: int
    ) -> Reply:
        """The reply, asked for in the best form that the server accepts."""
        form = self._form
        while True:
            try:
                reply = await self._complete(messages, task, form, limit)
            except Rejected as refusal:
                lower = next_form(form)
                if lower is None or not refuses_form(refusal):
                    raise
                form = lower
            else:
                self._form = form
                return reply

    async def _complete(
        self, messages: Sequence[ChatCompletionMessageParam], task: Task[In, Out], form: Form, limit: int
    ) -> Reply:
        asked = [*messages, *ask_in_words(task.returns, form)]
        with translated(self.name):
            completion = await self._client.chat.completions.create(
                model=self._endpoint.model,
                messages=asked,
                response_format=response_format(task.name, task.returns, form),
                extra_body=self._limits(limit),
            )
            return read_reply(self.name, completion, asked)

    def _limit(self, task: Task[In, Out]) -> int:
        """How many tokens a first answer may take."""
        hidden = self._endpoint.max_tokens_field == "max_completion_tokens"
        return task.max_tokens + (_REASONING_TOKENS if hidden else 0)

    def _limits(self, limit: int) -> dict[str, object]:
        limits: dict[str, object] = {self._endpoint.max_tokens_field: limit}
        if self._endpoint.temperature is not None:
            limits["temperature"] = self._endpoint.temperature
        return limits


def _messages(prompt: Prompt, given: In) -> list[ChatCompletionMessageParam]:
    system, user = prompt.fill(prompt_values(given))
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def _repair(unusable: Reply, fault: str) -> list[ChatCompletionMessageParam]:
    why = "it was cut off; be briefer" if unusable.cut else fault
    return [
        {"role": "assistant", "content": unusable.raw},
        {
            "role": "user",
            "content": f"That cannot be used: {why}. Give the corrected JSON object, nothing else.",
        },
    ]
