from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.library.ingest import BadEntry, read_papers
from tools.library.ingest.latex import unlatex
from tools.types import Paper


def read(folder: Path, content: bytes | str) -> list[Paper | BadEntry]:
    path = folder / "refs.bib"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_papers(path))


def one(folder: Path, content: bytes | str) -> Paper:
    [found] = read(folder, content)
    assert isinstance(found, Paper)
    return found


def test_an_entry_becomes_a_paper(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        r"""% exported
@string{icml = "Int. Conf. on Machine Learning"}
@inproceedings{mueller20,
  title = {A {S}tudy of \emph{deep} $\alpha$-nets \& 50\% more},
  author = "M{\"u}ller, Hans and van der Berg, Jan and {Google, Inc.} and Garc{\'\i}a, Jr., Jos\'e and others",
  booktitle = icml, month = mar, year = 2020, doi = {https://doi.org/10.1000/A\_b},
  keywords = {graphs, deep learning; chemistry},
  abstract = {First line

  second \textbf{line}.},
}""",
    )
    assert found == Paper.model_validate(
        {
            "id": "10.1000/a_b",
            "title": "A Study of deep α-nets & 50% more",
            "authors": ("Hans Müller", "Jan van der Berg", "Google, Inc.", "José García Jr."),
            "published": "2020-03",
            "venue": "Int. Conf. on Machine Learning",
            "doi": "10.1000/A_b",
            "url": "https://doi.org/10.1000/A_b",
            "topics": ("graphs", "deep learning", "chemistry"),
            "abstract": "First line second line.",
            "formats": ("bibtex",),
        }
    )


@pytest.mark.parametrize(
    ("fields", "id", "url"),
    [
        ("eprint={2103.00001v3}, archivePrefix={arXiv}", "2103.00001", "https://arxiv.org/abs/2103.00001"),
        ("eprint={2103.00001}, eprinttype={arxiv}, doi={10.1/x}", "2103.00001", "https://arxiv.org/abs/2103.00001"),
        ("eprint={hep-th/9901001}", "hep-th/9901001", "https://arxiv.org/abs/hep-th/9901001"),
        ("journal={arXiv preprint arXiv:1706.03762}", "1706.03762", "https://arxiv.org/abs/1706.03762"),
        ("eprint={2103.00001}, archivePrefix={hal}", "8afbf753d6f5146f", ""),
        ("doi={10.1000/X}", "10.1000/x", "https://doi.org/10.1000/X"),
        (r"url={\url{http://a.org/c\_d~e}}", "8afbf753d6f5146f", "http://a.org/c_d~e"),
    ],
)
def test_ids_and_addresses(tmp_path: Path, fields: str, id: str, url: str) -> None:  # noqa: A002
    found = one(tmp_path, f"@misc{{key, title={{T}}, {fields}}}")
    assert (found.id, found.url) == (id, url)


@pytest.mark.parametrize(
    ("fields", "published"),
    [
        ("year=2020, month=3", "2020-03"),
        ("year={2020}, month={March}, day=7", "2020-03-07"),
        ("date={2019-05-06}, year=1999", "2019-05-06"),
        ("year={in press}", ""),
        ("month=may", ""),
    ],
)
def test_dates(tmp_path: Path, fields: str, published: str) -> None:
    assert one(tmp_path, f"@misc{{k, title={{T}}, {fields}}}").published == published


@pytest.mark.parametrize(
    "broken",
    [
        "@article{b, title={no close, year=2020",
        '@article{b, title="no close, year=2020}',
        "@article{b, title={no comma} year=2020}",
        "@article{, title={no key}}",
        "@article{b, year=1999}",
        "@article{b, title={" + "{" * 5_000,
        "@article{",
        "@article{b, = }",
    ],
)
def test_a_broken_entry_is_reported_and_the_others_kept(tmp_path: Path, broken: str) -> None:
    found = read(tmp_path, f"@misc{{a, title={{Before}}}}\n\n{broken}\n@misc{{c, title={{After}}}}")
    assert [entry.title if isinstance(entry, Paper) else entry.where for entry in found] == [
        "Before",
        "refs.bib:3",
        "After",
    ]


def test_an_undefined_abbreviation_costs_only_its_field(tmp_path: Path) -> None:
    assert one(tmp_path, "@article{k, title={T}, journal=nowhere, year=2020}").published == "2020"


def test_comments_preambles_and_text_between_entries_are_no_papers(tmp_path: Path) -> None:
    text = '@comment{jabref-meta: x}\n@preamble{"x"}\nmail me@example.org\n@misc(k, title={In parentheses})'
    assert one(tmp_path, text).title == "In parentheses"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, newline: str) -> None:
    text = newline.join(["@misc{a,", " title={Müller}}", "@misc{b, title={Zoë}}"])
    titles = [entry.title for entry in read(tmp_path, text.encode(encoding)) if isinstance(entry, Paper)]
    assert titles == ["Müller", "Zoë"]


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"M{\"u}ller, {\'E}t\'e, \o{} \ss{} {\c c} \v{S}", "Müller, Été, ø ß ç Š"),
        (r"{\LaTeX} and {B}ib", "LaTeX and Bib"),
        ("a~b  c---d ``q''", "a b c—d “q”"),
        (r"100\,000 \$5 a\_b \{x\}", "100 000 $5 a_b {x}"),
        ("日本語", "日本語"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_latex_becomes_plain_text(latex: str, plain: str) -> None:
    assert unlatex(latex) == plain


@given(st.text(alphabet=st.sampled_from("\\{}$~\"'`^%&a1é \n@,=#"), max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_read_without_an_error(tmp_path: Path, text: str) -> None:
    unlatex(text)
    read(tmp_path, f"@misc{{k, title={{{text}}}, author={{{text}}}}}\n@article{{{text}")
