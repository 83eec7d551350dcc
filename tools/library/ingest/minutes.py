"""The items of a study group's minutes, whose headings and bullets lost their marks in export."""

import re
from collections.abc import Iterator

MINUTES = re.compile(
    r"\s*\d{4}-\d{2}-\d{2} [^\n]{0,60}(?:勉強会|輪読会|読書会|ゼミ)[^\n]{0,40}\n(?=(?s:.*?)^@\S)", re.M
)

_PRESENTER = re.compile(r"@\S.{0,60}")
_LABELLED = re.compile(r"\[([^\]\n]{1,12})\]\s*(\S.*)")
_PROPERTY = re.compile(r"\|\s*(タイトル|著者|論文リンク|プロジェクトページ|Title|Authors|Paper)\s*\|\s*(.+?)\s*\|")
_FIELDS = {"タイトル": "title", "Title": "title", "著者": "authors", "Authors": "authors",
           "論文リンク": "url", "Paper": "url", "プロジェクトページ": "page"}  # fmt: skip
_KINDS = {"論文": "paper", "paper": "paper", "oss": "oss", "blog": "article", "ブログ": "article", "記事": "article",
          "news": "article", "ニュース": "article", "report": "article", "レポート": "article",
          "book": "book", "本": "book", "書籍": "book"}  # fmt: skip
_AFFILIATION = re.compile(r"(?<=\D)\*?\d+(?:,\d+)*(?=,|$)|\*")
_NO_HEADING = re.compile(r"^(?:[-*|@※>\[#]|\d+[.)] |https?://)|[。．.!?！？、,:：]$")
LONGEST_HEADING = 45
_A_WORD = 12
_ENOUGH_LISTED = 3

Block = tuple[str, str, list[str]]
"""An item's presenter, its title line and the lines below."""


def items_of_minutes(text: str) -> Iterator[dict[str, object]]:
    """The fields of each item, in order.

    An item is the line after a presenter's name, a line with a label such as "[論文]", or one over a
    table of properties that begins with its title. Remarks such as "[name] ..." are none.
    """
    lines = text.strip().split("\n")
    occasion, contents = lines[0].strip(), lines[1] if len(lines) > 1 else ""
    for presenter, title, below in _blocks(lines[1:], contents):
        yield _fields(occasion, presenter, title, below, contents.partition(title)[2])


def _blocks(lines: list[str], contents: str) -> Iterator[Block]:
    presenter, block, expected = "", None, False
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if _PRESENTER.fullmatch(line.strip()):
            presenter, expected = line.strip().lstrip("@"), True
        elif line.strip() and (expected or (presenter and _begins(line, following, contents))):
            if block:
                yield block
            block, expected = (presenter, line.strip(), list[str]()), False
        elif block:
            block[2].append(line)
    if block:
        yield block


def _begins(line: str, following: str, contents: str) -> bool:
    table = _PROPERTY.match(following)
    if table and _FIELDS[table[1]] == "title":
        return True
    labelled = _LABELLED.fullmatch(line.strip())
    return bool(labelled) and (labelled[1].lower() in _KINDS or line.strip() in contents)  # type: ignore[index]


def _fields(occasion: str, presenter: str, title: str, below: list[str], listed: str) -> dict[str, object]:
    labelled = _LABELLED.fullmatch(title)
    label = labelled[1] if labelled else ""
    said = {_FIELDS[row[1]]: row[2] for line in below if (row := _PROPERTY.match(line))}
    kind = _KINDS.get(label.lower()) or ("paper" if said.get("title") else "article")
    authors = said.get("authors", "")
    # who spoke of it, and when, is no fact about the paper: it stands in the text
    lead = "\n".join(part for part in (f"@{presenter}", title) if part)
    return {
        "title": said.get("title") or (labelled[2] if labelled else title),
        "authors": [_AFFILIATION.sub("", name) for name in re.split(r",\s+", authors)] if authors else None,
        "url": said.get("url") or said.get("page"),
        "kind": kind,
        "sections": [{"heading": occasion, "text": lead, "level": 1}, *_sections(below, listed)],
    }


def _sections(lines: list[str], listed: str) -> Iterator[dict[str, object]]:
    """The text in sections under the lines that are headings; one right below another is its part."""
    headings = _headings(lines, listed)
    heading, kept, level = "", list[str](), 2
    for number, line in enumerate(lines):
        if number not in headings:
            kept.append(line)
            continue
        nested = bool(heading) and not "".join(kept).strip()
        if heading or "".join(kept).strip():
            yield {"heading": heading, "text": "\n".join(kept).strip(), "level": level}
        heading, kept, level = line.strip(), [], 3 if nested else 2
    if heading or "".join(kept).strip():
        yield {"heading": heading, "text": "\n".join(kept).strip(), "level": level}


def _headings(lines: list[str], listed: str) -> set[int]:
    """The lines that are headings: those that the table of contents lists, or else those that look so."""
    short = {number for number, line in enumerate(lines) if _is_short(line.strip())}
    known = {number for number in short if lines[number].strip() in listed}
    if len(known) >= _ENOUGH_LISTED:
        return known
    return {number for number in short if _stands_over(lines, number)}


def _is_short(line: str) -> bool:
    return bool(line) and len(line) <= LONGEST_HEADING and not _NO_HEADING.search(line)


def _stands_over(lines: list[str], number: int) -> bool:
    """Whether text follows; after an empty line, only below a word or two."""
    following = lines[number + 1].strip() if number + 1 < len(lines) else ""
    return bool(following) or (
        len(lines[number].strip()) <= _A_WORD and any(line.strip() for line in lines[number + 1 :])
    )
