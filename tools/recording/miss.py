"""What is said when nothing was recorded for a request: the closest recording and how it differs."""

import difflib
import json
import re
from collections import Counter
from collections.abc import Sequence

from tools.errors import ColloquyError, UnreadableFile
from tools.recording.folder import CallName, RecordingFolder
from tools.recording.matching import RecordedRequest, call_stem, content_hex
from tools.recording.notation import noted

_MOST_COMPARED = 400
_MOST_LINES = 30
_WIDTH = 160
_BEFORE = 40


class MissingRecording(ColloquyError):
    """Nothing was recorded for a request. Neither a retry nor another model helps, so it is no UpstreamError."""

    code = "missing_recording"


def missing(folder: RecordingFolder, request: RecordedRequest, *, used_up: bool) -> MissingRecording:
    """The error that tells what is missing, how it differs from what is there, and how to record it."""
    what = f"{call_stem(request)} ({request.method} {request.path})"
    return MissingRecording(f"{_story(folder, request, what, used_up=used_up)}\n\n{_advice(folder)}")


def _story(folder: RecordingFolder, request: RecordedRequest, what: str, *, used_up: bool) -> str:
    if used_up:
        return f"The request {what} was made more often than it was recorded in {folder.path}:\n{_shown(request)}"
    closest = _closest(folder, request)
    if closest is None:
        return f"The recording in {folder.path} holds nothing like the request {what}:\n{_shown(request)}"
    name, recorded = closest
    if content_hex(recorded) == content_hex(request):
        right = name.model_copy(update={"stem": call_stem(request), "hex": content_hex(request)})
        return f"{folder.path / name.file} holds this request under the name of another; rename it to {right.file}."
    return (
        f"Nothing in {folder.path} was recorded for the request {what}. The closest is {name.file}; "
        f"- is what was recorded, + what is asked now:\n{_difference(_lines(recorded), _lines(request))}"
    )


def _advice(folder: RecordingFolder) -> str:
    return (
        "A prompt, a setting or the library has changed since, or this was never recorded. To record what is missing: "
        f"colloquy record --auto --to {folder.path} -- COMMAND, or COLLOQUY_RECORDING_MODE=auto; in tests: "
        "pytest --colloquy-recordings=auto."
    )


def _closest(folder: RecordingFolder, request: RecordedRequest) -> tuple[CallName, RecordedRequest] | None:
    """The recorded request that shares most words, of those for the same task where there are any."""
    names = folder.names()
    stem = call_stem(request)
    alike = [name for name in names if name.stem == stem] or names
    words = _words(request)
    found: list[tuple[float, CallName, RecordedRequest]] = []
    for name in alike[:_MOST_COMPARED]:
        try:
            recorded = folder.read(name).request
        except UnreadableFile:
            continue
        found.append((_likeness(words, _words(recorded)), name, recorded))
    best = max(found, key=lambda item: item[0], default=None)
    return best[1:] if best else None


def _words(request: RecordedRequest) -> Counter[str]:
    return Counter(re.findall(r"\w+", "\n".join(_lines(request))))


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    return (one & other).total() / max(1, (one | other).total())


def _lines(request: RecordedRequest) -> list[str]:
    """The request as its file shows it: every line of a message is a line."""
    content = {"body": noted(request.body)} if request.text is None else {"text": noted(request.text)}
    head = f"{request.method} {request.path}"
    return [head, *json.dumps(content, indent=1, ensure_ascii=False).encode("utf-8", "replace").decode().splitlines()]


def _shown(request: RecordedRequest) -> str:
    lines = [_cut(line, 0) for line in _lines(request)]
    return "\n".join([*lines[:_MOST_LINES], *(["…"] if len(lines) > _MOST_LINES else [])])


def _difference(old: Sequence[str], new: Sequence[str]) -> str:
    """The lines that differ, with one line around them; of long lines the part where they part."""
    shown: list[str] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(1):
        shown.append("  …")
        for kind, i1, i2, j1, j2 in group:
            if kind == "equal":
                shown += [f"  {_cut(line, 0)}" for line in old[i1:i2]]
                continue
            starts = [_parting(a, b) for a, b in zip(old[i1:i2], new[j1:j2], strict=False)]
            padded = starts + [0] * (max(i2 - i1, j2 - j1) - len(starts))
            shown += [f"- {_cut(line, at)}" for line, at in zip(old[i1:i2], padded, strict=False)]
            shown += [f"+ {_cut(line, at)}" for line, at in zip(new[j1:j2], padded, strict=False)]
    hidden = len(shown) - _MOST_LINES
    return "\n".join(shown[:_MOST_LINES] + ([f"  … and {hidden} lines more"] if hidden > 0 else []))


def _parting(one: str, other: str) -> int:
    """Where two lines begin to differ."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _cut(line: str, around: int) -> str:
    start = max(0, around - _BEFORE) if len(line) > _WIDTH else 0
    end = start + _WIDTH
    return f"{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}"
