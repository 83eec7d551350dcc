"""The files of a recording give back exactly what was written into them."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tools.recording.call import Failure, RecordedCall, RecordedResponse, call_file, read_call
from tools.recording.masking import Mask
from tools.recording.matching import RecordedRequest
from tools.recording.notation import in_style, json_value, noted, styled, value_of

texts = st.text(st.characters(), max_size=30) | st.sampled_from(["", "\n", "a\nb\n", "\r\n", "¶", "¶¶", "\u2028\x85"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
@example({"¶": ["a", "b"]})
@example({"¶¶": {"¶": "a\nb"}, "¶": 1})
def test_a_value_can_be_told_from_its_notation(value: object) -> None:
    assert value_of(json.loads(json.dumps(noted(value)))) == value


@given(values)
def test_no_string_has_several_lines(value: object) -> None:
    assert not [text for text in _strings(noted(value)) if "\n" in text]


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in _strings(item)]


@given(values, st.sampled_from([None, 2]), st.booleans(), st.booleans(), st.sampled_from(["", "\n"]))
def test_json_in_the_usual_styles_is_found_and_written_again(
    value: object, indent: int | None, compact: bool, ascii_only: bool, end: str
) -> None:
    separators = (",", ":") if compact and indent is None else None
    text = json.dumps(value, indent=indent, separators=separators, ensure_ascii=ascii_only) + end
    found = styled(text)
    if isinstance(value, dict | list):
        assert found is not None
        assert in_style(*found) == text
    else:
        assert found is None


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"a":1, "b":2}', '{"a":1,"a":2}', "[1.50]", "[NaN]", "[" * 5000, "[" * 101 + "]" * 101, "9" * 9999],
)
def test_json_that_no_style_gives_again_is_left_as_text(text: str) -> None:
    assert styled(text) is None


@given(
    st.lists(st.binary(max_size=20) | texts.map(lambda text: text.encode("utf-8", "surrogatepass")), max_size=5),
    st.sampled_from(["application/json", "text/event-stream", ""]),
    values,
    st.sampled_from(["whole", "left", Failure(error="ReadError", message="a\nb")]),
)
def test_a_call_comes_back_byte_for_byte(chunks: list[bytes], kind: str, body: object, ended: Failure | str) -> None:
    request = RecordedRequest(method="POST", host="m", path="/v1/x", body=body)
    response = RecordedResponse(status=200, headers={"content-type": kind}, chunks=tuple(chunks))
    call = RecordedCall(request=request, response=response, ended=ended)
    again = read_call(call_file(call, Mask()))
    assert again.request == request
    assert again.ended == ended
    assert again.response is not None
    assert b"".join(again.response.chunks) == b"".join(chunks)
    if kind != "application/json":
        assert again == call


def test_what_a_model_said_is_lines_in_the_file() -> None:
    said = {"choices": [{"message": {"content": "Erstens: é\nZweitens"}}]}
    chunks = (json.dumps(said).encode()[:20], json.dumps(said).encode()[20:])
    response = RecordedResponse(status=200, headers={"content-type": "application/json"}, chunks=chunks)
    body = {"messages": [{"role": "user", "content": "Warum?\nUnd wie?"}]}
    request = RecordedRequest(method="POST", host="m", path="/v1/x", body=body)
    text = call_file(RecordedCall(request=request, response=response), Mask()).decode()
    lines = [line.strip(' ",') for line in text.splitlines()]
    assert {"Warum?", "Und wie?", "Erstens: é", "Zweitens"} <= set(lines)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("[]", "valid"),
        ("{", "Expecting"),
        ('{"request": {}, "response": null, "ended": "whole"}', "method"),
        ('{"request": {"method": "GET", "host": "", "path": "/"}, "response": null, "ended": "maybe"}', "ended"),
        (
            '{"request": {"method": "GET", "host": "", "path": "/"}, "ended": "whole",'
            ' "response": {"status": 200, "headers": {}, "chunks": [{"¶": "no list"}]}}',
            "list of lines",
        ),
        (
            '{"request": {"method": "GET", "host": "", "path": "/"}, "ended": "whole",'
            ' "response": {"status": 200, "headers": {}, "body": 1, "style": "fancy"}}',
            "fancy",
        ),
    ],
)
def test_a_file_that_somebody_broke_says_where(content: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_call(content.encode())


def test_json_that_nobody_else_reads_is_no_json() -> None:
    for text in ("NaN", '{"a": Infinity}'):
        with pytest.raises(ValueError, match="no number"):
            json_value(text)
