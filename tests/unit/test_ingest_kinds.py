"""What a file is: real files of every kind get through, and nothing gets through under a false name."""

import gzip
import struct
from pathlib import Path

import pytest

from tools.errors import UnreadableFile
from tools.library.ingest import BadEntry, read_papers
from tools.library.ingest.kinds import content_of
from tools.types import Paper

ELF = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + struct.pack("<HHI", 2, 62, 1) + bytes(range(256)) * 20
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 8

TINY = {
    "a.md": "# Title\n\nWords.",
    "b.md": "x",
    "c.md": "```python\nimport os\nfor name in os.listdir():\n    print(name)\n```\n",
    "d.md": "<p align=center>A logo</p>\n\n# Title\n",
    "e.md": "| a | b |\n|---|---|\n| 1 | 2 |\n",
    "f.md": "---\ntitle: T\n---\n",
    "a.txt": "A title\n\nSome words.",
    "b.txt": "日本語の要約です。",
    "c.txt": "function f(x) { return x; }",
    "d.txt": "SELECT title FROM papers;",
    "e.txt": "a\tb\tc\n1\t2\t3\n",
    "a.bib": "@misc{a, title={T}}",
    "b.bib": "% exported\n\n@string{x = {y}}\n@article{k,\n title = {T}\n}",
    "a.ris": "TY  - JOUR\nTI  - T\nER  - \n",
    "a.jsonl": '{"title": "T"}\n',
    "b.ndjson": '\n\n{"title": "T"}',
    "a.json": '[{"title": "T"}]',
    "b.json": '{"title": "T"}\n{"title": "U"}\n',
    "a.csv": "title\nT\n",
    "b.tsv": "title\tyear\nT\t2020\n",
    "a.tex": "\\title{T}\\begin{document}Words.\\end{document}",
    "b.tex": "% !TEX root = main.tex\n\\section{S} Words.",
    "a.html": "<h1>T</h1><p>Words",
    "b.htm": "<!-- saved --><!DOCTYPE html><html><title>T</title><body>Words</body></html>",
    "c.xhtml": '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body>W</body></html>',
}


def read(path: Path, content: bytes) -> list[Paper | BadEntry]:
    path.write_bytes(content)
    return list(read_papers(path))


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_no_small_but_honest_file_is_refused(name: str, encoding: str) -> None:
    assert content_of(name, TINY[name].encode(encoding)).encoding


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.bib", "a.jsonl", "a.html", "a.tex", "a.csv", "a.ris", "a.json"])
@pytest.mark.parametrize(
    "content",
    [ELF, PNG, b"%PDF-1.7\n1 0 obj\n", b"PK\x03\x04" + b"\0" * 200, gzip.compress(b"x" * 99), b"MZ" + b"\0" * 300,
     b"\0" * 5_000, b"{\\rtf1\\ansi words and more words}", b"#!/bin/sh\nrm -rf /\n", b"%!PS-Adobe-3.0\n%%Pages: 1\n"],
    ids=["elf", "png", "pdf", "zip", "gzip", "exe", "zeros", "rtf", "script", "postscript"],
)  # fmt: skip
def test_other_content_under_a_text_s_name_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"the name says .*, the content is "):
        read(tmp_path / name, content)


@pytest.mark.parametrize("name", ["refs.bib", "paper.md", "notes.txt.csv", "data.jsonl", "main.tex", "refs.ris"])
def test_a_web_page_saved_under_another_name_is_refused(tmp_path: Path, name: str) -> None:
    page = b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in</body></html>"
    with pytest.raises(UnreadableFile, match="the content is HTML"):
        read(tmp_path / name, page)


@pytest.mark.parametrize("content", [b"plain words", b"<html>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_pdf_is_refused_as_one(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="the name says PDF"):
        read(tmp_path / "a.pdf", content)


def test_bibliographies_exported_as_text_are_read_as_what_they_are(tmp_path: Path) -> None:
    [ris] = read(tmp_path / "savedrecs.txt", b"TY  - JOUR\nTI  - From RIS\nER  - \n")
    [bib] = read(tmp_path / "export.txt", b"@article{key1,\n  title={From BibTeX}\n}")
    assert [found.title for found in (ris, bib) if isinstance(found, Paper)] == ["From RIS", "From BibTeX"]


def test_text_in_an_unknown_encoding_is_told_from_binary_data(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="Save it as UTF-8"):
        read(tmp_path / "a.txt", "a title in an old encoding".encode("utf-32-le"))


@pytest.mark.parametrize("name", ["a.docx", "a.zip", "a.tar.gz", "noending", "a.exe"])
def test_kinds_that_are_not_read_are_named_with_those_that_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableFile, match=r"\.bib.*Unpack archives first"):
        read(tmp_path / name, b"words")


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html", "a.tex"])
@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_document_is_said_to_be_empty(tmp_path: Path, name: str, content: bytes) -> None:
    if name == "a.html" and content:
        with pytest.raises(UnreadableFile, match="without any HTML tag"):
            read(tmp_path / name, content)
        return
    [fault] = read(tmp_path / name, content)
    assert isinstance(fault, BadEntry)
    assert fault.why in ("it is empty", "there is no text in it")


def test_many_comments_before_a_page_cost_no_time(tmp_path: Path) -> None:
    # each comment could be divided in many ways: tried one by one, they would take for ever
    [found] = read(tmp_path / "a.html", b"<!---->" * 2_000 + b"<p>Words")
    assert isinstance(found, Paper)
