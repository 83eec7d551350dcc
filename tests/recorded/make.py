"""Makes the recordings anew, with real answers:

    uv run python -m tests.recorded.make chat --ada http://127.0.0.1:8901/v1 --bea http://127.0.0.1:8902/v1

Both addresses are OpenAI-compatible endpoints; `ada` and `bea` are the model ids sent to them. The
recordings in this folder must be made again when a prompt, the search or the seed library changes.
"""

import argparse
import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from tests.recorded.run import FOLDER, chat, service, survey
from tools.llm.recording import Recorder

_MADE = (
    "{date}: real answers, written by a language model in two separate sessions that played 'ada' and 'bea', each "
    "behind an OpenAI-compatible relay on loopback; token counts are the relay's estimates. "
    "Made by tests/recorded/make.py {name}."
)


async def make(name: str, ada: str, bea: str) -> None:
    path = FOLDER / f"{name}.json"
    made = _MADE.format(date=datetime.now(UTC).date().isoformat(), name=name)
    recorder = Recorder(httpx2.AsyncHTTPTransport(), path, made)
    with tempfile.TemporaryDirectory() as folder:
        async with service(Path(folder), recorder, ada, bea) as client:
            print(await chat(client) if name == "chat" else (await survey(client))[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=["chat", "survey"])
    parser.add_argument("--ada", required=True)
    parser.add_argument("--bea", required=True)
    options = parser.parse_args()
    asyncio.run(make(options.name, options.ada, options.bea))


if __name__ == "__main__":
    main()
