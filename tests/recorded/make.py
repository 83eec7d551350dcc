"""Makes the recordings anew, with real answers:

    uv run python -m tests.recorded.make chat --ada http://127.0.0.1:8901/v1 --bea http://127.0.0.1:8902/v1

Both addresses are OpenAI-compatible endpoints; `ada` and `bea` are the model ids sent to them. The
recordings in this folder must be made again when a prompt, the search or the seed library changes.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from server.settings import Settings
from tests.recorded.run import FOLDER, chat, pool_file, service, survey
from tools.recording.folder import RecordingFolder

_MADE = (
    "Real answers, written by a language model in two separate sessions that played 'ada' and 'bea', each "
    "behind an OpenAI-compatible relay on loopback; token counts are the relay's estimates. "
    "Made by tests/recorded/make.py {name}."
)


async def make(name: str, ada: str, bea: str) -> None:
    folder = RecordingFolder(FOLDER / name)
    folder.remove(folder.names())
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(
            data_dir=Path(data),
            models=pool_file(Path(data), ada, bea),
            recording=folder.path,
            recording_mode="record",
            recording_made=_MADE.format(name=name),
            answer_within_s=7_200,
            panel_quorum=1.0,
        )
        async with service(settings) as client:
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
