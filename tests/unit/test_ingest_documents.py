"""Documents: Markdown, plain text, HTML and LaTeX as papers with their sections."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.errors import UnreadableFile
from tools.library.ingest import BadEntry, opened, read_papers
from tools.library.ingest.document import MOST_SECTIONS
from tools.types import Paper


def read(path: Path, content: str) -> Paper:
    path.write_text(content, "utf-8")
    [found] = [entry for entry in read_papers(path) if not (isinstance(entry, BadEntry) and entry.note)]
    assert isinstance(found, Paper), found
    return found


def outline(paper: Paper) -> list[tuple[int, str]]:
    return [(section.level, section.heading) for section in paper.sections]


MARKDOWN = """---
title: "Deep: a note"
author: [Jane Doe, {name: Richard Roe}]
date: 2024-03-07
doi: https://doi.org/10.1000/abc
keywords: graphs; nets
---
A lead.

# 1 Introduction

```python
# no heading
```

| a | b |
|---|---|
| 1 | 2 |

Set *up* `here`
---------------

- item
  ```
  # no heading either
  ```

## **Bold** [link](http://x.org)

<!--
# a comment
-->
Text.

# Summary

Not the abstract: it comes late.

# References

- First entry,
  on two lines.
- Second entry.
"""


def test_markdown_with_front_matter(tmp_path: Path) -> None:
    found = read(tmp_path / "note.md", MARKDOWN)
    assert (found.title, found.published, found.doi) == ("Deep: a note", "2024-03-07", "10.1000/abc")
    assert found.authors == ("Jane Doe", "Richard Roe")
    assert found.topics == ("graphs", "nets")
    assert found.formats == ("markdown",)
    assert outline(found) == [
        (1, ""), (1, "1 Introduction"), (2, "Set up here"), (2, "Bold link"), (1, "Summary"),
    ]  # fmt: skip
    assert "```python\n# no heading\n```" in found.sections[1].text
    assert "| a | b |\n|---|---|\n| 1 | 2 |" in found.sections[1].text
    assert "# no heading either" in found.sections[2].text
    assert found.references == ("First entry, on two lines.", "Second entry.")


@pytest.mark.parametrize(
    ("text", "title", "headings"),
    [
        ("# Only title\n\nWords", "Only title", [""]),
        ("# One\n\na\n\n# Two\n\nb", "file", ["One", "Two"]),
        ("# T\n\n## Abstract\n\nShort.\n\n## Method\n\nLong.", "T", ["Method"]),
        ("+++\ntitle = 'In TOML'\ndate = 2024-01-02\n+++\nWords", "In TOML", [""]),
        ("---\nnot: [closed\n---\nWords", "file", [""]),
        ("Words\n\n```\n# in a fence that nothing closes\n\nx", "file", ["", "in a fence that nothing closes"]),
        ("# T\n\n# Empty over deeper\n\n## Deeper\n\nx", "file", ["Empty over deeper", "Deeper"]),
    ],
)
def test_titles_and_headings_of_markdown(tmp_path: Path, text: str, title: str, headings: list[str]) -> None:
    found = read(tmp_path / "file.md", text)
    assert found.title == title
    assert [section.heading for section in found.sections] == headings


def test_two_notes_of_one_title_are_two_papers(tmp_path: Path) -> None:
    one = read(tmp_path / "a.md", "# README\n\nAbout one thing.")
    other = read(tmp_path / "b.md", "# README\n\nAbout another.")
    assert one.id != other.id
    assert one.id == read(tmp_path / "c.md", "# README\n\nAbout one thing.").id


def test_plain_text_with_evident_headings(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.txt",
        "A plain title\n\nJane Doe\n\nAbstract\n\nIt is short.\n\n1. Introduction\n\nWe begin.\n\n"
        "2.1 Sub part\n\nMore of it.\n\nRESULTS AND SUCH\n\nGood.\n\nReferences\n\n[1] First.\n[2] Second,\nlonger.\n",
    )
    assert (found.title, found.abstract) == ("A plain title", "It is short.")
    assert outline(found) == [(1, ""), (1, "1. Introduction"), (2, "2.1 Sub part"), (1, "RESULTS AND SUCH")]
    assert found.references == ("First.", "Second, longer.")


def test_plain_text_without_a_title_line_is_called_by_its_file(tmp_path: Path) -> None:
    found = read(tmp_path / "letter.txt", "Dear all, this is a sentence,\nand it goes on.")
    assert found.title == "letter"
    assert "Dear all" in found.sections[0].text


HTML = """<!doctype html><html lang=ja><head><title>Site | Deep</title><base href=x>
<meta name="citation_title" content="Deep Things &amp; More"><meta name="citation_author" content="Doe, Jane">
<meta name="citation_author" content="Roe, Richard"><meta name="citation_publication_date" content="2024/03/07">
<meta name="citation_doi" content="10.1000/xyz"><meta name="citation_journal_title" content="J. Deep">
<meta name="citation_keywords" content="nets; graphs"></head><body><nav>Home</nav><h1>Deep Things &amp; More</h1>
<article><h2>Abstract</h2><p>We do <b>deep</b> things of the kind that is known to be good for the reader.</p>
<script>alert("no")</script><style>.x{}</style><h2>1 Intro</h2><p>One.<br>Two</p><ul><li>a<li>b</ul>
<table><caption>T1</caption><tr><th>A<th>B<tr><td>1<td>2</table><pre>def f():
    return 1</pre><p>Let <math alttext="x^2"><mi>x</mi></math> be, and let there be enough of this text for a reader to
