"""Pages into a paper: title, authors, abstract, headed sections, references."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from tools.pdf.columns import read_page
from tools.pdf.flow import ENDS, KEYWORDS, Flow, Outline, Paragraph, Part
from tools.pdf.front import authors_of, dates_in, identifiers, plausible_title, squashed, title_lines
from tools.pdf.furniture import without_furniture
from tools.pdf.gutter import usual_gutter
from tools.pdf.headings import levels
from tools.pdf.joining import Vocabulary, join
from tools.pdf.metadata import Metadata
from tools.pdf.references import entries_of
from tools.pdf.regions import regions_of
from tools.pdf.rows import Line, body_size, leading_of, rows_of
from tools.pdf.words import Page

_ABSTRACTS = frozenset("abstract summary 概要 要旨 要約 あらまし 抄録 摘要 초록 요약 국문초록".split())
_RUN_IN = re.compile(r"^(?:abstract|summary|概要|要旨|摘要|摘\s+要|초록|요약)\s*[:：.—–-]+\s*(?=\S)", re.IGNORECASE)
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_TITLE_MARKS = re.compile(r"[\s*∗†‡§¶⋆¹²³]+$")
_KEYWORD_HEADINGS = frozenset("keywords indexterms キーワード 关键词 關鍵詞 핵심어 주제어".split())
_EDGES = 6
"""How many different heads and feet of pages are looked at for the paper's own identifiers."""
_LEAST_WORDS = 12
_LEAST_ABSTRACT = 40


@dataclass(slots=True)
class Headed:
    """A section: `text` has its paragraphs apart by blank lines, a form feed before the first one on a page."""

    heading: str
    level: int
    page: int
    text: str


@dataclass(slots=True)
class Document:
    """What was read. `dates` are texts that say when it was published, the likeliest first."""

    title: str = ""
    authors: list[str] = field(default_factory=list)
    abstract: str = ""
    topics: list[str] = field(default_factory=list)
    doi: str = ""
    arxiv: str = ""
    dates: list[str] = field(default_factory=list)
    sections: list[Headed] = field(default_factory=list)
    references: list[str] = field(default_factory=list)


def build_document(pages: Sequence[Page], metadata: Metadata, outline: Outline) -> Document:
    """The document that the pages make up. Takes the furniture off the pages."""
    shown = _shown(pages[0])
    furniture = without_furniture(pages)
    gutter = usual_gutter(pages)
    lines: list[Line] = []
    for page in pages:
        lines += read_page(page, gutter, lines[-1].column + 1 if lines else 0)
    body = body_size([word for page in pages for word in page.words])
    leading, height = leading_of(lines, body), median(page.height for page in pages)
    opening = [line for line in lines if line.page == 1]
    titled, as_stated = title_lines(opening, metadata.title, body, height)
    vocabulary = Vocabulary(lines)
    title = metadata.title if as_stated else _TITLE_MARKS.sub("", join(titled, vocabulary))

    named = set(map(id, titled))
    rest = [line for line in lines if id(line) not in named]
    flow = Flow(rest, body, leading, outline)
    for region in regions_of(rest, body, leading, height):
        flow.take(region)
    parts = flow.close()

    own = "\n".join([*furniture[:_EDGES], *_about_itself(parts, height)])
    doi, arxiv, stamped = identifiers(own, pages[0].sideways)
    below = opening[opening.index(titled[-1]) + 1 :] if titled else opening
    document = Document(
        title=title or plausible_title(metadata.title),
        authors=list(authors_of(below, metadata.authors, shown)),
        doi=metadata.doi or doi,
        arxiv=metadata.arxiv or arxiv,
        dates=[date for date in (stamped, metadata.published, *dates_in(own), metadata.created[:4]) if date],
    )
    _fill(document, parts, vocabulary)
    return document


def _about_itself(parts: Sequence[Part], height: float) -> Iterator[str]:
    """The lines of the first page that tell of the paper rather than of its subject and other papers.

    They stand before the first numbered heading, in footnotes, and near the page's edges.
    """
    front = True
    for part in parts:
        front = front and not (part.heading and (part.heading.number or part.is_references))
        for paragraph in part.paragraphs:
            for line in paragraph.lines:
                edge = not 0.12 * height < line.y < 0.88 * height and not part.is_references
                if line.page == 1 and (front or edge or paragraph.kind == "note"):
                    yield line.text


def _shown(page: Page) -> str:
    """All that the page says, a row a line."""
    return "\n".join(" ".join(word.text for word in row) for row in rows_of(page.words))


