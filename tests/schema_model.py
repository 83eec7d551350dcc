"""A model server for whole surveys: whatever is asked gets an answer that fits its schema and depends on nothing else.

The same question always gets the same answer. Every call is logged with when it began and when its answer was sent.

    python -m tests.schema_model --delay 0.1
"""

import argparse
import asyncio
import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = Mapping[str, object]
_WORDS = (
    "routing experts survey reward model agents library citation evidence skills panel judge outline memory".split()
)
_TAG = re.compile(r"\bk\d+n\d+\b")
_COUNTS = {"sections": 3, "subsections": 2, "bullets": 2, "papers": 4}


@dataclass
class Logged:
    """One call. Times are in seconds since 1970; `answered` is None while it is under way.

    `tag` is what the prompt says of whom it is for: the first word like k1n17.
    """

    hash: str
    task: str
    model: str
    tag: str
    began: float
    answered: float | None = None


@dataclass
class SchemaModel:
    """`counts` says how long lists are, by their names; `refused` whether a task's call fails now."""

    delay_s: float = 0.0
    counts: Mapping[str, int] = field(default_factory=lambda: dict(_COUNTS))
    refused: Callable[[str, Json], bool] = lambda task, body: False
    log: list[Logged] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/log", self._tell),
            ]
        )

    async def _tell(self, _: Request) -> Response:
        return JSONResponse([vars(call) for call in self.log])

    async def _chat(self, request: Request) -> Response:
        raw = await request.body()
        body = json.loads(raw)
        schema = (body.get("response_format") or {}).get("json_schema")
        task = schema["name"] if schema else "prose"
        said = json.dumps([body["messages"], body.get("response_format")], sort_keys=True).encode()
        tag = _TAG.search(raw.decode())
        call = Logged(hashlib.sha256(said).hexdigest(), task, body["model"], tag[0] if tag else "", time.time())
        self.log.append(call)
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.refused(task, body):
            return JSONResponse({"error": {"message": "scripted refusal"}}, 400)
        text = (
            json.dumps(self._value(schema["schema"], schema["schema"], task, call.hash))
            if schema
            else _prose(call.hash)
        )
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        whole = {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "usage": usage,
        }
        return _Sent(call, json.dumps(whole).encode())

    def _value(self, schema: Json, root: Json, name: str, seed: str) -> object:
        """Something that fits the schema."""
        schema = _resolved(schema, root)
        if isinstance(options := schema.get("enum", [schema["const"]] if "const" in schema else None), list):
            return options[0]
        match schema.get("type"):
            case "object":
                fields = schema.get("properties", {})
                assert isinstance(fields, dict)
                return {key: self._value(value, root, key, f"{seed}.{key}") for key, value in fields.items()}
            case "array":
                return self._values(schema, root, name, seed)
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
        return _words(seed, 4).capitalize()

    def _values(self, schema: Json, root: Json, name: str, seed: str) -> list[object]:
        items = schema.get("items", {"type": "string"})
        assert isinstance(items, dict)
        count = self.counts.get(name, 1)
        if items.get("type") == "integer":
            return [*sorted({1 + _number(f"{seed}.{n}") % 8 for n in range(count)})]
        return [self._value(items, root, name, f"{seed}.{n}") for n in range(count)]


def _resolved(schema: Json, root: Json) -> Json:
    """The schema that a reference or a choice stands for."""
    if "$ref" in schema:
        found: object = root
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            assert isinstance(found, dict)
            found = found[part]
        assert isinstance(found, dict)
        return _resolved(found, root)
    for several in ("anyOf", "oneOf", "allOf"):
        if isinstance(options := schema.get(several), list):
            return _resolved(options[0], root)
    return schema


class _Sent(Response):
    """A response that logs when the last of it was handed to the network."""

    def __init__(self, call: Logged, body: bytes) -> None:
        super().__init__(body, media_type="application/json")
        self._call = call

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        await super().__call__(scope, receive, send)
        self._call.answered = time.time()


def _prose(seed: str) -> str:
    return " ".join(f"{_words(f'{seed}.{n}', 9).capitalize()} [{n}]." for n in range(1, 4))


def _words(seed: str, count: int) -> str:
    return " ".join(_WORDS[_number(f"{seed}/{n}") % len(_WORDS)] for n in range(count)) + f" {_number(seed) % 997}"


def _number(seed: str) -> int:
    return int(hashlib.sha256(seed.encode()).hexdigest()[:8], 16)


def main() -> None:
    import uvicorn

    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--sections", type=int, default=3)
    parser.add_argument("--subsections", type=int, default=2)
    given = parser.parse_args()
    counts = _COUNTS | {"sections": given.sections, "subsections": given.subsections}
    app = SchemaModel(given.delay, counts).app()

    class Announcing(uvicorn.Server):
        async def startup(self, sockets=None) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
            await super().startup(sockets)
            print(self.servers[0].sockets[0].getsockname()[1], flush=True)

    asyncio.run(Announcing(uvicorn.Config(app, port=0, log_level="error")).serve())


if __name__ == "__main__":
    main()
