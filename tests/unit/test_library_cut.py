"""Sections cut into pieces: nothing is lost, little is said twice, budgets hold, tables and code stay whole."""

import re
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.library.blocks import blocks_of
from tools.library.chunk import split_paper
from tools.library.cut import OVERLAP_WORDS, WHOLE_WORDS, cut_section
from tools.library.words import words
from tools.types import Paper, PaperId, Section

BUDGET = 60

sizes = st.integers(1, 45)
paragraphs = st.lists(sizes, min_size=1, max_size=8)
tables = st.tuples(st.just("table"), st.integers(2, 12))
listings = st.tuples(st.just("code"), st.integers(1, 12))
parts = st.lists(st.one_of(paragraphs, tables, listings), max_size=8)
breaks = st.lists(st.booleans(), min_size=8, max_size=8)


def built(shape: list[list[int] | tuple[str, int]], pages: list[bool]) -> tuple[str, list[str]]:
    """A text of words that occur once each, and its tables and listings."""
    numbers = count()
    texts: list[str] = []
    wholes: list[str] = []
    for part, page in zip(shape, pages, strict=False):
        if isinstance(part, list):
            text = " ".join(" ".join(f"w{next(numbers)}" for _ in range(size)) + "." for size in part)
        elif part[0] == "table":
            rows = [f"| w{next(numbers)} | w{next(numbers)} |" for _ in range(part[1])]
            text = "\n".join([rows[0], "| --- | --- |", *rows[1:]])
            wholes.append(text)
        else:
            text = "\n".join(["```python", *(f"    w{next(numbers)} = 1" for _ in range(part[1])), "```"])
            wholes.append(text)
        texts.append("\f" * page + text)
    return "\n\n".join(texts), wholes


