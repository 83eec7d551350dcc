"""A PDF read in a process of its own, so that no file can crash, hang or exhaust the service.

pdfium is C code that is not safe to use from several threads. Every file has its own process with
one thread, so nothing has to be locked, and several files may be read at once. The process has bounds
on memory and time and none of the environment's secrets, but the rights of the user who started it.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from threading import Event

from pydantic import Field, ValidationError

from tools.errors import UnreadableFile
from tools.pdf.limits import PdfLimits
from tools.types import Section, Value

_MOST_OUTPUT_BYTES = 100_000_000
_LOOK_EVERY_S = 0.2
_left: ContextVar[Event | None] = ContextVar("left", default=None)


class PdfDocument(Value):
    """What was read from a PDF. `dates` say when it was published, the likeliest first."""

    title: str = ""
    authors: tuple[str, ...] = ()
    abstract: str = ""
    topics: tuple[str, ...] = ()
    doi: str = ""
    arxiv: str = ""
    dates: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    references: tuple[str, ...] = ()


class _Answer(Value):
    document: PdfDocument | None = None
    notes: tuple[str, ...] = ()
    fault: str = ""
    why: str = Field(default="", max_length=500)


def read_document(path: Path, limits: PdfLimits) -> tuple[PdfDocument, tuple[str, ...]]:
    """The document in the file, and notes on what of it was left out.

    Raises UnreadableFile with a phrase that follows the file's name; its code tells "pdf_encrypted",
    "pdf_truncated", "pdf_broken", "pdf_without_text", "pdf_empty", "pdf_too_large",
    "pdf_too_many_pages" and "pdf_too_costly" apart. OSError if the file cannot be opened.
    """
    size = path.stat().st_size
    if size > limits.max_bytes:
        why = f"it has {size / 1e6:,.0f} MB; at most {limits.max_bytes / 1e6:,.0f} MB are read"
        raise UnreadableFile(why, code="pdf_too_large")
    if size == 0:
        raise UnreadableFile("it is empty", code="pdf_empty")
    answer = _answered(_run(path.resolve(), limits))
    if answer.document is None:
        raise UnreadableFile(answer.why or "it cannot be read", code=answer.fault or "pdf_broken")
    return answer.document, answer.notes


@contextmanager
def only_meanwhile() -> Iterator[None]:
    """Nothing; a file that is still being read when the block is left, in whatever thread, is given up."""
    left = Event()
    token = _left.set(left)
    try:
        yield
    finally:
        left.set()
        _left.reset(token)


def _run(path: Path, limits: PdfLimits) -> bytes:
    """What the process wrote. Raises UnreadableFile if it ended in any way but its own."""
    command = [sys.executable, "-m", "tools.pdf.child", os.fspath(path), json.dumps(asdict(limits))]
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment()
    ) as child:
        try:
            output = _output(child, time.monotonic() + limits.timeout_s)
        except subprocess.TimeoutExpired as error:
            why = f"reading it takes longer than the {limits.timeout_s:.0f} s allowed for one file"
            raise UnreadableFile(why, code="pdf_too_costly") from error
        finally:
            child.kill()
    if child.returncode != 0 or len(output) > _MOST_OUTPUT_BYTES:
        why = "it breaks the reader or takes more memory than is allowed for one file; it may be damaged or hostile"
        raise UnreadableFile(why, code="pdf_too_costly")
    return output


def _output(child: "subprocess.Popen[bytes]", deadline: float) -> bytes:
    """What the child wrote until it ended. Raises TimeoutExpired, and UnreadableFile once nobody waits for it."""
    left = _left.get()
    while True:
        if left is not None and left.is_set():
            raise UnreadableFile("reading it was stopped", code="pdf_stopped")
        remaining = max(deadline - time.monotonic(), 0)
        try:
            return child.communicate(timeout=min(remaining, _LOOK_EVERY_S))[0]
        except subprocess.TimeoutExpired:
            if remaining <= _LOOK_EVERY_S:
                raise


def _environment() -> dict[str, str]:
    """Where to find modules, and nothing that is secret: the process handles what strangers wrote."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH", "PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONUTF8": "1"}


def _answered(output: bytes) -> _Answer:
    try:
        return _Answer.model_validate_json(output)
    except ValidationError as error:
        raise UnreadableFile("what was read from it makes no sense; it may be damaged", code="pdf_broken") from error
