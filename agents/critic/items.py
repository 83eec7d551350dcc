"""Where the items of a digest begin: the papers that one file tells of, one after another."""

import re
from dataclasses import dataclass

from tools.library.ingest.minutes import MINUTES

_LINKED = re.compile(r"^#{1,3} \[(?P<title>.+)\]\((?P<url>https?://\S+)\)[^\S\n]*$", re.MULTILINE)
_QUESTIONED = re.compile(r"^# (?P<title>\S.*)\n\s*\n\[View Paper\]\((?P<url>https?://[^)\s]+)\)[^\S\n]*$", re.MULTILINE)
_PRESENTER = re.compile(r"^@(?P<title>\S.{0,60})$", re.MULTILINE)
_LABELLED = re.compile(
    r"^(?P<title>\[(?:論文|oss|blog|ブログ|記事|paper|report|レポート|news|book|本)\]\s*\S.*)$", re.MULTILINE
)


@dataclass(frozen=True)
class ItemStart:
    """Where an item begins. `level` is that of a heading which Markdown does not know for one, else 0."""

    at: int
    title: str
    url: str = ""
    level: int = 0


def item_starts(text: str) -> tuple[ItemStart, ...]:
    """The beginnings of the items in order; none where the text is no digest.

    Only a heading with an address begins an item: comments in code look like headings, too.
    """
    for form in (_QUESTIONED, _LINKED):
        if found := [ItemStart(match.start(), match["title"].strip(), match["url"]) for match in form.finditer(text)]:
            return tuple(found)
    if not MINUTES.match(text):
        return ()
    presented = [ItemStart(match.start(), f"@{match['title'].strip()}", level=1) for match in _PRESENTER.finditer(text)]
    first = presented[0].at if presented else 0
    labelled = [
        ItemStart(match.start(), match["title"].strip(), level=2)
        for match in _LABELLED.finditer(text)
        if match.start() > first
    ]
    return tuple(sorted((*presented, *labelled), key=lambda start: start.at))
