"""The evidence as sentences that can be scored against a question and quoted."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tools.llm.extractive.glossary import in_english
from tools.llm.extractive.language import language_of
from tools.llm.extractive.sentences import plain, sentences
from tools.llm.extractive.stopwords import ASKING
from tools.llm.extractive.tokens import cjk_share, stem, terms, with_pairs
from tools.llm.extractive.weights import Matrix, Terms, scaled, unit
from tools.types import Evidence, PaperId

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Rows of length 1, one a text; a row of zeros where there is nothing to embed."""

ASKING_TERMS = frozenset(stem(word) for word in ASKING)
LEAST_CERTAINTY = 0.41
"""Below it, nothing in the evidence has to do with the question."""

_MOST_SENTENCES = 600
_LONGEST_SHORT_TITLE = 9
_LONGEST_NAME = 120
_SOME = 0.1
_EAST_ASIAN = ("ja", "zh", "ko")
_DANGLING = re.compile(
    r"(?:This|These|That|Those|It|Its|They|Their|He|She|Such|Here|There|Both|Another|Thus|Therefore|Hence|However|"
    r"Moreover|Furthermore|In addition|Additionally|Also|Then|But|And|So|Finally|Instead|Consequently|"
    r"Specifically|For example|For instance|In contrast|As a result|On the other hand|To this end)\b"
)


@dataclass(frozen=True)
class Sentence:
    """A sentence of the evidence. `place` is where it stands in its paper: passage, then sentence."""

    text: str
    label: int
    paper: PaperId
    place: tuple[int, int]
    heading: str

    @property
    def dangling(self) -> bool:
        """Whether it leans on the sentence before it."""
        return bool(_DANGLING.match(self.text))


@dataclass(frozen=True)
class Source:
    """A paper of the evidence."""

    paper: PaperId
    title: str
    published: str
    label: int

    @property
    def short(self) -> str:
        return short_title(self.title)

    @property
    def named(self) -> str:
        """How a text introduces the paper: its short title and year."""
        year = f" ({self.published[:4]})" if self.published else ""
        return f"*{self.short}*{year}"


class Reading:
    """All sentences of the evidence with their vectors. Papers and sentences keep the order of the evidence."""

    def __init__(self, evidence: Sequence[Evidence], embed: Embed) -> None:
        self.embed = embed
        self.sources = {item.paper_id: _source(item) for item in reversed(evidence)}
        self.sources = {item.paper_id: self.sources[item.paper_id] for item in evidence}
        self.sentences = _gathered(evidence)
        self._contexts = [f"{self.sources[sentence.paper].title} {sentence.heading}" for sentence in self.sentences]

    def __len__(self) -> int:
        return len(self.sentences)

    @cached_property
    def texts(self) -> list[str]:
        return [sentence.text for sentence in self.sentences]

    @cached_property
    def vectors(self) -> Matrix:
        return self.embed(self.texts) if self.texts else np.zeros((0, 1), dtype=np.float32)

    @cached_property
    def _terms(self) -> list[list[str]]:
        return [terms(text) for text in self.texts]

    @cached_property
    def _weights(self) -> Terms:
        return Terms(self._terms)

    @cached_property
    def _weights_in_context(self) -> Terms:
        # a sentence is about its paper even where it does not name it
        both = zip(self._terms, self._contexts, strict=True)
        return Terms([with_pairs(own) + with_pairs(terms(context)) for own, context in both])

    @cached_property
    def similarity(self) -> Matrix:
        """How alike two sentences are, 0 to 1: the mean of shared weighted terms and of meaning."""
        lexical = self._weights.tfidf()
        alike: Matrix = (0.5 * (lexical @ lexical.T) + 0.5 * np.clip(self.vectors @ self.vectors.T, 0, 1)).astype(
            np.float32
        )
        return alike

    def closeness(self, text: str) -> Matrix:
        """The cosine of each sentence with `text`."""
        return self.vectors @ self.embed([text])[0] if len(self) else np.zeros(0, dtype=np.float32)

    def relevance(self, question: str) -> Matrix:
        """How well each sentence speaks to `question`, 0 to 1, relative to the best of them.

        Where question and evidence are written in different scripts, few words can tell: then the
        order in which the search returned the passages counts too.
        """
        if not len(self):
            return np.zeros(0, dtype=np.float32)
        foreign = self.other_script(question)
        question = in_english(question) if foreign else question
        asked = asked_terms(question)
        own, context = self._weights.bm25(asked), self._weights_in_context.bm25(with_pairs(asked))
        near = np.clip(self.closeness(question), 0, 1)
        mixed = scaled(0.3 * scaled(own) + 0.3 * scaled(context) + 0.4 * scaled(near))
        mixed = mixed * (0.5 + 0.5 * self._coverage_by_paper(asked))
        if not foreign:
            return mixed
        rank = {label: i for i, label in enumerate(dict.fromkeys(s.label for s in self.sentences))}
        trust = np.array([1 / (1 + 0.3 * rank[s.label]) for s in self.sentences], dtype=np.float32)
        return scaled(0.7 * mixed + 0.3 * trust)

    def _coverage_by_paper(self, asked: Sequence[str]) -> Matrix:
        """For each sentence how much of what was asked its paper speaks of anywhere, 0 to 1."""
        said = [
            with_pairs(terms(source.title)) + [term for i in self.of(paper) for term in with_pairs(self._terms[i])]
            for paper, source in self.sources.items()
        ]
        covered = scaled(Terms(said).coverage(with_pairs(list(asked))))
        # what stands in a title is what its paper is about
        wanted = set(asked)
        titled = [len(wanted & set(terms(source.title))) for source in self.sources.values()]
        covered = scaled(covered * (1 + np.array(titled, dtype=np.float32) / np.float32(2 * max(len(wanted), 1))))
        place = {paper: i for i, paper in enumerate(self.sources)}
        return covered[[place[sentence.paper] for sentence in self.sentences]]

    def certainty(self, question: str) -> Matrix:
        """How sure it is that each sentence has to do with `question` at all, 0 to 1, not relative."""
        if not len(self):
            return np.zeros(0, dtype=np.float32)
        if self.other_script(question):
            question = in_english(question)
            if not terms(question):
                return np.ones(len(self), dtype=np.float32)
        asked = asked_terms(question)
        covered = self._weights_in_context.coverage(asked)
        unseen = sum(term not in self._weights_in_context.column for term in asked) / max(len(asked), 1)
        near = np.clip(self.closeness(question), 0, 1)
        sure: Matrix = np.clip(0.5 * covered + 0.8 * near - 0.3 * unseen, 0, 1)
        return sure

    def other_script(self, question: str) -> bool:
        """Whether the question is in Chinese, Japanese or Korean and the evidence is not, or the reverse."""
        sample = " ".join(self.texts[:20])
        asked, held = cjk_share(question), cjk_share(sample)
        # a Japanese question may consist of English terms for the most part
        return abs(asked - held) > 0.3 or (held < _SOME and asked >= _SOME and language_of(question) in _EAST_ASIAN)

    def of(self, paper: PaperId) -> list[int]:
        """The positions of a paper's sentences."""
        return [i for i, sentence in enumerate(self.sentences) if sentence.paper == paper]

    def paper_vectors(self) -> Matrix:
        """One vector a paper, in the order of `sources`: the direction of its title and sentences."""
        if not len(self):
            return np.zeros((len(self.sources), self.embed([""]).shape[1]), dtype=np.float32)
        titles: Matrix = self.embed([source.title for source in self.sources.values()])
        bodies = np.array([self.vectors[self.of(paper)].sum(axis=0) for paper in self.sources], dtype=np.float32)
        return unit(0.5 * titles + unit(bodies))


