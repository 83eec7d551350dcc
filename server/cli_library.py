"""`colloquy library ...`: the commands as they are typed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.command import DataDir, fail, run, settings_from
from tools.errors import InvalidRequest

if TYPE_CHECKING:
    from server.filters import Filters

library_app = typer.Typer(help="The papers that answers are drawn from.", no_args_is_help=True)
collections_app = typer.Typer()
library_app.add_typer(collections_app, name="collections")

YearFrom = Annotated[int | None, typer.Option("--year-from", help="No paper from before this year.")]
YearTo = Annotated[int | None, typer.Option("--year-to", help="No paper from after this year.")]
AsOf = Annotated[str, typer.Option("--as-of", help="No paper from after this date, like 2024-06-30 or 2024.")]
Venue = Annotated[list[str] | None, typer.Option("--venue", help="Only of this venue; several: of one of them.")]
Topic = Annotated[list[str] | None, typer.Option("--topic", help="Only with this topic.")]
Language = Annotated[list[str] | None, typer.Option("--language", help="Only in this language, like ja.")]
Collection = Annotated[list[str] | None, typer.Option("--collection", help="Only of this collection.")]
HasPdf = Annotated[bool, typer.Option("--has-pdf", help="Only what was read from a PDF.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@library_app.command("add")
def library_add(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders, in any format that is read; '-' for stdin.")],
    collection: Annotated[str, typer.Option("--collection", help="A collection to put the papers in.")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Keep on, and add what changes in the folders.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Add papers: PDF, Markdown, text, HTML, LaTeX, BibTeX, RIS, JSON, CSV. Those already there are updated."""
    from server.adding_commands import add_files

    run(add_files(settings_from(data_dir=data_dir), paths, collection, watch=watch))


