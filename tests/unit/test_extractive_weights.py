"""The share of a query's terms that texts hold, counted in two ways."""

from hypothesis import given
from hypothesis import strategies as st

from tools.llm.extractive.tokens import _terms, terms
from tools.llm.extractive.weights import Terms, coverage

WORDS = st.lists(st.sampled_from([f"w{i}" for i in range(12)]), max_size=12)


@given(st.lists(WORDS, max_size=8), WORDS)
def test_counting_only_what_is_asked_for_comes_to_the_same(texts: list[list[str]], query: list[str]) -> None:
    assert coverage(texts, query).tolist() == Terms(texts).coverage(query).tolist()


def test_with_more_terms_than_are_counted_it_comes_to_the_same_too() -> None:
    texts = [[f"a{i}" for i in range(4_000)], [f"b{i}" for i in range(4_000)], ["a1", "c"]]
    assert coverage(texts, ["a1", "b3999", "c"]).tolist() == Terms(texts).coverage(["a1", "b3999", "c"]).tolist()


@given(st.text())
def test_terms_are_the_same_with_and_without_the_short_way(text: str) -> None:
    assert terms(text) == list(_terms(text))
