"""What `export` does, and how `survey` leaves its files."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from server.exports import Format, files_of, formats_in
from server.survey_folder import DRAFT_FILE, KeptDraft, read_kept, save
from tools.errors import OperatorError

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False)


@dataclass(frozen=True)
class Leaving:
    """Where a command leaves a draft, and in which formats. Raises InvalidRequest for one that does not exist."""

    out: Path | None
    formats: str

    @property
    def wanted(self) -> tuple[Format, ...]:
        return formats_in(self.formats)


async def export_draft(folder: Path, formats: str, out: Path | None, *, ledger: bool) -> int:
    """Writes an earlier survey in other formats, into its own folder or another."""
    wanted = formats_in(formats)
    kept = await asyncio.to_thread(read_kept, folder)
    place = out or (folder.parent if folder.suffix == ".json" else folder)
    with _err.status("Writing"):
        names = await asyncio.to_thread(leave, place, kept, wanted, ledger=ledger)
    for name in names:
        _out.print(f"  {place / name}", markup=False)
    return 0


def leave(folder: Path, kept: KeptDraft, formats: Sequence[Format], *, ledger: bool = False) -> tuple[str, ...]:
    """The names of the files written: the draft itself before those that take other programs. Raises OperatorError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"The folder {folder} cannot be made ({error.strerror}).") from error
    save(folder / DRAFT_FILE, kept.model_dump_json(indent=1) + "\n")
    names: dict[str, None] = {}
    for group in _in_turn(formats):
        for name, content in files_of(kept.draft, group, ledger=ledger).items():
            save(folder / name, content)
            names[name] = None
    return (*names, DRAFT_FILE)


def _in_turn(formats: Sequence[Format]) -> list[list[Format]]:
    """What is written by this program first, so that nothing is lost where another one is missing."""
    own: list[Format] = [one for one in formats if one not in ("docx", "pdf")]
    others: list[list[Format]] = [[one] for one in formats if one in ("docx", "pdf")]
    return [own, *others]
