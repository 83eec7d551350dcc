"""The data folder of an installation that was started once: made once for each process of tests, then copied."""

import asyncio
import atexit
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from server.library import open_library
from server.settings import Settings


def seeded(folder: Path) -> Path:
    """The data folder, with the seed library in it unless it holds a library already."""
    if not (folder / "library").exists():
        shutil.copytree(_made(), folder, dirs_exist_ok=True)
    return folder


@cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="seeded-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with ThreadPoolExecutor(1) as thread:  # a caller's thread may have an event loop running
        thread.submit(asyncio.run, _start(folder)).result()
    return folder


async def _start(folder: Path) -> None:
    async with open_library(Settings(data_dir=folder, embedder="static", library_per_key=False)):
        pass
