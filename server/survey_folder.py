"""The folder of a finished survey: what is written there, and reading it again, also where another system wrote it."""

from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from agents.evaluation.read_gold import gold_of, read_gold
from agents.evaluation.read_text import read_survey
from agents.evaluation.subject import Subject, subject_of
from agents.evaluation.works import Gold
from agents.survey.state import Draft
from tools.errors import InvalidRequest, OperatorError
from tools.library.ingest import read_papers
from tools.types import Paper, Value

DRAFT_FILE = "draft.json"


class KeptDraft(Value):
    """A draft as it is kept in its folder, with what it took: seconds, and US dollars where they are known."""

    version: Literal[1] = 1
    draft: Draft
    seconds: float | None = None
    cost_usd: float | None = None


def save(path: Path, content: str | bytes) -> None:
    """Writes the file whole or not at all. Raises OperatorError."""
    part = path.with_suffix(f"{path.suffix}.part")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.replace(path)
    except OSError as error:
        raise OperatorError(f"{path} cannot be written ({error.strerror}).") from error


def read_kept(folder: Path) -> KeptDraft:
    """The draft that `colloquy survey` has left in a folder. Raises InvalidRequest where there is none."""
    path = folder / DRAFT_FILE if folder.is_dir() else folder
    if not path.is_file():
        raise InvalidRequest(f"{path} does not exist. Give the folder that `colloquy survey -o` has written.")
    try:
        return KeptDraft.model_validate_json(read_file(path))
    except ValidationError:
        raise InvalidRequest(f"{path} is no draft of this version of Colloquy; write the survey again.") from None


def read_subject(place: Path) -> Subject:
    """A survey in a folder or file: ours, or Markdown of any system with `ref.json` or `.bib` beside it."""
    if place.is_dir() and (place / DRAFT_FILE).is_file():
        kept = read_kept(place)
        return subject_of(kept.draft, kept.seconds, kept.cost_usd)
    text, beside = _markdown_in(place)
    subject = read_survey(text) if text is not None else Subject(title=place.name)
    if not subject.works and beside is not None:
        subject = subject.model_copy(update={"works": read_references(beside, "").works})
    return subject


def read_references(path: Path, topic: str) -> Gold:
    """A list of references, in any of the formats of `read_gold`, or BibTeX. Raises InvalidRequest."""
    if path.suffix == ".bib":
        if not path.is_file():
            raise InvalidRequest(f"{path} does not exist.")
        return gold_of((paper for paper in read_papers(path) if isinstance(paper, Paper)), path.name)
    text = read_file(path)
    if path.suffix in (".md", ".markdown") and (works := read_survey(text).works):
        return Gold(name=path.name, works=works)
    return read_gold(text, path.name, topic)


def read_file(path: Path) -> str:
    """The text of a file. Raises InvalidRequest."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError:
        raise InvalidRequest(f"{path} is not UTF-8.") from None


def _markdown_in(place: Path) -> tuple[str | None, Path | None]:
    """The survey's Markdown, and the list of its references where that is a file of its own."""
    if place.is_file() and place.suffix == ".json":
        return None, place
    if place.is_file():
        return read_file(place), None
    if not place.is_dir():
        raise InvalidRequest(f"{place} does not exist. Give a survey's folder or Markdown file.")
    texts = sorted(place.glob("*.md"), key=lambda path: (path.name != "draft.md", path.name))
    lists = [place / "ref.json", *sorted(place.glob("*.bib"))]
    beside = next((path for path in lists if path.is_file()), None)
    if not texts and beside is None:
        raise InvalidRequest(
            f"{place} holds no {DRAFT_FILE}, no Markdown and no ref.json: there is nothing to evaluate."
        )
    return (read_file(texts[0]) if texts else None), beside
