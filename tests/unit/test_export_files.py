"""Word documents, the files of a folder, and what is said where a program is missing."""

import io
import json
import sys
import zipfile
from pathlib import Path

import pytest

from agents.survey.document import document_of, drawings_of
from agents.survey.ledger import Entry
from agents.survey.state import Draft, DraftPart, DraftSection
from agents.trace import Reference
from server.export_commands import leave
from server.exports import files_of, formats_in
from server.survey_folder import KeptDraft, read_kept
from tests.documents import HOSTILE, hostile
from tests.examples import evidence, paper
from tools.errors import InvalidRequest
from tools.export.docx import NoPandoc, docx
from tools.export.markdown import markdown
from tools.export.pdf import NoPdfEngine, pdf
from tools.types import PaperId, PassageId, Usage

DRAFT = Draft(
    topic="routing",
    title="A survey of routing",
    markdown="# A survey of routing\n\n## Introduction\n\nRouting saves [1].\n\n## References\n\n[1] Paper a\n",
    bibtex="",
    sections=(DraftSection(title="Methods", subsections=("One",), paper_ids=(PaperId("a"),), words=3),),
    references=(Reference(number=1, paper_id=PaperId("a"), title="Paper a", published="2024", url=""),),
    claims=(),
    parts=(
        DraftPart(number="", level=2, title="Introduction", text="Routing saves [1]."),
        DraftPart(number="1", level=2, title="Methods", text="It routes [1]."),
        DraftPart(number="", level=2, title="Conclusion", text="Done [1]."),
    ),
    papers=(paper("a", arxiv_id="2401.00001", published="2024"),),
    passages=(evidence(1, "a", "Routing saves half."),),
    ledger=(
        Entry(section=0, subsection=0, text="Routing saves.", cites=(PassageId("a#1"),), verdict="supported"),
        Entry(section=1, subsection=1, text="It routes.", cites=(PassageId("a#1"),), verdict="supported"),
        Entry(section=2, subsection=0, text="Done.", verdict="uncited"),
    ),
    usage=Usage(),
    models=("writer",),
    extractive=False,
)


def test_a_draft_becomes_a_document_with_its_claims_in_their_places() -> None:
    document = document_of(DRAFT)
    assert [line.place for line in document.ledger] == ["Introduction", "1 Methods", "Conclusion"]
    assert document.references[0].paper.arxiv_id == "2401.00001"
    assert document.taxonomy is not None
    assert (document.taxonomy.below[0].name, document.taxonomy.below[0].papers) == ("Methods", 1)


def test_a_draft_of_an_older_version_has_its_references_all_the_same() -> None:
    bare = DRAFT.model_copy(update={"papers": (), "passages": (), "ledger": ()})
    assert document_of(bare).references[0].paper.title == "Paper a"
    assert b"Paper a" in files_of(bare, ["html"])["survey.html"]


def test_a_folder_holds_what_belongs_together() -> None:
    files = files_of(DRAFT, ["md", "html", "tex"])
    assert set(files) == {
        "draft.md", "survey.html", "draft.tex", "references.bib", "ref.json", "ledger.json", "ledger.html",
        "taxonomy.svg",
    }  # fmt: skip
    assert json.loads(files["ref.json"]) == {"2401.00001": {"arxivId": "2401.00001", "title": "Paper a"}}
    ledger = json.loads(files["ledger.json"])
    assert [claim["verdict"] for claim in ledger["claims"]] == ["supported", "supported", "uncited"]
    assert ledger["passages"]["a#1"]["text"] == "Routing saves half."
    assert b"\\cite{2024paper}" in files["draft.tex"]
    assert b"{2024paper," in files["references.bib"]
    assert files["draft.md"].index(b"taxonomy.svg") < files["draft.md"].index(b"## References")


def test_what_is_left_in_a_folder_is_read_again(tmp_path: Path) -> None:
    kept = KeptDraft(draft=DRAFT, seconds=1.5, cost_usd=0.25)
    assert "draft.json" in leave(tmp_path / "new", kept, ["md"])
    assert read_kept(tmp_path / "new") == kept
    (tmp_path / "draft.json").write_text("{}", "utf-8")
    with pytest.raises(InvalidRequest, match="no draft of this version"):
        read_kept(tmp_path)


def test_the_appendix_quotes_the_passages_and_nothing_in_it_is_markup() -> None:
    document = hostile()
    text = markdown("# T\n\n## References\n\n[1] x\n", document, drawings_of(document), ledger=True)
    appendix = text.partition("## Citation ledger")[2]
    assert "**supported**" in appendix
    assert "<script>" not in appendix.replace("\\<script\\>", "")
    assert HOSTILE not in appendix


def test_formats_are_told_apart() -> None:
    assert formats_in("md, LaTeX,.docx,md") == ("md", "tex", "docx")
    for wrong in ("", "odt", "md,rtf"):
        with pytest.raises(InvalidRequest, match="md, html, tex, docx, pdf"):
            formats_in(wrong)


def test_a_word_document_has_headings_links_tables_and_pictures() -> None:
    document = hostile()
    held = zipfile.ZipFile(io.BytesIO(docx(document, drawings_of(hostile(wide=False)))))
    body = held.read("word/document.xml").decode()
    assert 'w:val="Heading1"' in body
    assert "専門家の混合は" in body
    assert 'w:anchor="cited-1"' in body
    assert 'w:name="cited-1"' in body
    assert "<w:tbl>" in body
    assert "&lt;script&gt;" in body
    assert any(name.startswith("word/media/") for name in held.namelist())


def test_without_pandoc_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypandoc", None)
    with pytest.raises(NoPandoc, match="uv sync --extra docx"):
        docx(hostile())


def test_without_an_engine_it_is_said_what_makes_pdf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoPdfEngine, match="tectonic, xelatex, lualatex or Chromium"):
        pdf(hostile())
