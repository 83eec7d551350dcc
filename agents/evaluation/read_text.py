"""Reading surveys of any system: Markdown with a reference list at its end."""

import re
from collections.abc import Sequence

from agents.evaluation.subject import Subject
from agents.evaluation.works import Work, arxiv_id_in
from agents.survey.state import DraftPart
from tools.errors import InvalidRequest
from tools.types import PaperId

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_REFERENCES = re.compile(
    r"(?:\d+\.?\s+)?(?:references?|bibliography|works cited|literatur|参考文献|引用文献|참고\s?문헌)\W*",
    re.IGNORECASE,
)
_ABSTRACT = re.compile(r"(?:abstract|zusammenfassung|概要|要旨|摘要|초록)\W*", re.IGNORECASE)
_NUMBER = re.compile(r"(\d+(?:\.\d+)*)\.?\s+(.+)")
_ENTRY = re.compile(r"^\s{0,3}(?:[-*]\s+)?(?:\[(\d{1,4})\]:?|(\d{1,4})[.)])\s*(.+)$")
_EMPHASISED = re.compile(r"(?<![*\w])\*([^*]{4,}?)\*(?![*\w])|[\"“]([^\"”]{8,}?)[,.]?[\"”]")
_LIBRARY_ID = re.compile(r"\. Library id: `([^`\s]+)`\s*$")
_NOTE = re.compile(r"^\*[^*].*\*$")
_ENTRY_SIGNS = re.compile(r"\b(?:19|20)\d\d\b|https?://|\barXiv\b|\bet al\b|\bdoi\b", re.IGNORECASE)


def read_survey(text: str) -> Subject:
    """The survey in Markdown. Raises InvalidRequest where there is no heading."""
    title, parts = "", list[DraftPart]()
    abstract, listed = "", list[str]()
    for level, heading, body in _headed(text):
        if level and _REFERENCES.fullmatch(heading):
            listed.append(body)
        elif listed:
            continue  # an appendix is not the survey
        elif level and _ABSTRACT.fullmatch(heading):
            abstract = body
        elif level == 1 and not title:
            title = heading
            abstract = "\n\n".join(block for block in body.split("\n\n") if not _NOTE.match(block.strip()))
        elif level:
            found = _NUMBER.fullmatch(heading)
            number, bare = (found[1], found[2]) if found else ("", heading)
            parts.append(DraftPart(number=number, level=level, title=bare, text=body))
    if not title and not parts:
        raise InvalidRequest("The text has no Markdown headings, so that no survey can be seen in it.")
    return Subject(title=title, abstract=abstract.strip(), parts=_levelled(parts), works=read_works("\n".join(listed)))


def read_works(text: str) -> tuple[Work, ...]:
    """The entries of a reference list, such as "[3] Title" or "3. Authors. Title. 2024."."""
    entries: list[list[str]] = []
    numbers: list[int] = []
    for line in text.splitlines():
        if found := _ENTRY.match(line):
            numbers.append(int(found[1] or found[2]))
            entries.append([found[3].strip()])
        elif line.strip() and entries:
            entries[-1].append(line.strip())
    return tuple(_work(number, " ".join(entry)) for number, entry in zip(numbers, entries, strict=True))


def _work(number: int, entry: str) -> Work:
    held = _LIBRARY_ID.search(entry)
    bare = _LIBRARY_ID.sub("", entry)
    marked = _EMPHASISED.search(bare)
    title = (marked[1] or marked[2]) if marked else bare.strip(" .*_")
    return Work(
        number=number,
        title=title,
        arxiv_id=arxiv_id_in(bare) or (arxiv_id_in(held[1]) if held else ""),
        paper_id=PaperId(held[1]) if held else None,
        whole_entry=not marked and bool(_ENTRY_SIGNS.search(bare)),
    )


def _headed(text: str) -> list[tuple[int, str, str]]:
    """Level, heading and the text below it; what stands before the first heading has level 0."""
    found: list[tuple[int, str, list[str]]] = [(0, "", [])]
    in_code = False
    for line in text.splitlines():
        in_code ^= line.lstrip().startswith("```")
        heading = None if in_code else _HEADING.match(line)
        if heading:
            found.append((len(heading[1]), heading[2].strip("* "), []))
        else:
            found[-1][2].append(line)
    return [(level, heading, "\n".join(lines).strip()) for level, heading, lines in found]


def _levelled(parts: Sequence[DraftPart]) -> tuple[DraftPart, ...]:
    """The parts with the highest level set to 2."""
    top = min((part.level for part in parts), default=2)
    return tuple(part.model_copy(update={"level": part.level - top + 2}) for part in parts)
