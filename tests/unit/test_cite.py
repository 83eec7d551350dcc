"""Citations are renumbered, checked and never split, however the text is cut into pieces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.cite import UNVERIFIED, Citer, cited_labels, relabelled, without_marks
from tests.examples import evidence

FOUR = [evidence(1, "a"), evidence(2, "b"), evidence(3, "a"), evidence(4, "c")]


def cite(text: str, *, size: int | None = None) -> tuple[str, Citer]:
    citer = Citer(FOUR)
    pieces = [text] if size is None else [text[i : i + size] for i in range(0, len(text), size)]
    return "".join(citer.feed(piece) for piece in pieces) + citer.close(), citer


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("First [2]. Then [1].", "First [1]. Then [2]."),
        ("Both passages of one paper [1][3].", "Both passages of one paper [1]."),
        ("A list [1, 2; 4].", "A list [1][2][3]."),
        ("A range [1-4].", "A range [1][2][3]."),
        ("Side by side [1][2][3][1].", "Side by side [1][2]."),
        ("Apart [1] and [3].", "Apart [1] and [1]."),
        ("Other brackets 【2†source】.", "Other brackets [1]."),
        ("Spelled out [passage 2].", "Spelled out [1]."),
        ("Footnote style [^4].", "Footnote style [1]."),
        ("Invented [9].", f"Invented {UNVERIFIED}."),
        ("Half invented [2, 9].", f"Half invented [1]{UNVERIFIED}."),
        ("The year [2024] is no citation.", "The year [2024] is no citation."),
        ("Code `a[1]` stays, text [1] does not.", "Code `a[1]` stays, text [1] does not."),
        ("A `stray backtick [9]. Then [2].", f"A `stray backtick {UNVERIFIED}. Then [1]."),
        ("```\na[1] = [9]\n```\nText [1].", "```\na[1] = [9]\n```\nText [1]."),
        ("Huge [12345].", f"Huge {UNVERIFIED}."),
        ("Linked [1](http://evil.example).", "Linked [1] (http://evil.example)."),
        ("An [aside] and [link](http://x).", "An [aside] and [link](http://x)."),
        ("Unclosed [1", "Unclosed [1"),
    ],
)
def test_marks(written: str, shown: str) -> None:
    assert cite(written)[0] == shown


def test_references_are_papers_in_order_of_first_use_with_every_passage_cited() -> None:
    _, citer = cite("x [4]. y [1]. z [3].")
    assert [(r.number, r.paper_id, list(r.passages)) for r in citer.references] == [
        (1, "c", ["c#4"]),
        (2, "a", ["a#1", "a#3"]),
    ]


def test_marks_point_at_the_characters_of_the_shown_text() -> None:
    shown, citer = cite("Alpha [2] beta [9] gamma [1][4].")
    assert [(shown[m.start : m.end], m.number) for m in citer.marks] == [("[1]", 1), ("[2]", 2), ("[3]", 3)]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(["word ", "[1]", "[2, 9]", "[", "]", "【3】", "`", "```", "[99", "(x)", "é", "[1][3]", "\n"]),
        max_size=30,
    ),
    st.integers(min_value=1, max_value=9),
)
def test_cutting_the_stream_elsewhere_changes_nothing(parts: list[str], size: int) -> None:
    text = "".join(parts)
    whole, streamed = cite(text), cite(text, size=size)
    assert whole[0] == streamed[0]
    assert whole[1].marks == streamed[1].marks
    assert whole[1].references == streamed[1].references


def test_numbers_are_shared_between_texts() -> None:
    numbers: dict[str, int] = {}
    first, second = Citer(FOUR, numbers), Citer([evidence(1, "c"), evidence(2, "z")], numbers)  # type: ignore[arg-type]
    assert first.feed("[4][1]") + first.close() == "[1][2]"
    assert second.feed("[2][1]") + second.close() == "[3][1]"
    assert [r.number for r in second.references] == [1, 3]


def test_labels_and_plain_text() -> None:
    assert cited_labels("a [2], b [1,4] in [2020]") == (2, 1, 4)
    assert without_marks("It works [1, 2]. Really [unverified].") == "It works. Really."


def test_relabelling_follows_the_passage_and_drops_what_has_no_place() -> None:
    assert relabelled("x [1] y [2].", FOUR, {FOUR[0].passage_id: 7}) == "x [7] y."