def asked_terms(question: str) -> list[str]:
    """The terms of a question without those of asking ("how does X work"), unless it has no others."""
    found = terms(question)
    return [term for term in found if term not in ASKING_TERMS] or found


def quote(sentence: Sentence) -> str:
    """The sentence with its citation before its last stop."""
    return cite(sentence.text, sentence.label)


def cite(text: str, label: int) -> str:
    """`text` as a sentence that cites `label`."""
    body = text.strip().rstrip(";；,、")
    if body and body[-1] in ".。．":
        return f"{body[:-1].rstrip()}{'' if body[-1] == '。' else ' '}[{label}]{body[-1]}"
    if body and body[-1] in '!?！？…"”』」':
        return f"{body} [{label}]"
    return f"{body} [{label}]."


def joined(parts: Iterable[str]) -> str:
    """Sentences set one after the other."""
    return " ".join(part for part in parts if part)


def short_title(title: str) -> str:
    """What a reader would call the paper: the title before its colon, or its first words."""
    title = plain(title).replace("*", "").replace("|", "/").replace("[", "(").replace("]", ")")
    head = re.split(r"\s*[:：?]\s+|\s+[–—]\s+", title)[0]
    chosen = head if 0 < len(head.split()) <= _LONGEST_SHORT_TITLE else title
    parts = chosen.split()
    if len(parts) > _LONGEST_SHORT_TITLE + 5:
        return " ".join(parts[:_LONGEST_SHORT_TITLE]) + " …"
    if len(chosen) > _LONGEST_NAME:
        return chosen[:_LONGEST_NAME].rsplit(" ", 1)[0].rstrip(" ,;:–—-") + " …"
    return chosen or "Untitled"


def _source(item: Evidence) -> Source:
    return Source(item.paper_id, plain(item.title) or "Untitled", item.published, item.label)


def _gathered(evidence: Sequence[Evidence]) -> tuple[Sentence, ...]:
    """The sentences of all passages; when there are too many, each passage gives up its last ones."""
    split = [sentences(item.text) for item in evidence]
    most = max(map(len, split), default=0)
    while most > 1 and sum(min(len(found), most) for found in split) > _MOST_SENTENCES:
        most -= max(1, most // 10)
    gathered: list[Sentence] = []
    seen: set[tuple[PaperId, str]] = set()
    for item, found in zip(evidence, split, strict=True):
        passage = _ordinal(item)
        for i, text in enumerate(found[:most]):
            if (item.paper_id, text) in seen:
                continue
            seen.add((item.paper_id, text))
            gathered.append(Sentence(text, item.label, item.paper_id, (passage, i), plain(item.heading)))
    return tuple(gathered[:_MOST_SENTENCES])


def _ordinal(item: Evidence) -> int:
    """Where the passage stands in its paper; passages whose ids do not tell follow in the order given."""
    number = re.search(r"#(\d{1,9})$", item.passage_id)
    return int(number[1]) if number else 10**9 + item.label
