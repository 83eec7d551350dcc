"""Folders: which files are read, in which order, and what tells that one has changed."""

import os
from pathlib import Path

import pytest

from tools.errors import UnreadableFile
from tools.library.ingest import BadEntry, find_files, read_path, source_of
from tools.types import Paper


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def found_in(*paths: Path, below: Path) -> list[str]:
    return [os.path.relpath(file, below) for file in find_files(paths) if isinstance(file, Path)]


def notes_in(path: Path) -> list[BadEntry]:
    return [entry for entry in find_files([path]) if isinstance(entry, BadEntry)]


def test_files_in_a_stable_order_without_hidden_ones(tmp_path: Path) -> None:
    folder = tree(tmp_path, {"b.md": "", "a/z.txt": "", "a/.git/x.md": "", ".hidden.md": "", "C.bib": "", "a/b.md": ""})
    assert found_in(folder, below=folder) == ["C.bib", "b.md", "a/b.md", "a/z.txt"]


def test_other_kinds_are_told_once_and_are_no_failure(tmp_path: Path) -> None:
    [note] = notes_in(tree(tmp_path, {"a.png": "", "b.png": "", "x/Makefile": "", "p.md": "# T\n\nx"}))
    assert note.note
    assert note.why == "files of other kinds, not read: 2 .png, 1 no ending"


def test_links_are_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", {"secret.md": "# Secret", "more/deep.md": "# Deep"})
    folder = tree(tmp_path / "folder", {"a.md": "# A"})
    (folder / "leak.md").symlink_to(outside / "secret.md")
    (folder / "all").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "same.md").symlink_to(folder / "a.md")
    assert found_in(folder, below=folder) == ["a.md"]
    [note] = notes_in(folder)
    assert "leads out" in note.why


def test_a_pipe_is_told_of_and_never_waited_for(tmp_path: Path) -> None:
    folder = tree(tmp_path, {"a.md": "# A"})
    os.mkfifo(folder / "b.md")
    os.mkfifo(folder / "c.tex")
    assert found_in(folder, below=folder) == ["a.md"]
    assert {note.where for note in notes_in(folder)} == {str(folder / "b.md"), str(folder / "c.tex")}
    for name in ("b.md", "c.tex"):
        with pytest.raises(UnreadableFile, match="a pipe"):
            source_of(folder / name)


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    folder = tree(tmp_path, {"a.md": "", "b.md": ""})
    assert found_in(folder / "b.md", folder, folder / "a.md", below=folder) == ["b.md", "a.md"]


def test_parts_of_a_latex_document_are_no_papers(tmp_path: Path) -> None:
    main = "\\documentclass{a}\\title{T}\\begin{document}\\input{a-part}\\include{sub/more}\\end{document}"
    folder = tree(tmp_path, {"a-part.tex": "One.", "sub/more.tex": "Two.", "main.tex": main, "lone.tex": "Lone."})
    assert found_in(folder, below=folder) == ["lone.tex", "main.tex"]


def test_one_bad_file_does_not_spoil_the_rest(tmp_path: Path) -> None:
    folder = tree(tmp_path, {"a.md": "# A\n\nx", "b.md": "\x7fELF\x00\x00" + "\x00\x01" * 500, "c.md": "# C\n\nx"})
    (folder / "d.jsonl.gz").write_bytes(b"\x1f\x8b broken")
    (folder / "e.md").mkdir()
    (folder / "f.md").write_text("# F\n\nx")
    entries = list(read_path(folder))
    assert [entry.title for entry in entries if isinstance(entry, Paper)] == ["A", "C", "F"]
    faults = [entry.where for entry in entries if isinstance(entry, BadEntry) and not entry.note]
    assert faults == [str(folder / "b.md"), str(folder / "d.jsonl.gz")]


def test_the_same_bytes_give_the_same_digest(tmp_path: Path) -> None:
    folder = tree(tmp_path, {"a.md": "# A", "b.md": "# A", "c.md": "# C"})
    one, same, other = (source_of(folder / name) for name in ("a.md", "b.md", "c.md"))
    assert one.digest == same.digest != other.digest
    assert (one.name, one.size) == (str(folder / "a.md"), 3)


def test_latex_has_changed_when_a_part_has(tmp_path: Path) -> None:
    main = "\\documentclass{a}\\begin{document}\\input{part}\\end{document}"
    folder = tree(tmp_path, {"main.tex": main, "part.tex": "One."})
    before = source_of(folder / "main.tex")
    (folder / "part.tex").write_text("Two.")
    assert source_of(folder / "main.tex").digest != before.digest


@pytest.mark.parametrize("name", ["missing.md", "a.iso"])
def test_what_cannot_be_read_has_no_digest(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableFile, match=name):
        source_of(tmp_path / name)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    [fault] = read_path(tmp_path)
    assert isinstance(fault, BadEntry)
    assert "not a file" in fault.why
