"""Papers from plain text: the first line is the title, headings where they are evident."""

import re
from collections.abc import Iterator

from tools.library.ingest.digest import form_of, read_digest
from tools.library.ingest.document import build_document
from tools.library.ingest.entry import BadEntry, Unusable
from tools.library.ingest.markdown import markdown_paper
from tools.library.ingest.opened import Opened
from tools.types import Paper, Section

LONGEST_TITLE_LINE = 300
_KNOWN = re.compile(
    r"(?:abstract|introduction|background|related work|methods?|materials and methods|results|discussion|conclusions?"
    r"|acknowledge?ments?|references|bibliography|appendix|要旨|はじめに|緒言|関連研究|手法|実験|結果|考察|結論|おわりに|参考文献"
    r"|초록|서론|관련 연구|방법|실험|결과|결론|참고\s?문헌|摘要|引言|方法|实验|结果|讨论|结论)[.:：]?",
    re.I,
)
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})[.)]?\s+(\S.{0,90})")
_ENDS_LIKE_TEXT = re.compile(r"[.,;:。、，；]$")
_MARKDOWN_HEADING = re.compile(r"^#{1,4} \S", re.M)


def read_text(opened: Opened) -> Iterator[Paper | BadEntry]:
    """The papers of a digest, or the one paper that the text is; Markdown under this ending is read as such."""
    text = opened.text()
    form = form_of(text)
    if form is not None:
        yield from read_digest(opened.name, text, form)
        return
    try:
        if len(_MARKDOWN_HEADING.findall(text)) > 1:
            yield markdown_paper(opened.name, text)
        else:
            yield _paper(opened.name, text)
    except Unusable as error:
        yield BadEntry(where=opened.name, why=str(error))


def _paper(name: str, text: str) -> Paper:
    lines = text.strip().split("\n")
    title, body = lines[0].strip().lstrip("#").strip(), lines[1:]
    if len(title) > LONGEST_TITLE_LINE or (body and body[0].strip() and _ENDS_LIKE_TEXT.search(title)):
        title, body = "", lines
    return build_document(name, {"title": title}, _sections(body))


def _sections(lines: list[str]) -> Iterator[Section]:
    heading, level, kept = "", 1, list[str]()
    for number, line in enumerate(lines):
        alone = not (number and lines[number - 1].strip())
        found = _heading(line.strip()) if alone else None
        if found is None:
            kept.append(line)
            continue
        yield Section(heading=heading, level=level, text="\n".join(kept).strip())
        (heading, level), kept = found, []
    yield Section(heading=heading, level=level, text="\n".join(kept).strip())


def _heading(line: str) -> tuple[str, int] | None:
    """The heading that a line is, with its level, if it is one for certain: known, numbered or in capitals."""
    if _KNOWN.fullmatch(line):
        return line, 1
    numbered = _NUMBERED.fullmatch(line)
    if numbered and not _ENDS_LIKE_TEXT.search(line) and (numbered[2][0].isupper() or not numbered[2].isascii()):
        return line, numbered[1].count(".") + 1
    letters = [letter for letter in line if letter.isalpha()]
    capitals = line.isupper() and line.isascii() and len(letters) > 3 and len(line) < 80
    return (line, 1) if capitals and not _ENDS_LIKE_TEXT.search(line) else None
