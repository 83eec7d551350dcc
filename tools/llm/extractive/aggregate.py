"""Merging what several agents said: everything once, nothing lost, citations kept."""

import re
from collections.abc import Sequence

from tools.llm.extractive.phrases import agent_heading
from tools.llm.extractive.reading import Embed
from tools.llm.extractive.senses import difference, sense
from tools.llm.extractive.support import Support
from tools.llm.extractive.tokens import terms
from tools.llm.model import Prose
from tools.llm.tasks import AggregateIn, Contribution

_MARK = re.compile(r"\s*\[(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\]")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_LINE_LEAD = re.compile(r"\s*(?:[-*+•]\s+|\d{1,3}[.)]\s+|>\s*)?")
_STRUCTURE = re.compile(r"\s*(?:#{1,6}\s|\||```|[-*_]{3,}\s*$|\*\*[^*]+\*\*:?\s*$)")
_HEADING = re.compile(r"\s*(?:#{1,6}\s[^\n]*|\*\*[^*\n]+\*\*:?\s*$)")
_SENTENCE = re.compile(r".+?(?:[.!?][\"')\]]*(?:\s*\[[\d,; ]+\])*(?=\s+[^\Wa-z]|\s*$)|[。！？](?:\s*\[[\d,; ]+\])*|$)")
_SAME = 0.85
_MOST_COMPARED = 500


def aggregate(given: AggregateIn, embed: Embed) -> Prose:
    """The contributions as one text, headed by agent where more than one kind of agent spoke.

    Of each agent's contributions the one with which the others agree most comes first, then what the others add,
    what more of them say before what one says alone.
    """
    del embed
    spoken = [said for said in given.contributions if said.text.strip()]
    known = {item.label for item in given.evidence}
    if len(spoken) == 1:
        return Prose(text=_valid(spoken[0].text.strip(), known))
    merged, support = _Merged(known), Support([said.text for said in spoken])
    parts = []
    agents = list(dict.fromkeys(said.agent for said in spoken))
    for agent in agents:
        own = sorted((said for said in spoken if said.agent == agent), key=lambda said: -support.of(said.text))
        first, *rest = [merged.fresh(said) for said in own]
        added = sorted((block for text in rest for block in _blocks(text)), key=lambda block: -support.of(block))
        text = "\n\n".join(block for block in (first, *added) if block)
        heading = f"### {agent_heading(agent, given.language)}\n\n" if len(agents) > 1 else ""
        if text:
            parts.append(f"{heading}{text}")
    text = "\n\n".join(parts)
    for sentence, cited in merged.late.items():
        text = text.replace(sentence, cited)
    return Prose(text=text)


def _blocks(text: str) -> list[str]:
    """The paragraphs, lists and tables, each with the heading over it."""
    if "```" in text:
        return [text]  # code may hold empty lines
    found: list[str] = []
    heading = ""
    for block in filter(str.strip, text.split("\n\n")):
        if _HEADING.fullmatch(block):
            heading = f"{heading}{block}\n\n"
            continue
        found.append(heading + block)
        heading = ""
    return found


class _Merged:
    """What has been said so far. `late` maps sentences to themselves with citations found later."""

    def __init__(self, known: set[int]) -> None:
        self._known = known
        self._said: dict[tuple[str, ...], list[tuple[frozenset[str], str]]] = {}
        self.late: dict[str, str] = {}

    def fresh(self, said: Contribution) -> str:
        """The contribution without sentences that were said before; its tables, headings and code as they are."""
        lines: list[str] = []
        code = False
        for line in _valid(said.text.strip(), self._known).splitlines():
            fence = line.lstrip().startswith("```")
            code = code != fence
            if code or fence or _STRUCTURE.match(line):
                lines.append(_lower_heading(line) if not code and not fence else line)
            elif not line.strip():
                lines.append("")
            elif kept := self._fresh_line(line):
                lines.append(kept)
        return _tidy(lines)

    def _fresh_line(self, line: str) -> str:
        lead_match = _LINE_LEAD.match(line)
        lead = lead_match[0] if lead_match else ""
        sentences = [found[0].strip() for found in _SENTENCE.finditer(line[len(lead) :]) if found[0].strip()]
        kept = [sentence for sentence in sentences if self._is_new(sentence)]
        return f"{lead}{' '.join(kept)}" if kept else ""

    def _is_new(self, sentence: str) -> bool:
        bare = _MARK.sub("", sentence)
        content, figures = frozenset(terms(bare)), tuple(sorted(_FIGURE.findall(bare)))
        # sentences that differ in a figure, a denial or the order of names say different things
        candidates = self._said.setdefault(figures, [])
        for other, original in candidates:
            if _alike(content, other) and not difference(sense(bare), sense(_MARK.sub("", original))):
                self._cite_too(original, sentence)
                return False
        if content and len(candidates) < _MOST_COMPARED:
            candidates.append((content, sentence))
        return True

    def _cite_too(self, original: str, repeated: str) -> None:
        """Adds to the sentence that stays the citations of the one that goes."""
        current = self.late.get(original, original)
        missing = [label for label in _labels(repeated) if label not in _labels(current)]
        if missing:
            stop = re.search(r"[.!?。！？]?$", current)
            at = stop.start() if stop else len(current)
            space = "" if current[:at].endswith("]") else " "
            self.late[original] = f"{current[:at]}{space}{''.join(f'[{label}]' for label in missing)}{current[at:]}"


def _alike(first: frozenset[str], second: frozenset[str]) -> bool:
    return bool(first) and len(first & second) >= _SAME * len(first | second)


def _labels(text: str) -> list[int]:
    return [int(number) for mark in _MARK.finditer(text) for number in re.findall(r"\d+", mark[1])]


def _valid(text: str, known: set[int]) -> str:
    """The text less citations of what is not among the evidence, where there is any."""
    if not known:
        return text

    def checked(mark: re.Match[str]) -> str:
        labels = [int(number) for number in re.findall(r"\d+", mark[1])]
        good = [label for label in labels if label in known]
        if len(good) == len(labels):
            return mark[0]
        space = mark[0][: len(mark[0]) - len(mark[0].lstrip())]
        return space + "".join(f"[{label}]" for label in good) if good else ""

    return _MARK.sub(checked, text)


def _lower_heading(line: str) -> str:
    """Headings of a contribution stand below the heading of its agent."""
    return re.sub(r"^\s*#{1,3}(?=\s)", "####", line)


def _tidy(lines: Sequence[str]) -> str:
    """The lines without runs of empty ones, and without a heading that nothing follows."""
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1].strip()):
            kept.append(line)
    while kept and (not kept[-1].strip() or _HEADING.match(kept[-1])):
        kept.pop()
    return "\n".join(kept).strip()
