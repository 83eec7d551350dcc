"""References against a benchmark: the published method, recall beside it, and no title that is only near."""

import json

import pytest

from agents.evaluation.read_gold import read_gold
from agents.evaluation.read_text import read_survey
from agents.evaluation.ref_json import ref_json
from agents.evaluation.references import sam_r, score_references
from agents.evaluation.works import Gold, Work, arxiv_id_in, same_works
from tests.bench.sam import from_the_fields
from tools.errors import InvalidRequest

BENCH = ("1706.03762", "2010.11929", "2103.14030", "cs/9605103")


def test_only_ids_older_than_the_newest_of_the_benchmark_count() -> None:
    cited = ("1706.03762v5", "2010.11929", "2012.00001", "2103.14030", "2103.14031", "2401.00001", "cs/9605103", "")
    found = sam_r(cited, BENCH)
    assert (found.hit, found.counted, found.bench) == (2, 3, 3)
    assert found.precision == pytest.approx(2 / 3)
    assert found.precision == from_the_fields(cited, BENCH)


def test_serial_numbers_are_compared_as_numbers() -> None:
    assert sam_r(["1412.9999", "1501.00001"], ["1501.00002"]).counted == 2
    assert sam_r(["2103.9999"], ["2103.10000"]).counted == 1


def test_an_id_twice_counts_once_and_nothing_cited_is_nothing() -> None:
    assert sam_r(["1706.03762", "1706.03762v2"], BENCH).counted == 1
    assert sam_r([], BENCH).precision == 0.0
    assert sam_r(["1706.03762"], []).precision == 0.0


def test_titles_match_when_they_are_equal_and_never_when_they_are_near() -> None:
    gold = (Work(title="Attention Is All You Need"), Work(title="Deep Residual Learning for Image Recognition"))
    cited = (
        Work(title="Attention is all you need!"),
        Work(title="Attention Is Not All You Need"),
        Work(title="He et al. Deep residual learning for image recognition. CVPR, 2016.", whole_entry=True),
    )
    assert same_works(cited, gold) == {0: 0, 2: 1}


def test_recall_is_over_the_whole_benchmark_and_over_what_the_library_has() -> None:
    gold = Gold(
        name="bench",
        works=(Work(title="One work of the field", arxiv_id="2001.00001"), Work(title="Another work, never found")),
        held=frozenset({"p1", "p2"}),
    )
    works = (
        Work(title="One work of the field", arxiv_id="2001.00001", paper_id="p1"),
        Work(title="Something else entirely"),
    )
    found = score_references(works, gold)
    assert (found.precision, found.recall, found.held_recall) == (0.5, 0.5, 0.5)
    assert found.extra == ("Something else entirely",)
    assert found.missed == ("Another work, never found",)


def test_surveybench_files_are_read_and_ours_are_read_back() -> None:
    bench = json.dumps({"1706.03762": {"arxivId": "1706.03762", "title": "Attention is All you Need"}})
    assert read_gold(bench, "x_bench.json").works[0].title == "Attention is All you Need"
    works = (Work(title="Attention is All you Need", arxiv_id="1706.03762"), Work(title="A book", number=2))
    again = read_gold(ref_json(works), "ref.json").works
    assert [(work.title, work.arxiv_id) for work in again] == [(work.title, work.arxiv_id) for work in works]
    assert [work.arxiv_id for work in read_gold('["1706.03762", "A title"]', "list.json").works] == ["1706.03762", ""]


def test_of_several_topics_the_one_that_is_asked_for_is_taken() -> None:
    rows = [
        {"topic": name, "bench_references": [name], "bench_arxiv_ids": [None], "bench_refs_in_corpus": ["p"]}
        for name in ("Graphs", "Images")
    ]
    text = "\n".join(map(json.dumps, rows))
    gold = read_gold(text, "dev.jsonl", "images")
    assert gold.works[0].title == "Images"
    assert gold.held == {"p"}
    with pytest.raises(InvalidRequest, match="Graphs; Images"):
        read_gold(text, "dev.jsonl", "sound")


def test_what_holds_no_references_is_refused() -> None:
    for text, name in (("", "a.txt"), ("{}", "a.json"), ("not json", "a.json"), ("3", "a.json")):
        with pytest.raises(InvalidRequest):
            read_gold(text, name)


def test_a_survey_of_another_system_is_read_with_its_list() -> None:
    survey = read_survey(
        "# A Survey\n\n## Abstract\nShort.\n\n## 1 Methods\nOne [1; 2].\n\n### 1.1 Kinds\nTwo [3].\n\n"
        "## References\n[1] Attention is All you Need\n\n[2] He, K. *Deep Residual Learning*. 2016. arXiv:1512.03385\n"
        "3. Vaswani A. Something long enough to be found here. arXiv preprint arXiv:2001.00001v2, 2020.\n\n"
        "## Appendix\n\n[7] is said again here.\n"
    )
    assert (survey.title, survey.abstract) == ("A Survey", "Short.")
    assert [(part.number, part.level, part.title) for part in survey.parts] == [
        ("1", 2, "Methods"),
        ("1.1", 3, "Kinds"),
    ]
    assert [(work.number, work.title, work.arxiv_id) for work in survey.works[:2]] == [
        (1, "Attention is All you Need", ""),
        (2, "Deep Residual Learning", "1512.03385"),
    ]
    assert [work.arxiv_id for work in survey.works[2:]] == ["2001.00001"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2103.14030v2", "2103.14030"),
        ("https://arxiv.org/abs/1706.03762v5", "1706.03762"),
        ("arXiv preprint arXiv:2001.00001", "2001.00001"),
        ("cs/9605103", "cs/9605103"),
        ("pages 1234.5678 of something", ""),
        ("A title of 2024", ""),
    ],
)
def test_an_arxiv_id_is_found_where_it_is_one(text: str, found: str) -> None:
    assert arxiv_id_in(text) == found
