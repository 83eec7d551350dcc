"""The library's commands as a person uses them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server import adding_commands
from server.adding_commands import Adding, add_files, follow
from server.library import open_library
from server.settings import Settings
from server.watching import Changed, changes
from tests.e2e.test_cli import colloquy
from tools.errors import LibraryLocked

HERON = "# Herons that fish by night\n\n## Results\n\nHerons catch more eels after dark.\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with two files of papers, one of which two sources have."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "papers").mkdir()
    (folder / "papers" / "herons.md").write_text(HERON)
    own = {"title": "Eel populations in lowland rivers", "published": "2020-05", "doi": "10.1234/eels"}
    more = {"id": "10.1234/eels", "venue": "Rivers", "abstract": "Eels decline."}
    (folder / "papers" / "eels.jsonl").write_text(json.dumps(own | more))
    (folder / "papers" / "eels.bib").write_text(
        "@article{e, title={Eel Populations in Lowland Rivers}, doi={10.1234/EELS}}"
    )
    added = colloquy(folder / "data", "library", "add", str(folder / "papers"), "--collection", "wetlands")
    assert added.returncode == 0, added.stderr
    assert "2 added" in added.stdout
    assert "1 merged" in added.stdout
    return folder / "data"


def test_filters_narrow_lists_and_searches(data: Path) -> None:
    listed = json.loads(colloquy(data, "library", "list", "--collection", "wetlands", "--json").stdout)
    assert listed["total"] == 2
    assert "Herons that fish by night" in {paper["title"] for paper in listed["papers"]}
    lines = colloquy(data, "library", "list", "--collection", "wetlands").stdout.splitlines()
    assert ["10.1234/eels", "2020-05"] in [line.split("\t")[:2] for line in lines]
    found = json.loads(colloquy(data, "library", "search", "eels", "--venue", "rivers", "--json").stdout)
    assert {hit["paper"]["id"] for hit in found["hits"]} == {"10.1234/eels"}
    page = colloquy(data, "library", "search", "eels herons", "--as-of", "2020-05", "--limit", "1").stdout
    assert "10.1234/eels" in page
    assert colloquy(data, "library", "search", "eels", "--collection", "never").returncode == 2
    wrong = colloquy(data, "library", "list", "--as-of", "yesterday")
    assert wrong.returncode == 2
    assert "--as-of: write a date like 2024-06-30" in wrong.stderr


def test_a_paper_is_shown_with_its_sections_and_sources(data: Path) -> None:
    shown = colloquy(data, "library", "show", "10.1234/eels").stdout
    assert "2 sources" in shown
    assert "eels.bib" in shown
    assert "eels.jsonl" in shown
    [heron] = json.loads(colloquy(data, "library", "search", "herons eels dark", "--limit", "1", "--json").stdout)[
        "hits"
    ]
    told = json.loads(colloquy(data, "library", "show", heron["paper"]["id"], "--json").stdout)
    assert [section["heading"] for section in told["sections"]] == ["Results"]
    assert colloquy(data, "library", "show", "never").returncode == 2


def test_collections_are_kept_from_the_command_line(data: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        done = colloquy(data, "library", "collections", *arguments)
        return done.returncode, done.stdout + done.stderr

    assert run("create", "birds")[0] == 0
    assert run("create", "Birds")[0] == 2
    assert "1 added" in run("add", "birds", "10.1234/eels")[1]
    assert run("rename", "birds", "fish")[0] == 0
    assert run() == (0, "fish\t1\nwetlands\t2\n")
    assert "1 taken out" in run("remove", "fish", "10.1234/eels")[1]
    assert run("delete", "fish")[0] == 0
    assert run("delete", "fish")[0] == 2


def test_standard_input_is_read_and_a_file_can_be_removed(data: Path) -> None:
    bib = "@article{k, title={Otter diets in winter}, year=2019}"
    assert "1 added" in colloquy(data, "library", "add", "-", stdin=bib).stdout
    assert "1 file not read again" in colloquy(data, "library", "add", "-", stdin=bib).stdout
    [name] = [line.split("\t")[0] for line in colloquy(data, "library", "files").stdout.splitlines() if "stdin" in line]
    assert "1 removed" in colloquy(data, "library", "remove", "--file", name).stdout
    again = colloquy(data, "library", "remove", "--file", name)
    assert again.returncode == 1
    assert name in again.stderr
    assert colloquy(data, "library", "remove").returncode == 2


def test_what_cannot_be_read_is_named_by_its_path_on_one_line(data: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "empty.md").touch()
    (tmp_path / "two" / "ls.md").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 9)
    done = colloquy(data, "library", "add", str(tmp_path))
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert f"skipped: {tmp_path / 'one' / 'empty.md'}: it is empty" in lines
    assert f"skipped: {tmp_path / 'two' / 'empty.md'}: it is empty" in lines
    [binary] = [line for line in lines if "ls.md" in line]
    assert binary.startswith(f"skipped: {tmp_path / 'two' / 'ls.md'}: the name says Markdown")
    assert binary.endswith("is read.")


def test_a_check_finds_what_differs_and_mends_it(data: Path) -> None:
    clean = colloquy(data, "library", "check")
    assert clean.returncode == 0, clean.stdout
    [stamps] = data.glob("library/vectors*/stamps.u32")
    stamps.write_bytes(b"\x01\x00\x00\x00" * (stamps.stat().st_size // 4))
    assert colloquy(data, "library", "check").returncode == 1
    assert "Mended" in colloquy(data, "library", "check", "--repair").stdout
    assert colloquy(data, "library", "check").returncode == 0


def test_reindexing_needs_an_embedder_that_there_is(
    data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "already" in colloquy(data, "library", "reindex", "--embedder", "static").stdout
    for name, code, said in (("minilm", 3, "model.onnx"), ("word2vec", 3, "choose static"), ("openai:x", 3, "key")):
        done = colloquy(data, "library", "reindex", "--embedder", name)
        assert done.returncode == code, done.stderr
        assert said in done.stderr
    named = colloquy(data, "library", "list", COLLOQUY_EMBEDDER="minilm")
    assert named.returncode == 3
    assert "all-MiniLM-L6-v2" in named.stderr


async def test_a_watched_folder_is_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, page = tmp_path / "papers", tmp_path / "papers" / "newts.md"
    settings = Settings(data_dir=tmp_path / "data")
    folder.mkdir()

    async def first_changes() -> AsyncIterator[Changed]:
        watched = changes([folder])
        coming = asyncio.ensure_future(anext(watched))
        while not coming.done():  # written until the watching has begun
            page.write_text("# Newts in spring ponds\n\nNewts.\n")
            await asyncio.wait({coming}, timeout=0.1)
        yield await coming
        async with open_library(settings) as library:  # which nobody holds between changes
            assert {hit.paper.title for hit in await library.search("newts spring", limit=1)} == {
                "Newts in spring ponds"
            }
        page.write_text("# Newts in autumn ponds\n\nNewts, later.\n")
        yield await anext(watched)
        await watched.aclose()  # type: ignore[attr-defined]

    @asynccontextmanager
    async def opened() -> AsyncIterator[Adding]:
        async with open_library(settings) as library:
            yield Adding(library)

    await asyncio.wait_for(follow(opened, [folder], first_changes()), 20)
    async with open_library(settings) as library:
        titles = {hit.paper.title for hit in await library.search("newts")}
    assert "Newts in autumn ponds" in titles
    assert "Newts in spring ponds" not in titles
    assert "1 added" in capsys.readouterr().out


async def test_a_watched_folder_waits_for_a_library_that_another_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, settings = tmp_path / "papers", Settings(data_dir=tmp_path / "data")
    page = folder / "newts.md"
    monkeypatch.setattr(adding_commands, "_AGAIN_AFTER_S", 0.01)
    folder.mkdir()
    async with open_library(settings):
        watching = asyncio.create_task(add_files(settings, [folder], watch=True))
        with pytest.raises(LibraryLocked):
            await watching
    watching = asyncio.create_task(add_files(settings, [folder], watch=True))
    said = ""
    while "Watching" not in said:
        await asyncio.sleep(0.01)
        said += capsys.readouterr().err
    async with open_library(settings) as library:
        page.write_text("# Newts in spring ponds\n\nNewts.\n")
        while "waiting" not in said:
            await asyncio.sleep(0.01)
            said += capsys.readouterr().err
        before = await library.count()
    told = ""
    while "1 added" not in told:
        await asyncio.sleep(0.01)
        told += capsys.readouterr().out
    assert f"the library has {before + 1} papers" in told
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


def test_watching_nothing_is_refused(tmp_path: Path) -> None:
    assert colloquy(tmp_path / "data", "library", "add", str(tmp_path / "never"), "--watch").returncode == 2
