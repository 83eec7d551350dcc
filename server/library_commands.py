"""What `library list`, `search`, `show` and `files` print."""

import json
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.filters import Filters, known_scope
from server.library_view import hit_view, known_paper, paper_view, source_view
from server.opening import library_to_read
from server.settings import Settings
from server.wire import JsonObject
from tools.library.records import Source
from tools.types import Paper

_out = Console(highlight=False, soft_wrap=True)

_SHOWN_OF_A_SECTION = 160


async def list_papers(settings: Settings, limit: int, offset: int, filters: Filters, *, as_json: bool) -> int:
    """Prints the papers as a table; into a pipe, as lines of id, date and title with tabs between."""
    async with library_to_read(settings) as library:
        total, papers = await library.papers(offset, limit, await known_scope(library, filters))
    if as_json:
        _print_json({"total": total, "offset": offset, "papers": [paper_view(paper) for paper in papers]})
        return 0
    if not _out.is_terminal:
        for paper in papers:
            print(paper.id, paper.published, paper.title, sep="\t")  # rich would turn tabs into spaces
        return 0
    table = Table("id", "published", "title", box=None, pad_edge=False, show_edge=False)
    for paper in papers:
        table.add_row(Text(paper.id), paper.published, Text(paper.title))
    _out.print(table, soft_wrap=False)
    _out.print(f"\n{offset + 1 if papers else 0}-{offset + len(papers)} of {total:,} papers")
    return 0


async def search_passages(
    settings: Settings, query: str, limit: int, offset: int, diversity: float, filters: Filters, *, as_json: bool
) -> int:
    """Prints the best passages. The exit code is 1 when there is none."""
    async with library_to_read(settings) as library:
        scope = await known_scope(library, filters)
        hits = await library.search(query, limit=limit, offset=offset, diversity=diversity, scope=scope)
    if as_json:
        _print_json({"offset": offset, "hits": [hit_view(hit) for hit in hits]})
        return 0 if hits else 1
    for number, hit in enumerate(hits, offset + 1):
        date = f" ({hit.paper.published})" if hit.paper.published else ""
        page = f", page {hit.passage.page}" if hit.passage.page else ""
        _out.print(Text.assemble(f"{number:>2}. ", (hit.paper.title, "bold"), date))
        heading = f", {hit.passage.heading}" if hit.passage.heading else ""
        _out.print(Text(f"    {hit.paper.id}{heading}{page}: {_short(hit.passage.text, 240)}"))
    if not hits:
        _out.print("Nothing found.")
    return 0 if hits else 1


async def show_paper(settings: Settings, paper_id: str, *, as_json: bool) -> int:
    """Prints a paper: its record, its sections, and what each source says of it. Raises NotFound."""
    async with library_to_read(settings) as library:
        paper = await known_paper(library, paper_id)
        sources = await library.sources(paper.id)
    if as_json:
        sections = [section.model_dump() for section in paper.sections]
        told = {"sections": sections, "references": paper.references, "sources": [source_view(s) for s in sources]}
        _print_json(paper_view(paper) | told)
        return 0
    _out.print(Text(paper.title, "bold"))
    for name, value in _record(paper):
        _out.print(Text.assemble((f"{name:<12}", "dim"), value))
    if paper.abstract:
        _out.print(Text(f"\n{paper.abstract}"))
    for section in paper.sections:
        page = f" (page {section.page})" if section.page else ""
        _out.print(Text.assemble("\n" + "  " * (section.level - 1), (section.heading or "(no heading)", "bold"), page))
        _out.print(Text("  " * section.level + _short(section.text, _SHOWN_OF_A_SECTION)))
    _out.print(Text(f"\n{len(sources)} sources" if len(sources) > 1 else "\n1 source", "bold"))
    for source in sources:
        _out.print(Text(_said(source, paper)))
    return 0


async def list_known_files(settings: Settings) -> int:
    """Prints the files whose papers are in the library, one a line: name, size and since when, with tabs between."""
    async with library_to_read(settings) as library:
        files = await library.files()
    for file in files:
        print(file.name, file.size, file.added_at, sep="\t")
    return 0


def _record(paper: Paper) -> Iterator[tuple[str, str]]:
    fields = {
        "id": paper.id,
        "authors": ", ".join(paper.authors),
        "published": paper.published,
        "venue": paper.venue,
        "doi": paper.doi,
        "arxiv": paper.arxiv_id,
        "url": paper.url,
        "topics": ", ".join(paper.topics),
        "language": paper.language,
        "formats": ", ".join(paper.formats),
        "citations": "" if paper.citations is None else f"{paper.citations:,}",
        "references": f"{len(paper.references):,}" if paper.references else "",
    }
    yield from ((name, value) for name, value in fields.items() if value)


def _said(source: Source, paper: Paper) -> str:
    """Where the source is, and under which id and title it has the paper if they are others."""
    own = [f"as {source.paper.id}"] if source.paper.id != paper.id else []
    own += [f"called '{source.paper.title}'"] if source.paper.title != paper.title else []
    return f"  {source.origin or 'added as it is'}{', ' if own else ''}{', '.join(own)}"


def _short(text: str, characters: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= characters else f"{line[: characters - 1]}…"


def _print_json(value: JsonObject) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
