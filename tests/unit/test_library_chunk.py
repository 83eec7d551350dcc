import pytest

from tools.library.chunk import BUDGET_WORDS, split_paper, split_text, words
from tools.types import Paper, PaperId, Section


def paper(**fields: object) -> Paper:
    return Paper.model_validate({"id": "p", "title": "A title", **fields})


def test_abstract_is_one_passage() -> None:
    [passage] = split_paper(paper(abstract="First. Second."))
    assert (passage.id, passage.heading, passage.text) == ("p#0", "Abstract", "First. Second.")


@pytest.mark.parametrize("abstract", ["", " \n", "\0"])
def test_paper_without_abstract_is_found_by_its_title(abstract: str) -> None:
    [passage] = split_paper(paper(abstract=abstract))
    assert passage.text == "A title"


def test_sections_follow_in_order_with_their_headings() -> None:
    sections = (
        Section(heading="Method", text="One sentence. " * 250),
        Section(heading="Empty", text="  "),
        Section(heading="End", text="Done."),
    )
    passages = split_paper(paper(abstract="About.", sections=sections))
    assert [p.id for p in passages] == [f"p#{i}" for i in range(len(passages))]
    assert [p.heading for p in passages] == ["Abstract", "Method", "Method", "End"]
    assert {p.paper_id for p in passages} == {PaperId("p")}


def test_a_whole_paper_filed_as_abstract_is_split() -> None:
    passages = split_paper(paper(abstract="One more sentence here. " * 400))
    assert len(passages) > 3
    assert {p.heading for p in passages} == {"Abstract"}


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(f"Paragraph {i}. " + "It says things, at length. " * 20 for i in range(30)),
        "no sentence ends here " * 500,
        "日本語の文章には空白がありません。" * 200,
        "句読点もない" * 500,
        "x" * 30_000,
        "한국어 문장은 띄어쓰기가 있다. " * 300,
    ],
)
def test_pieces_fit_the_budget_and_lose_nothing(text: str) -> None:
    pieces = split_text(text)
    assert len(pieces) > 1
    assert all(words(piece) <= BUDGET_WORDS for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_cuts_fall_between_sentences() -> None:
    pieces = split_text("This is sentence number one of many. " * 100)
    assert all(piece.endswith("many.") for piece in pieces)


def test_paragraphs_stay_whole_where_they_fit() -> None:
    paragraph = "A short thought. " * 60
    assert split_text(f"{paragraph}\n\n{paragraph}") == [paragraph.strip()] * 2


def test_blank_text_has_no_pieces() -> None:
    assert split_text(" \n\n \t") == []
