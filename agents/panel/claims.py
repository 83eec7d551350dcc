"""What each expert claims: its answer as single assertions that can be laid beside those of others."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from agents.cite import cited_labels, without_marks
from tools.llm.extractive.figures import figures
from tools.llm.extractive.senses import Sense, names, sense
from tools.llm.extractive.sentences import split
from tools.llm.extractive.tokens import words

MOST_CLAIMS = 120
"""Of one expert; who says more than that floods."""

_SHORTEST_CLAIM = 4
_MARKS_AFTER_STOP = re.compile(r"([.!?。！？])[ \t]{0,2}((?:\[\d{1,9}\]){1,9})")
_STRUCTURE = re.compile(r"\s*(?:#|\||[-*_]{3,}\s*$|<|\*\*[^*]+\*\*:?\s*$)")
_LEAD = re.compile(r"^\s*(?:[-*+•]\s+|\d{1,3}[.)]\s+|>\s*|#{1,6}\s+)*")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|`")
_RULE = re.compile(r"[\s:|-]+")
_MEMBER = re.compile(r"(?<!\\)\|")
_ORDERS = re.compile(
    r"^\W{0,3}(?:(?:please|now|important|note|attention|system|assistant)\b\W{0,3})*(?:ignore|disregard|forget|override|discard|drop)\b"
    r".{0,60}\b(?:instructions?|prompts?|rules|above|previous|other|experts?|answers?|contributions?|passages?)\b"
    r"|\byou are now\b|\b(?:new|updated) (?:system )?(?:prompt|instructions?)\s*:"
    r"|\b(?:the )?(?:aggregator|merger|judge|model that merges|final answer) (?:must|should|shall|has to|will)\b"
    r"|\b(?:to|dear|note to|attention) (?:the )?(?:aggregator|merger|judge)\b"
    r"|\b(?:must|should) (?:only )?(?:keep|copy|repeat|trust|use|prefer) (?:only )?(?:this|my) "
    r"(?:answer|text|contribution)\b"
    r"|\b(?:the )?other (?:experts?|answers?|contributions?) (?:are|is) (?:all )?"
    r"(?:wrong|false|unreliable|lying|compromised)\b"
    r"|(?:指示|命令|プロンプト|規則)を?(?:すべて)?(?:無視|忘れ)|他の(?:専門家|回答)(?:は|を).{0,12}(?:無視|誤り|間違)"
    r"|(?:지시|명령|규칙|프롬프트)(?:을|를)?\s?(?:모두\s?)?(?:무시|잊)|다른\s?(?:전문가|답변).{0,12}(?:무시|틀렸|잘못)"
    r"|(?:忽略|无视|忘记).{0,16}(?:指令|指示|规则|提示|专家|回答)|其他(?:专家|回答).{0,8}(?:错误|都错|不可信)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Voice:
    """What one expert said, Markdown with citations of evidence labels. `expert` is "agent@model"."""

    expert: str
    text: str


@dataclass(frozen=True)
class Assertion:
    """A sentence or a table's cell in which an expert asserts something; `voice` counts the experts from 0."""

    voice: int
    place: int
    text: str
    labels: frozenset[int]

    @cached_property
    def sense(self) -> Sense:
        return sense(self.text)


@dataclass(frozen=True)
class Heard:
    """The assertions of all experts. `orders` are sentences that command the reader; they assert nothing.

    `flooding` are the experts of whom not everything was read.
    """

    voices: tuple[Voice, ...]
    assertions: tuple[Assertion, ...]
    orders: tuple[tuple[int, str], ...] = ()
    flooding: tuple[int, ...] = ()

    @property
    def experts(self) -> tuple[str, ...]:
        return tuple(voice.expert for voice in self.voices)

    @property
    def texts(self) -> list[str]:
        """What there is to embed, a row each."""
        return [assertion.text for assertion in self.assertions]

    def of(self, voice: int) -> list[int]:
        """The positions of an expert's assertions."""
        return [i for i, assertion in enumerate(self.assertions) if assertion.voice == voice]


def heard(voices: Sequence[Voice]) -> Heard:
    """What the experts assert, in their order and the order of their texts; repetitions once."""
    assertions: list[Assertion] = []
    orders: list[tuple[int, str]] = []
    flooding: list[int] = []
    for number, voice in enumerate(voices):
        found = dict.fromkeys(sentences_of(voice.text))
        spoken = [sentence for sentence in found if not gives_orders(sentence)]
        orders.extend((number, sentence) for sentence in found if gives_orders(sentence))
        if len(spoken) > MOST_CLAIMS:
            flooding.append(number)
        assertions.extend(
            Assertion(number, place, bare(sentence), frozenset(cited_labels(sentence)))
            for place, sentence in enumerate(spoken[:MOST_CLAIMS])
        )
    return Heard(tuple(voices), tuple(assertions), tuple(orders), tuple(flooding))


def sentences_of(text: str) -> Iterator[str]:
    """The sentences that assert something, with their marks, then what the cells of tables assert.

    More than those of the claim ledger: "A beats B" is short and yet says something.
    """
    in_code = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code and not _STRUCTURE.match(line):
            flat = _MARKS_AFTER_STOP.sub(r"\2\1", " ".join(_LEAD.sub("", line).split()))
            yield from filter(_asserts, split(flat))
    for row, header in table_rows(text):
        yield from (said for said in cell_claims(row, header) if said)


def _asserts(sentence: str) -> bool:
    said = without_marks(sentence)
    return words(said) >= _SHORTEST_CLAIM or (words(said) > 1 and bool(any(names(said)) or figures(said)))


def table_rows(text: str) -> Iterator[tuple[str, str]]:
    """Each row of each Markdown table with the header above it, without the headers themselves."""
    header = ""
    for line in text.splitlines():
        if not line.lstrip().startswith("|"):
            header = ""
        elif not header:
            header = line
        elif not _RULE.fullmatch(line):
            yield line, header


def cell_claims(row: str, header: str) -> list[str]:
    """What each cell of a table's row asserts, led by its column's and its row's head; "" for the row's head."""
    columns, cells = cells_of(header), cells_of(row)
    heads = [*columns, *([""] * len(cells))]
    lead = bare(cells[0]) if cells else ""
    return [
        ""
        if place == 0 or not bare(cell)
        else " ".join(part for part in (bare(heads[place]), lead) if part) + f": {cell}"
        for place, cell in enumerate(cells)
    ]


def cells_of(row: str) -> list[str]:
    return [cell.strip() for cell in _MEMBER.split(row.strip().strip("|"))]


def bare(sentence: str) -> str:
    """The sentence without marks, emphasis and list bullets."""
    return _EMPHASIS.sub("", without_marks(_LEAD.sub("", sentence))).strip()


def gives_orders(sentence: str) -> bool:
    """Whether the sentence commands whoever reads it, as no claim does."""
    return bool(_ORDERS.search(bare(sentence)))