def _fill(document: Document, parts: Sequence[Part], vocabulary: Vocabulary) -> None:
    """Sets abstract, topics, sections and references from the parts."""
    depths = iter(levels([part.heading for part in parts if part.heading is not None]))
    summary = _abstract_part(parts)
    for part in parts:
        level = next(depths) if part.heading else 1
        if part.is_references:
            lines = [line for paragraph in part.paragraphs if paragraph.kind == "text" for line in paragraph.lines]
            document.references += entries_of(lines, vocabulary)
            kept = [paragraph for paragraph in part.paragraphs if paragraph.kind != "text"]
            if kept and document.sections:
                document.sections[-1].text = _joined([document.sections[-1].text, *(p.text for p in kept)])
            continue
        paragraphs = _without_keywords(part.paragraphs, document)
        if part.heading is None:
            paragraphs = [p for p in paragraphs if not _names_people(p, document.authors)]
        if part is summary or (part.heading is None and summary is None):
            paragraphs = _without_abstract(part, paragraphs, document, lone=len(parts) < 2)
        if part.heading is None:
            paragraphs = [p for p in paragraphs if _says_something(p) or len(parts) < 2]
        if part.heading and part.heading.name in _KEYWORD_HEADINGS:
            document.topics = document.topics or _listed("\n".join(paragraph.text for paragraph in paragraphs))
            continue
        heading = part.heading.text if part.heading and part is not summary else ""
        text = _paged(paragraphs, part.page)
        if text or heading:
            document.sections.append(Headed(heading, level, part.page, text))


def _paged(paragraphs: Sequence[Paragraph], page: int) -> str:
    """The paragraphs apart by blank lines, a form feed before each one for every page begun since `page`."""
    texts: list[str] = []
    for paragraph in paragraphs:
        begun = max(0, paragraph.lines[0].page - page)
        page += begun
        texts.append("\f" * begun + paragraph.text)
    return _joined(texts)


def _joined(texts: Sequence[str]) -> str:
    return "\n\n".join(text for text in texts if text)


def _without_keywords(paragraphs: Sequence[Paragraph], document: Document) -> list[Paragraph]:
    kept: list[Paragraph] = []
    for paragraph in paragraphs:
        match = KEYWORDS.match(paragraph.text) if paragraph.kind == "text" else None
        if match and not document.topics and len(paragraph.text) < 600:
            document.topics = _listed(paragraph.text[match.end() :])
        else:
            kept.append(paragraph)
    return kept


def _listed(keywords: str) -> list[str]:
    """Keywords between semicolons, commas, dots or on lines of their own."""
    said = (
        re.split(r"\s*[;；\n]\s*", keywords)
        if re.search("[;；]", keywords)
        else re.split(r"\s*[,，、・·•\n]\s*", keywords)
    )
    return [topic.rstrip(" .") for topic in said if 1 < len(topic) < 120]


def _abstract_part(parts: Sequence[Part]) -> Part | None:
    """The part headed "Abstract" or the like before the first numbered one. At the end a "Summary" is none."""
    for part in parts[:8]:
        if part.heading and part.heading.name in _ABSTRACTS:
            return part
        if part.heading and part.heading.number:
            return None
    return None


def _without_abstract(
    part: Part, paragraphs: Sequence[Paragraph], document: Document, *, lone: bool
) -> list[Paragraph]:
    """The paragraphs but for the abstract, which is set.

    Under its own heading it is all the text; before the first heading the paragraph that says
    "Abstract", else the longest one of a length that abstracts have.
    """
    if document.abstract:
        return list(paragraphs)
    texts = [paragraph for paragraph in paragraphs if paragraph.kind == "text"]
    if part.heading is not None:
        chosen = texts if sum(len(p.text) for p in texts) < 5_000 else texts[:1]
    else:
        begins = next((index for index, p in enumerate(texts) if _RUN_IN.match(p.text)), None)
        if begins is not None:
            chosen = texts[begins:] if sum(len(p.text) for p in texts[begins:]) < 4_000 else texts[begins : begins + 1]
        else:
            long = [p for p in texts if _LEAST_ABSTRACT <= _size(p.text) <= 600]
            chosen = [max(long, key=lambda p: len(p.text))] if long and not lone else []
    document.abstract = _RUN_IN.sub("", _joined([paragraph.text for paragraph in chosen]), count=1)
    gone = set(map(id, chosen))
    return [paragraph for paragraph in paragraphs if id(paragraph) not in gone]


def _names_people(paragraph: Paragraph, authors: Sequence[str]) -> bool:
    """Whether the paragraph or table is the list of the authors."""
    letters = squashed(paragraph.text)
    named = [squashed(author) for author in authors if squashed(author) in letters]
    return 2 * len(named) >= len(authors) > 0 and 3 * sum(map(len, named)) > len(letters)


def _says_something(paragraph: Paragraph) -> bool:
    """Whether a paragraph before the first heading is more than an address or a line of a cover."""
    return _size(paragraph.text) >= _LEAST_WORDS or bool(ENDS.search(paragraph.text) and _size(paragraph.text) > 4)


def _size(text: str) -> int:
    """Roughly how many words; of scripts without spaces two characters make one."""
    return len(text.split()) + len(_IDEOGRAPHS.findall(text)) // 2
