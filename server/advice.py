"""What to do about what a check of a model found."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from server.models_file import EndpointEntry
from tools.errors import ModelError, UpstreamError
from tools.llm.asked import Asked
from tools.llm.dialect import Dialect
from tools.llm.endpoint import Capability, Endpoint
from tools.llm.vendor import NOT_REACHED
from tools.types import Value

_FIXES = {
    "no_credit": "top up the account, or use another model",
    "timeout": "is the server busy, or still loading the model? Try again",
    "upstream_rate_limited": "wait and try again; if it stays so, write requests_per_minute = the provider's limit",
    "upstream_failed": "the server's own log says more; try again when it is well",
    "empty_model_output": "try another model, or see the server's log",
    "invalid_model_output": "does base_url lead to an OpenAI-compatible API? It usually ends in /v1",
}
_ANY_FIX = "the message is the server's; see its documentation"


class Finding(Value):
    """Something that is not as it should be, and what to do."""

    problem: str
    fix: str


def about_failure(endpoint: Endpoint, error: UpstreamError | ModelError, known_ids: Sequence[str]) -> Finding:
    """What to do about a model that failed. `known_ids` are those that its server lists."""
    problem = error.message.removeprefix(f"{endpoint.name}: ")
    match error.code:
        case code if code == NOT_REACHED:
            return Finding(problem=problem, fix=f"is a server running at {endpoint.base_url}?")
        case "bad_key":
            return Finding(problem=problem, fix=_key_fix(endpoint))
        case "no_such_model":
            return Finding(problem=problem, fix=_id_fix(endpoint, known_ids))
        case code:
            return Finding(problem=problem, fix=_FIXES.get(code, _ANY_FIX))


def about_streams(found: Mapping[Capability, object]) -> Iterator[Finding]:
    """What it means that answers do not come in pieces, or come without their cost."""
    if not found["stream"]:
        yield Finding(
            problem="the server does not stream",
            fix="nothing to do: answers appear all at once; first_token_s then has to cover a whole answer",
        )
    elif not found["stream_usage"]:
        yield Finding(
            problem="the server does not report usage in streams",
            fix="nothing to do: spend will be estimated and marked as such",
        )


def about_forms(found: Mapping[Capability, object]) -> Iterator[Finding]:
    """What it means that JSON cannot be enforced."""
    if not found["json_schema"]:
        instead = "asked for in JSON mode" if found["json_object"] else "asked for in words"
        yield Finding(
            problem="json_schema is refused or ignored",
            fix=f"with the capabilities below in the models file, structured answers are {instead}",
        )


def about_claims(endpoint: Endpoint, found: Mapping[Capability, object]) -> Iterator[Finding]:
    """Capabilities that the models file claims and the server does not have."""
    missing = [name for name in endpoint.capabilities or () if not found[name]]
    if missing:
        yield Finding(
            problem=f"the models file claims {', '.join(missing)}, which did not work",
            fix="replace its capabilities by the line below",
        )


def about_dialect(endpoint: Endpoint, dialect: Dialect) -> Iterator[Finding]:
    """Parameters that the server refused and that were then sent in another way."""
    body = dialect.body(Asked("probe", "", (), 1), stream=False)
    if endpoint.max_tokens_field not in body:
        yield Finding(
            problem=f"the server does not take {endpoint.max_tokens_field}",
            fix='write max_tokens_field = "max_completion_tokens"',
        )
    if endpoint.temperature is not None and "temperature" not in body:
        yield Finding(problem="the server does not take temperature", fix="leave temperature out")


def _key_fix(endpoint: Endpoint) -> str:
    if isinstance(endpoint, EndpointEntry) and endpoint.api_key_env:
        return f"set the environment variable {endpoint.api_key_env} to a valid key"
    if isinstance(endpoint, EndpointEntry) and endpoint.api_key_file:
        return f"write a valid key into {endpoint.api_key_file}"
    return "name the key's place: api_key_env or api_key_file in the models file, or OPENAI_API_KEY without one"


def _id_fix(endpoint: Endpoint, known_ids: Sequence[str]) -> str:
    if not known_ids:
        ending = "" if endpoint.base_url.rstrip("/").endswith("/v1") else "; base_url usually ends in /v1"
        return f"check the model id and base_url{ending}"
    if endpoint.model in known_ids:
        return "the server lists the id, but not for chat; choose a chat model"
    near = difflib.get_close_matches(endpoint.model, known_ids, n=3, cutoff=0.4) or list(known_ids[:5])
    return f"the server has no '{endpoint.model}'; it lists {', '.join(near)}"
