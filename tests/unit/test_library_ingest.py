import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import UnreadableFile
from tools.library.ingest import BadEntry, lines, read_papers
from tools.library.ingest.clean import one_line
from tools.library.ingest.dates import parse_date
from tools.library.ingest.entry import Unusable, build_paper
from tools.types import Paper, PaperId, Section

FULL = Paper(
    id=PaperId("2503.04629"),
    title="A title",
    abstract="Line one.\nLine two.",
    authors=("Ada Byron", "Hans Müller"),
    published="2025-03-07",
    venue="ICML",
    url="https://example.org/x",
    doi="10.1000/xyz",
    arxiv_id="2503.04629",
    language="de",
    formats=("pdf",),
    topics=("nlp",),
    citations=4,
    kind="dataset",
    sections=(
        Section(heading="Methods", text="", level=1),
        Section(heading="Data", text="Words.", level=2, page=3),
    ),
    references=("Byron 1843",),
)


def read(path: Path, content: bytes | str) -> list[Paper | BadEntry]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_papers(path))


def paper(**fields: object) -> Paper:
    return build_paper({"title": "T", **fields})


def test_our_own_papers_come_back_as_they_were(tmp_path: Path) -> None:
    assert read(tmp_path / "a.jsonl", FULL.model_dump_json()) == [FULL]


def test_records_with_year_arxiv_id_and_nulls(tmp_path: Path) -> None:
    row: dict[str, object] = {
        "id": "bb6e56",
        "title": "T",
        "abstract": None,
        "authors": ["D. Ilic", "D. Ilic"],
        "year": 2005,
    }
    row |= {"venue": "ICRA", "citations": None, "arxiv_id": "2605.28347", "url": None, "unknown": {}}
    [found] = read(tmp_path / "a.ndjson", json.dumps(row))
    assert found == Paper(
        id=PaperId("bb6e56"), title="T", authors=("D. Ilic",), published="2005", venue="ICRA",
        url="https://arxiv.org/abs/2605.28347", arxiv_id="2605.28347", formats=("jsonl",),
    )  # fmt: skip


def test_bad_lines_are_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    lines = [
        b'\xef\xbb\xbf{"title": "First"}\r', b"", b"no json", b"[1]", b'{"title": 5}', b'{"title": "\xfc"}',
        b"[" * 100_000, b"\0", b'{"title": "x", "citations": ' + b"9" * 9_999 + b"}", b'{"title": "Last"}',
    ]  # fmt: skip
    found = read(tmp_path / "a.jsonl", b"\n".join(lines))
    assert [entry.title if isinstance(entry, Paper) else entry.where for entry in found] == [
        "First", "a.jsonl:3", "a.jsonl:4", "a.jsonl:5", "a.jsonl:6", "a.jsonl:7", "a.jsonl:8", "a.jsonl:9", "Last",
    ]  # fmt: skip
    assert "no title" in next(e.why for e in found if isinstance(e, BadEntry) and e.where == "a.jsonl:5")


def test_a_huge_line_is_skipped_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE_BYTES", 1_000)
    found = read(tmp_path / "a.jsonl", '{"title": "' + "x" * 5_000 + '"}\n{"title": "After"}')
    assert isinstance(found[0], BadEntry)
    assert isinstance(found[1], Paper)
    assert len(found) == 2


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"id": "own", "arxiv_id": "2503.04629"}, "own"),
        ({"id": 12}, "12"),
        ({"id": "a b#c\n"}, "a_b_c"),
        ({"arxiv_id": "2503.04629v3", "doi": "10.1/X"}, "2503.04629"),
        ({"arxiv_id": "arXiv:cs/0112017"}, "cs/0112017"),
        ({"url": "https://arxiv.org/pdf/2503.04629v1.pdf"}, "2503.04629"),
        ({"doi": "https://doi.org/10.1000/AbC"}, "10.1000/abc"),
        ({"doi": "10.48550/arXiv.2503.04629"}, "2503.04629"),
    ],
)
def test_ids(fields: dict[str, object], expected: str) -> None:
    assert paper(**fields).id == expected


