"""The temporal selection: every period has its share, and what is left out is said."""

from hypothesis import given
from hypothesis import strategies as st

from tools.library.rank.temporal import Selection, apportioned, by_time
from tools.types import Hit, Paper, PaperId, Passage, PassageId


def hit(name: str, published: str = "", *, score: float = 0.0, citations: int | None = None, passage: int = 0) -> Hit:
    paper = Paper(id=PaperId(name), title=name, published=published, citations=citations)
    return Hit(
        passage=Passage(id=PassageId(f"{name}#{passage}"), paper_id=paper.id, heading="", text=name),
        paper=paper,
        score=score,
    )


def names(selection: Selection) -> list[str]:
    return [found.paper.id for found in selection.kept]


@given(st.dictionaries(st.integers(0, 50), st.integers(1, 200), max_size=12), st.integers(-1, 900))
def test_seats_add_up_and_no_group_is_forgotten(sizes: dict[int, int], budget: int) -> None:
    seats = apportioned(sizes, budget)
    assert sum(seats.values()) == max(0, min(budget, sum(sizes.values())))
    assert all(0 <= seats[key] <= sizes[key] for key in sizes)
    if budget >= len(sizes):
        assert all(seats.values())


@given(st.dictionaries(st.integers(0, 50), st.integers(20, 200), min_size=1, max_size=8))
def test_large_groups_have_seats_in_proportion(sizes: dict[int, int]) -> None:
    budget = sum(sizes.values()) // 2
    for key, seats in apportioned(sizes, budget).items():
        assert abs(seats - sizes[key] * budget / sum(sizes.values())) <= 1


def test_the_one_old_paper_among_twenty_is_kept() -> None:
    hits = [hit(f"new{i}", "2024", score=1 - i / 100) for i in range(19)] + [hit("old", "2009", score=0.1)]
    assert "old" in names(by_time(hits, 10))
    assert len(by_time(hits, 10).kept) == 10


def test_newer_windows_come_first_and_undated_papers_last() -> None:
    hits = [hit("undated"), hit("2019", "2019"), hit("2024", "2024"), hit("2023", "2023"), hit("2021", "2021-05")]
    assert names(by_time(hits, 5)) == ["2024", "2023", "2021", "2019", "undated"]


def test_windows_are_two_years_ending_with_the_as_of_date() -> None:
    selection = by_time([hit("a", "2022"), hit("b", "2021"), hit("c", "2020")], 3, as_of="2022-06")
    assert [(w.first, w.last, w.candidates, w.kept) for w in selection.windows] == [
        (2021, 2022, 2, 2),
        (2019, 2020, 1, 1),
    ]


def test_what_came_after_the_as_of_date_is_out_and_said_so() -> None:
    hits = [hit("before", "2021-03"), hit("same-year", "2021"), hit("later", "2021-09"), hit("next", "2022")]
    selection = by_time(hits, 10, as_of="2021-06")
    assert set(names(selection)) == {"before", "same-year"}
    assert {(d.paper_id, d.reason) for d in selection.dropped} == {
        ("later", "after the as-of date"),
        ("next", "after the as-of date"),
    }


def test_a_much_cited_paper_does_not_push_out_the_relevant_one() -> None:
    beside = [hit(f"beside{i}", "2023", score=0.2 - i / 100, citations=5_000 - i) for i in range(9)]
    hits = [hit("to-the-point", "2024", score=0.9, citations=3), *beside]
    assert "to-the-point" in names(by_time(hits, 3))


def test_of_two_as_relevant_the_more_cited_is_kept() -> None:
    others = [hit(f"other{i}", "2024", score=i / 100, citations=5) for i in range(20)]
    hits = [hit("a", "2023", score=0.50, citations=1), hit("b", "2024", score=0.49, citations=900), *others]
    assert names(by_time(hits, 1)) == ["b"]


def test_an_unknown_count_is_neither_best_nor_worst() -> None:
    hits = [
        hit("little", "2023", score=0.5, citations=1),
        hit("unknown", "2023", score=0.5),
        hit("much", "2023", score=0.5, citations=900),
    ]
    selection = by_time(hits, 3, citations_share=1.0)
    assert names(selection) == ["much", "unknown", "little"]
    assert selection.windows[0].unknown_citations == 1


def test_a_paper_is_kept_once_and_its_other_passages_are_reported() -> None:
    selection = by_time([hit("a", "2024", passage=0), hit("a", "2024", passage=1)], 5)
    assert [found.passage.id for found in selection.kept] == ["a#0"]
    assert [d.reason for d in selection.dropped] == ["another passage of the paper"]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["", "2019", "2021-04", "2024-01-31"]), st.floats(-9, 9))
    ),
    st.integers(0, 9),
    st.sampled_from(["", "2020", "2022-02"]),
)
def test_every_hit_is_kept_or_reported(given_hits: list[tuple[str, str, float]], budget: int, as_of: str) -> None:
    hits = [hit(name + date, date, score=score) for name, date, score in given_hits]
    selection = by_time(hits, budget, as_of=as_of)
    assert len(selection.kept) + len(selection.dropped) == len(hits)
    assert sum(window.kept for window in selection.windows) == len(selection.kept) <= budget


def test_nothing_gives_nothing() -> None:
    assert by_time([], 5) == Selection(kept=(), windows=(), dropped=())
