"""Named quantities that the text gives two values: once 1024 as the sequence length, once 2,048."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from agents.critic.asked import Asked
from agents.critic.remark import Remark, place, shortened
from agents.critic.text import Block, Document, Sentence
from tools.quantities.read import Quantity, quantities

_NAMED = {
    "sequence length": r"シーケンス長|系列長|各シーケンスは|コンテキスト長|시퀀스 길이|컨텍스트 길이"
    r"|sequence length|context (?:length|window)",
    "batch size": r"(?<!ロールアウト)(?<!グローバル)(?:全体)?バッチサイズ|배치 크기"
    r"|(?<!rollout )(?<!micro-)(?<!global )batch size",
    "weight decay": r"重み減衰|weight decay|가중치 감쇠",
    "number of epochs": r"エポック数|number of epochs|에폭 수",
    "number of parameters": r"パラメータ数|number of parameters|파라미터 수",
    "number of papers": r"論文数|number of papers|논문 수",
}
_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _NAMED.items()}
_AFTER = re.compile(r"\s*(?:\*\*)?\s*[:：=は을를이가]?\s*(?:\*\*)?\s*(?:is|was|of|に|を|約|약)?\s*")
_NOTED = re.compile(
    r"(?<![\d.,])(?P<first>\d[\d.,]{0,14}\s?[KMB%万億만억]?)\s?[（(][^（()）\n]{0,12}"
    r"(?:後に|別の箇所|他の箇所|別途|later|elsewhere|나중에|다른 곳)[^（()）\n]{0,12}?"
    r"(?P<second>\d[\d.,]{0,14}\s?[KMB%万億만억]?)[^（()）\n]{0,12}[)）]",
    re.IGNORECASE,
)
_OF_WHAT = re.compile(
    r"[A-Za-z]*\d+(?:\.\d+)?[BM]\b|(?:第|ステージ|段階|stage|phase|step)\s?\d|[A-Z][A-Za-z]+-[A-Z\d]\w*", re.IGNORECASE
)


class _Given(NamedTuple):
    """A value, the names in its sentence that it may belong to, and what its list item is part of."""

    quantity: Quantity
    sentence: Sentence
    of: frozenset[str]
    part_of: str


def values(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on settings with two values in one item, and on places where the text itself notes two values."""
    del asked
    for item in document.items:
        given: defaultdict[str, list[_Given]] = defaultdict(list)
        for sentence in item.sentences:
            yield from _noted(document.text, sentence)
            for name, found in _settings(sentence):
                of = frozenset(_OF_WHAT.findall(sentence.text))
                given[name].append(_Given(found, sentence, of, _parent(item, sentence.block)))
        for name, all_given in given.items():
            yield from _two_values(document.text, name, all_given)


def _settings(sentence: Sentence) -> Iterator[tuple[str, Quantity]]:
    """The named quantities with the number right behind the name, where there is just one such."""
    for name, pattern in _PATTERNS.items():
        matches = list(pattern.finditer(sentence.text))
        if len(matches) != 1:
            continue
        start = matches[0].end()
        if gap := _AFTER.match(sentence.text, start):
            start = gap.end()
        nearest = next((q for q in quantities(sentence.text) if q.start >= matches[0].end()), None)
        if nearest and nearest.start - start <= 1:
            yield name, nearest


def _parent(item: Document, block: Block) -> str:
    """The list item that a list item is below; of a text in paragraphs, nothing."""
    if block.kind != "bullet":
        return ""
    before = [one for one in item.blocks if one.kind == "bullet" and one.start < block.start and one.path == block.path]
    above = next((one for one in reversed(before) if one.indent < block.indent), None)
    return above.said.split("\n")[0] if above else ""


def _two_values(text: str, name: str, given: list[_Given]) -> Iterator[Remark]:
    """One remark where all sentences speak of the same thing, as far as they say, and not of the same value."""
    first = given[0]
    for other in given[1:]:
        apart = first.part_of and other.part_of and first.part_of != other.part_of
        if other.quantity.value != first.quantity.value and other.of == first.of and not apart:
            yield Remark(
                check="values",
                severity="major",
                wrong=f"The {name} is {other.quantity.text} here, but {first.quantity.text} in: "
                f"{shortened(first.sentence.text)[:100]}",
                fix="Find out which is right, or say what each value belongs to.",
                where=place(text, other.sentence),
            )
            return


def _noted(text: str, sentence: Sentence) -> Iterator[Remark]:
    for found in _NOTED.finditer(sentence.text):
        yield Remark(
            check="values",
            severity="major",
            wrong=f"The text itself notes two values, {found['first'].strip()} and {found['second'].strip()}.",
            fix="Find out which is right and give that one; if the source has both, say where.",
            where=place(text, sentence, sentence.start + found.start(), sentence.start + found.end()),
        )
