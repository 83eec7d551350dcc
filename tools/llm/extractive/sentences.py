"""Sentences of a text, clean enough to be quoted on one line of Markdown."""

import re
from collections.abc import Iterator

from tools.llm.extractive.tokens import words

_LONGEST_TEXT = 20_000
_LONGEST_SENTENCE = 80
_LONGEST_CHARACTERS = 900
_SHORTEST_SENTENCE = 5

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_TAG = re.compile(r"<!--.*?(?:-->|$)|</?[A-Za-z][^<>]{0,300}>", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\]\([^)\s]{0,500}[^)\n]{0,200}\)")
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\((?:[^()\s]|\([^()\s]*\)){1,500}\)")
_LATEX = re.compile(r"\\(?:emph|text\w{2}|textsc|mathrm|mathbf|mathit|url|modelname|ie|eg)\{([^{}]{0,300})\}")
_NUMBER = r"\d{1,4}(?:\s*(?:[,;、]|-|–|—|and|&)\s*(?:passage\s*)?\d{1,4})*"
_MARK = re.compile(
    rf"\s*[\[【［]\s*\^?(?:(?:passage|source|ref)s?\s*)?{_NUMBER}(?:†[^\]】］]{{0,30}})?\s*[\]】］]", re.IGNORECASE
)
_EMPTY = re.compile(r"\s*[\[【［]\s*[\]】］]")
_BRACKET = re.compile(r"[\[\]【】［］]")
_DEEPEST_MARK = 3
_EMPHASIS = re.compile(r"\*\*+|__+|~~+|```+")
_LEAD = re.compile(r"^(?:[\s#>|*+~=•▪◦·–—-]+|\d{1,3}[.)]\s+|[(（]\d{1,2}[)）]\s*|[①-⑳]\s*|\[[ xX]\]\s+)+")
_NEW_BLOCK = re.compile(r"\s*(?:#{1,6}\s|[-*+•▪◦]\s|\d{1,3}[.)]\s|>|\|)")
_NO_PROSE = re.compile(r"\s*(?:\||#{1,6}\s|[-*_=~`]{3,}\s*$)")

_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’)\]]*(?=\s)|[。！？｡]+[」』”’)）]*")
_OPENING = re.compile(r"\s*[\"'“‘(\[¿¡«]*[^\Wa-zß-öø-ÿ_]")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[“\"])(?:e\.g|i\.e|etc|al|cf|vs|fig|figs|eq|eqs|sec|secs|ref|refs|tab|no|nos|vol|pp|p|ch|app|"
    r"approx|resp|ca|dr|prof|mr|mrs|ms|st|jr|sr|inc|ltd|dept|univ|ed|eds|viz|w\.r\.t|a\.k\.a|u\.s|[A-Z])\.$",
    re.IGNORECASE,
)
_MAY_END = re.compile(r"(?:etc|al|inc|ltd|u\.s|[A-Z])\.$", re.IGNORECASE)
_STARTS_SENTENCE = re.compile(
    r"\s*(?:The|This|These|That|Those|It|Its|We|Our|They|Their|In|On|For|With|However|But|And|When|While|To|As|"
    r"Both|Each|All|Such|Here|There|Moreover|Furthermore|A|An|By|From|At|If|Since|Although)\s"
)
_COMMAND = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules|above|previous)\b"
    r"|\byou are now\b|\bsystem prompt\b|\bas an ai\b",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """The quotable sentences of `text` in order: one line each, without marks, tags or Markdown structure.

    Sentences of more than 80 words are cut at semicolons; what stays longer is left out, and so are
    headings, tables and text that gives orders to its reader instead of saying something.
    """
    kept: list[str] = []
    for block in _blocks(text[:_LONGEST_TEXT]):
        for sentence in split(plain(block)):
            kept.extend(piece for piece in _fitting(_LEAD.sub("", sentence)) if _quotable(piece))
    return list(dict.fromkeys(kept))


def plain(text: str) -> str:
    """`text` on one line, without control characters, tags, emphasis, links and citation marks."""
    text = _TAG.sub(" ", _CONTROL.sub(" ", text))
    text = _LATEX.sub(r"\1", _LINK.sub(r"\1", _IMAGE.sub(" ", text)))
    # a mark inside a mark shows only once the inner one is gone
    for _ in range(_DEEPEST_MARK):
        text = _EMPTY.sub("", _MARK.sub("", text))
    if _MARK.search(text):
        text = _BRACKET.sub(" ", text)
    # an opening angle bracket that is left over may not open a tag
    text = re.sub(r"<(?=[A-Za-z/!?])", "< ", _EMPHASIS.sub("", text).replace("`", "'"))
    return " ".join(_LEAD.sub("", " ".join(text.split())).split())


def clauses(sentence: str) -> list[str]:
    """The parts of an enumerating sentence, which stand at semicolons; the sentence itself if it has none."""
    parts = [part.strip() for part in re.split(r"[;；]\s*", sentence)]
    if len(parts) < 3:
        return [sentence]
    # "Stated by the source: first; second; third" announces its parts
    announced = re.fullmatch(r"[^:]{3,90}:\s+(.+)", parts[0])
    parts[0] = announced[1] if announced else parts[0]
    return [part for piece in parts if words(part := plain(re.sub(r"^(?:and|or)\s+", "", piece))) > 2]


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs and list items; lines broken by a page's width are joined again."""
    held: list[str] = []
    code = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            code = not code
        elif code or _NO_PROSE.match(line):
            pass
        elif line.strip() and not _NEW_BLOCK.match(line):
            held.append(line)
            continue
        yield " ".join(held)
        held = [line] if line.strip() and not code and not _NO_PROSE.match(line) else []
    yield " ".join(held)


def split(text: str) -> Iterator[str]:
    """The sentences of one line of text as they stand; abbreviations, initials and decimals do not end one."""
    start = 0
    for end in _END.finditer(text):
        if _is_end(text, end):
            yield text[start : end.end()].strip()
            start = end.end()
    yield text[start:].strip()


def cut_at_sentence(text: str, most: int) -> str:
    """The text's beginning up to the last sentence or line that ends within `most` characters."""
    if len(text) <= most:
        return text
    ends = [found.end() for found in re.finditer(r"[.!?](?=\s)(?:\s?\[\d[\d,; ]*\])*|[。！？]|\n", text[:most])]
    space = text.rfind(" ", 0, most)
    cut = next((end for end in reversed(ends) if end >= most // 2), space if space > 0 else most)
    return f"{text[:cut].rstrip()} …"


def _is_end(text: str, end: re.Match[str]) -> bool:
    if end[0][0] in "。！？｡":
        return True
    before, after = text[max(0, end.start() - 20) : end.start() + 1], text[end.end() : end.end() + 30]
    if not _OPENING.match(after):
        return False
    if end[0][0] != "." or not _ABBREVIATION.search(before):
        return True
    return bool(_MAY_END.search(before) and _STARTS_SENTENCE.match(after))


def _fitting(sentence: str) -> Iterator[str]:
    if words(sentence) <= _LONGEST_SENTENCE and len(sentence) <= _LONGEST_CHARACTERS:
        yield sentence
        return
    parts = clauses(sentence)
    if len(parts) > 1:
        yield from (part for part in parts if words(part) <= _LONGEST_SENTENCE and len(part) <= _LONGEST_CHARACTERS)


def _quotable(sentence: str) -> bool:
    letters = sum(map(str.isalpha, sentence))
    return (
        words(sentence) >= _SHORTEST_SENTENCE
        and letters >= 0.5 * len(sentence.replace(" ", ""))
        and not _COMMAND.search(sentence)
    )
