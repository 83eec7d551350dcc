"""Papers from Markdown: front matter, headings and their text as it was written."""

import re
import tomllib
from collections.abc import Iterator, Mapping

import yaml

from tools.library.ingest.digest import form_of, read_digest
from tools.library.ingest.document import build_document
from tools.library.ingest.entry import BadEntry, Fields, Unusable
from tools.library.ingest.fields import named
from tools.library.ingest.markdown_headings import Heading, headings_in
from tools.library.ingest.opened import Opened
from tools.types import Paper, Section

LONGEST_FRONT_MATTER = 64_000
_MOST_BRACKETS = 1_000
"""The YAML reader's time grows with the square of the brackets left open."""
_FRONT = re.compile(r"(---|\+\+\+)[^\S\n]*\n(.*?)^\1[^\S\n]*$\n?", re.S | re.M)
_MARKS = re.compile(r"(?<!\\)(\*\*|__|[*_`])(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)")


def read_markdown(opened: Opened) -> Iterator[Paper | BadEntry]:
    """The papers of a digest, or the one paper that the file is."""
    text = opened.text()
    form = form_of(text)
    if form is not None:
        yield from read_digest(opened.name, text, form)
        return
    try:
        yield markdown_paper(opened.name, text)
    except Unusable as error:
        yield BadEntry(where=opened.name, why=str(error))


def markdown_paper(name: str, text: str) -> Paper:
    """The paper that a Markdown text is. Raises Unusable.

    Its title is that of the front matter, else the only heading of the highest level if it comes first.
    """
    fields, body = _front_matter(text)
    lines = body.split("\n")
    headings = headings_in(lines)
    title = ""
    if headings and not "".join(lines[: headings[0].first]).strip():
        top = headings[0].level
        if all(heading.level > top for heading in headings[1:]):
            title, lines = _bare(headings[0].text), ["\n"] * headings[0].after + lines[headings[0].after :]
            headings = headings[1:]
    return build_document(name, {"title": title, **fields}, _sections(lines, headings))


def _sections(lines: list[str], headings: list[Heading]) -> Iterator[Section]:
    """The text before the first heading, and each heading with the text up to the next."""
    first = headings[0].first if headings else len(lines)
    yield Section(heading="", text="\n".join(lines[:first]).strip())
    ends = [*(heading.first for heading in headings[1:]), len(lines)]
    for heading, end in zip(headings, ends, strict=False):
        text = "\n".join(lines[heading.after : end]).strip("\n").rstrip()
        yield Section(heading=_bare(heading.text), text=text, level=heading.level)


def _bare(heading: str) -> str:
    """A heading without the marks of emphasis, code and links."""
    text = _LINK.sub(r"\1", heading)
    return _MARKS.sub(r"\2", _MARKS.sub(r"\2", text)).strip()


def _front_matter(text: str) -> tuple[Fields, str]:
    """What the text says of itself in YAML or TOML before it begins, and the rest."""
    found = _FRONT.match(text)
    if not found or len(found[2]) > LONGEST_FRONT_MATTER or len(re.findall(r"[\[{]", found[2])) > _MOST_BRACKETS:
        return {}, text
    try:
        if found[1] == "+++":
            said: object = tomllib.loads(found[2])
        else:
            # every value a string, no objects: nothing in the text is carried out
            said = yaml.load(found[2], Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError):
        return {}, text
    if not isinstance(said, Mapping):
        return {}, text
    dated = {str(key): str(value) if hasattr(value, "isoformat") else value for key, value in said.items()}
    return named(dated), text[found.end() :]
