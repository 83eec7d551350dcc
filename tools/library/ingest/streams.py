"""Files as streams, unpacked while they are read and never more than is safe."""

import gzip
import io
import lzma
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import zstandard

from tools.errors import UnreadableFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PACKED = {".gz": b"\x1f\x8b", ".xz": b"\xfd7zXZ\x00", ".zst": b"\x28\xb5\x2f\xfd"}
"""The endings of packed files that are read, and the bytes such files begin with."""

LARGEST_BYTES = 64 * 10**9
"""An arXiv metadata dump has 5 GB; a file beyond this is no list of papers."""
HIGHEST_RATIO = 200
"""Text packs up to about 20 times, one record over and over up to 100 times."""
RATIO_COUNTS_FROM_BYTES = 16_000_000
LARGEST_WINDOW_BYTES = 256 * 1024**2
"""What an unpacker may keep in memory: `xz -9` needs 65 MiB, `zstd --ultra -22` 128 MiB."""

_CHUNK = 1 << 16
_ZST_STEP = 512
"""Four bytes may unpack to 128 KiB, all of it at once."""
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zstandard.ZstdError)


def packing_of(name: str) -> str:
    """ ".gz", ".xz" or ".zst" if the name ends so, else ""."""
    ending = Path(name).suffix.lower()
    return ending if ending in PACKED else ""


def open_stream(path: Path, name: str) -> BinaryIO:
    """The file's bytes, unpacked if `name` says that it is packed. Raises UnreadableFile.

    Reading raises UnreadableFile where the packed data is damaged or unpacks to more than is safe.
    """
    packing = packing_of(name)
    file = path.open("rb")
    try:
        start = file.read(8)
        file.seek(0)
        if not packing:
            return file
        if start and not start.startswith(PACKED[packing]):
            raise UnreadableFile(f"{name}: the name ends in {packing}, the content is not packed that way. Rename it.")
        raw = _Unpacked(file, _unpacker(file, packing), name, path.stat().st_size)
        return io.BufferedReader(raw, _CHUNK)
    except BaseException:
        file.close()
        raise


def _unpacker(file: BinaryIO, packing: str) -> BinaryIO:
    if packing == ".gz":
        return cast("BinaryIO", gzip.GzipFile(fileobj=file, mode="rb"))
    if packing == ".xz":
        return cast("BinaryIO", _XzReader(file))
    return cast("BinaryIO", _ZstReader(file))


class _Unpacked(io.RawIOBase):
    """Unpacked bytes, counted; closes the file it reads from."""

    def __init__(self, file: BinaryIO, unpacker: BinaryIO, name: str, packed_bytes: int) -> None:
        self._file, self._unpacker, self._name = file, unpacker, name
        self._packed_bytes = max(packed_bytes, 1)
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._unpacker.read(len(view))
        except _DAMAGED as error:
            raise UnreadableFile(
                f"{self._name}: the packed data is damaged, cut short or needs too much memory ({error}). "
                "Unpack it with its own tool, or get it again."
            ) from error
        self._count += len(data)
        ratio = self._count / self._packed_bytes
        if self._count > LARGEST_BYTES or (self._count > RATIO_COUNTS_FROM_BYTES and ratio > HIGHEST_RATIO):
            raise UnreadableFile(
                f"{self._name}: unpacks to over {self._count / 1e6:,.0f} MB, {ratio:,.0f} times its size. "
                "Refused as a decompression bomb; if it is not one, unpack it first."
            )
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._unpacker.close()
            self._file.close()
        super().close()


class _XzReader(io.RawIOBase):
    """An .xz file unpacked within a limit of memory, which lzma.LZMAFile does not offer."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._stream = self._new()
        self._packed = b""

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=LARGEST_WINDOW_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        while True:
            if self._stream.eof:
                rest = (self._stream.unused_data or self._file.read(_CHUNK)).lstrip(b"\0")
                if not rest:
                    return 0
                self._stream, self._packed = self._new(), rest
            elif self._stream.needs_input and not self._packed:
                self._packed = self._file.read(_CHUNK)
                if not self._packed:
                    raise EOFError("the end is missing")
            data = self._stream.decompress(self._packed, len(view))
            self._packed = b""
            if data:
                view[: len(data)] = data
                return len(data)


class _ZstReader(io.RawIOBase):
    """A .zst file unpacked; unlike zstandard's own reader it notices that the end is missing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._frames = zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW_BYTES)
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._packed = self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        while not self._ready:
            packed = self._packed or self._file.read(_ZST_STEP)
            if not packed and self._frame is None:
                return 0
            if not packed:
                raise EOFError("the end is missing")
            self._frame = self._frame or self._frames.decompressobj()
            self._ready, self._packed = self._frame.decompress(packed), b""
            if self._frame.eof:
                self._packed, self._frame = self._frame.unused_data, None
        size = min(len(view), len(self._ready))
        view[:size], self._ready = self._ready[:size], self._ready[size:]
        return size
