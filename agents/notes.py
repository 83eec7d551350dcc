"""Notes on a conversation: what was asked and which papers were shown under which number.

They let a follow-up be understood without the whole conversation being read again, and are bounded in size.
Source of the idea: DiagNote, arXiv:2503.07002 (what was worked out, and where to look).
"""

import re
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from agents.trace import Reply
from tools.llm.extractive.followup import SINGULAR, names_in
from tools.llm.extractive.pointers import Pointer, pointers_in, replaced
from tools.llm.extractive.reading import short_title
from tools.types import Message, PaperId, Value

MOST_NOTES = 12
_MOST_SHOWN = 16
_LONGEST_ASKED = 240
_LONGEST_TITLE = 160
_LONGEST_TOLD = 1_800
_REFERENCE = re.compile(r"^\[(\d{1,3})\] .{0,400}?\*(?P<title>[^*\n]{2,400})\*", re.MULTILINE)
_IDLE = re.compile(
    r"\b(?:is|was|does) it\b(?= (?:possible|true|clear|known|necessary|worth|correct|matter|make sense))", re.I
)


class Shown(Value):
    """A paper as the reader saw it. The id is empty where only the text of an answer told of it."""

    number: int
    title: str
    paper_id: PaperId = PaperId("")


class Note(Value):
    """One turn: the question as it was understood, what it compared, what was shown, and what it was about."""

    asked: str
    subjects: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()
    focus: tuple[Shown, ...] = ()


Notes = tuple[Note, ...]


class Resolved(Value):
    """A question with the names of papers in place of what pointed at them, and these papers."""

    question: str
    papers: tuple[Shown, ...] = ()


def stored(notes: Sequence[Note]) -> list[dict[str, object]]:
    """The newest notes as they are kept with a conversation."""
    return [note.model_dump(mode="json") for note in notes[-MOST_NOTES:]]


def remembered(kept: Sequence[Mapping[str, object]]) -> Notes:
    """The notes that were stored; those of another version of the service are passed over."""
    found = []
    for item in kept[-MOST_NOTES:]:
        try:
            found.append(Note.model_validate(item))
        except ValidationError:
            continue
    return tuple(found)


def noted(question: str, standalone: str, subjects: Sequence[str], pinned: Sequence[PaperId], reply: Reply) -> Note:
    """The note on a finished turn."""
    shown = tuple(
        Shown(number=reference.number, title=reference.title[:_LONGEST_TITLE], paper_id=reference.paper_id)
        for reference in reply.references[:_MOST_SHOWN]
    )
    asked = (standalone.strip() or question)[:_LONGEST_ASKED]
    return Note(asked=asked, subjects=tuple(subjects), shown=shown, focus=_focus(asked, shown, pinned))


def rebuilt(history: Sequence[Message]) -> Notes:
    """The notes on a conversation that the client sends along: the papers are those its reference lists name."""
    notes: list[Note] = []
    for message in history[-2 * MOST_NOTES :]:
        if message.role == "user":
            asked = resolved(message.content[: 2 * _LONGEST_ASKED], notes).question
            notes.append(Note(asked=asked[:_LONGEST_ASKED]))
        elif message.role == "assistant" and notes:
            shown = tuple(
                Shown(number=int(found[1]), title=found["title"][:_LONGEST_TITLE])
                for found in list(_REFERENCE.finditer(message.content))[-_MOST_SHOWN:]
            )
            focus = _focus(notes[-1].asked, shown, ())
            notes[-1] = notes[-1].model_copy(update={"shown": shown, "focus": focus})
    return tuple(notes[-MOST_NOTES:])


def resolved(question: str, notes: Sequence[Note]) -> Resolved:
    """The question with "the second one" or "paper [3]" replaced by the paper it means, where that is known."""
    if not notes or not pointers_in(question):
        return Resolved(question=question)
    papers: list[Shown] = []

    def name_of(pointer: Pointer) -> str:
        meant = _meant(pointer, notes)
        if isinstance(meant, Shown):
            papers.append(meant)
            return short_title(meant.title)
        return meant

    text = replaced(question, name_of)
    return Resolved(question=text, papers=tuple({shown.title: shown for shown in reversed(papers)}.values()))


def spelled_out(question: str, notes: Sequence[Note]) -> Resolved:
    """The question with "it" or "this paper" replaced by the one paper that the newest turn was about, if so."""
    focus = notes[-1].focus if notes else ()
    if len(focus) != 1 or names_in(question) or _IDLE.search(question):
        return Resolved(question=question)
    name = short_title(focus[0].title)
    text = SINGULAR.sub(lambda found: f"{name}'s" if found["possessive"] else name, question, count=2)
    return Resolved(question=text, papers=focus if text != question else ())


def in_focus(notes: Sequence[Note]) -> tuple[Shown, ...]:
    """The papers that the newest turn was about."""
    return notes[-1].focus if notes else ()


def mentioned(text: str, notes: Sequence[Note]) -> tuple[Shown, ...]:
    """Those of the papers shown that the text calls by their names."""
    folded = f" {_fold(text)} "
    shown = {paper.title: paper for note in notes for paper in (*note.shown, *note.focus)}
    return tuple(paper for paper in shown.values() if f" {_fold(short_title(paper.title))} " in folded)


def told(notes: Sequence[Note]) -> tuple[str, ...]:
    """The notes as lines for a prompt, the newest whole and older ones as far as there is room.

    The papers' numbers are not written as citations are: those are the numbers of this turn's passages.
    """
    lines: list[str] = []
    room = _LONGEST_TOLD
    for note in reversed(notes):
        papers = "; ".join(f"no. {paper.number} {short_title(paper.title)}" for paper in note.shown)
        line = f"asked: {note.asked}" + (f" | shown: {papers}" if papers else "")
        room -= len(line)
        if lines and room < 0:
            break
        lines.append(line[:_LONGEST_TOLD])
    return tuple(reversed(lines))


def _meant(pointer: Pointer, notes: Sequence[Note]) -> Shown | str:
    """The paper, or the name of what was compared; empty where the notes do not tell."""
    for note in reversed(notes):
        if not pointer.numbered and len(note.subjects) > 1:
            place = pointer.place - 1 if pointer.place > 0 else pointer.place
            return note.subjects[place] if -len(note.subjects) <= place < len(note.subjects) else ""
        if not note.shown:
            continue
        if pointer.numbered:
            return next((paper for paper in note.shown if paper.number == pointer.place), "")
        place = pointer.place - 1 if pointer.place > 0 else pointer.place
        return note.shown[place] if place < len(note.shown) else ""
    return ""


def _focus(asked: str, shown: Sequence[Shown], pinned: Sequence[PaperId]) -> tuple[Shown, ...]:
    """What a turn was about: the papers it was pinned to or names, else the only one it showed."""
    named = tuple(paper for paper in shown if paper.paper_id and paper.paper_id in pinned)
    if not named:
        folded = f" {_fold(asked)} "
        named = tuple(paper for paper in shown if f" {_fold(short_title(paper.title))} " in folded)
    return named[:4] or (tuple(shown) if len(shown) == 1 else ())


def _fold(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
