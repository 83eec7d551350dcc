"""A chat-completions request as clients send it, and what the assistant makes of it."""

from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agents.panel.seam import Effort
from server.owners import thread_of
from tools.errors import InvalidRequest, NotFound
from tools.types import Message

if TYPE_CHECKING:
    from agents.converse import Request

MODELS: dict[str, str] = {
    "colloquy": "Routes to the agents needed, asks several models, merges and checks what they say.",
    "colloquy-fast": "One model, at most two calls deep.",
    "colloquy-survey": "Writes a survey draft on the topic of the last message.",
}

_LONGEST_QUESTION = 100_000
_EFFORT: TypeAdapter[Effort] = TypeAdapter(Effort)


def _unicode(text: str) -> str:
    text.encode("utf-8")
    return text


Text = Annotated[str, AfterValidator(_unicode)]


class Part(BaseModel):
    """A part of a message's content. Only text can be read here."""

    model_config = ConfigDict(extra="ignore")

    type: Text
    text: Text = ""


class ChatMessage(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | list[Part] | None = None

    @property
    def words(self) -> str:
        """The message's text. Raises InvalidRequest for parts that are not text."""
        if not isinstance(self.content, list):
            return self.content or ""
        if other := next((part.type for part in self.content if part.type not in ("text", "input_text")), None):
            raise InvalidRequest(f"Content of type '{other}' cannot be read; send text.", param="messages")
        return "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore")

    include_usage: bool | None = False


class ResponseFormat(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Text = "text"


class ChatRequest(BaseModel):
    """The fields that matter here; sampling parameters and unknown fields are accepted and have no effect."""

    model_config = ConfigDict(extra="ignore")

    model: Text
    messages: list[ChatMessage] = Field(min_length=1, max_length=2_000)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    response_format: ResponseFormat | None = None
    metadata: dict[Text, Text] | None = None

    @property
    def include_usage(self) -> bool:
        return self.stream_options is not None and bool(self.stream_options.include_usage)

    @property
    def said(self) -> str:
        """All that the messages say. Raises InvalidRequest where one holds something else than text."""
        return "\n".join(message.words for message in self.messages)

    @property
    def token_limit(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    def wants(self, name: str) -> bool:
        """Whether the request's metadata switches `name` on."""
        return (self.metadata or {}).get(name, "").lower() in ("true", "1", "yes", "on")


def checked(request: ChatRequest) -> ChatRequest:
    """The request, if the service can honour it. Raises InvalidRequest or NotFound."""
    if request.model not in MODELS:
        raise NotFound(
            f"The model '{request.model}' does not exist. Available: {', '.join(MODELS)}.",
            code="model_not_found",
            param="model",
        )
    if request.n not in (None, 1):
        raise InvalidRequest("Only n=1 is possible.", param="n")
    if request.response_format is not None and request.response_format.type != "text":
        raise InvalidRequest(
            "Answers are Markdown with citations; response_format must be 'text' or absent.",
            param="response_format",
        )
    # read now: found only after a survey was written, a picture in an old message would cost the whole survey
    _ = request.said
    question(request)
    effort_of(request)
    return request


def question(request: ChatRequest) -> str:
    """The newest user message. Raises InvalidRequest when there is none, or it is empty or too long."""
    text = next((message.words for message in reversed(request.messages) if message.role == "user"), None)
    if text is None:
        raise InvalidRequest("messages: there is no message with role 'user'.", param="messages")
    if not text.strip():
        raise InvalidRequest("messages: the last user message is empty.", param="messages")
    if len(text) > _LONGEST_QUESTION:
        raise InvalidRequest(
            f"messages: the last user message has {len(text):,} characters; {_LONGEST_QUESTION:,} is the most.",
            code="string_above_max_length",
            param="messages",
        )
    return text.strip()


def turn_request(request: ChatRequest, owner: str) -> "Request":
    """The turn that the request asks for. A remembered conversation belongs to the `owner` of the key."""
    from agents.converse import Request  # takes two seconds, which commands that need only words need not wait

    last = max(i for i, message in enumerate(request.messages) if message.role == "user")
    history = tuple(
        Message(role=_role(message.role), content=message.words)
        for message in request.messages[:last]
        if message.words.strip() and message.role not in ("tool", "function")
    )
    effort = effort_of(request)
    conversation = (request.metadata or {}).get("conversation", "")
    thread = thread_of(owner, conversation) if conversation else ""
    return Request(question=question(request), history=history, effort=effort, conversation=thread)


def effort_of(request: ChatRequest) -> Effort:
    """What the request may take: what its metadata says, else what its model's name says. Raises InvalidRequest."""
    asked = (request.metadata or {}).get("effort", "")
    if not asked:
        return "fast" if request.model == "colloquy-fast" else "balanced"
    try:
        return _EFFORT.validate_python(asked)
    except ValidationError:
        efforts = ", ".join(get_args(Effort))
        raise InvalidRequest(f"metadata.effort: '{asked[:40]}' is none of {efforts}.", param="metadata") from None


def _role(role: str) -> Literal["system", "user", "assistant"]:
    match role:
        case "user":
            return "user"
        case "assistant":
            return "assistant"
        case _:
            return "system"
