"""Which paper a name stands for."""

import re
from collections.abc import Sequence
from itertools import islice

import numpy as np

from tools.llm.extractive.reading import Reading, Sentence, Source
from tools.llm.extractive.tokens import terms
from tools.types import PaperId

_OWN = 1.0
_TITLE_OPENS, _TITLE_HOLDS, _TITLE_WORDS, _ABBREVIATED = 2.0, 1.5, 1.4, 1.3
_CALLED = (_TITLE_OPENS, _TITLE_WORDS, _ABBREVIATED, _OWN)
_MEANT = 0.55
_SHORTEST_NAME = 2
_SPOKEN_OF = 0.15
_LONGEST_TEXT = 2_000
_MOST_NAMES = 12
_NAME = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*")


def owners(subjects: Sequence[str], reading: Reading) -> dict[str, list[PaperId]]:
    """The papers that present each subject, at most one subject a paper; empty lists for the rest."""
    sources = list(reading.sources.values())
    scores = np.array([[naming(subject, source, reading) for subject in subjects] for source in sources])
    scores = scores.reshape(len(sources), len(subjects))
    if sources and subjects:
        likeness = reading.paper_vectors() @ reading.embed(list(subjects)).T
        likeness = likeness + _SPOKEN_OF * np.array([[_speaks_of(s, p, reading) for s in subjects] for p in sources])
        # meaning decides only for subjects that no paper is named after
        unnamed = scores.max(axis=0, initial=0) < _OWN
        scores = np.where(unnamed & (likeness >= _MEANT), np.maximum(scores, likeness), scores)
    owned: dict[str, list[PaperId]] = {subject: [] for subject in subjects}
    for row, source in zip(scores, sources, strict=True):
        best = int(row.argmax()) if len(row) else 0
        if len(row) and row[best] >= _MEANT:
            owned[subjects[best]].append(source.paper)
    return owned


def named_sources(question: str, reading: Reading) -> list[PaperId]:
    """The papers of the evidence that the question calls by name or title."""
    folded = _fold(question)
    found = []
    for source in reading.sources.values():
        head = _fold(source.short)
        called = len(head) > 3 and f" {head} " in f" {folded} "
        title = set(terms(source.title))
        quoted = len(title) >= 3 and len(title & set(terms(question))) >= 0.75 * len(title)
        # a name somewhere in a title ("An LLM-Powered System") is not the paper's own
        nicknamed = any(naming(name, source, reading) in _CALLED for name in coined_names(question))
        if called or quoted or nicknamed:
            found.append(source.paper)
    return found


def coined_names(text: str) -> tuple[str, ...]:
    """The words of `text` that look made up to name something: SurveyForge, Symbolic-MoE, DPO."""
    found = dict.fromkeys(_NAME.findall(text[:_LONGEST_TEXT]))
    coined = (name for name in found if len(name) > 2 and sum(map(str.isupper, name)) + name.count("-") > 1)
    return tuple(islice(coined, _MOST_NAMES))


def without_names(question: str, sources: Sequence[Source]) -> str:
    """The question less the names and title words of these papers."""
    title_words = {word for source in sources for word in _fold(source.title).split()}
    kept = [word for word in re.findall(r"[^\s]+", question) if not set(_fold(word).split()) <= title_words]
    return " ".join(word for word in kept if not coined_names(word))


def naming(subject: str, source: Source, reading: Reading) -> float:
    """How surely `source` is the paper that presents `subject`: 1 or more when its title or text says so."""
    name = _fold(subject)
    if len(name) < _SHORTEST_NAME:
        return 0.0
    title = _fold(source.title)
    if f" {name} " in f" {title} ":
        return _TITLE_OPENS if title.startswith(name) else _TITLE_HOLDS
    own, asked = terms(source.title), set(terms(subject))
    if len(asked) > 1 and asked <= set(own):
        return _TITLE_WORDS
    called = [name in _fold(sentence.text) for sentence in _sentences(source, reading)]
    often = sum(called) / max(len(called), 1)
    # an abbreviation of the title ("MoE" for Mixture-of-Experts) that the text keeps using
    if often >= 0.15 and _abbreviates(subject, source.title):
        return _ABBREVIATED
    presented = any(called[:2]) and often >= 0.3
    return _OWN if presented and not _named_otherwise(source, name) else 0.4 * often


def calls_itself(name: str, source: Source, reading: Reading) -> bool:
    """Whether `name` is what the paper calls its own work: "CLIP-MoE", not the "CLIP" that it builds on."""
    own, told = _fold(source.short), _fold(name)
    if own == told:
        return True
    return f" {told} " not in f" {own} " and naming(name, source, reading) in (_ABBREVIATED, _OWN)


def mentions(subject: str, text: str) -> bool:
    """Whether `text` calls the subject by its name."""
    return f" {_fold(subject)} " in f" {_fold(text)} "


def _speaks_of(subject: str, source: Source, reading: Reading) -> bool:
    """Whether the paper uses every term of the subject somewhere."""
    said = {term for sentence in _sentences(source, reading) for term in terms(sentence.text)}
    return set(terms(subject)) <= said | set(terms(source.title))


def _sentences(source: Source, reading: Reading) -> list[Sentence]:
    return sorted((s for s in reading.sentences if s.paper == source.paper), key=lambda s: s.place)


def _named_otherwise(source: Source, name: str) -> bool:
    """Whether the paper's title opens with another name of its own."""
    head = _fold(source.short)
    return len(head.split()) <= 2 and head != name and bool(re.search(r"[:：]", source.title))


def _abbreviates(subject: str, title: str) -> bool:
    """Whether the parts of `subject` are words of the title or initials of words in it, in order."""
    parts = [part for part in re.split(r"[\s-]+", subject) if part]
    title_words = [word for word in re.split(r"[^\w]+", title) if word]
    initials = "".join(word[0].lower() for word in title_words)
    words = {word.lower() for word in title_words}
    hits = [part.lower() in words or (len(part) > 1 and part.lower() in initials) for part in parts]
    return bool(hits) and all(hits)


def _fold(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
