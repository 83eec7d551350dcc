"""Papers from JSON lines: one object per line, with the fields of a paper."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tools.library.ingest.entry import BadEntry, Unusable, build_paper
from tools.types import Paper

LONGEST_LINE_BYTES = 16_000_000


def read_jsonl(path: Path) -> Iterator[Paper | BadEntry]:
    """The file's papers in order, and what is wrong with the lines that hold none."""
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), 1):
            if line is not None and not line.strip():
                continue
            try:
                yield _paper(line)
            except Unusable as error:
                yield BadEntry(where=f"{path.name}:{number}", why=str(error))


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """The lines without a byte-order mark before the first; None for one that is too long."""
    first = True
    while line := file.readline(LONGEST_LINE_BYTES + 1):
        if len(line) > LONGEST_LINE_BYTES:
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST_LINE_BYTES)
            yield None
        else:
            yield line.removeprefix(b"\xef\xbb\xbf") if first else line
        first = False


def _paper(line: bytes | None) -> Paper:
    if line is None:
        raise Unusable(f"the line is longer than {LONGEST_LINE_BYTES // 1_000_000} MB")
    try:
        found = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Unusable("it is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise Unusable(f"it is not JSON ({error.msg} at column {error.colno})") from error
    except (ValueError, RecursionError) as error:
        raise Unusable("it is not JSON that can be read (too deep, or a number too long)") from error
    if not isinstance(found, dict):
        raise Unusable("it is not a JSON object")
    return build_paper(found)
