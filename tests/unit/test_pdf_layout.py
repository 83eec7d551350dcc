"""PDFs as papers are set: the text comes in reading order, under its headings, on its pages."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.papers_in_pdf import NOTES, PAPERS
from tests.pdfs import sentences
from tools.library.chunk import split_paper
from tools.library.ingest.pdf import read_pdf
from tools.types import Paper


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Paper]]:
    """Each PDF as it was read, two at a time as a busy service reads them."""
    folder = tmp_path_factory.mktemp("pdfs")

    def read(name: str) -> Paper:
        path = folder / f"{name}.pdf"
        path.write_bytes(PAPERS[name]())
        [paper] = read_pdf(path)
        assert isinstance(paper, Paper), paper
        return paper

    with ThreadPoolExecutor(2) as pool:
        yield dict(zip(PAPERS, pool.map(read, PAPERS), strict=True))


def text(paper: Paper) -> str:
    return "\n\n".join(section.text for section in paper.sections)


def outline(paper: Paper) -> list[tuple[str, int, int | None]]:
    return [(section.heading, section.level, section.page) for section in paper.sections]


def in_order(tag: str, count: int, found: str) -> bool:
    """Whether all sentences of the tag are there whole, one after the other."""
    flat = " ".join(found.split())
    places = [flat.find(sentence) for sentence in sentences(tag, count)]
    return -1 not in places and places == sorted(places) and flat.count(f"Sentence {tag} ") == count


def test_one_column_with_heads_and_page_numbers(papers: dict[str, Paper]) -> None:
    paper = papers["one_column"]
    assert paper.title == "Measuring Everything at Once"
    assert paper.authors == ("Ada Lovelace", "Charles Babbage")
    assert paper.abstract == " ".join(sentences("abs", 3))
    assert paper.topics == ("measuring", "engines", "punched cards")
    assert paper.formats == ("pdf",)
    assert outline(paper) == [
        ("1 Introduction", 1, 1),
        ("1.1 Aims", 2, 1),
        ("2 Method", 1, 1),
        ("2.1 Details of the second method", 2, 2),
        ("3 Conclusion", 1, 3),
    ]
    wanted = ["intro", "aims", "carry", "detail", "end"]
    assert [section.text.split()[1] for section in paper.sections] == wanted
    assert in_order("carry", 12, paper.sections[2].text)
    assert "Lovelace and Babbage ·" not in text(paper)
    assert not re.search(r"\d", text(paper))


def test_two_columns_one_after_the_other(papers: dict[str, Paper]) -> None:
    paper = papers["two_columns"]
    assert paper.title == "Two Columns Are Read One after the Other"
    assert paper.authors == ("Grace Hopper", "Alan Turing")
    assert paper.abstract == " ".join(sentences("abs", 3))
    assert outline(paper) == [("1 Introduction", 1, 1), ("2 Results", 1, 2)]
    assert in_order("body", 60, paper.sections[0].text)
    assert in_order("res", 40, paper.sections[1].text)
    assert "A footnote about the engine stands below the column." in paper.sections[0].text


def test_hanging_references_are_entries_of_their_own(papers: dict[str, Paper]) -> None:
    entries = papers["two_columns"].references
    assert len(entries) == 6
    assert entries[1] == "Author 2, A. 2002. The title of work 2, which needs another line for its venue 2."
    assert "venue" not in text(papers["two_columns"])


def test_full_width_parts_stand_between_columns(papers: dict[str, Paper]) -> None:
    """Drawn in another order than it is read in."""
    paper = papers["mixed"]
    assert paper.abstract == " ".join(sentences("wide", 5))
    assert outline(paper) == [("1 Introduction", 1, 1)]
    [section] = paper.sections
    assert in_order("flow", 50, section.text)
    rows = [line for line in section.text.splitlines() if line.startswith("|")]
    assert rows[0] == "| System | Cranfield | CISI | CSFCube |"
    assert rows[-1] == "| Hybrid | 36.9 | 41.6 | 46.5 |"


def test_a_table_over_two_pages_is_one_table_with_one_header(papers: dict[str, Paper]) -> None:
    paper = papers["long_table"]
    rows = [line for line in text(paper).splitlines() if line.startswith("|")]
    assert rows[0] == "| Number | Name of the set | Papers | Score |"
    assert rows[2:] == [f"| {n} | set {n} | {100 * n} | 0.{n:02d} |" for n in range(1, 61)]
    assert in_order("around", 9, text(paper))
    [table] = [passage for passage in split_paper(paper) if "| set 1 |" in passage.text]
    assert "| set 60 |" in table.text


def test_footnotes_and_changing_heads_do_not_cut_sentences(papers: dict[str, Paper]) -> None:
    found = text(papers["footnotes"]).replace("\f", "")
    assert in_order("note", 100, found)
    for number, word in enumerate(NOTES, 1):
        assert (
            f"\n{number} This explains {word}, which stands above on the page, in some more words on {word}." in found
        )
    assert "Journal of Notes" not in found
    assert "A. Author et al." not in found


def test_words_broken_at_line_ends(papers: dict[str, Paper]) -> None:
    paper = papers["hyphens"]
    assert paper.title == "Words Broken at the Ends of Lines"
    found = text(paper)
    for whole in ("more information to", "a state-of-the-art model", "as GPT-4, to", "a Mixture-of-Experts and"):
        assert whole in found
    assert "which are data-driven, for short- and long-term goals." in found
    assert "https://example.org/a-b for it" in found


def test_japanese(papers: dict[str, Paper]) -> None:
    paper = papers["japanese"]
    assert paper.title == "知識検索の新しい手法について"
    assert paper.authors == ("山田太郎", "鈴木花子")
    assert paper.abstract == "本論文では知識検索の新しい手法を提案する。実験により有効性を示した。"
    assert outline(paper) == [("1. はじめに", 1, 1), ("2. 提案手法", 1, 1), ("2.1 検索", 2, 1)]
    assert paper.sections[1].text == "提案手法は三つの段階からなる。まず検索を行い、次に検証する。"
    assert paper.references == ("[1] 佐藤次郎. 検索の基礎. 2019.", "[2] 田中三郎. 検証の方法. 2021.")


def test_korean(papers: dict[str, Paper]) -> None:
    paper = papers["korean"]
    assert paper.abstract == "본 논문은 지식 검색을 위한 새로운 방법을 제안한다."
    assert outline(paper) == [("1. 서론", 1, 1), ("2. 결론", 1, 1)]
    assert paper.sections[0].text == "최근 대규모 언어 모델이 널리 사용되고 있다. 그러나 잘못된 인용이 문제이다."


def test_chinese(papers: dict[str, Paper]) -> None:
    paper = papers["chinese"]
    assert paper.abstract == "本文提出一种新的知识检索方法。"
    assert outline(paper) == [("一、引言", 1, 1), ("二、结论", 1, 1)]
    assert paper.sections[0].text == "近年来大规模语言模型得到广泛应用。但是错误引用仍是问题。"


def test_roman_numbers_code_and_what_follows_the_references(papers: dict[str, Paper]) -> None:
    paper = papers["ieee"]
    assert paper.abstract == " ".join(sentences("abs", 3))
    assert paper.topics == ("Roman numerals", "radium")
    levels = [("I. INTRODUCTION", 1), ("II. METHOD", 1), ("A. Apparatus", 2), ("Appendix", 1)]
    assert [(heading, level) for heading, level, _ in outline(paper)] == levels
    assert "```\ndef weigh(sample):\n    return sample.mass\n```" in paper.sections[2].text
    assert paper.references[1] == "[2] A. Author, “Work number 2,” J. Phys., vol. 2, pp. 1–2, 1902. doi:10.1000/x2."
    assert in_order("app", 2, paper.sections[3].text)


def test_identifiers_of_cited_works_are_not_the_papers_own(papers: dict[str, Paper]) -> None:
    assert papers["ieee"].doi == ""
    assert papers["ieee"].id.startswith("pdf-")
    stamped = papers["stamped"]
    assert (stamped.arxiv_id, stamped.id, stamped.published) == ("2301.04567", "2301.04567", "2023-01-11")
    assert stamped.url == "https://arxiv.org/abs/2301.04567"


def test_a_page_lying_on_its_side(papers: dict[str, Paper]) -> None:
    found = text(papers["stamped"])
    assert "This landscape page is read across like any other. Its second line follows the first one." in found
    assert "[cs.CL]" not in found


def test_passages_know_their_page_and_path(papers: dict[str, Paper]) -> None:
    passages = split_paper(papers["one_column"])
    assert (passages[0].heading, passages[0].page) == ("Abstract", None)
    paths = {passage.heading: passage.page for passage in passages[1:]}
    assert paths["2 Method > 2.1 Details of the second method"] == 2
    assert paths["3 Conclusion"] == 3
    notes = [passage for passage in split_paper(papers["footnotes"]) if passage.heading == "1 Text"]
    assert [passage.page for passage in notes] == sorted(passage.page or 0 for passage in notes)
    [last] = [passage for passage in notes if "explains gears" in passage.text]
    assert (last.page or 0) > 1
