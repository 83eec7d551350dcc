"""Papers from JSON lines: one object per line, with the fields of a paper."""

import json
from collections.abc import Iterator

from tools.library.ingest import lines
from tools.library.ingest.entry import BadEntry, Unusable, build_paper
from tools.library.ingest.fields import named
from tools.library.ingest.opened import Opened
from tools.types import Paper


def read_jsonl(opened: Opened) -> Iterator[Paper | BadEntry]:
    """The file's papers in order, and what is wrong with the lines that hold none."""
    for number, line in enumerate(lines.capped_lines(opened.file, lines.LONGEST_LINE_BYTES), 1):
        if line is not None and not line.strip():
            continue
        try:
            yield _paper(line)
        except Unusable as error:
            yield BadEntry(where=f"{opened.name}:{number}", why=str(error))


def _paper(line: bytes | None) -> Paper:
    if line is None:
        raise Unusable(f"the line is longer than {lines.LONGEST_LINE_BYTES // 1_000_000} MB")
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
    return build_paper(named(found))
