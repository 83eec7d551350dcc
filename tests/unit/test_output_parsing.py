"""Structured answers are read as models really write them."""

import json

import pytest

from tools.llm.parse import UnusableText, parse_output, without_thinking
from tools.llm.schema import next_form, strict_schema
from tools.llm.tasks import Outline, Route
from tools.llm.thinking import ThinkingFilter

ROUTE = {"activities": ["answer"], "standalone": "q"}
PLAIN = json.dumps(ROUTE)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f"```json\n{PLAIN}\n```",
        f"Here it is:\n```\n{PLAIN}\n```\nAnything else?",
        f"Sure! {PLAIN} Hope this helps.",
        f"<think>Maybe {{}}?</think>\n{PLAIN}",
        f"no opening tag</think>{PLAIN}",
        PLAIN[:-1] + ",}",
        json.dumps(ROUTE | {"surprise": 1}),
        '{"activities": ["answer", "answer"], "standalone": "q"}',
        '{"activities": ["answer"], "standalone": "q", "queries": ["line\nbreak"]}',
    ],
)
def test_usable(text: str) -> None:
    route = parse_output(Route, text)
    assert route.activities == ("answer",)
    assert route.standalone == "q"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("I cannot do that.", "no JSON"),
        ("[1, 2]", "no JSON"),
        ('{"activities": ["dance"], "standalone": "q"}', "activities.0"),
        ('{"standalone": "q"}', "activities"),
        (PLAIN[:-4], "no JSON"),
        ("{" * 50_000, "no JSON"),
    ],
)
def test_unusable_text_says_why(text: str, fault: str) -> None:
    with pytest.raises(UnusableText, match=fault):
        parse_output(Route, text)


def test_thinking_is_removed_wherever_it_ends() -> None:
    assert without_thinking("<THINK>a\nb</THINK>answer") == "answer"
    assert without_thinking("a < b and b > c") == "a < b and b > c"


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<think>hidden [1]</think>\n\nshown <b>", "shown <b>"),
        ("shown at once", "shown at once"),
        ("<table> is not thinking", "<table> is not thinking"),
        ("<thin", "<thin"),
        ("<think>never ends", ""),
        ("", ""),
    ],
)
def test_thinking_is_kept_out_of_streams(text: str, shown: str, size: int) -> None:
    thinking = ThinkingFilter()
    pieces = [thinking.feed(text[i : i + size]) for i in range(0, len(text), size)]
    assert "".join(pieces) + thinking.close() == shown


def test_schemas_are_strict_at_every_depth() -> None:
    def objects(node: object) -> list[dict[str, object]]:
        if isinstance(node, list):
            return [found for item in node for found in objects(item)]
        if not isinstance(node, dict):
            return []
        below = [found for item in node.values() for found in objects(item)]
        return [node, *below] if node.get("type") == "object" else below

    found = objects(strict_schema(Outline))
    assert len(found) == 3
    for schema in found:
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])  # type: ignore[call-overload]
    assert "default" not in json.dumps(strict_schema(Route))


def test_the_ladder_of_forms_ends() -> None:
    assert next_form("json_schema") == "json_object"
    assert next_form("json_object") == "words"
    assert next_form("words") is None
