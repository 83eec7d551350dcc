"""What makes two records one paper, and what the paper then says."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tools.library.files import SourceFile, add_batch, finish, remove_file
from tools.library.identity import Record, arxiv_key, doi_key, same_papers
from tools.library.listing import page
from tools.library.merge import merged
from tools.library.records import Records
from tools.library.schema import connect, records_url
from tools.library.scope import Scope
from tools.library.tables import AliasRow, ChangeRow, KeyRow, PaperRow, PassageRow, SourceRow
from tools.types import Paper, PaperId, Section


def paper(name: str = "p", **fields: object) -> Paper:
    return Paper.model_validate({"id": name, "title": "On the motion of walking robots", **fields})


@pytest.mark.parametrize(
    ("doi", "key"),
    [
        ("10.1000/ABC", "10.1000/abc"),
        ("https://doi.org/10.1000/abc.", "10.1000/abc"),
        ("doi:10.1000.10/x(1)", "10.1000.10/x(1)"),
        ("10.48550/arXiv.2101.00001", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_dois_are_compared_without_case_and_resolver(doi: str, key: str) -> None:
    assert doi_key(paper(doi=doi)) == key


@pytest.mark.parametrize(
    "fields",
    [
        {"arxiv_id": "2101.00001"},
        {"arxiv_id": "arXiv:2101.00001v3"},
        {"doi": "10.48550/ARXIV.2101.00001"},
        {"url": "https://arxiv.org/abs/2101.00001v2"},
        {"url": "http://arxiv.org/pdf/2101.00001.pdf"},
        {"url": "https://www.arxiv.org/html/2101.00001v1?x=1"},
        {"id": "2101.00001v9"},
    ],
)
def test_arxiv_ids_are_found_wherever_they_are_given(fields: dict[str, str]) -> None:
    assert arxiv_key(paper(**fields)) == "2101.00001"
    assert (
        len(same_papers([record(1, paper("x", **fields)), record(2, paper("y", arxiv_id="2101.00001", title="Z"))]))
        == 1
    )


@pytest.mark.parametrize("text", ["2101.000011234", "see 2101.00001", "https://example.org/2101.00001"])
def test_what_only_looks_like_an_arxiv_id_is_none(text: str) -> None:
    assert arxiv_key(paper(url=text, arxiv_id=text)) == ""


def record(number: int, given: Paper, origin: str = "") -> Record:
    return Record(number=number, origin=origin, paper=given)


def groups(*papers: Paper) -> list[list[str]]:
    records = [record(number, given, f"file {number}") for number, given in enumerate(papers)]
    return [[str(found.paper.id) for found in group] for group in same_papers(records)]


def test_titles_are_compared_without_case_punctuation_and_width() -> None:
    one = paper("a", title="Ｗalking  Robots: a Survey", published="2020-01")
    assert groups(one, paper("b", title="walking robots - a survey!", published="2020")) == [["a", "b"]]
    assert groups(one, paper("b", title="walking robots - a survey!", published="2021")) == [["a"], ["b"]]
    assert groups(one, paper("b", title="walking robots - a survey!")) == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {}, True),
        ({"doi": "10.1000/a"}, {"arxiv_id": "2101.00001"}, True),
        ({"doi": "10.1000/a"}, {"doi": "10.1000/b"}, False),
        ({"arxiv_id": "2101.00001"}, {"arxiv_id": "2101.00002"}, False),
        ({"authors": ("José Müller",)}, {"authors": ("J. Muller", "A. B. Cee")}, True),
        ({"authors": ("Ada Byron",)}, {"authors": ("Bo Sun",)}, False),
        ({"published": ""}, {"published": ""}, False),
        ({"published": "", "authors": ("Ada Byron",)}, {"published": "", "authors": ("A. Byron",)}, True),
        ({"title": "Preface"}, {"title": "Preface"}, False),
        ({"title": "…"}, {"title": "…"}, False),
    ],
)
def test_a_title_is_no_proof_against_evidence(one: dict[str, object], other: dict[str, object], same: bool) -> None:
    dated: dict[str, object] = {"published": "2021"}
    assert (len(groups(paper("a", **dated | one), paper("b", **dated | other))) == 1) is same


def test_a_bridge_does_not_join_what_contradicts_itself() -> None:
    """A record without ids is like both papers; it joins the first and the second stays."""
    dated = {"published": "2021"}
    found = groups(paper("a", doi="10.1000/a", **dated), paper("b", doi="10.1000/b", **dated), paper("c", **dated))
    assert found == [["a", "c"], ["b"]]


def test_the_richer_field_is_kept() -> None:
    thin = paper("a", authors=("A",), published="2021", venue="arXiv", citations=9, doi="10.48550/arXiv.2101.00001")
    rich = paper(
        "b",
        abstract="Long.",
        authors=("A", "B"),
        published="2021-03",
        venue="ICRA",
        citations=4,
        doi="10.1000/b",
        kind="article",
        topics=("Robots",),
        sections=(Section(heading="H", text="All of it."),),
        references=("R",),
    )
    both = merged([thin, rich.model_copy(update={"title": "Other"})], PaperId("a"))
    assert both == rich.model_copy(update={"id": "a", "title": thin.title, "citations": 9, "arxiv_id": "2101.00001"})
    assert merged([rich], PaperId("b")) is rich


SOURCES = st.builds(
    paper,
    name=st.sampled_from("abcd"),
    title=st.sampled_from(["On the motion of walking robots", "On the firing of pots", "Preface"]),
    doi=st.sampled_from(["", "10.1000/x", "10.1000/y"]),
    arxiv_id=st.sampled_from(["", "2101.00001", "2101.00002"]),
    published=st.sampled_from(["", "2021"]),
    authors=st.sampled_from([(), ("Ada Byron",), ("Bo Sun",)]),
    topics=st.sampled_from([(), ("t",)]),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(["", "f", "g", "remove", "forget"]), st.lists(SOURCES, min_size=1, max_size=4)),
    max_size=8,
)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    engine = connect(records_url(tmp_path_factory.mktemp("records"), None), read_only=False)
    yield Records(engine)
    engine.dispose()


@example(
    steps=[
        ("f", [paper(name="a", title="On the firing of pots")]),
        ("g", [paper(name="a", title="On the motion of walking robots")]),
        ("remove", [paper(name="a", title="On the motion of walking robots")]),
    ]
)
@example(
    steps=[
        ("f", [paper(name="a")]),
        ("g", [paper(name="a", title="On the firing of pots")]),
        ("forget", [paper(name="a")]),
    ]
)
@given(steps=STEPS)
@settings(max_examples=40)
def test_whatever_is_added_and_removed_the_records_stay_sound(
    steps: Sequence[tuple[str, list[Paper]]], records: Records
) -> None:
    records.remove([found.id for found in _all(records)])
    said: dict[tuple[str, str], Paper] = {}
    for step, papers in steps:
        if step == "remove":
            ids = {
                alias for given in papers for found in records.get([given.id]) for alias in _given(records, found.id)
            }
            records.remove([given.id for given in papers])
            said = {key: given for key, given in said.items() if key not in ids}
        elif step == "forget":
            with records.writing() as connection:
                remove_file(connection, "f")
            said = {key: given for key, given in said.items() if key[0] != "f"}
        elif step:
            with records.writing() as connection:
                file = SourceFile(name=step, digest="x", size=1)
                finish(connection, file, add_batch(connection, file, papers)[1])
            said = {key: given for key, given in said.items() if key[0] != step}
            said |= {(step, str(given.id)): given for given in papers}
        else:
            records.write(papers)
            said |= {("", str(given.id)): given for given in papers}
        _check_sound(records, said)


def _all(records: Records) -> list[Paper]:
    with records.reading() as connection:
        return page(connection, Scope(), 0, 100)[1]


def _given(records: Records, paper_id: PaperId) -> set[tuple[str, str]]:
    return {(source.origin, str(source.paper.id)) for source in records.sources(paper_id)}


def _check_sound(records: Records, said: dict[tuple[str, str], Paper]) -> None:
    """Every source's record is kept as it was given, with one paper, which the given id finds or another paper has."""
    papers = _all(records)
    kept = [(source.origin, source.paper) for found in papers for source in records.sources(found.id)]
    assert {(origin, str(given.id)): given for origin, given in kept} == said
    assert len(kept) == len(said)
    assert len({found.id for found in papers}) == len(papers) == len(records.get([found.id for found in papers]))
    for _, name in said:
        assert records.get([PaperId(name)])
    with records.reading() as connection:
        numbers = set(connection.scalars(select(PaperRow.number)))
        for table in (SourceRow, PassageRow, AliasRow):
            assert set(connection.scalars(select(table.paper))) <= numbers
        assert set(connection.scalars(select(PassageRow.paper))) == numbers
        assert set(connection.scalars(select(KeyRow.source))) <= set(connection.scalars(select(SourceRow.number)))
        assert not set(connection.scalars(select(AliasRow.id))) & {found.id for found in papers}
        changes = connection.scalar(select(func.max(ChangeRow.seq))) or 0
        assert changes == (connection.scalar(select(func.count()).select_from(ChangeRow)) or 0)
