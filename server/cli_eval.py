"""`colloquy eval ...`: the commands as they are typed."""

from pathlib import Path
from typing import Annotated

import typer

from server.command import DataDir, run, settings_from

eval_app = typer.Typer(help="Measure what Colloquy and others have written.", no_args_is_help=True)


@eval_app.callback()
def evaluation() -> None:
    """Measure what Colloquy and others have written."""


@eval_app.command("survey")
def eval_survey(
    place: Annotated[Path, typer.Argument(metavar="DIR", help="A survey's folder, or a Markdown file of any system.")],
    references: Annotated[
        Path | None,
        typer.Option(help="References it should have: SurveyBench's JSON, JSONL, BibTeX, Markdown or one a line."),
    ] = None,
    topic: Annotated[
        str, typer.Option(help="The topic, where the references are of several or the draft has none.")
    ] = "",
    against: Annotated[Path | None, typer.Option(help="Another survey of the topic, to compare with.")] = None,
    judges: Annotated[
        int | None, typer.Option(help="How many models judge outline and text; 0 for none.", min=0, max=5)
    ] = None,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE|-", help="Write the report as JSON; - prints it.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Score a survey: references, citations, repetition, structure, outline and text, and what it took."""
    from server.eval_commands import Places, evaluate_survey

    places = Places(place, references, against, as_json)
    run(evaluate_survey(settings_from(data_dir=data_dir), places, topic.strip(), judges))
