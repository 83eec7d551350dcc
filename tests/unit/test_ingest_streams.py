"""Packed files are read as streams, within limits."""

import gzip
import lzma
import re
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tools.errors import UnreadableFile
from tools.library.ingest import BadEntry, read_papers
from tools.library.ingest import streams as streams_module
from tools.library.ingest.streams import open_stream
from tools.types import Paper

Pack = Callable[[bytes], bytes]
PACK: dict[str, Pack] = {".gz": gzip.compress, ".xz": lzma.compress, ".zst": zstandard.ZstdCompressor().compress}
LINES = b"".join(b'{"title": "Paper number %d"}\n' % number for number in range(3_000))


def titles(path: Path) -> list[str]:
    return [entry.title if isinstance(entry, Paper) else entry.why for entry in read_papers(path)]


@pytest.mark.parametrize("ending", PACK)
def test_a_packed_file_is_read_like_the_file_itself(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"papers.jsonl{ending.upper()}"
    path.write_bytes(PACK[ending](LINES))
    assert titles(path)[-1] == "Paper number 2999"
    assert len(titles(path)) == 3_000


@pytest.mark.parametrize("ending", PACK)
def test_parts_packed_one_by_one_are_one_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"papers.jsonl{ending}"
    path.write_bytes(PACK[ending](b'{"title": "One"}\n') + PACK[ending](b'{"title": "Two"}\n'))
    assert titles(path) == ["One", "Two"]


@pytest.mark.parametrize("ending", PACK)
def test_a_file_cut_short_gives_what_is_there_and_then_says_so(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"papers.jsonl{ending}"
    path.write_bytes(PACK[ending](LINES)[:-8])
    with pytest.raises(UnreadableFile, match="damaged, cut short"):
        titles(path)


@pytest.mark.parametrize("ending", PACK)
def test_a_bomb_is_stopped_long_before_it_is_unpacked(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"bomb.jsonl{ending}"
    path.write_bytes(PACK[ending](b" " * 9_999_999 + b"\n") * 20)
    with pytest.raises(UnreadableFile, match="decompression bomb") as refused:
        titles(path)
    told = re.search(r"over (\d+) MB", refused.value.message)
    assert told
    assert int(told[1]) < 50, "of 200"


def test_a_bomb_is_never_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.xz"
    path.write_bytes(lzma.compress((b" " * 99_999 + b"\n") * 400))
    tracemalloc.start()
    with pytest.raises(UnreadableFile, match="decompression bomb"):
        titles(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 12_000_000, "8 of them are the window that xz itself keeps"


def test_a_bomb_of_one_long_line_fills_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.md.zst"
    writer = zstandard.ZstdCompressor().compressobj()
    path.write_bytes(b"".join(writer.compress(b"x" * 1_000_000) for _ in range(100)) + writer.flush())
    with pytest.raises(UnreadableFile, match="decompression bomb"):
        titles(path)


def test_over_size_input_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams_module, "LARGEST_BYTES", 10_000)
    path = tmp_path / "papers.jsonl.gz"
    path.write_bytes(gzip.compress(LINES))
    with pytest.raises(UnreadableFile, match="unpacks to over"):
        titles(path)


def test_a_window_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    xz = tmp_path / "a.jsonl.xz"
    huge = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20}]
    # the same stream, its header asking for 1.5 GiB
    plain = bytearray(lzma.compress(LINES, filters=huge))
    place = plain.index(b"\x21\x01", 12) + 2
    plain[place] = 37
    header_size = (plain[12] + 1) * 4
    plain[12 + header_size - 4 : 12 + header_size] = zlib.crc32(plain[12 : 12 + header_size - 4]).to_bytes(4, "little")
    xz.write_bytes(plain)
    with pytest.raises(UnreadableFile, match="too much memory"):
        titles(xz)


@pytest.mark.parametrize(("name", "said"), [("a.jsonl.gz", "not packed that way"), ("a.pdf.gz", "only unpacked")])
def test_false_or_unfit_packing_is_refused(tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(LINES)
    with pytest.raises(UnreadableFile, match=said):
        titles(path)


def test_what_is_packed_twice_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(gzip.compress(LINES)))
    with pytest.raises(UnreadableFile, match="gzip"):
        titles(path)


@pytest.mark.parametrize("ending", PACK)
def test_closing_the_stream_closes_the_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.jsonl{ending}"
    path.write_bytes(PACK[ending](LINES))
    stream = open_stream(path, path.name)
    assert stream.read(10) == LINES[:10]
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        stream.read(1)


def test_reading_may_stop_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.xz"
    path.write_bytes(lzma.compress(LINES))
    entries = read_papers(path)
    assert isinstance(next(entries), Paper)
    del entries  # a file left open would be a ResourceWarning, which is an error here


def test_reading_takes_no_more_memory_for_more_papers(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = tmp_path / f"{count}.jsonl.gz"
        lines = (b'{"id": "%d", "title": "T", "abstract": "%d %s"}\n' % (n, n, b"word " * 60) for n in range(count))
        path.write_bytes(gzip.compress(b"".join(lines), 1))
        tracemalloc.start()
        assert sum(isinstance(entry, Paper) for entry in read_papers(path)) == count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(50)
    assert peak(1_500) < peak(150) + 300_000


def test_a_fault_names_the_file_and_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"title": "T"}\n{broken\n'))
    fault = list(read_papers(path))[1]
    assert isinstance(fault, BadEntry)
    assert fault.where == "a.jsonl.gz:2"
