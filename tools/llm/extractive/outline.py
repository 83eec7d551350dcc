"""Outlines: the papers in groups, each under a heading drawn from what its papers say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.llm.extractive.clusters import grouped, likeness, off_topic
from tools.llm.extractive.commands import subject_matter
from tools.llm.extractive.headings import Headings, topic_heading
from tools.llm.extractive.kinds import presents
from tools.llm.extractive.phrases import listed, phrase, span
from tools.llm.extractive.reading import Embed, short_title
from tools.llm.extractive.sentences import plain, sentences
from tools.llm.extractive.tokens import terms
from tools.llm.extractive.weights import Matrix, Terms, unit
from tools.llm.tasks import Outline, OutlineIn, OutlinePattern, OutlineSection, PaperBrief, Subsection

_PER_SECTION = 2.5
_EVALUATES = re.compile(
    r"\bbenchmark\w*|bench\b|\bevaluat\w+|\bleaderboard|\bjudg(?:e|es|ing)\b|\bassess\w*|\bmeasuring\b", re.I
)
_LONGEST_GIST = 26
_MOST_BULLETS = 4


@dataclass(frozen=True)
class _Shelf:
    """The papers on the topic with what is needed to group them."""

    papers: tuple[PaperBrief, ...]
    vectors: Matrix
    alike: Matrix
    nearness: Matrix


def outline(given: OutlineIn, embed: Embed) -> Outline:
    """Sections and subsections of a survey; each paper on the topic in exactly one subsection."""
    topic = subject_matter(given.topic)
    title = phrase("survey", given.language, topic=topic_heading(topic))
    if not given.papers:
        nothing = Subsection(title=phrase("overview", given.language))
        empty = OutlineSection(
            title=topic_heading(topic), description=phrase("no_papers", given.language), subsections=(nothing,)
        )
        return Outline(title=title, sections=(empty,))
    shelf = _shelf(given.papers, topic, embed)
    groups, evaluating = _sections(shelf, topic, given.sections)
    papers = shelf.papers
    headings = Headings([(p.title, p.abstract) for p in papers], topic, [p.topics for p in papers])
    fixed = phrase("benchmarks", given.language) if evaluating else ""
    labels = headings.of(groups, fixed={len(groups) - 1: fixed} if fixed else {})
    order = _order(groups, labels, shelf, given.examples, embed, last=len(groups) - 1 if fixed else None)
    sections = tuple(_section(groups[i], labels[i], shelf, headings, given.language) for i in order)
    return Outline(title=title, sections=sections)


def _shelf(papers: Sequence[PaperBrief], topic: str, embed: Embed) -> _Shelf:
    """The papers without doubles and without those far off the topic."""
    distinct = list({paper.number: paper for paper in papers}.values())
    texts = [f"{plain(paper.title)}. {plain(paper.abstract[:3_000])}" for paper in distinct]
    vectors = unit(np.asarray(embed(texts), dtype=np.float32))
    weights = Terms([terms(f"{paper.title} ") * 2 + terms(text) for paper, text in zip(distinct, texts, strict=True)])
    tfidf = weights.tfidf()
    asked = embed([topic])[0]
    middle = vectors.mean(axis=0)
    nearness: Matrix = 0.5 * (vectors @ asked) + 0.5 * (vectors @ middle) + 0.2 * weights.coverage(terms(topic))
    far = set(off_topic(nearness))
    kept = [i for i in range(len(distinct)) if i not in far]
    return _Shelf(
        papers=tuple(distinct[i] for i in kept),
        vectors=vectors[kept],
        alike=likeness(vectors[kept], tfidf[kept]),
        nearness=nearness[kept],
    )


def _sections(shelf: _Shelf, topic: str, wanted: int) -> tuple[list[list[int]], bool]:
    """The groups, and whether the last of them holds the papers that evaluate others' work."""
    count = len(shelf.papers)
    wanted = min(wanted, max(1, round(count / _PER_SECTION)))
    judging = [i for i, paper in enumerate(shelf.papers) if _EVALUATES.search(paper.title)]
    apart = wanted > 2 and max(3, 0.07 * count) <= len(judging) <= 0.4 * count and not _EVALUATES.search(topic)
    if not apart:
        return grouped(shelf.alike, wanted), False
    others = [i for i in range(count) if i not in judging]
    inner = grouped(shelf.alike[np.ix_(others, others)], wanted - 1)
    return [*([others[i] for i in group] for group in inner), judging], True


