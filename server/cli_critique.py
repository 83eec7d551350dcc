"""The command `critique`."""

from pathlib import Path
from typing import Annotated

import typer

from server.command import DataDir, run, settings_from


def critique(
    source: Annotated[str, typer.Argument(metavar="FILE", help="The text to review; '-' reads standard input.")],
    request: Annotated[str, typer.Option(help="What the text was written for.")] = "",
    author: Annotated[list[str] | None, typer.Option(help="The model that wrote it; it will not judge.")] = None,
    against: Annotated[Path | None, typer.Option(help="Another text for the same request, to compare with.")] = None,
    sources: Annotated[
        list[str] | None, typer.Option("--source", help="A file or a paper's id that numbers are checked against.")
    ] = None,
    references: Annotated[
        list[str] | None, typer.Option("--reference", help="A paper's id that the text may cite, in order.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="deep8_ja, meeting_ja, abstract4_ja, daily3_ko or daily_flat_ko."),
    ] = None,
    language: Annotated[str, typer.Option(help="The language that it should be in, like en, ja or ko.")] = "",
    max_characters: Annotated[int | None, typer.Option(help="Characters it may have.", min=1)] = None,
    max_words: Annotated[int | None, typer.Option(help="Words it may have.", min=1)] = None,
    judges: Annotated[
        int | None, typer.Option(help="How many models judge; up to three if not said.", min=1, max=5)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Review any text: scores by criteria made for the request, faults with their places, and what to do."""
    from server.critique_commands import critique_file

    given: dict[str, object] = {
        "request": request,
        "author": author or None,
        "against": against,
        "sources": sources or None,
        "references": references or None,
        "format": form,
        "language": language,
        "limits": {"characters": max_characters, "words": max_words},
        "judges": judges,
    }
    run(critique_file(settings_from(data_dir=data_dir), source, given, as_json=as_json))
