"""A language model behind an OpenAI-compatible endpoint."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from tools.errors import EmptyOutput, InvalidOutput, Refused, Rejected
from tools.llm.endpoint import Endpoint
from tools.llm.model import In, Out, Prose, Ran, Task
from tools.llm.parse import UnusableText, parse_output, without_thinking
from tools.llm.render import prompt_values
from tools.llm.schema import Form, ask_in_words, first_form, next_form, response_format
from tools.llm.thinking import ThinkingFilter
from tools.llm.vendor import translated
from tools.types import Usage

_CHARACTERS_PER_TOKEN = 4


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
    one that refuses that too for JSON in words. What a server accepts is remembered.
    """

    extractive = False

    def __init__(self, endpoint: Endpoint, client: openai.AsyncOpenAI, prompts: Mapping[str, Prompt]) -> None:
        self._endpoint = endpoint
        self._client = client
        self._prompts = prompts
        self._form: Form = first_form()

    @property
    def name(self) -> str:
        return self._endpoint.name

    async def run(self, task: Task[In, Out], given: In) -> Ran[Out]:
        """The task's output for `given`, after at most one repair. Raises UpstreamError or ModelError."""
        started = time.perf_counter()
        prompt = self._prompts[task.name]
        messages = _messages(prompt, given)
        if task.returns is Prose:
            text, _, usage = await self._complete(messages, task, form="text")
            output = task.returns.model_validate({"text": without_thinking(text)})
        else:
            output, usage = await self._structured(messages, task)
        return Ran(output, self.name, usage, prompt.version, time.perf_counter() - started)

    async def stream(self, task: Task[In, Prose], given: In) -> AsyncIterator[str | Ran[Prose]]:
        """Pieces of the answer without the model's thinking, then the whole. Raises as `run` does."""
        started = time.perf_counter()
        prompt = self._prompts[task.name]
        messages = _messages(prompt, given)
        thinking, pieces, raw = ThinkingFilter(), [], []
        usage: Usage | None = None
        finished = False
        with translated(self.name):
            async with await self._client.chat.completions.create(
                model=self._endpoint.model,
                messages=messages,
                stream=True,
                stream_options={"include_usage": True},
                extra_body=self._limits(task),
            ) as chunks:
                async for chunk in chunks:
                    if chunk.usage is not None:
                        usage = _usage(chunk.usage)
                    for choice in chunk.choices[:1]:
                        _raise_if_refused(self.name, choice.delta.refusal, choice.finish_reason)
                        finished = finished or choice.finish_reason is not None
                        raw.append(choice.delta.content or "")
                        if piece := thinking.feed(raw[-1]):
                            pieces.append(piece)
                            yield piece
        if rest := thinking.close():
            pieces.append(rest)
            yield rest
        usage = usage or _estimate(messages, "".join(raw))
        text = "".join(pieces)
        if not text.strip():
            raise EmptyOutput(f"{self.name} answered nothing", usage=usage)
        if not finished:
            raise InvalidOutput(f"{self.name} broke off in the middle of its answer", usage=usage)
        yield Ran(Prose(text=text), self.name, usage, prompt.version, time.perf_counter() - started)

    async def _structured(self, messages: list[ChatCompletionMessageParam], task: Task[In, Out]) -> tuple[Out, Usage]:
        """A valid output and what it cost. Invalid or cut-off output is asked for once more."""
        text, finish, usage = await self._in_some_form(messages, task)
        try:
            return parse_output(task.returns, text), usage
        except UnusableText as fault:
            why = "it was cut off; be briefer" if finish == "length" else str(fault)
        repair: list[ChatCompletionMessageParam] = [
            *messages,
            {"role": "assistant", "content": text},
            {
                "role": "user",
                "content": f"That cannot be used: {why}. Give the corrected JSON object, nothing else.",
            },
        ]
        text, _, more = await self._in_some_form(repair, task, spent=usage)
        usage = usage + more
        try:
            return parse_output(task.returns, text), usage
        except UnusableText as fault:
            raise InvalidOutput(
                f"{self.name}, task {task.name}: unusable answer, twice: {fault}", usage=usage
            ) from None

    async def _in_some_form(
        self, messages: list[ChatCompletionMessageParam], task: Task[In, Out], spent: Usage | None = None
    ) -> tuple[str, str, Usage]:
        """Text, finish reason and usage, asked for in the best form that the server accepts."""
        form = self._form
        while True:
            try:
                answer = await self._complete(messages, task, form=form, spent=spent)
            except Rejected as refusal:
                lower = next_form(form)
                if lower is None or refusal.code != "bad_request":
                    raise
                form = lower
            else:
                self._form = form
                return answer

    async def _complete(
        self,
        messages: Sequence[ChatCompletionMessageParam],
        task: Task[In, Out],
        *,
        form: Form,
        spent: Usage | None = None,
    ) -> tuple[str, str, Usage]:
        asked = [*messages, *ask_in_words(task.returns, form)]
        with translated(self.name, spent):
            completion = await self._client.chat.completions.create(
                model=self._endpoint.model,
                messages=asked,
                response_format=response_format(task.name, task.returns, form),
                extra_body=self._limits(task),
            )
            return _answer(self.name, completion, asked)

    def _limits(self, task: Task[In, Out]) -> dict[str, object]:
        limits: dict[str, object] = {self._endpoint.max_tokens_field: task.max_tokens}
        if self._endpoint.temperature is not None:
            limits["temperature"] = self._endpoint.temperature
        return limits


def _messages(prompt: Prompt, given: In) -> list[ChatCompletionMessageParam]:
    system, user = prompt.fill(prompt_values(given))
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def _answer(
    name: str, completion: ChatCompletion, asked: Sequence[ChatCompletionMessageParam]
) -> tuple[str, str, Usage]:
    usage = _usage(completion.usage) if completion.usage else _estimate(asked, "")
    # the SDK builds objects without validating them: a server's null or missing list arrives here as None
    choice = next(iter(completion.choices or ()), None)
    if choice is None or choice.message is None:
        raise EmptyOutput(f"{name} answered without a message", usage=usage)
    _raise_if_refused(name, choice.message.refusal, choice.finish_reason, usage)
    text = choice.message.content or ""
    if completion.usage is None:
        usage = _estimate(asked, text)
    if not text.strip():
        raise EmptyOutput(f"{name} answered nothing", usage=usage)
    return text, choice.finish_reason or "", usage


def _raise_if_refused(name: str, refusal: str | None, finish: str | None, usage: Usage | None = None) -> None:
    if refusal or finish == "content_filter":
        raise Refused(f"{name} declined: {refusal or 'content filter'}", usage=usage)


def _usage(reported: CompletionUsage) -> Usage:
    prompt, completion = reported.prompt_tokens_details, reported.completion_tokens_details
    return Usage(
        calls=1,
        prompt_tokens=reported.prompt_tokens or 0,
        completion_tokens=reported.completion_tokens or 0,
        cached_tokens=(prompt.cached_tokens or 0) if prompt else 0,
        reasoning_tokens=(completion.reasoning_tokens or 0) if completion else 0,
    )


def _estimate(asked: Sequence[ChatCompletionMessageParam], answer: str) -> Usage:
    characters = sum(len(str(message.get("content") or "")) for message in asked)
    return Usage(
        calls=1,
        prompt_tokens=characters // _CHARACTERS_PER_TOKEN,
        completion_tokens=len(answer) // _CHARACTERS_PER_TOKEN,
        estimated=True,
    )
