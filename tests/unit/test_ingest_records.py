"""Lists of records: JSON in its forms, the arXiv dump, RIS, CSV."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.library.ingest import BadEntry, read_papers
from tools.library.ingest import csv_table as csv_module
from tools.library.ingest import json_values as json_module
from tools.library.ingest.people import names_in
from tools.types import Paper


def read(path: Path, content: str | bytes) -> list[Paper | BadEntry]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_papers(path))


def one(path: Path, content: str | bytes) -> Paper:
    [found] = [entry for entry in read(path, content) if isinstance(entry, Paper) or not entry.note]
    assert isinstance(found, Paper), found
    return found


def titles(entries: list[Paper | BadEntry]) -> list[str]:
    return [entry.title if isinstance(entry, Paper) else entry.where for entry in entries]


ARXIV = {
    "id": "0704.0001", "submitter": "P. N.", "authors": "C. Bal\\'azs, E. L. Berger Jr.",
    "title": "Prompt\n  $\\alpha$ production", "comments": "37 pages", "journal-ref": "Phys.Rev.D76:013009,2007",
    "doi": "10.1103/PhysRevD.76.013009", "report-no": "ANL", "categories": "hep-ph cs.CL", "license": None,
    "abstract": "  We show that the rate\nof the decay is small.\n",
    "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
                 {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"}],
    "update_date": "2008-11-26",
    "authors_parsed": [["Bal\\'azs", "C.", ""], ["Berger", "E. L.", "Jr."]],
}  # fmt: skip


@pytest.mark.parametrize("name", ["arxiv-metadata-oai-snapshot.json", "arxiv.jsonl"])
def test_the_arxiv_dump_with_all_its_fields(tmp_path: Path, name: str) -> None:
    first, second = read(tmp_path / name, f"{json.dumps(ARXIV)}\n{json.dumps({**ARXIV, 'id': 'hep-th/9901001'})}\n")
    assert isinstance(first, Paper)
    assert first == Paper.model_validate(
        {
            "id": "0704.0001", "arxiv_id": "0704.0001", "title": "Prompt α production",
            "abstract": "We show that the rate of the decay is small.", "authors": ("C. Balázs", "E. L. Berger Jr."),
            "published": "2007-04-02", "venue": "Phys.Rev.D76:013009,2007", "doi": "10.1103/PhysRevD.76.013009",
            "url": "https://arxiv.org/abs/0704.0001", "topics": ("hep-ph", "cs.CL"), "language": "en",
            "formats": first.formats,
        }
    )  # fmt: skip
    assert isinstance(second, Paper)
    assert second.arxiv_id == "hep-th/9901001"


def test_records_of_the_papers_file(tmp_path: Path) -> None:
    row = {"id": "bb6e", "title": "T", "abstract": "It is what it is.", "authors": ["A B"], "year": 2005,
           "venue": "ICRA", "citations": 19, "arxiv_id": None, "url": "https://arxiv.org/abs/2601.15395v2"}  # fmt: skip
    found = one(tmp_path / "a.jsonl", json.dumps(row))
    assert (found.id, found.published, found.citations, found.venue) == ("bb6e", "2005", 19, "ICRA")
    assert found.arxiv_id == "2601.15395"


@pytest.mark.parametrize(
    "row",
    [
        {"title": "T", "author": [{"family": "Doe", "given": "Jane"}], "issued": {"date-parts": [[2020, 3, 7]]},
         "container-title": "J", "DOI": "10.1000/x"},
        {"Title": "T", "Authors": "Doe, Jane", "Publication Date": "2020-03-07", "Journal": "J", "doi": "10.1000/x"},
        {"display": 1, "title": "T", "authors": [{"name": "Jane Doe"}], "publicationDate": "2020-03-07",
         "venue": "J", "DOI": "https://doi.org/10.1000/x", "citationCount": None},
    ],
)  # fmt: skip
def test_other_programs_names_for_the_fields(tmp_path: Path, row: dict[str, object]) -> None:
    found = one(tmp_path / "a.json", json.dumps([row], indent=1))
    assert (found.authors, found.published, found.venue, found.doi) == (("Jane Doe",), "2020-03-07", "J", "10.1000/x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"title":"A"},5,{"title":"B"}]', ["A", "a.json:entry 2", "B"]),
        ('{"title":"A"}\n{"title":"B"}', ["A", "B"]),
        ('{\n "title": "A"\n}', ["A"]),
        ("[]", []),
        ('[{"title":"A"},', ["A", "a.json:entry 2"]),
        ('[{"title":"A"},{"title":', ["A", "a.json:entry 2"]),
        ('[{"title":"A"} oops {"title":"B"}]', ["A", "a.json:entry 2"]),
        ('{"title":"A","year":NaN,"citations":1e999}', ["A"]),
        ("[" * 50_000, ["a.json:entry 1"]),
        ('{"a":' * 50_000, ["a.json:entry 1"]),
        ('[{"title": "A", "year": ' + "9" * 5_000 + "}]", ["a.json:entry 1"]),
        ('[{"title": "lone \\ud800 half"}]', ["lone ? half"]),
    ],
)
def test_json_in_one_value_or_many(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert titles(read(tmp_path / "a.json", text)) == expected


def test_a_long_list_is_read_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_module, "_CHUNK", 64)
    rows = [{"title": f"日本 {number} " + "x" * (number % 300)} for number in range(300)]
    assert titles(read(tmp_path / "a.json", json.dumps(rows, ensure_ascii=False))) == [
        " ".join(row["title"].split()) for row in rows
    ]


def test_a_value_too_long_for_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_module, "LONGEST_VALUE", 100_000)
    [fault] = read(tmp_path / "a.json", '[{"title": "' + "x" * 300_000 + '"}]')
    assert isinstance(fault, BadEntry)
    assert "longer" in fault.why


def test_a_line_of_50_mb_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"title": "' + b"x" * 50_000_000 + b'"}\n{"title": "After"}\n')
    fault, after = list(read_papers(path))
    assert isinstance(fault, BadEntry)
    assert "longer than 16 MB" in fault.why
    assert isinstance(after, Paper)


RIS = """\
TY  - JOUR
AU  - Doe, Jane
AU  - van der Berg, Jan
TI  - A title
T2  - Journal of X
PY  - 2020
DA  - 2020/03/07/Spring
DO  - 10.1000/ris
UR  - https://example.org/a
AB  - First line
 second - line
