"""A stream of Markdown, sentence by sentence: each is held until it is whole, then passed on, changed or left out."""

import re
from collections.abc import Callable

from agents.panel.claims import bare, cell_claims, cells_of
from tools.llm.extractive.sentences import split

Judge = Callable[[str, str], str | None]
"""What stands for a sentence, None to leave it out. The second text is what it asserts, if not just itself."""

_LEAD = re.compile(r"\s*(?:[-*+•]\s+|\d{1,3}[.)]\s+|>\s*)*")
_HEADING = re.compile(r"\s*(?:#{1,6}\s|\*\*[^*]+\*\*:?\s*$)")
_RULE_LINE = re.compile(r"\s*[-*_]{3,}\s*$")
_TABLE_RULE = re.compile(r"[\s:|-]+")
_MARKS = re.compile(r"(?:\s{0,2}[\[【][^\]】\n]{1,60}[\]】])+[.。]?")
_SETTLED = 12
_EMPTY_CELL = "–"


class Sieve:
    """Feed it the text piece by piece. Headings and table heads wait until something below them is passed on."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._held = ""
        self._gap: list[tuple[str, str]] = []  # what comes before the next thing passed on: (kind, text)
        self._fenced = False
        self._header = ""
        self._in_line = False  # something of the line has been passed on already
        self._lead_seen = False
        self._begun = False

    def feed(self, piece: str) -> str:
        """The part of the text so far that is certain."""
        self._held += piece
        shown: list[str] = []
        while "\n" in self._held:
            line, self._held = self._held.split("\n", 1)
            shown.append(self._line(line))
            self._in_line = self._lead_seen = False
        shown.append(self._settled())
        return "".join(shown)

    def close(self) -> str:
        """What was still held back."""
        line, self._held = self._held, ""
        return self._line(line) if line.strip() else ""

    def _line(self, line: str) -> str:
        """What is passed on of a finished line, or of the rest of one."""
        if line.lstrip().startswith("```"):
            self._fenced = not self._fenced
            return self._pass(line, end="\n")
        if self._fenced:
            return self._pass(line, end="\n")
        if line.lstrip().startswith("|") and not self._in_line:
            return self._row(line)
        self._leave_table()
        if not line.strip():
            self._end_line()
            return ""
        if not self._in_line and (_HEADING.match(line) or _RULE_LINE.match(line)):
            self._head(line)
            return ""
        shown = "".join(self._sentence(part) for part in self._parts(line))
        if self._in_line:
            self._gap.append(("end", "\n"))
        else:
            self._gap = [one for one in self._gap if one[0] != "lead"]
        return shown

    def _settled(self) -> str:
        """What is passed on of a line that goes on: the sentences after which another has begun."""
        line = self._held
        if self._fenced or not line.strip() or re.match(r"\s*(?:\||```|#|\*\*[^*]*$|\*\*[^*]+\*\*:?\s*$)", line):
            return ""
        self._leave_table()
        lead = None if self._lead_seen else _LEAD.match(line)
        start = lead.end() if lead else 0
        *whole, last = _sentences(line[start:])
        if not whole or len(last.strip()) < _SETTLED or _MARKS.match(last.strip()):
            return ""
        self._held = last
        return "".join(self._sentence(part) for part in self._parts(line[:start] + "".join(whole)))

    def _parts(self, line: str) -> list[str]:
        """The sentences of a line; its bullet is laid aside until one of them is passed on."""
        lead = None if self._lead_seen else _LEAD.match(line)
        self._lead_seen = True
        if lead and lead[0]:
            self._gap.append(("lead", lead[0]))
            line = line[lead.end() :]
        return _sentences(line)

    def _sentence(self, sentence: str) -> str:
        text = sentence.strip()
        if not text:
            return ""
        judged = self._judge(text, "")
        if judged is None:
            return ""
        joint = " " if self._in_line and not self._gap and text.isascii() else ""
        shown = self._pass(joint + judged)
        self._in_line = True
        return shown

    def _row(self, line: str) -> str:
        if not self._header or _TABLE_RULE.fullmatch(line):
            self._header = self._header or line
            self._gap.append(("table", line + "\n"))
            return ""
        cells = cells_of(line)
        claims = cell_claims(line, self._header)
        kept = [self._cell(cell, said) if said else cell for cell, said in zip(cells, claims, strict=True)]
        if len(cells) > 1 and not any(kept[1:]):
            return ""
        return self._pass("| " + " | ".join(_EMPTY_CELL if cell is None else cell for cell in kept) + " |", end="\n")

    def _cell(self, cell: str, said: str) -> str | None:
        """What is passed on of a cell, whose sentences are claims of their own under its heads."""
        lead = said[: len(said) - len(cell)]
        judged = [self._judge(part.strip(), bare(lead + part)) for part in _sentences(cell) if part.strip()]
        return " ".join(one for one in judged if one is not None) or None

    def _head(self, line: str) -> None:
        # a heading that nothing followed gives way to the next
        self._gap = [one for one in self._gap if one[0] not in ("heading", "lead")]
        self._gap.append(("heading", line + "\n"))

    def _leave_table(self) -> None:
        self._header = ""
        self._gap = [one for one in self._gap if one[0] != "table"]

    def _end_line(self) -> None:
        if not self._gap or self._gap[-1][0] != "blank":
            self._gap.append(("blank", "\n"))

    def _pass(self, text: str, end: str = "") -> str:
        before = "".join(one for _, one in self._gap)
        self._gap = [("end", end)] if end else []
        shown = (before if self._begun else before.lstrip("\n")) + text
        self._begun = True
        return shown


def sifted(text: str, judge: Judge) -> str:
    """The whole text at once."""
    sieve = Sieve(judge)
    return (sieve.feed(text) + sieve.close()).strip()


def _sentences(line: str) -> list[str]:
    """The line cut after its sentences, nothing lost; marks that follow a full stop stay with what they cite."""
    cuts: list[str] = []
    start = 0
    for sentence in split(line):
        end = line.find(sentence, start) + len(sentence) if sentence else start
        cuts.append(line[start:end])
        start = end
    if start < len(line):
        cuts.append(line[start:])
    joined: list[str] = []
    for cut in cuts:
        marks = _MARKS.match(cut) if joined else None
        own = marks.end() if marks else 0
        if own:
            joined[-1] += cut[:own]
        if cut[own:]:
            joined.append(cut[own:])
    return joined or [""]
