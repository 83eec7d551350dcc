"""Diversity of results."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tools.library.rank.mmr import WINDOW, diversified

TWO_ALIKE = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)


def test_a_repetition_gives_way_to_something_else() -> None:
    assert diversified("aab", [1.0, 0.9, 0.8], TWO_ALIKE, 0.5) == ["a", "b", "a"]


def test_no_diversity_changes_nothing() -> None:
    assert diversified("abc", [1.0, 0.9, 0.8], TWO_ALIKE, 0.0) == ["a", "b", "c"]


def test_relevance_still_counts() -> None:
    assert diversified("abc", [1.0, 0.9, 0.0], TWO_ALIKE, 0.3) == ["a", "b", "c"]


@given(st.integers(0, WINDOW + 50), st.floats(0, 1))
def test_everything_stays_and_what_is_far_down_keeps_its_place(count: int, diversity: float) -> None:
    rows = np.random.default_rng(count).normal(size=(count, 4)).astype(np.float32)
    reordered = diversified(range(count), [-float(i) for i in range(count)], rows, diversity)
    assert sorted(reordered) == list(range(count))
    assert reordered[WINDOW:] == list(range(WINDOW, count))