def _section(group: Sequence[int], label: str, shelf: _Shelf, headings: Headings, language: str) -> OutlineSection:
    parts = [[group[i] for i in part] for part in grouped(shelf.alike[np.ix_(group, group)], _parts(len(group)))]
    parts.sort(key=lambda part: (_mean_year(part, shelf), part[0]))
    titles = headings.below(label, parts)
    years = [int(shelf.papers[i].published[:4]) for i in group if shelf.papers[i].published[:4].isdigit()]
    phrases = headings.key_phrases(group, 3)
    description = phrase(
        "covers", language, count=len(group), span=span(years, language), phrases=listed(phrases, language) or label
    )
    return OutlineSection(
        title=label,
        description=description,
        subsections=tuple(
            Subsection(
                title=title,
                bullets=_bullets(part, shelf, headings),
                papers=tuple(shelf.papers[i].number for i in part),
            )
            for title, part in zip(titles, parts, strict=True)
        ),
    )


def _parts(count: int) -> int:
    """How many subsections a section of so many papers has."""
    return 1 if count < 4 else 2 if count < 8 else 3 if count < 14 else 4


def _bullets(part: Sequence[int], shelf: _Shelf, headings: Headings) -> tuple[str, ...]:
    """The key phrases of the subsection, then what its most central papers offer."""
    central = sorted(part, key=lambda i: -float(shelf.alike[i, list(part)].mean()))[: _MOST_BULLETS - 1]
    phrases = headings.key_phrases(part, 3)
    opening = phrases and listed(phrases, "en")
    lines = [opening[:1].upper() + opening[1:]] if opening else []
    return (*lines, *(_gist(shelf.papers[i]) for i in central))


def _gist(paper: PaperBrief) -> str:
    """The paper's name, year and what it says of itself in a few words."""
    title = plain(paper.title)
    name = short_title(title)
    year = f" ({paper.published[:4]})" if paper.published else ""
    rest = title[len(name) :].strip(" :：?-–—") if title.startswith(name) else ""
    offer = rest or next((s for s in sentences(paper.abstract) if presents(s)), "")
    words = offer.split()
    cut = " ".join(words[:_LONGEST_GIST]) + (" …" if len(words) > _LONGEST_GIST else "")
    return f"{name}{year}: {cut.rstrip('.')}" if cut else f"{name}{year}"


def _order(
    groups: Sequence[Sequence[int]],
    labels: Sequence[str],
    shelf: _Shelf,
    examples: Sequence[OutlinePattern],
    embed: Embed,
    last: int | None,
) -> list[int]:
    """The positions of the groups: early and central work first, as in the examples, evaluation last."""
    years = _ranks([_mean_year(group, shelf) for group in groups])
    near = _ranks([-float(shelf.nearness[list(group)].mean()) for group in groups])
    taught = _places_in(examples, labels, embed)
    keys = []
    for i, place in enumerate(taught):
        # the place in the examples outweighs dates and nearness
        place_weight = years[i] if place is None else 4 * len(groups) * place
        keys.append((i == last, years[i] + near[i] + place_weight, i))
    return [i for _, _, i in sorted(keys)]


def _places_in(examples: Sequence[OutlinePattern], labels: Sequence[str], embed: Embed) -> list[float | None]:
    """Where in the examples a section like each label stands, 0 first to 1 last; None where there is none."""
    rows = [
        (i / max(len(e.sections) - 1, 1), text) for e in examples for i, text in enumerate(e.sections) if text.strip()
    ]
    if not rows or not labels:
        return [None] * len(labels)
    close = np.asarray(embed(list(labels))) @ np.asarray(embed([text for _, text in rows])).T
    return [rows[int(row.argmax())][0] if row.max() >= 0.5 else None for row in close]


def _mean_year(group: Sequence[int], shelf: _Shelf) -> float:
    years = [int(shelf.papers[i].published[:4]) for i in group if shelf.papers[i].published[:4].isdigit()]
    return float(np.mean(years)) if years else 9_999.0


def _ranks(values: Sequence[float]) -> list[int]:
    order = sorted(range(len(values)), key=lambda i: (values[i], i))
    return [order.index(i) for i in range(len(values))]
