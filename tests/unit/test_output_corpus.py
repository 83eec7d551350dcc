"""What models write where JSON was asked for, and what it means.

The shapes are those of failure reports about libraries and servers for structured output; the texts are our own.
"""

import json
from contextlib import suppress
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from tools.llm.loose_json import read_loosely
from tools.llm.parse import Parsed, UnusableText, read_output
from tools.llm.tasks import Critique, Outline, ReadingList, Route


class Rated(BaseModel):
    """One field of each kind that tasks have."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    word: Literal["gap", "strength", "summarize"]
    count: int
    text: str
    sure: bool = False
    note: str = ""
    numbers: tuple[int, ...] = ()
    words: tuple[Literal["gap", "strength"], ...] = ()
    tags: tuple[str, ...] = ()


PLAIN = '{"word": "gap", "count": 3, "text": "t"}'
WANTED = Rated(word="gap", count=3, text="t")


def wanted(**changes: object) -> Rated:
    return Rated.model_validate(WANTED.model_dump() | changes)


def rated(**changes: object) -> str:
    return json.dumps({"word": "gap", "count": 3, "text": "t"} | changes)


CORPUS: dict[str, tuple[str, Rated]] = {
    # around the JSON
    "plain": (PLAIN, WANTED),
    "byte order mark": ("\ufeff" + PLAIN, WANTED),
    "blank lines": (f"\n\n  {PLAIN}\n\n", WANTED),
    "fence": (f"```json\n{PLAIN}\n```", WANTED),
    "fence in capitals": (f"```JSON\n{PLAIN}\n```", WANTED),
    "fence without a language": (f"```\n{PLAIN}\n```", WANTED),
    "fence of tildes": (f"~~~json\n{PLAIN}\n~~~", WANTED),
    "fence that never closes": (f"```json\n{PLAIN}", WANTED),
    "fence on one line": (f"```json {PLAIN} ```", WANTED),
    "single backticks": (f"`{PLAIN}`", WANTED),
    "fence after another fence": (f"Run:\n```bash\nls {{a,b}}\n```\nResult:\n```json\n{PLAIN}\n```", WANTED),
    "talk before": (f"Sure, here it is: {PLAIN}", WANTED),
    "talk after": (f"{PLAIN}\n\nLet me know if you need more!", WANTED),
    "citations after": (f"{PLAIN}\n\nSources: [1], [2] {{see above}}", WANTED),
    "braces in the talk before": (f"With the set {{a, b}} and {{x: 1}} in mind: {PLAIN}", WANTED),
    "backticks inside a string": (rated(text="use `x` and ```y```"), wanted(text="use `x` and ```y```")),
    "assignment": (f"result = {PLAIN};", WANTED),
    "language word before": (f"json\n{PLAIN}", WANTED),
    "XML tags around": (f"<answer>\n{PLAIN}\n</answer>", WANTED),
    "special tokens around": (f"<|channel|>final<|message|>{PLAIN}<|end|>", WANTED),
    "doubled braces": ("{" + PLAIN + "}", WANTED),
    # reasoning before
    "reasoning with a draft": (f"<think>Maybe {rated(count=9)}?</think>\n{PLAIN}", WANTED),
    "reasoning without its opening tag": (f"Maybe {rated(count=9)}?\n</think>\n{PLAIN}", WANTED),
    "reasoning in other tags": (f"[THINK]Maybe {rated(count=9)}?[/THINK]{PLAIN}", WANTED),
    "reasoning that never ends": (f"<think>So the answer is {PLAIN}", WANTED),
    # several objects
    "example first": (f"For example {rated(text='example')}. My answer: {PLAIN}", WANTED),
    "corrects itself": (f"{rated(count=1)}\nWait, the count is wrong.\n{PLAIN}", WANTED),
    "schema echoed first": (f"{json.dumps(Rated.model_json_schema())}\n\n{PLAIN}", WANTED),
    "another object after": (f'{PLAIN}\n{{"confidence": 0.9}}', WANTED),
    "the same twice": (f"{PLAIN}{PLAIN}", WANTED),
    # not quite JSON
    "trailing commas": ('{"word": "gap", "count": 3, "text": "t", "tags": ["a", "b",],}', wanted(tags=["a", "b"])),
    "missing comma between lines": ('{"word": "gap"\n"count": 3\n"text": "t"}', WANTED),
    "missing comma in a list": ('{"tags": ["a"\n"b"], "word": "gap", "count": 3, "text": "t"}', wanted(tags=[*"ab"])),
    "line comments": ('{"word": "gap", // kind\n"count": 3, # how many\n"text": "t"}', WANTED),
    "block comment": ('{/* the answer */ "word": "gap", "count": 3, "text": "t" /* end */}', WANTED),
    "address in a string is no comment": (rated(text="http://a.b/c#d"), wanted(text="http://a.b/c#d")),
    "single quotes": ("{'word': 'gap', 'count': 3, 'text': 'it's \"t\"'}", wanted(text="it's \"t\"")),
    "words of Python": (
        "{'word': 'gap', 'count': 3, 'text': 't', 'sure': True, 'note': None, 'tags': ('a')}".replace("('a')", "['a']"),
        wanted(sure=True, tags=["a"]),
    ),
    "bare keys": ('{word: "gap", count: 3, text: "t"}', WANTED),
    "bare word as a value": ('{"word": gap, "count": 3, "text": "t"}', WANTED),
    "NaN for what may be missing": ('{"word": "gap", "count": 3, "text": "t", "note": NaN, "tags": null}', WANTED),
    "curly quotes": ("{“word”: “gap”, “count”: 3, “text”: “say \"t\"”}", wanted(text='say "t"')),
    "full-width punctuation": ('{"word"："gap"，"count"：3，"text"："t"}', WANTED),
    "line break in a string": ('{"word": "gap", "count": 3, "text": "a\nb\tc"}', wanted(text="a\nb\tc")),
    "control characters in a string": ('{"word": "gap", "count": 3, "text": "a\x00b\x1bc"}', wanted(text="abc")),
    "quotes in a string": (
        '{"word": "gap", "text": "terms such as "offside" and "penalty", and more", "count": 3}',
        wanted(text='terms such as "offside" and "penalty", and more'),
    ),
    "quotes in an item": (
        '{"word": "gap", "count": 3, "text": "t", "tags": ["a 32" screen", "b"]}',
        wanted(tags=['a 32" screen', "b"]),
    ),
    "quotes at the end of a string": (
        '{"word": "gap", "count": 3, "text": "it is called "attention""}',
        wanted(text='it is called "attention"'),
    ),
    "triple quotes": ('{"word": "gap", "count": 3, "text": """a\n"b"\n"""}', wanted(text='a\n"b"')),
    "LaTeX that is no escape": (
        r'{"word": "gap", "count": 3, "text": "$\alpha \leq \sqrt{x}$ \(y\)"}',
        wanted(text=r"$\alpha \leq \sqrt{x}$ \(y\)"),
    ),
    "LaTeX that looks like an escape": (
        r'{"word": "gap", "count": 3, "text": "$\frac{1}{2} \times \beta \text{ if } \rho \nabla$"}',
        wanted(text=r"$\frac{1}{2} \times \beta \text{ if } \rho \nabla$"),
    ),
    "LaTeX escaped as it should be": (rated(text=r"\frac{\alpha}{2}"), wanted(text=r"\frac{\alpha}{2}")),
    "unfinished escape": (r'{"word": "gap", "count": 3, "text": "\underline \u00e9"}', wanted(text=r"\underline é")),
    "half of an emoji": (r'{"word": "gap", "count": 3, "text": "\ud83d \ud83d\ude00"}', wanted(text="\ufffd 😀")),
    "markdown escapes": (r'{"word": "gap", "count": 3, "text": "a\_b \*c\*"}', wanted(text=r"a\_b \*c\*")),
    "one bracket too many": (PLAIN + "}}", WANTED),
    "list closed by the next bracket": ('{"word": "gap", "count": 3, "text": "t", "tags": ["a"}', wanted(tags=["a"])),
    "twice encoded": (json.dumps(PLAIN), WANTED),
    "encoded without quotes": (PLAIN.replace('"', '\\"'), WANTED),
    # right but of another type
    "number as a string": (rated(count="3"), WANTED),
    "number with a point": (rated(count="3."), WANTED),
    "number as a float": (rated(count=3.0), WANTED),
    "number as a label": (rated(count="[3]"), WANTED),
    "number in a list": (rated(count=[3]), WANTED),
    "yes for true": (rated(sure="Yes "), wanted(sure=True)),
    "number for a text": (rated(text=7), wanted(text="7")),
    "list for a text": (rated(text=["a", "b"]), wanted(text="a\nb")),
    "numbers as strings": (rated(numbers=["1", "[2]", 3]), wanted(numbers=[1, 2, 3])),
    "numbers in one string": (rated(numbers="1, 2 and 3"), wanted(numbers=[1, 2, 3])),
    "one number for a list": (rated(numbers=1), wanted(numbers=[1])),
    "words in one string": (rated(words="Gap, strengths"), wanted(words=["gap", "strength"])),
    "one text for a list": (rated(tags="graphs, and trees"), wanted(tags=["graphs, and trees"])),
    "bullets for a list": (rated(tags="- a\n- b, c\n"), wanted(tags=["a", "b, c"])),
    "list encoded as a string": (rated(tags='["a", "b"]'), wanted(tags=["a", "b"])),
    "none for a list": (rated(tags="None", numbers=None, words=""), WANTED),
    "null among the items": (rated(tags=["a", None]), wanted(tags=["a"])),
    "items wrapped in objects": (rated(tags=[{"tag": "a"}, {"tag": "b"}]), wanted(tags=["a", "b"])),
    "list as a numbered object": (rated(tags={"0": "a", "1": "b"}), wanted(tags=["a", "b"])),
    "word in capitals": (rated(word="GAP"), WANTED),
    "word in the plural": (rated(word="Gaps"), WANTED),
    "word with its type": (rated(word="Kind.gap"), WANTED),
    "word in British spelling": (rated(word="summarise"), wanted(word="summarize")),
    "word in a list": (rated(word=["gap"]), WANTED),
    "keys in capitals": ('{"Word": "gap", "COUNT": 3, "Text": "t"}', WANTED),
    "a field nobody asked for": (rated(reasoning="because"), WANTED),
    # in something else
    "wrapped": (f'{{"answer": {PLAIN}}}', WANTED),
    "wrapped with more beside it": (f'{{"explanation": "why", "rated": {PLAIN}}}', WANTED),
    "as a call of a function": (f'{{"name": "rated", "arguments": {json.dumps(PLAIN)}}}', WANTED),
    "as a call of a tool": (f'<tool_call>{{"name": "rated", "parameters": {PLAIN}}}</tool_call>', WANTED),
    "as the properties of the schema": (f'{{"type": "object", "properties": {PLAIN}}}', WANTED),
    "as a schema that was filled in": (
        json.dumps(
            {
                "title": "Rated",
                "properties": {
                    "word": {"type": "string", "value": "gap"},
                    "count": {"type": "integer", "value": 3},
                    "text": {"type": "string", "value": "t"},
                },
            }
        ),
        WANTED,
    ),
    "in a list of one": (f"[{PLAIN}]", WANTED),
    # cut off
    "last bracket missing": (PLAIN[:-1], WANTED),
    "cut in a field that may be missing": (PLAIN[:-1] + ', "note": "and th', WANTED),
    "cut in a key": (PLAIN[:-1] + ', "no', WANTED),
    "cut after a colon": (PLAIN[:-1] + ', "note":', WANTED),
    "cut in a list": (PLAIN[:-1] + ', "tags": ["a", "b", "c d', wanted(tags=["a", "b"])),
    "cut in a number": (PLAIN[:-1] + ', "numbers": [1, 22, 33', wanted(numbers=[1, 22])),
    "cut in an escape": (PLAIN[:-1] + ', "tags": ["a", "b\\', wanted(tags=["a"])),
    "cut inside a fence": (f"```json\n{PLAIN[:-1]}, ", WANTED),
}  # fmt: skip


@pytest.mark.parametrize(("text", "output"), CORPUS.values(), ids=CORPUS.keys())
def test_what_it_means_is_read(text: str, output: Rated) -> None:
    assert read_output(Rated, text).output == output


STRICT = ("plain", "byte order mark", "blank lines", "a field nobody asked for", "LaTeX escaped as it should be")


def test_it_is_known_what_was_repaired_and_what_was_cut_off() -> None:
    parsed = {name: read_output(Rated, text) for name, (text, _) in CORPUS.items()}
    assert [name for name in STRICT if parsed[name].repaired] == []
    assert parsed["fence"].repaired
    assert parsed["trailing commas"].repaired
    assert {name for name, one in parsed.items() if one.cut} == {
        name for name in CORPUS if name.startswith("cut ") or name == "last bracket missing"
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("I cannot help with that.", "no JSON"),
        ("{}", "word: Field required"),
        (json.dumps(Rated.model_json_schema()), "count: Input should be"),
        (rated(word="dance"), "word: Input should be 'gap', "),
        (rated(count="3,5"), "count: "),
        (rated(count="3.5"), "count: "),
        (rated(count="three"), "count: "),
        (rated(text=None), "text: "),
        (rated(text={"type": "string"}), "text: "),
        (rated(words="gap, dance"), "words.1: "),
        ('{"word": "gap", "count": 3}', "text: Field required"),
        ('{"word": "gap", "count": 3, "text": "t", "tags": ["a", ...]}', "no JSON"),
        ('{"word": "gap", "count": 3, "text": "never end', "breaks off before its end; text: Field required"),
        ('{"word": "gap", "count": 3, "text": "t, "note": "n"}', "no JSON"),
    ],
)
def test_what_is_not_said_is_not_made_up(text: str, said: str) -> None:
    with pytest.raises(UnusableText) as caught:
        read_output(Rated, text)
    assert said in str(caught.value)


def test_all_that_is_wrong_is_told_for_the_repair() -> None:
    with pytest.raises(UnusableText) as caught:
        read_output(Rated, rated(word="dance", count="x", numbers=["y"]))
    assert all(field in str(caught.value) for field in ("word: ", "count: ", "numbers.0: "))


def test_a_list_stands_for_an_object_whose_only_part_it_is() -> None:
    found = [{"label": 1, "why": "a"}, {"label": "[2]", "why": "b"}]
    for text in (json.dumps(found), "\n".join(map(json.dumps, found)), json.dumps({"results": found})):
        output = read_output(ReadingList, text).output
        assert [(paper.label, paper.why) for paper in output.papers] == [(1, "a"), (2, "b")]
    assert read_output(ReadingList, "[]").output.papers == ()
    assert read_output(ReadingList, '{"papers": null}').output.papers == ()
    with pytest.raises(UnusableText, match="papers: Field required"):
        read_output(ReadingList, '{"note": "none of them"}')


def test_a_list_is_no_object_that_has_more_to_say() -> None:
    with pytest.raises(UnusableText):
        read_output(Critique, '[{"kind": "gap", "text": "x"}]')


def test_a_cut_outline_keeps_what_is_whole() -> None:
    sections = [{"title": f"S{i}", "subsections": [{"title": f"S{i}.{j}"} for j in (1, 2)]} for i in (1, 2, 3)]
    whole = json.dumps({"title": "T", "sections": sections})
    for end in range(whole.index("S1.1") + 8, len(whole)):
        parsed: Parsed[Outline] = read_output(Outline, whole[:end])
        assert parsed.cut
        titles = [part.title for section in parsed.output.sections for part in section.subsections]
        assert titles == [f"S{i}.{j}" for i in (1, 2, 3) for j in (1, 2)][: len(titles)]
        assert len(titles) >= whole[:end].count('."') // 2
    assert not read_output(Outline, whole).cut


def test_a_draft_is_not_preferred_to_the_answer_for_being_better_json() -> None:
    draft = '{"activities": ["find"], "standalone": "draft"}'
    answer = "{'Activities': 'Compare', 'standalone': 'final',}"
    route = read_output(Route, f"First thought: {draft}\nFinal answer: {answer}").output
    assert (route.activities, route.standalone) == (("compare",), "final")


LONGEST = 499_000
HOSTILE = {
    "open braces": "{" * 2_000_000,
    "open brackets": "[" * 2_000_000,
    "open objects": '{"a":' * 400_000,
    "open objects in lists": '[{"a":' * 330_000,
    "empty objects": "{}" * 1_000_000,
    "small objects": '{"a":1}' * 280_000,
    "broken objects": '{"a" 1,}' * 250_000,
    "nested and closed": "{" * 100_000 + "}" * 100_000,
    "quotes": '{"a": ' + '"' * 2_000_000,
    "quotes in blanks": '{"a": "' + '" ' * 1_000_000,
    "quotes and commas": '{"a": "' + '", ' * 660_000,
    "quotes and words": '{"a": "' + 'x" y "' * 330_000,
    "backslashes": '{"a": "' + "\\" * 2_000_000,
    "escaped quotes": '{\\"a' * 500_000,
    "apostrophes": "{'a': '" + "'" * 2_000_000,
    "commas": '{"a": 1' + "," * 2_000_000,
    "blanks": '{"a"' + " " * 2_000_000,
    "brace and blanks": ("{" + " " * 99) * 20_000,
    "comment that never ends": '{"a": 1 /*' + "*" * 2_000_000,
    "comments": '{"a": 1 ' + "/**/" * 500_000,
    "slashes": '{"a": "' + '"/' * 1_000_000,
    "hashes": '{"a": "' + '"#' * 1_000_000,
    "digits": '{"a": ' + "9" * 2_000_000,
    "dots": '{"a": 1' + ".1" * 1_000_000,
    "words": '{"a": ' + "a" * 2_000_000,
    "thoughts": "<think></think>" * 130_000,
    "open thoughts": "<think>" * 280_000,
    "closing tags": "</think>\n" * 220_000,
    "unfinished words with a brace": "word { word " * 160_000,
    "a list of a million": '{"tags": [' + '"a",' * 500_000,
    "bullets": '{"word": "gap", "count": 3, "text": "t", "tags": "' + "- a\\n" * 400_000 + '"}',
    "words of a closed set": '{"word": "gap", "count": 3, "text": "t", "words": "' + "gap, " * 300_000 + '"}',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_judged_in_time(text: str) -> None:
    with suppress(UnusableText):
        assert read_output(Rated, text[:LONGEST]).output.word == "gap"
    with pytest.raises(UnusableText):
        read_output(Rated, f"Here it is: {text}{text}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)  # fmt: skip


@given(st.lists(JSON) | st.dictionaries(st.text(), JSON), st.booleans(), st.sampled_from([None, 1]))
def test_json_is_read_as_json_is(value: object, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    found = read_loosely(text + " and more", 0)
    assert found.value == json.loads(text)
    assert (found.end, found.cut) == (len(text), False)


FRAGMENTS = [*"{}[]\"':,\\ \nat1.<>/*#“”", "null", "...", '"word": "gap"', '"count": 1', '", "', '": ']


@given(st.lists(st.sampled_from(FRAGMENTS)).map("".join))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    for tried in (text, "{" + text, PLAIN[:-1] + text):
        with suppress(UnusableText):
            assert read_output(Rated, tried).output.count in (1, 3)