KW  - k1
KW  - k2
ER  -

TY  - JOUR
AU  - Nobody
ER  -
TY  - CHAP
T1  - Without an end
Y1  - 1999///
"""


def test_ris(tmp_path: Path) -> None:
    first, fault, last = read(tmp_path / "a.ris", RIS)
    assert isinstance(first, Paper)
    assert (first.title, first.authors) == ("A title", ("Jane Doe", "Jan van der Berg"))
    assert (first.published, first.venue, first.doi) == ("2020-03-07", "Journal of X", "10.1000/ris")
    assert (first.abstract, first.topics) == ("First line\nsecond - line", ("k1", "k2"))
    assert (first.url, first.formats) == ("https://example.org/a", ("ris",))
    assert isinstance(fault, BadEntry)
    assert (fault.where, fault.why) == ("a.ris:16", "it has no title")
    assert isinstance(last, Paper)
    assert (last.title, last.published) == ("Without an end", "1999")


def test_pubmed_s_tagged_records(tmp_path: Path) -> None:
    text = """
PMID- 123
TI  - A long title that
      goes on
FAU - Doe, Jane
AU  - Doe J
LID - S0140-6736(20)1 [pii]
LID - 10.1000/pub [doi]
AB  - Words of RNA - and
      more.
DP  - 2020 Mar 7
JT  - The journal

