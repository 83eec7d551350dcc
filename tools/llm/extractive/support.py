"""How many of several texts say what a piece of text says."""

from collections.abc import Sequence

from tools.llm.extractive.senses import Sense, difference, sense
from tools.llm.extractive.sentences import sentences

_ALIKE = 0.5
_MOST_READ = 200


class Support:
    """The sentences of several texts, to look others up in."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._said = [[sense(text) for text in sentences(whole)[:_MOST_READ]] for whole in texts]

    def of(self, text: str) -> float:
        """How many of the texts say, on average, what a sentence of this one says; 0 where it says nothing."""
        own = [sense(sentence) for sentence in sentences(text)[:_MOST_READ]]
        counts = [sum(any(_same(said, other) for other in whole) for whole in self._said) for said in own]
        return sum(counts) / len(counts) if counts else 0.0


def _same(first: Sense, second: Sense) -> bool:
    shared, together = len(first.terms & second.terms), len(first.terms | second.terms)
    return bool(shared) and shared >= _ALIKE * together and difference(first, second) is None
