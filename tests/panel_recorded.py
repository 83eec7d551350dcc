"""What the experts of the recorded panel said, with the passages they saw and the merged text, question by question."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agents.panel.claims import Voice
from tests.examples import evidence
from tools.recording.call import RecordedCall
from tools.recording.folder import RecordingFolder
from tools.types import Evidence

FOLDER = Path(__file__).parent / "recorded" / "panel"

_PASSAGE = re.compile(r'<passage number="(\d+)" from="([^\n]*)">\n(.*?)\n</passage>', re.DOTALL)
_SAID = "\n\nWhat the experts said:\n"


@dataclass
class Recorded:
    """One question. `said` holds the experts' texts by model."""

    question: str
    said: dict[str, str] = field(default_factory=dict)
    passages: tuple[Evidence, ...] = ()
    merged: str = ""

    @property
    def voices(self) -> list[Voice]:
        return [Voice(f"answerer@{model}", text) for model, text in sorted(self.said.items())]


def recorded_panel() -> list[Recorded]:
    """Every question of the recording, in the order of the questions' texts."""
    folder = RecordingFolder(FOLDER)
    found: dict[str, Recorded] = {}
    for name in folder.names():
        call = folder.read(name)
        prompt, model = _prompt(call)
        if "\nRequest:\n" not in prompt or "Passages:" not in prompt:
            continue
        question, merging, _ = prompt.partition("\nRequest:\n")[2].partition(_SAID)
        one = found.setdefault(question.strip(), Recorded(question.strip()))
        if merging:
            one.merged = _answer(call)
        else:
            one.said[model] = _answer(call)
            one.passages = tuple(_passages(prompt))
    return [found[question] for question in sorted(found)]


def _prompt(call: RecordedCall) -> tuple[str, str]:
    body = call.request.body
    assert isinstance(body, dict)
    return str(body["messages"][-1]["content"]), str(body["model"])


def _answer(call: RecordedCall) -> str:
    assert call.response is not None
    body = b"".join(call.response.chunks).decode()
    if not body.startswith("data:"):
        return str(json.loads(body)["choices"][0]["message"]["content"])
    events = (json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: {"))
    return "".join(choice["delta"].get("content") or "" for event in events for choice in event["choices"])


def _passages(prompt: str) -> Iterator[Evidence]:
    for label, source, text in _PASSAGE.findall(prompt):
        title, published, *_ = [*re.split(r", (?=\d{4}\b)", source, maxsplit=1), ""]
        seen = evidence(int(label), f"paper{label}", text, title=title)
        yield seen.model_copy(update={"published": published.partition(",")[0]})
