"""Fusion and the lexical index, without the rest of a library."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.library.journal import Applied, Entry
from tools.library.lexical import LexicalIndex
from tools.library.rank.fuse import Ranking, fuse
from tools.library.scope import Allowed
from tools.library.search import at_most_per_paper
from tools.library.terms import DISTINCT_QUERY_TERMS, build_analyser, query_terms
from tools.types import PaperId, PassageId

TEXTS = {
    "gnn": ("Graph neural networks", "Message passing over molecules predicts their properties."),
    "bert": ("Language models", "Pre-training deep bidirectional transformers. Müller et al. use BERT."),
    "ja": ("深層学習による論文検索", "本研究では、ニューラルネットワークを用いてBERTモデルを評価する。"),
    "ko": ("딥러닝 기반 논문 검색", "그래프 신경망을 이용한 추천 시스템을 제안한다."),
    "zh": ("图神经网络综述", "我们回顾了分子性质预测的方法。"),
    "th": ("การเรียนรู้เชิงลึก", "โครงข่ายประสาทเทียมสำหรับการค้นหา"),
}


def entry(name: str, title: str, text: str) -> Entry:
    number = [*TEXTS, name].index(name) + 1
    return Entry(
        id=PassageId(f"{name}#0"), paper_id=PaperId(name), number=number, title=title, heading="Abstract", text=text
    )


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LexicalIndex]:
    index = LexicalIndex(tmp_path / "lexical", read_only=False)
    index.apply([entry(name, *texts) for name, texts in TEXTS.items()], [])
    yield index
    index.close()


def search(index: LexicalIndex, query: str, limit: int, names: Sequence[str] | None = None) -> list[PassageId]:
    if names is None:
        return list(index.search(index.terms(query), limit))
    mask = np.isin(["", *TEXTS], names)
    allowed = Allowed(mask=mask, count=int(mask.sum()), share=float(mask.sum() / len(TEXTS)))
    return list(index.search(index.terms(query), limit, allowed))


def test_fusion_adds_weighted_standard_scores() -> None:
    fused = fuse([Ranking(0.75, {"a": 9.0, "b": 3.0}, 0.0), Ranking(0.25, {"b": 0.8, "c": 0.2})])
    first, second = np.array([9.0, 3.0, 0.0]), np.array([0.2, 0.8, 0.2])
    expected = 0.75 * (first - first.mean()) / first.std() + 0.25 * (second - second.mean()) / second.std()
    assert fused == pytest.approx(dict(zip("abc", expected.tolist(), strict=True)))
    assert list(fused) == ["a", "b", "c"]


def test_fusing_nothing_gives_nothing() -> None:
    assert fuse([]) == fuse([Ranking(1.0, {}), Ranking(0.3, {})]) == {}


@given(st.dictionaries(st.integers(), st.floats(0, 100), min_size=1))
def test_one_ranking_keeps_its_order(scores: dict[int, float]) -> None:
    fused = fuse([Ranking(1.0, scores)])
    assert all(scores[a] >= scores[b] or fused[a] == pytest.approx(fused[b]) for a, b in pairwise(fused))
    assert fused.keys() == scores.keys()


def test_what_alone_has_a_word_is_not_lost_among_much_that_is_like() -> None:
    near = {f"{i}": 0.5 - i / 1000 for i in range(50)}
    assert next(iter(fuse([Ranking(0.6, {"49": 7.0}, 0.0), Ranking(0.4, near)]))) == "49"


def test_one_paper_cannot_fill_the_list() -> None:
    passages = [PassageId(i) for i in ("a#0", "a#1", "b#0", "a#2", "b#1")]
    assert at_most_per_paper(passages, 2) == ["a#0", "a#1", "b#0", "b#1"]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("graph", "gnn"),
        ("molecule property prediction", "gnn"),
        ("MULLER", "bert"),
        ("ニューラルネットワーク", "ja"),
        ("論文検索", "ja"),
        ("ﾆｭｰﾗﾙ", "ja"),
        ("本", "ja"),
        ("신경망", "ko"),
        ("추천시스템", "ko"),
        ("神经网络", "zh"),
        ("分子性质", "zh"),
        ("ประสาทเทียม", "th"),
    ],
)
def test_words_are_found_in_any_script(index: LexicalIndex, query: str, first: str) -> None:
    assert search(index, query, 5)[0] == f"{first}#0"


def test_latin_word_inside_japanese_is_found(index: LexicalIndex) -> None:
    assert set(search(index, "bert", 5)) == {"bert#0", "ja#0"}


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        '"',
        "((((",
        "a AND (b OR",
        "title:x^2~",
        "\0",
        "\ud800",
        "?!*",
        "[1 TO",
        "+-&&||!",
        "the",
        "/re.*/",
        "\\",
    ],
)
def test_hostile_queries_are_only_text(index: LexicalIndex, query: str) -> None:
    assert search(index, query, 5) == []


@given(st.text())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_query_is_answered(index: LexicalIndex, query: str) -> None:
    assert len(search(index, query, 5)) <= 5


def test_syntax_in_a_query_hides_no_words(index: LexicalIndex) -> None:
    assert search(index, '-graph AND ("neural', 1) == ["gnn#0"]


def test_a_very_long_query_keeps_its_rare_words(index: LexicalIndex) -> None:
    noise = " ".join(f"word{i}" for i in range(9_000))
    assert search(index, f"{noise} molecules molecules", 1) == ["gnn#0"]


def test_long_queries_are_cut_to_their_heaviest_terms() -> None:
    query = " ".join([*(f"common{i}" for i in range(100)), "rare", "often often"])
    terms = query_terms(build_analyser(), query, lambda term: 0.5 if term.startswith("common") else 0.01)
    assert len(terms) == DISTINCT_QUERY_TERMS
    assert terms["rare"] == 1
    assert terms["often"] == 2


def test_a_repeated_word_weighs_more(index: LexicalIndex) -> None:
    assert search(index, "transformers molecules molecules molecules", 2) == ["gnn#0", "bert#0"]
    assert search(index, "transformers transformers transformers molecules", 2) == ["bert#0", "gnn#0"]


def test_a_title_weighs_more_than_text(index: LexicalIndex) -> None:
    index.apply([entry("t", "Quokka", "A marsupial is small."), entry("u", "A marsupial", "Quokka is small.")], [])
    assert search(index, "quokka", 2) == ["t#0", "u#0"]


@pytest.mark.parametrize("listed", [0, 2_000])
def test_only_what_is_allowed_is_found(index: LexicalIndex, monkeypatch: pytest.MonkeyPatch, listed: int) -> None:
    monkeypatch.setattr("tools.library.lexical.LISTED_AT_MOST", listed)
    assert search(index, "bert", 1, ["ja"]) == ["ja#0"]
    assert search(index, "bert", 5, ["gnn", "ko"]) == []
    assert search(index, "bert", 5, []) == []


def test_applying_twice_changes_nothing(index: LexicalIndex) -> None:
    again = entry("gnn", *TEXTS["gnn"])
    index.apply([again], [2, 99])
    index.apply([again], [2, 99])
    assert search(index, "molecules", 5) == ["gnn#0"]
    assert search(index, "bert", 5) == ["ja#0"]


def test_it_remembers_how_far_it_came(tmp_path: Path) -> None:
    done = Applied(library="l", seq=7)
    index = LexicalIndex(tmp_path, read_only=False)
    assert index.applied() is None
    index.apply([entry("gnn", *TEXTS["gnn"])], [])
    index.mark(done)
    index.close()
    reopened = LexicalIndex(tmp_path, read_only=False)
    assert reopened.applied() == done
    reopened.clear()
    assert reopened.applied() is None
    assert search(reopened, "molecules", 5) == []
    reopened.close()
