"""Guessing token counts that a server does not tell, from those that it has told."""

from collections.abc import Iterable

from tools.types import Usage

_PER_CHARACTER = 0.25
_LONGEST_TOKEN = 12
_PROMPTS = 256
_MEMORY = 64
"""About how many answers back the guess remembers."""


class Gauge:
    """Tokens per character and per chunk of a stream, learned from one model's reported usage."""

    def __init__(self) -> None:
        self._prompts: dict[int, int] = {}
        self._prompt = _Ratio(_PER_CHARACTER)
        self._completion = _Ratio(_PER_CHARACTER)
        self._chunk = _Ratio(0.0)

    def prompt_tokens(self, characters: int) -> int:
        """About how many tokens a prompt of so many characters has."""
        return self._prompts.get(characters) or self._prompt.of(characters)

    def completion_tokens(self, characters: int, chunks: int = 0) -> int:
        """About how many tokens an answer has: most servers send one a chunk, which is then the better guess."""
        if chunks and self._chunk.known:
            return self._chunk.of(chunks)
        if chunks and not self._completion.known and characters <= chunks * _LONGEST_TOKEN:
            return chunks
        return self._completion.of(characters)

    def learn(self, usage: Usage, prompt_characters: int, answer_characters: int, chunks: int = 0) -> None:
        """Remembers what a server reported for a finished call."""
        self._prompt.learn(usage.prompt_tokens, prompt_characters)
        # the same prompt comes again when a call is repeated
        self._prompts.pop(prompt_characters, None)
        self._prompts[prompt_characters] = usage.prompt_tokens
        if len(self._prompts) > _PROMPTS:
            del self._prompts[next(iter(self._prompts))]
        written = usage.completion_tokens - usage.reasoning_tokens
        self._completion.learn(written, answer_characters)
        if not usage.reasoning_tokens:
            self._chunk.learn(written, chunks)


class _Ratio:
    """A mean of tokens per unit in which newer calls count more."""

    def __init__(self, at_first: float) -> None:
        self._at_first = at_first
        self._tokens = self._units = 0.0

    @property
    def known(self) -> bool:
        return self._units > 0

    def of(self, units: int) -> int:
        return int(units * self._tokens / self._units + 0.5) if self.known else int(units * self._at_first)

    def learn(self, tokens: int, units: int) -> None:
        if tokens <= 0 or units <= 0:
            return
        kept = 1 - 1 / _MEMORY
        self._tokens = self._tokens * kept + tokens
        self._units = self._units * kept + units


def characters_in(texts: Iterable[str]) -> int:
    """The length of all the texts together."""
    return sum(map(len, texts))