PMID- 124
TI  - Next
"""
    first, last = read(tmp_path / "a.ris", text)
    assert isinstance(first, Paper)
    assert (first.title, first.authors) == ("A long title that goes on", ("Jane Doe",))
    assert (first.doi, first.published, first.venue) == ("10.1000/pub", "2020-03-07", "The journal")
    assert first.abstract == "Words of RNA - and\nmore."
    assert isinstance(last, Paper)


@pytest.mark.parametrize(("name", "text"), [("a.ris", "just words"), ("a.bib", "just words"), ("a.csv", "just words")])
def test_a_list_without_any_entry_says_so(tmp_path: Path, name: str, text: str) -> None:
    [fault] = read(tmp_path / name, text)
    assert isinstance(fault, BadEntry)
    assert not fault.note


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_tables_with_any_delimiter(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["Document Title", "AUTHORS", "Publication Year", "Source title", "Cited by", "EID"],
        ['"A; quoted, ""big""\ntitle"', '"Doe, J.; Roe, R."', "2020", "J", "1", "x"],
    ]
    text = "\ufeff" + "\r\n".join(delimiter.join(row) for row in rows)
    note, found = read(tmp_path / "a.csv", text)
    assert isinstance(note, BadEntry)
    assert note.note
    assert note.why == "not used: the columns 'EID'"
    assert isinstance(found, Paper)
    assert found.title == 'A; quoted, "big" title'
    assert (found.authors, found.published, found.venue) == (("J. Doe", "R. Roe"), "2020", "J")
    assert found.citations == 1


def test_rows_of_a_table_that_are_no_papers_are_named(tmp_path: Path) -> None:
    entries = read(tmp_path / "a.csv", "title,year\nOne,2020\n,2021\n\n,,\nTwo,2022,more,cells\nThree\n")
    assert titles(entries) == ["One", "a.csv:row 3", "Two", "Three"]


def test_a_table_of_100_000_columns_is_refused(tmp_path: Path) -> None:
    [fault] = read(tmp_path / "a.csv", ",".join(["title", *(f"c{number}" for number in range(100_000))]) + "\n")
    assert isinstance(fault, BadEntry)
    assert "100,001 columns" in fault.why
    assert len(fault.why) < 500


def test_a_quote_that_nothing_closes_takes_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_module, "LONGEST_CELL", 10_000)
    entries = read(tmp_path / "a.csv", 'title\nOne\n"' + "x\n" * 6_000)
    assert titles(entries)[0] == "One"
    assert any(isinstance(entry, BadEntry) and "not closed" in entry.why for entry in entries)


@pytest.mark.parametrize("rows", [1_000, 20])
def test_a_quote_that_nothing_closes_does_not_make_a_title_of_the_table(tmp_path: Path, rows: int) -> None:
    [one, fault] = read(tmp_path / "a.csv", 'title,year\nOne,2020\n"Two,2021\n' + "Three,2022\n" * rows)
    assert isinstance(one, Paper)
    assert isinstance(fault, BadEntry)
    assert fault.where == "a.csv:row 3"
    assert "line 3 is not closed" in fault.why


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Doe, Jane; Roe, Richard", ("Jane Doe", "Richard Roe")),
        ("Jane Doe, Richard Roe and Ann Lee", ("Jane Doe", "Richard Roe", "Ann Lee")),
        ("Doe, Jane and Roe, Richard", ("Jane Doe", "Richard Roe")),
        ("Müller, Jörg", ("Jörg Müller",)),
        ("Plato", ("Plato",)),
        ("王小明、李四", ("王小明", "李四")),
        ("A. B|C. D", ("A. B", "C. D")),
        ("Jane Doe, Plato, Ann Lee", ("Jane Doe", "Plato", "Ann Lee")),
        ("Doe J., Roe R., et al.", ("Doe J.", "Roe R.")),
        ([{"given": "Jane", "family": "Doe"}, {"literal": "ACME"}, 5, None, "Jane Doe"], ("Jane Doe", "ACME")),
        (None, ()),
        (" " * 100_000, ()),
    ],
)
def test_names_of_people(written: object, names: tuple[str, ...]) -> None:
    assert names_in(written) == names


@pytest.mark.parametrize("name", ["a.csv", "a.ris", "a.json", "a.jsonl", "a.bib"])
@given(text=st.text(alphabet=st.sampled_from('{}[]",:;\n\tTY  -ERAtitle@01\\日'), max_size=80))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
def test_any_text_is_read_or_said_to_be_wrong(tmp_path: Path, name: str, text: str) -> None:
    start = {"a.csv": "title,year\n", "a.ris": "TY  - JOUR\n", "a.bib": "@misc{k,"}.get(name, "{")
    for entry in read(tmp_path / name, start + text):
        assert isinstance(entry, Paper) or entry.why
