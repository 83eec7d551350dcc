"""`colloquy models` and `colloquy models check` as a person uses them."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.types import ASGIApp

from tests.e2e.test_cli import colloquy
from tests.endpoint import served
from tests.probed import ProbedServer

POOL = """
[[models]]
name = "good [/b]"
base_url = "{url}/v1"
model = "m"
context_window = 32_768
price = {{ input = 0.25, output = 2 }}
requests_per_minute = 60
concurrency = 4
fallbacks = ["gone"]

[[models]]
name = "gone"
base_url = "http://127.0.0.1:9/v1"
model = "m"

[roles]
experts = ["good [/b]"]
writer = "gone"
router = "extractive"
"""


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The app's address; it is served by another thread, as the command has a loop of its own."""
    ready, done = threading.Event(), threading.Event()
    address: list[str] = []

    async def serve() -> None:
        async with served(app) as url:
            address.append(url)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(20), "the server did not start"
        yield address[0]
    finally:
        done.set()
        thread.join()


def pool_file(folder: Path, url: str, *, gone: bool = True) -> str:
    path = folder / "models.toml"
    text = POOL.format(url=url)
    path.write_text(text if gone else text.partition('\n[[models]]\nname = "gone"')[0].replace('["gone"]', "[]"))
    return str(path)


def test_models_are_listed_with_their_parts_prices_and_limits(tmp_path: Path) -> None:
    done = colloquy(tmp_path / "data", "models", COLLOQUY_MODELS=pool_file(tmp_path, "http://127.0.0.1:1"))
    assert done.returncode == 0, done.stderr
    good, gone, built_in = (" ".join(line.split()) for line in done.stdout.splitlines()[1:4])
    assert good == "good [/b] language model expert, aggregator 32,768 0.25, 2 60 requests/min, 4 at once gone"
    assert gone == "gone language model writer"
    assert built_in == "extractive extractive router, fallback"
    assert not (tmp_path / "data").exists(), "listing needs no library"


def test_a_check_prints_what_each_model_can_do_and_how_to_put_it_right(tmp_path: Path) -> None:
    with serving(ProbedServer(usage="ignores").app()) as url:
        done = colloquy(tmp_path, "models", "check", COLLOQUY_MODELS=pool_file(tmp_path, url))
    spent = json.loads(colloquy(tmp_path, "spend", "--by", "task", "--json").stdout)
    assert [line["name"] for line in spent["data"]] == ["check"]
    assert done.returncode == 1, done.stderr
    rows = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert rows[1].startswith("good [/b] yes yes yes yes yes no yes yes 0.")
    assert rows[1].split()[-1].startswith("$0.0000")
    assert rows[2].startswith("gone no ? ? ? ? ? ? ?")
    assert "the server does not report usage in streams" in done.stdout
    assert 'capabilities = ["json_schema", "json_object", "stream"]' in done.stdout
    assert "is a server running at http://127.0.0.1:9/v1?" in done.stdout


def test_a_check_in_which_all_is_well_ends_well_and_can_be_read_by_programs(tmp_path: Path) -> None:
    with serving(ProbedServer().app()) as url:
        path = pool_file(tmp_path, url, gone=False)
        (tmp_path / "data").mkdir()
        Path(path).rename(tmp_path / "data" / "models.toml")
        done = colloquy(tmp_path, "models", "--data-dir", str(tmp_path / "data"), "check", "--json", "--timeout", "20")
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)
    assert report["model"] == "good [/b]"
    assert report["usable"] is True
    assert report["capabilities"] == ["json_schema", "json_object", "stream", "stream_usage"]


def test_without_models_there_is_nothing_to_check(tmp_path: Path) -> None:
    done = colloquy(tmp_path, "models", "check")
    assert done.returncode == 0
    assert "No language model is configured" in done.stdout