take it for the article and not for a teaser that links to it from the side of the page.</p><h3>1.1 Sub</h3><p>More.
<h2>References</h2><ol><li>First ref.</li><li>Second ref.</li></ol></article>
<aside>Advertisement</aside><footer>Imprint</footer></body></html>"""


def test_html_of_a_publisher(tmp_path: Path) -> None:
    found = read(tmp_path / "page.html", HTML)
    assert (found.title, found.venue, found.doi) == ("Deep Things & More", "J. Deep", "10.1000/xyz")
    assert (found.authors, found.published) == (("Jane Doe", "Richard Roe"), "2024-03-07")
    assert found.abstract == "We do deep things of the kind that is known to be good for the reader."
    assert found.language == "en", "the text is English, whatever the template declares"
    assert outline(found) == [(2, "1 Intro"), (3, "1.1 Sub")]
    text = found.sections[0].text
    assert "One.\nTwo\n\n- a\n- b" in text
    assert "T1\n| A | B |\n| 1 | 2 |" in text
    assert "```\ndef f():\n    return 1\n```" in text
    assert "Let $x^2$ be" in text
    assert found.references == ("First ref.", "Second ref.")
    assert not {"alert", "Home", "Advertisement", "Imprint"} & set(found.model_dump_json().replace('"', " ").split())


@pytest.mark.parametrize(
    ("head", "encoding"),
    [('<meta charset="Shift_JIS">', "cp932"), ('<meta http-equiv=x content="text/html; charset=EUC-KR">', "cp949"),
     ('<meta charset="gb2312">', "gb18030"), ("", "utf-8"), ('<meta charset="no-such">', "utf-8")],
)  # fmt: skip
def test_the_encoding_that_a_page_declares_is_used(tmp_path: Path, head: str, encoding: str) -> None:
    title = {"cp932": "日本語の題", "cp949": "한국어 제목"}.get(encoding, "中文标题")
    path = tmp_path / "a.html"
    path.write_bytes(f"<html><head>{head}<title>{title}</title></head><body><p>x</p></body></html>".encode(encoding))
    [found] = read_papers(path)
    assert isinstance(found, Paper)
    assert found.title == title


def test_entities_are_not_expanded_without_end(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    found = read(tmp_path / "a.html", f'<!DOCTYPE html [<!ENTITY l0 "lol">{entities}]><html><body><p>&l9;</p></body>')
    assert len(found.model_dump_json()) < 2_000


@pytest.mark.parametrize("page", ["<div>" * 20_000 + "x", "<b>" * 20_000 + "x", "<table><tr><td>" * 20_000])
def test_a_page_nested_without_end_is_refused_or_read(tmp_path: Path, page: str) -> None:
    path = tmp_path / "a.html"
    path.write_text(f"<html><body>{page}")
    [fault] = read_papers(path)
    assert isinstance(fault, BadEntry)
    assert "deep" in fault.why


@pytest.mark.parametrize(
    ("name", "line"), [("a.md", "# h\n\nx\n"), ("a.txt", "1. Head\n\nx\n\n"), ("a.html", "<h2>h</h2>x")]
)
def test_headings_without_end_stay_few_and_lose_no_text(tmp_path: Path, name: str, line: str) -> None:
    count = MOST_SECTIONS + 500
    found = read(tmp_path / name, "Title\n\n" + line * count)
    assert len(found.sections) <= MOST_SECTIONS + 2
    assert sum(section.text.count("x") for section in found.sections) == count


def test_an_over_long_document_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened.Opened.text, "__defaults__", (1_000,))
    (tmp_path / "a.md").write_text("words " * 500)
    with pytest.raises(UnreadableFile, match="Split it"):
        list(read_papers(tmp_path / "a.md"))


MARKS = st.text(alphabet=st.sampled_from("#-=`~*[]()<>!|\\{}$%&^_ \n1aé日\t"), max_size=80)


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html", "a.tex"])
@given(text=MARKS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
def test_any_text_is_read_or_refused_with_a_reason(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(f"<p>\n{text}" if name == "a.html" else text, "utf-8")
    with suppress(UnreadableFile):
        for entry in read_papers(path):
            assert isinstance(entry, Paper) or entry.why


@given(
    text=st.lists(st.sampled_from(["# a", "## b", "x", "y\n---", "```", "~~~", "", "> q", "- i", "<!--", "-->"])).map(
        "\n".join
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_no_line_of_markdown_is_lost(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.md").write_text(text + "\nend")
    [found] = read_papers(tmp_path / "a.md")
    assert isinstance(found, Paper)
    said = found.title + "".join(section.heading + section.text for section in found.sections)
    assert said.count("x") == text.count("x")
    assert said.count("end") == 1