def numbers_in(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\bw(\d+)\b", text)]


@given(parts, breaks)
@settings(max_examples=150)
def test_nothing_is_lost_and_only_the_overlap_is_said_twice(
    shape: list[list[int] | tuple[str, int]], pages: list[bool]
) -> None:
    text, wholes = built(shape, pages)
    pieces = [piece.of(text) for piece in cut_section(text, BUDGET)]
    assert all(pieces)
    read: list[int] = []
    for piece in pieces:
        found = numbers_in(piece)
        assert found == list(range(found[0], found[-1] + 1)), "a piece is one run of the text"
        again = [number for number in found if number in read[-OVERLAP_WORDS:]]
        assert found[0] - len(again) <= (read[-1] + 1 if read else 0)
        assert len(again) <= OVERLAP_WORDS
        assert found[len(again) :] == [number for number in found if number > (read[-1] if read else -1)]
        read += found[len(again) :]
    assert read == sorted(numbers_in(text))
    for whole in wholes:
        assert any(whole in piece for piece in pieces)
    for piece in pieces:
        assert words(piece) <= BUDGET or any(whole == piece for whole in wholes)
        assert "\f" not in piece


@given(st.text(alphabet="ab .\n|`-~。語\f", max_size=400), st.integers(5, 40))
def test_any_text_comes_back_whole(text: str, budget: int) -> None:
    pieces = cut_section(text, budget)
    covered = 0
    for piece in pieces:
        assert not text[covered : piece.start].strip()
        covered = max(covered, piece.end)
    assert not text[covered:].strip()
    assert [block.start for block in blocks_of(text)][1:] == [block.end for block in blocks_of(text)][:-1]


def test_the_overlap_begins_with_a_sentence_of_the_same_paragraph() -> None:
    long = " ".join(f"Sentence number {n} of the paragraph says what it says." for n in range(20))
    text = f"Before it stands another paragraph.\n\n{long}"
    pieces = [piece.of(text) for piece in cut_section(text, BUDGET)]
    assert len(pieces) > 3
    for before, after in pairwise(pieces[1:]):
        assert after.startswith("Sentence number")
        repeated = after[: after.index(".") + 1]
        assert before.endswith(repeated) or repeated in before


def test_whole_paragraphs_are_not_repeated() -> None:
    text = "\n\n".join(f"Paragraph {n} is short. It has two sentences." for n in range(40))
    joined = "\n\n".join(piece.of(text) for piece in cut_section(text, BUDGET))
    assert joined == text


def test_a_table_too_large_is_cut_between_rows_below_its_header() -> None:
    rows = [f"| {n} | value {n} |" for n in range(400)]
    text = "\n".join(["Before.", "", "| n | what |", "| --- | --- |", *rows, "", "After."])
    pieces = [piece.of(text) for piece in cut_section(text)]
    tables = [piece for piece in pieces if "| n | what |" in piece]
    assert len(tables) > 4
    assert all("| n | what |\n| --- | --- |\n| " in piece for piece in tables)
    assert [row for piece in pieces for row in piece.splitlines() if "value" in row] == rows
    assert all(words(piece) <= WHOLE_WORDS for piece in pieces)


def test_code_too_large_is_cut_between_lines_within_fences() -> None:
    lines = [f"call(number_{n}, other_{n})" for n in range(500)]
    text = "\n".join(["```python", *lines, "```"])
    pieces = [piece.of(text) for piece in cut_section(text)]
    assert len(pieces) > 3
    assert all(piece.startswith("```python\n") and piece.endswith("\n```") for piece in pieces)
    assert [line for piece in pieces for line in piece.splitlines()[1:-1]] == lines


def test_one_row_longer_than_any_budget_is_still_cut() -> None:
    text = "| a | b |\n| --- | --- |\n| " + "word " * 3_000 + "| end |"
    pieces = [piece.of(text) for piece in cut_section(text)]
    assert max(words(piece) for piece in pieces) <= WHOLE_WORDS
    assert sum(piece.count("word") for piece in pieces) == 3_000


def test_a_fence_that_nothing_closes_is_text() -> None:
    text = "```\n" + "Some words stand here. " * 200
    assert len(cut_section(text, BUDGET)) > 5


def test_many_fences_take_no_longer_than_their_length() -> None:
    assert len(blocks_of("```\n" * 20_001)) > 1


def paper(*sections: Section, **fields: object) -> Paper:
    return Paper.model_validate({"id": "p", "title": "T", "abstract": "A.", "sections": sections, **fields})


def test_the_path_of_headings_leads_down_to_the_passage() -> None:
    passages = split_paper(
        paper(
            Section(heading="Method", text="", level=1),
            Section(heading="Search", text="Text one.", level=2),
            Section(heading="Index", text="Text two.", level=3),
            Section(heading="Check", text="Text three.", level=2),
            Section(heading="End", text="Text four.", level=1),
        )
    )
    assert [passage.heading for passage in passages] == [
        "Abstract",
        "Method > Search",
        "Method > Search > Index",
        "Method > Check",
        "End",
    ]
    assert {passage.paper_id for passage in passages} == {PaperId("p")}


def test_passages_begin_on_the_page_that_they_begin_on() -> None:
    text = "\n\n".join(["First page. " * 100, "\f" + "Second page. " * 100, "\f\f" + "Fourth page. " * 100])
    passages = split_paper(paper(Section(heading="H", text=text, page=7)))[1:]
    pages = {re.sub(r"\W.*", "", passage.text, flags=re.S): passage.page for passage in passages}
    assert pages == {"First": 7, "Second": 8, "Fourth": 10}


def test_without_a_page_of_the_section_there_is_none_of_the_passage() -> None:
    [_, passage] = split_paper(paper(Section(heading="H", text="Some\f text.")))
    assert (passage.page, passage.text) == (None, "Some text.")


@pytest.mark.parametrize("language", ["", "ja"])
def test_passages_have_the_language_of_the_paper(language: str) -> None:
    passages = split_paper(paper(Section(heading="H", text="Text."), language=language))
    assert {passage.language for passage in passages} == {language}


def test_a_path_of_endless_headings_keeps_the_innermost() -> None:
    sections = [Section(heading=f"{n} " + "long " * 60, text="Text.", level=n) for n in range(1, 9)]
    assert split_paper(paper(*sections))[-1].heading.startswith("8 ")
