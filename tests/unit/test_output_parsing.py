"""Structured answers are read as models really write them."""

import json

import pytest

from tools.llm.characters import WholeCharacters
from tools.llm.parse import UnusableText, parse_output, without_thinking
from tools.llm.schema import next_form, strict_schema
from tools.llm.tasks import Critique, Outline, Route
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
        (PLAIN[:-4], "breaks off before its end; standalone: "),
        ("{" * 50_000, "no JSON"),
        ('{"activities": ["answer"], "standalone": ' + "9" * 5_000 + "}", "no JSON"),
    ],
)
def test_unusable_text_says_why(text: str, fault: str) -> None:
    with pytest.raises(UnusableText, match=fault):
        parse_output(Route, text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<THINK>a\nb</THINK>answer", "answer"),
        ("<think>a</think>\n<think>b</think> answer", "answer"),
        ("the tag was in the prompt\n</think>\n\nanswer", "answer"),
        ("\n</think>\r\n\r\nanswer", "answer"),
        ("<think>never ends", ""),
    ],
)
def test_reasoning_before_the_answer_is_removed(text: str, answer: str) -> None:
    assert without_thinking(text) == answer


@pytest.mark.parametrize(
    "answer",
    [
        "a < b and b > c",
        "Reasoning stands between <think> and </think> tags [1].",
        "It works well [1]. The model stops at the </think> token [2].",
        "It prints [1]:\n<think>\nsteps\n</think>\nand then the answer.",
        "The template ends with [1]:\n```\n</think>\n```\nand nothing else.",
        "</think> ends it [1].\nAnd more.",
        "A stray tag at the end.\n</think>",
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1_000])
@pytest.mark.parametrize("unopened", [True, False])
def test_an_answer_about_the_tags_is_left_whole(answer: str, size: int, unopened: bool) -> None:
    assert without_thinking(answer) == answer
    assert in_pieces(ThinkingFilter(unopened=unopened), answer, size) == answer


def test_json_that_mentions_the_tags_is_read_as_it_is() -> None:
    said = "Stopping at </think> is untested [1]; so is <think>x</think>."
    critique = json.dumps({"points": [], "verdict": said})
    for text in (critique, f"```json\n{critique}\n```", f"<think>Hm.</think>{critique}"):
        assert parse_output(Critique, text).verdict == said


def test_half_characters_behind_escapes_do_not_reach_the_caller() -> None:
    critique = parse_output(Critique, '{"points": [], "verdict": "\\ud83d and \\ud83d\\ude00"}')
    assert critique.verdict == "\ufffd and \U0001f600"


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("pair", ["\ud83d\ude00", "\U0001f600"])
def test_half_characters_of_a_stream_are_joined_or_replaced(pair: str, size: int) -> None:
    text = f"{pair}a\ude00b\ud83dc{pair}\ud83d"
    assert in_pieces(WholeCharacters(), text, size) == "\U0001f600a\ufffdb\ufffdc\U0001f600\ufffd"


def in_pieces(passing: ThinkingFilter | WholeCharacters, text: str, size: int) -> str:
    pieces = [passing.feed(text[i : i + size]) for i in range(0, len(text), size)]
    return "".join(pieces) + passing.close()


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<think>hidden [1]</think>\n\nshown <b>", "shown <b>"),
        ("shown at once", "shown at once"),
        ("<table> is not thinking", "<table> is not thinking"),
        ("<thin", "<thin"),
        ("<think>never ends", ""),
        ("<think>one</think><thinking>two</thinking>shown", "shown"),
        ("", ""),
    ],
)
def test_thinking_is_kept_out_of_streams(text: str, shown: str, size: int) -> None:
    assert in_pieces(ThinkingFilter(), text, size) == shown
    assert in_pieces(ThinkingFilter(unopened=True), text, size) == shown


@pytest.mark.parametrize("size", [1, 3, 100])
def test_reasoning_without_an_opening_tag_is_kept_out_of_streams(size: int) -> None:
    text = "hidden [1]\n</think>\n\nshown <b>\n</think>\nshown"
    assert in_pieces(ThinkingFilter(unopened=True), text, size) == "shown <b>\n</think>\nshown"


@pytest.mark.parametrize("start", ["<think>", "", "</b> "])
def test_a_long_reasoning_in_small_pieces_takes_no_longer_than_its_length(start: str) -> None:
    # 200,000 pieces; looking through all of it at every piece would take minutes
    passing = ThinkingFilter(unopened=True)
    passing.feed(start)
    assert not any(passing.feed("a->b") for _ in range(200_000))
    assert passing.feed("\n</think>\n") + passing.feed("Answer.") + passing.close() == "Answer."


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
