"""What `panel run` does."""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack, aclosing
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from agents.panel.seam import Effort
from server.batch import BatchQuestion, answered_lines, as_line, read_questions
from server.request_id import new_request_id
from server.settings import Settings
from server.wire import JsonObject
from server.wiring import open_assistant
from tools.errors import InvalidRequest, OperatorError
from tools.llm.account import Account

_err = Console(stderr=True, highlight=False)


async def run_batch(settings: Settings, source: str, out: Path | None, effort: Effort) -> int:
    """Answers the questions of a JSONL file, or of standard input, into `out` or to standard output.

    Questions whose answers are in `out` already are not asked again. The exit code is 1 when some failed.
    """
    questions = read_questions(await asyncio.to_thread(_lines, source))
    done = await asyncio.to_thread(_answered_already, out) if out else set()
    left = [one for one in questions if one.id not in done]
    if done:
        _err.print(f"{len(questions) - len(left):,} of {len(questions):,} are answered already")
    if not left:
        return 0
    with ExitStack() as stack:
        writer = stack.enter_context(_writer(out)) if out else sys.stdout
        summary = await _answer(settings, left, writer, effort)
    _err.print(
        f"{summary['answered']:,} answered, {summary['failed']:,} failed, {summary['calls']:,} calls; "
        f"models switched {summary['model_switches']:,} times "
        f"(one question after the other: {summary['model_switches_one_by_one']:,})"
    )
    return 1 if summary["failed"] else 0


async def _answer(settings: Settings, questions: Sequence[BatchQuestion], writer: TextIO, effort: Effort) -> JsonObject:
    summary: JsonObject = {}
    columns = (TextColumn("Answering"), BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn())
    async with open_assistant(settings, share=True) as assistant:
        account = Account(request=new_request_id())
        with Progress(*columns, console=_err, disable=not _err.is_terminal) as bars:
            bar = bars.add_task("", total=len(questions))
            async with aclosing(answered_lines(assistant, questions, effort, account)) as lines:
                async for line in lines:
                    if line["object"] == "batch.summary":
                        summary = line
                        continue
                    writer.write(as_line(line))
                    writer.flush()
                    bars.advance(bar)
    return summary


def _lines(source: str) -> list[str]:
    if source == "-":
        return sys.stdin.read().split("\n")
    try:
        return Path(source).read_text("utf-8").split("\n")
    except OSError as error:
        raise InvalidRequest(f"{source} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{source} is not UTF-8.") from error


def _answered_already(out: Path) -> set[str]:
    """The ids of the answers in the file; a last line that was cut off is not one."""
    if not out.exists():
        return set()
    found = set()
    for line in out.read_text("utf-8", "replace").split("\n"):
        try:
            content = json.loads(line)
        except ValueError:
            continue
        if isinstance(content, dict) and "answer" in content:
            found.add(str(content.get("id")))
    return found


def _writer(out: Path) -> TextIO:
    """The file to add answers to, its last line whole."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.exists() and (content := out.read_bytes()) and not content.endswith(b"\n"):
            out.write_bytes(content[: content.rfind(b"\n") + 1])
        return out.open("a", encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"{out} cannot be written ({error.strerror}).") from error
