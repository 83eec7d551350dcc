"""The smallest pass-through over the openai SDK: what a chat request costs when nothing is done with it."""

import os
import socket
from collections.abc import AsyncIterator, Mapping

import openai
import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.responses import Response

_USED = ("model", "messages", "stream", "stream_options")


def build(base_url: str) -> FastAPI:
    """The app; every request goes on to the server at `base_url`."""
    app = FastAPI()
    client = openai.AsyncOpenAI(api_key="k", base_url=base_url, max_retries=0)

    async def chunks(asked: Mapping[str, object]) -> AsyncIterator[str]:
        async for chunk in await client.chat.completions.create(**asked):  # type: ignore[call-overload]
            yield f"data: {chunk.model_dump_json()}\n\n"
        yield "data: [DONE]\n\n"

    @app.post("/v1/chat/completions")
    async def chat(body: dict[str, object]) -> Response:
        asked = {name: body[name] for name in _USED if name in body}
        if asked.get("stream"):
            return StreamingResponse(chunks(asked), media_type="text/event-stream")
        reply = await client.chat.completions.create(**asked)  # type: ignore[call-overload]
        return JSONResponse(reply.model_dump())

    return app


def main() -> None:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(build(os.environ["OPENAI_BASE_URL"]), log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
