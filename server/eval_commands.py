"""What `eval survey` does."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from agents.evaluation.evaluate import EvaluationReport, Wish, evaluate
from agents.evaluation.subject import Subject
from agents.evaluation.works import Gold
from server.eval_tables import print_evaluation
from server.model_commands import table_console
from server.request_id import new_request_id
from server.settings import Settings
from server.survey_folder import read_references, read_subject, save
from server.wire import JsonObject
from server.wiring import open_assistant
from tools.llm.account import Account

_err = Console(stderr=True, highlight=False)


@dataclass(frozen=True)
class Places:
    """What is evaluated and against what, and where the report goes as JSON, "-" for standard output."""

    survey: Path
    references: Path | None = None
    against: Path | None = None
    json: Path | None = None


async def evaluate_survey(settings: Settings, places: Places, topic: str, judges: int | None) -> int:
    """Prints the report on a survey, and writes it as JSON where wanted."""
    subject, gold, against = await asyncio.to_thread(_read, places, topic)
    wish = Wish(gold=gold, against=against, judges=judges)
    with _err.status("Evaluating the survey"):
        async with open_assistant(settings, share=True) as assistant:
            report = await evaluate(subject, wish, assistant.critic_deps(Account(request=new_request_id())))
    text = json.dumps(evaluation_view(report), ensure_ascii=False, indent=2) + "\n"
    if str(places.json) == "-":
        print(text, end="")
        return 0
    print_evaluation(report, table_console())
    if places.json:
        await asyncio.to_thread(save, places.json, text)
    return 0


def evaluation_view(report: EvaluationReport) -> JsonObject:
    """The report as JSON, with the figures that are derived."""
    view: JsonObject = {"object": "survey.evaluation", **report.model_dump(mode="json")}
    for name in ("draft", "against"):
        part = view[name]
        found = getattr(report, name)
        if isinstance(part, dict) and found is not None:
            part["citations"] |= {"uncited_rate": found.citations.uncited_rate, "f1": found.citations.f1}
    return view


def _read(places: Places, topic: str) -> tuple[Subject, Gold | None, Subject | None]:
    subject = read_subject(places.survey)
    if topic:
        subject = subject.model_copy(update={"topic": topic})
    gold = read_references(places.references, topic or subject.subject_matter) if places.references else None
    return subject, gold, read_subject(places.against) if places.against else None
