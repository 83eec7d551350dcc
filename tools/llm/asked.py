"""One request for a chat completion, as far as it does not depend on the server's dialect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from openai.types.chat import ChatCompletionMessageParam

from tools.llm.gauge import characters_in


@dataclass(frozen=True)
class Asked:
    """`limit` is how many tokens the answer may take; `form` is the body's `response_format`, if any.

    `task` and `agent` say what it is for; `prose` that text is wanted and an empty one is a failure.
    `unopened`: the model prints reasoning without an opening tag.
    """

    task: str
    agent: str
    messages: Sequence[ChatCompletionMessageParam]
    limit: int
    form: Mapping[str, object] | None = None
    form_characters: int = 0
    prose: bool = True
    unopened: bool = False

    @cached_property
    def prompt_characters(self) -> int:
        """The length of everything that the model reads."""
        return characters_in(str(message.get("content") or "") for message in self.messages) + self.form_characters
