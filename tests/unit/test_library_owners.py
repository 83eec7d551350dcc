"""A library per owner: nobody sees another's papers, and no more are open than may be."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.libraries import EMBEDDER, NEW, OLD
from tools.errors import NotReady
from tools.library.libraries import Libraries, owners_folder
from tools.library.library import Library

HOSTILE = ("../library", "/etc", "", "..", "a/b", "A", "a", "a\0", "\ud800", "x" * 10_000, "ключ")


class Opener:
    """Opens libraries and remembers which."""

    def __init__(self) -> None:
        self.opened: list[Library] = []

    async def __call__(self, folder: Path) -> Library:
        library = await Library.open(folder, embedder=EMBEDDER)
        self.opened.append(library)
        return library

    async def still_open(self) -> int:
        return sum([await _is_open(library) for library in self.opened])


async def _is_open(library: Library) -> bool:
    try:
        await library.count()
    except NotReady:
        return False
    return True


@pytest.fixture
def opener() -> Opener:
    return Opener()


@pytest.fixture
async def libraries(tmp_path: Path, opener: Opener) -> AsyncIterator[Libraries]:
    async with Libraries(tmp_path, opener, open_at_once=2) as libraries:
        yield libraries


async def test_each_owner_finds_only_their_own_papers(libraries: Libraries) -> None:
    async with libraries.of("alice") as library:
        await library.add([NEW])
    async with libraries.of("bob") as library:
        await library.add([OLD])
        assert [hit.paper.id for hit in await library.search("molecules pottery")] == ["old"]
    async with libraries.of("alice") as library:
        assert [hit.paper.id for hit in await library.search("molecules pottery")] == ["new"]
        assert await library.get([OLD.id]) == []


def test_no_two_owners_share_a_folder_and_none_leads_outside(tmp_path: Path) -> None:
    folders = [owners_folder(tmp_path, owner) for owner in HOSTILE]
    assert len(set(folders)) == len(HOSTILE)
    assert all(folder.resolve().is_relative_to(tmp_path.resolve()) for folder in folders)
    assert owners_folder(tmp_path, "") == tmp_path / "library"
    assert not any(owner and owner in str(folder) for owner, folder in zip(HOSTILE[-2:], folders[-2:], strict=True))


async def test_owners_at_once_get_one_library_each(libraries: Libraries, opener: Opener) -> None:
    async def add(owner: str) -> None:
        async with libraries.of(owner) as library:
            await library.add([NEW])

    await asyncio.gather(*(add(owner) for owner in ["a", "b", "c"] * 5))
    for owner in "abc":
        async with libraries.of(owner) as library:
            assert await library.count() == 1


async def test_idle_libraries_are_closed_and_come_back(libraries: Libraries, opener: Opener) -> None:
    async with libraries.of("a") as first:
        await first.add([NEW])
        for owner in "bcd":
            async with libraries.of(owner):
                pass
        assert await first.count() == 1
        assert await opener.still_open() <= 3
    for owner in "bc":
        async with libraries.of(owner):
            pass
    assert await opener.still_open() == 2
    async with libraries.of("a") as again:
        assert await again.count() == 1


async def test_one_who_cannot_be_opened_bars_nobody(tmp_path: Path, libraries: Libraries) -> None:
    owners_folder(tmp_path, "bad").parent.mkdir()
    owners_folder(tmp_path, "bad").write_text("")
    with pytest.raises(Exception, match="cannot be made"):
        async with libraries.of("bad"):
            pass
    async with libraries.of("good") as library:
        assert await library.count() == 0
    owners_folder(tmp_path, "bad").unlink()
    async with libraries.of("bad") as library:
        assert await library.count() == 0


async def test_closed_libraries_say_so(libraries: Libraries) -> None:
    async with libraries.of("a"):
        pass
    await libraries.aclose()
    with pytest.raises(NotReady, match="closed"):
        async with libraries.of("a"):
            pass


async def test_one_who_leaves_while_it_opens_takes_it_from_nobody(tmp_path: Path) -> None:
    started, go_on, opened = asyncio.Event(), asyncio.Event(), list[Path]()

    async def slow(folder: Path) -> Library:
        opened.append(folder)
        started.set()
        await go_on.wait()
        return await Library.open(folder, embedder=EMBEDDER)

    async def use() -> None:
        async with shelves.of("a"):
            pass

    async with Libraries(tmp_path, slow) as shelves:
        impatient = asyncio.ensure_future(use())
        await started.wait()
        impatient.cancel()
        go_on.set()
        await use()
    assert len(opened) == 1
    assert impatient.cancelled()
