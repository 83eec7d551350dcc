"""Log lines on stderr: readable or JSON, each with the request and the job it belongs to, none with a secret."""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal, TextIO

from server.request_id import JOB_ID, REQUEST_ID
from tools.errors import ColloquyError, OperatorError
from tools.recording.masking import Mask

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

_OURS = ("colloquy", "agents", "prompts", "seeds", "server", "tools")
_PLAIN = re.compile(r"[^\s\"'=\\]+")
# pydantic repeats the input it refuses, which may be a prompt or an answer
_REPEATED_INPUT = re.compile(r"input_value=.*(?=, input_type=)")


def set_up_logs(form: LogFormat, level: LogLevel, secrets: Iterable[str] = (), *, brief: bool = False) -> None:
    """From now on the process logs to stderr, other people's libraries only from warnings on.

    `secrets` become asterisks wherever they stand; `brief` leaves out the time, for commands that people watch.
    """
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _ToStderr)]:
        root.removeHandler(handler)
    handler = _ToStderr()
    handler.setFormatter(JsonLines() if form == "json" else TextLines(brief=brief))
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(level.upper())
    hide(secrets)


def hide(secrets: Iterable[str]) -> None:
    """Takes further secrets out of every line from now on."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _ToStderr) and isinstance(handler.formatter, _Lines):
            handler.formatter.hide(secrets)


def fields(**values: object) -> dict[str, Mapping[str, object]]:
    """What `extra` of a log call is to be, so that the line carries these values; None is left out."""
    return {"fields": {name: value for name, value in values.items() if value is not None}}


class _Lines(logging.Formatter):
    """What all forms of a line have in common."""

    def __init__(self) -> None:
        super().__init__()
        self._secrets: set[str] = set()
        self._mask = Mask()

    def hide(self, secrets: Iterable[str]) -> None:
        self._secrets |= set(secrets)
        self._mask = Mask(sorted(self._secrets))

    def format(self, record: logging.LogRecord) -> str:
        return self._mask.text(self._line(record))

    def _line(self, record: logging.LogRecord) -> str:
        raise NotImplementedError


class TextLines(_Lines):
    """`2026-11-20T09:30:00.123Z info    request method=GET status=200 request_id=req-1`"""

    def __init__(self, *, brief: bool = False) -> None:
        super().__init__()
        self._brief = brief

    def _line(self, record: logging.LogRecord) -> str:
        level = record.levelname.lower()
        head = f"{level}: " if self._brief else f"{_time(record)} {level:<8}"
        pairs = "".join(f" {name}={_shown(value)}" for name, value in _fields(record, named=not self._brief).items())
        whole = f"{record.getMessage()}{pairs}"
        if trace := _unexpected(record):
            whole += f"\n{trace}"
        # what is indented is not the beginning of a line, whatever it looks like
        return head + "\n    ".join(_printable(line) for line in whole.splitlines())


class JsonLines(_Lines):
    """One JSON object a line."""

    def _line(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record, named=True),
        }
        if trace := _unexpected(record):
            line["traceback"] = trace
        return json.dumps(line, ensure_ascii=False, default=str)


class _ToStderr(logging.StreamHandler[TextIO]):
    """Writes to whatever stderr is at the moment."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord, *, named: bool) -> dict[str, object]:
    given = getattr(record, "fields", {})
    found = dict(given) if isinstance(given, Mapping) else {}
    if (error := _error(record)) is not None and isinstance(error, ColloquyError):
        found["error"] = error.code
        if isinstance(error, OperatorError):
            found["reason"] = error.message
    if named:
        found |= {name: value for name, value in (("request_id", REQUEST_ID.get()), ("job_id", JOB_ID.get())) if value}
    return found


def _unexpected(record: logging.LogRecord) -> str:
    """The stack trace of an error that nobody raised on purpose."""
    error = _error(record)
    if error is None or isinstance(error, ColloquyError):
        return ""
    return _REPEATED_INPUT.sub("input_value=...", "".join(traceback.format_exception(error)).rstrip())


def _error(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.6g}"
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _printable(line: str) -> str:
    """The line with what could hide or fake something written out."""
    if line.isprintable():
        return line
    return "".join(
        mark if mark.isprintable() or mark == "\t" else mark.encode("unicode_escape", "surrogatepass").decode()
        for mark in line
    )
