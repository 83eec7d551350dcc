"""Lines into running text: words cut at line ends made whole, spaces where the script has them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from tools.pdf.rows import Line

_UNSPACED = "\u2e80-\u2fdf\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_NO_SPACE = re.compile(rf"[{_UNSPACED}]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_HYPHENS = "-\u2010\u00ad"
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
_LAST = re.compile(r"([^\W\d_]+(?:[-\u2010][^\W_]+)*)[-\u2010]$")
_FIRST = re.compile(r"^[^\W\d_]+")
_SUSPENDED = re.compile(r"^(?:and|or|to|und|oder|et|ou|y|o)\b")
_URL_TAIL = re.compile(r"(?:https?://|www\.|doi\.org/)\S*[-/._=&?]$", re.IGNORECASE)


_COMPOUNDING = frozenset(
    """all closed cross data domain end fine first four full half hand high human large left long low model non one open
    real right second self short small state task three time top two user well""".split()
)
"""Words that a hyphen mostly follows for good, where the document does not show how a compound is written."""


class Vocabulary:
    """The words that a document has unbroken, which tell how its broken ones are written."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._counts: Counter[str] = Counter()
        for line in lines:
            found = [word.casefold() for word in _WORD.findall(line.text)]
            if line.text[-1:] in _HYPHENS:
                found = found[:-1]
            for word in found[1:]:
                self._counts[word] += 1
                if "-" in word:
                    self._counts.update(word.split("-"))

    def unhyphenated(self, before: str, after: str) -> bool:
        """Whether the hyphen between the two parts was put there only by the end of the line."""
        head, tail = before.casefold(), after.casefold()
        last = head.rsplit("-", 1)[-1]
        whole, hyphened = self._counts[head + tail], self._counts[f"{head}-{tail}"]
        if whole or hyphened:
            return whole >= hyphened
        if "-" in head:
            return bool(self._counts[last + tail]) and not self._counts[tail]
        if last in _COMPOUNDING and len(tail) > 3:
            return False
        return not (self._counts[last] and self._counts[tail] and len(last) > 2 and len(tail) > 2)

    def joined(self, before: str, after: str) -> bool:
        """Whether the two parts of a Korean word are known as one word, and not as two."""
        return bool(self._counts[before + after]) and not (self._counts[before] and self._counts[after])


def join(lines: Sequence[Line], vocabulary: Vocabulary) -> str:
    """The lines as one paragraph."""
    text = ""
    spaced = True
    for line in lines:
        text = append(text, line.text, vocabulary, spaced=spaced)
        spaced = line.words[-1].spaced
    return text


def append(text: str, more: str, vocabulary: Vocabulary, *, spaced: bool = False) -> str:
    """The text with the next line's text after it. `spaced`: the file has a space at the end of the first."""
    text, more = text.rstrip(), more.lstrip()
    if not text or not more:
        return text or more
    if text[-1] in _HYPHENS:
        return _over_hyphen(text, more, vocabulary)
    if text[-1] == "–" and text[-2:-1].isdigit() and more[0].isdigit():
        return text + more
    if _NO_SPACE.match(text[-1]) or _NO_SPACE.match(more[0]):
        # between Latin and Japanese or Chinese a space is a matter of taste; between two words of Latin it is none
        return text + more
    if _URL_TAIL.search(text) and not more[0].isspace() and re.match(r"^[\w%~#]", more) and text[-1] != ".":
        return text + more
    if _HANGUL.match(text[-1]) and _HANGUL.match(more[0]) and not spaced:
        before, after = _WORD.findall(text)[-1], _WORD.findall(more)[0]
        return text + more if vocabulary.joined(before, after) else f"{text} {more}"
    return f"{text} {more}"


def _over_hyphen(text: str, more: str, vocabulary: Vocabulary) -> str:
    before, after = _LAST.search(text), _FIRST.match(more)
    if _URL_TAIL.search(text):
        return text + more
    if not before:
        # a dash between words, or a minus: no word was broken here
        return f"{text} {more}" if re.search(r"\s[-\u2010]$", text) else text + more
    if not after or more[0].isdigit():
        return text + more
    if more[0].isupper():
        capitals = before[1].isupper() and after[0].isupper() and len(before[1]) > 1 and len(after[0]) > 1
        return text[:-1] + more if capitals and vocabulary.unhyphenated(before[1], after[0]) else text + more
    if _SUSPENDED.match(more) and not vocabulary.unhyphenated(before[1], after[0]):
        return f"{text} {more}"
    if vocabulary.unhyphenated(before[1], after[0]):
        return text[:-1] + more
    return text + more