@library_app.command("list")
def library_list(
    limit: Annotated[int, typer.Option(help="Papers to show.", min=1)] = 50,
    offset: Annotated[int, typer.Option(help="Papers to skip.", min=0)] = 0,
    year_from: YearFrom = None,
    year_to: YearTo = None,
    as_of: AsOf = "",
    venue: Venue = None,
    topic: Topic = None,
    language: Language = None,
    collection: Collection = None,
    has_pdf: HasPdf = False,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List the papers, newest first."""
    from server.library_commands import list_papers

    labels = {"venue": venue, "topic": topic, "language": language, "collection": collection}
    filters = _filters(year_from=year_from, year_to=year_to, as_of=as_of, has_pdf=has_pdf, **labels)
    run(list_papers(settings_from(data_dir=data_dir), limit, offset, filters, as_json=as_json))


@library_app.command("search")
def library_search(
    query: Annotated[str, typer.Argument(help='What to look for: words, "phrases", fields like title:x year:2024.')],
    limit: Annotated[int, typer.Option(help="Passages to show.", min=1, max=200)] = 10,
    offset: Annotated[int, typer.Option(help="Passages to skip.", min=0)] = 0,
    diversity: Annotated[
        float, typer.Option(help="From 0 to 1: how much later comes what repeats.", min=0, max=1)
    ] = 0.0,
    year_from: YearFrom = None,
    year_to: YearTo = None,
    as_of: AsOf = "",
    venue: Venue = None,
    topic: Topic = None,
    language: Language = None,
    collection: Collection = None,
    has_pdf: HasPdf = False,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Search the passages, by words and by meaning."""
    from server.library_commands import search_passages

    labels = {"venue": venue, "topic": topic, "language": language, "collection": collection}
    filters = _filters(year_from=year_from, year_to=year_to, as_of=as_of, has_pdf=has_pdf, **labels)
    run(search_passages(settings_from(data_dir=data_dir), query, limit, offset, diversity, filters, as_json=as_json))


@library_app.command("show")
def library_show(
    paper: Annotated[str, typer.Argument(metavar="ID", help="An id as `library list` shows them.")],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Show a paper: its record, its sections, and the sources that were merged into it."""
    from server.library_commands import show_paper

    run(show_paper(settings_from(data_dir=data_dir), paper, as_json=as_json))


@library_app.command("files")
def library_files(data_dir: DataDir = None) -> None:
    """List the files whose papers are in the library."""
    from server.library_commands import list_known_files

    run(list_known_files(settings_from(data_dir=data_dir)))


@library_app.command("remove")
def library_remove(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids as `library list` shows them.")] = None,
    file: Annotated[list[str] | None, typer.Option("--file", help="A file as `library files` shows it.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Remove papers, or files with the papers that only they had."""
    from server.upkeep_commands import remove_papers

    run(remove_papers(settings_from(data_dir=data_dir), ids or [], file or []))


@library_app.command("check")
def library_check(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what differs.")] = False, data_dir: DataDir = None
) -> None:
    """Compare the indexes with the records."""
    from server.upkeep_commands import check_library

    run(check_library(settings_from(data_dir=data_dir), repair=repair))


@library_app.command("reindex")
def library_reindex(
    embedder: Annotated[str, typer.Option("--embedder", help="static, minilm, minilm-int8 or openai:<model>.")],
    data_dir: DataDir = None,
) -> None:
    """Embed every passage anew with another embedder; what a stopped attempt has done is not done again."""
    from server.upkeep_commands import reindex

    run(reindex(settings_from(data_dir=data_dir), embedder))


@collections_app.callback(invoke_without_command=True)
def collections(context: typer.Context, data_dir: DataDir = None) -> None:
    """List the collections; create, rename, delete, add and remove change them."""
    context.obj = data_dir
    if context.invoked_subcommand is None:
        from server.upkeep_commands import list_collections

        run(list_collections(settings_from(data_dir=data_dir)))


Name = Annotated[str, typer.Argument(help="The collection's name.")]
Place = Annotated[Path | None, typer.Option("--data-dir", help="Where the library is kept.")]
Ids = Annotated[list[str], typer.Argument(help="Ids as `library list` shows them.")]


@collections_app.command("create")
def collections_create(context: typer.Context, name: Name, data_dir: Place = None) -> None:
    """Make a collection."""
    from server.upkeep_commands import create_collection

    run(create_collection(settings_from(data_dir=data_dir or context.obj), name))


@collections_app.command("rename")
def collections_rename(
    context: typer.Context,
    name: Name,
    new: Annotated[str, typer.Argument(help="The new name.")],
    data_dir: Place = None,
) -> None:
    """Give a collection another name."""
    from server.upkeep_commands import rename_collection

    run(rename_collection(settings_from(data_dir=data_dir or context.obj), name, new))


@collections_app.command("delete")
def collections_delete(context: typer.Context, name: Name, data_dir: Place = None) -> None:
    """Delete a collection; its papers stay in the library."""
    from server.upkeep_commands import delete_collection

    run(delete_collection(settings_from(data_dir=data_dir or context.obj), name))


@collections_app.command("add")
def collections_add(context: typer.Context, name: Name, ids: Ids, data_dir: Place = None) -> None:
    """Put papers into a collection."""
    from server.upkeep_commands import collect

    run(collect(settings_from(data_dir=data_dir or context.obj), name, ids))


@collections_app.command("remove")
def collections_remove(context: typer.Context, name: Name, ids: Ids, data_dir: Place = None) -> None:
    """Take papers out of a collection; they stay in the library."""
    from server.upkeep_commands import discard

    run(discard(settings_from(data_dir=data_dir or context.obj), name, ids))


def _filters(**given: object) -> "Filters":
    from pydantic import ValidationError

    from server.fault_words import in_words
    from server.filters import Filters

    try:
        return Filters.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        option = "--" + str(fault["loc"][0]).replace("_", "-") if fault["loc"] else "--year-from"
        fail(InvalidRequest(f"{option}: {in_words(fault)}"))
