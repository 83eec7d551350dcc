"""Makes the recordings anew, with real answers:

    uv run python -m tests.recorded.make chat --ada http://127.0.0.1:8901/v1 --bea http://127.0.0.1:8902/v1

The addresses are OpenAI-compatible endpoints; `ada`, `bea` and, for `panel`, `cyd` are the model ids sent to
them. The recordings in this folder must be made again when a prompt, the search or the seed library changes.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path

from server.settings import Settings
from tests.recorded.run import FOLDER, LIAR, chat, critique, panel, pool_file, service, survey
from tools.recording.folder import RecordingFolder

_MADE = (
    "Real answers, written by a language model in sessions that played {names}, each "
    "behind an OpenAI-compatible relay on loopback; token counts are the relay's estimates. {lies}"
    "Made by tests/recorded/make.py {name}."
)
_LIES = f"'{LIAR}' was told to lie: to change figures, names and findings, plausibly. "
_RUNS = {"chat": chat, "survey": survey, "panel": panel, "critique": critique}


async def make(name: str, urls: Mapping[str, str]) -> None:
    folder = RecordingFolder(FOLDER / name)
    folder.remove(folder.names())
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(
            data_dir=Path(data),
            models=pool_file(Path(data), urls),
            recording=folder.path,
            recording_mode="record",
            recording_made=_MADE.format(
                name=name,
                names=" and ".join(f"'{one}'" for one in urls),
                lies=_LIES if LIAR in urls else "",
            ),
            answer_within_s=7_200,
            panel_quorum=1.0,
        )
        async with service(settings) as client:
            print(await _RUNS[name](client))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=list(_RUNS))
    parser.add_argument("--ada", required=True)
    parser.add_argument("--bea", required=True)
    parser.add_argument(f"--{LIAR}")
    options = parser.parse_args()
    urls = {name: getattr(options, name) for name in ("ada", "bea", LIAR)}
    asyncio.run(make(options.name, {name: url for name, url in urls.items() if url}))


if __name__ == "__main__":
    main()
