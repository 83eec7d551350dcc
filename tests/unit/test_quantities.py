"""The numbers of a text, whatever the language they are written in, and whether its sources have them."""

import pytest

from tools.quantities.compare import missing
from tools.quantities.read import quantities, spelled


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Megalodon은 7억 개의 파라미터와 2조 개의 훈련 토큰", [7e8, 2e12]),
        ("パラメータは70億、データは1億2000万件と3.5兆トークン", [7e9, 1.2e8, 3.5e12]),
        ("1억 2천만 명과 3조 5천억 원, 10만 8천 개, 2천만", [1.2e8, 3.5e12, 108_000, 2e7]),
        ("1万2345件、９,０００サンプル", [12_345, 9_000]),
        ("7 billion parameters, 12.5M tokens, a 10B-parameter model, 54K pairs", [7e9, 1.25e7, 1e10, 5.4e4]),
        ("from 1e-6 to 4.5 × 10^3 in 300 minutes or 5 hours", [1e-6, 4_500, 18_000, 18_000]),
        ("57.5で18%上回り、840x840ピクセル", [57.5, 18, 840, 840]),
        ("3조 5 팀", [3e12, 5]),
    ],
)
def test_numbers_have_their_value_in_every_language(text: str, values: list[float]) -> None:
    assert [quantity.value for quantity in quantities(text)] == pytest.approx(values)


def test_what_only_looks_like_a_quantity_is_none() -> None:
    text = (
        "## 3. Results\n1. GPT-4, Qwen2.5 and H200 [12] [3, 4]\n"
        "See Table 3, Section 4.2, 図5 and 第2章 of arXiv:2503.05641v1 (https://x.org/a/77) with `n = 12`."
    )
    assert quantities(text) == ()


def test_a_date_is_its_year() -> None:
    assert [(q.value, q.unit) for q in quantities("2025年11月13日に、2024-06-30から")] == [
        (2025, "year"),
        (2024, "year"),
    ]


def test_a_quantity_is_located_in_its_text() -> None:
    text = "パラメータは 1億 2천만 個"
    (found,) = quantities(text)
    assert text[found.start : found.end] == found.text == "1億 2천만"


def test_small_numbers_in_words_are_read_where_they_count_something() -> None:
    assert [q.value for q in spelled("Seven models, 七つのデータセット, 일곱 가지 방법")] == [7, 7, 7]
    assert spelled("세계의 十分な一二三") == ()


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("70億パラメータ", "7 billion parameters"),
        ("about 57% better", "56.8 percent better"),
        ("6.7B parameters", "6.74 billion parameters"),
        ("It took 300 minutes.", "after 5 hours"),
        ("83% of them", "a share of 0.83"),
        ("about 300 papers", "305 papers"),
        ("14 of 20 in 2024", "14 of the 20 (2024-05-01)"),
        ("a gain of 4.3 points", "4.3% better"),
    ],
)
def test_a_number_stands_in_a_source_that_says_it_in_other_words(text: str, source: str) -> None:
    assert missing(text, [source]) == ()


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("it took 50 hours", "it took 50 days"),
        ("57 data sets", "57.5 points"),
        ("18.4%", "18.0% and 18.6%"),
        ("in 2023", "in 2024"),
        ("12 models", "11 models, GPT-12"),
        ("6.74B parameters", "6.7 billion parameters"),
    ],
)
def test_another_number_does_not_stand_in_for_it(text: str, source: str) -> None:
    assert len(missing(text, [source])) == 1


def test_a_slip_of_the_unit_is_named() -> None:
    (found,) = missing("7억 개의 파라미터와 2조 개의 토큰", ["7 billion parameters and 2 trillion tokens"])
    assert str(found) == "7억 is 700,000,000, but the source says 7 billion, which is 7,000,000,000"


def test_small_counts_are_checked_where_that_is_wanted() -> None:
    source = "We use eight data sets."
    assert missing("7つのデータセット", [source]) == ()
    assert [m.quantity.value for m in missing("7つのデータセット", [source], small=True)] == [7]
    assert missing("八つのデータセット", [source], small=True) == ()


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("100万以上の記録", "over one million recordings across 100 games"),
        ("2만 개", "twenty thousand items"),
        ("3,000,000 rows", "三百万行のデータ"),
        ("1M rows", "백만 개의 행"),
    ],
)
def test_large_numbers_in_words_count_as_numbers(text: str, source: str) -> None:
    assert missing(text, [source]) == ()


def test_small_numbers_that_share_a_digit_are_no_slip() -> None:
    (found,) = missing("100万件", ["100 games"])
    assert found.slip is None


def test_a_wrong_power_of_ten_of_the_same_thing_is_a_slip_and_another_model_is_none() -> None:
    (found,) = missing("70 billion parameters", ["at a scale of 7 billion parameters and 2 trillion tokens"])
    assert found.slip is not None
    (other,) = missing("a 70B model", ["the 7B model with 7 billion parameters"])
    assert other.slip is None