def test_without_any_id_title_and_year_decide() -> None:
    same = {paper(title=title, year=2020).id for title in ("Deep  Nets!", "deep nets", "DEEP—NETS")}
    assert len(same) == 1
    assert paper(title="Deep nets", year=2021).id not in same
    assert paper(title="…").id != paper(title="?").id


def test_invalid_optional_values_are_dropped_and_the_rest_kept() -> None:
    odd = paper(
        abstract=5, authors=[1, "A", None, {"name": "B"}], citations=-3, doi="none", url="javascript:alert(1)",
        topics={"a": 1}, sections=["x", {"heading": 1, "text": "kept"}, {"text": 2}], kind=[], published="soon",
    )  # fmt: skip
    assert odd == Paper(id=odd.id, title="T", authors=("A", "B"), sections=(Section(heading="", text="kept"),))


@pytest.mark.parametrize(
    ("given", "kept"), [(3, 3), (3.0, 3), ("12", 12), (float("nan"), None), (True, None), (2.5, None)]
)
def test_citation_counts(given: object, kept: int | None) -> None:
    assert paper(citations=given).citations == kept


@pytest.mark.parametrize(
    ("written", "certain"),
    [
        (2025, "2025"), ("2025", "2025"), ("2025-3", "2025-03"), ("2025-03-07T12:00:00Z", "2025-03-07"),
        ("2020/03", "2020-03"), ("March 2025", "2025-03"), ("7 March 2025", "2025-03-07"), ("Sept. 1999", "1999-09"),
        ("Mar 7th, 2025", "2025-03-07"),  ("03/07/2025", "2025"), ("2020-02-30", "2020-02"), ("2025-13-01", "2025"),
        ("Spring 2021", "2021"), ("2019-2021", ""), ("in press", ""), ("", ""), (None, ""), (True, ""),
        (float("nan"), ""), (10**9, ""), ("0000", ""), ("2025 Mar 7", "2025-03-07"),
    ],
)  # fmt: skip
def test_dates(written: object, certain: str) -> None:
    assert parse_date(written) == certain


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "heading", "text"]), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*Paper.model_fields, "year", "arxiv_id"]), JSON))
def test_any_object_is_a_paper_or_said_to_be_none(fields: dict[str, object]) -> None:
    try:
        built = build_paper(fields)
    except Unusable:
        assert not one_line(fields.get("title"))
    else:
        assert Paper.model_validate_json(built.model_dump_json()) == built


@given(st.text(max_size=40))
def test_any_date_is_a_date_or_nothing(written: str) -> None:
    assert Paper(id=PaperId("p"), title="T", published=parse_date(written))


@pytest.mark.parametrize(
    ("name", "message"), [("no.jsonl", "no such file"), ("folder.jsonl", "not a file"), ("x.docx", r"\.bib, .*\.jsonl")]
)
def test_unreadable_files_are_named(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(UnreadableFile, match=message):
        list(read_papers(tmp_path / name))


@pytest.mark.parametrize("name", ["a.jsonl", "a.bib", "A.BIB"])
def test_an_empty_file_has_no_papers(tmp_path: Path, name: str) -> None:
    assert read(tmp_path / name, b"") == []


def test_two_papers_with_one_citation_key_are_two_papers(tmp_path: Path) -> None:
    one, two = tmp_path / "one.bib", tmp_path / "two.bib"
    one.write_text("@article{smith2020, title={Alpha networks for kumquats}, year=2020}")
    two.write_text("@article{smith2020, title={Beta cells in diabetes}, year=2020}")
    (first,), (second,) = read_papers(one), read_papers(two)
    assert isinstance(first, Paper)
    assert isinstance(second, Paper)
    assert first.id != second.id
