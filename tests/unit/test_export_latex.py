"""LaTeX: real engines compile it, and nothing in the text becomes a command."""

import os
import re
import shutil

import pytest

from agents.survey.document import drawings_of
from tests.documents import HOSTILE, hostile
from tools.export.latex import latex
from tools.export.latex_text import latex_address, latex_text, needs_unicode_engine
from tools.export.pdf import LATEX_ENGINES, compiled

ENGINES = [name for name in (*LATEX_ENGINES, "pdflatex") if shutil.which(name)]
COMMANDS = re.compile(r"\\(?:input|write|immediate|include|openout|read|catcode|csname|def)(?![a-z])")


def test_special_characters_are_themselves() -> None:
    shown = latex_text(HOSTILE)
    assert not COMMANDS.search(shown)
    assert r"\textbackslash{}input\{/etc/passwd\}" in shown
    assert r"\%\& \#\_\textasciicircum{}\textasciitilde{} \{x\}" in shown
    assert not re.search(r"(?<!\\)[%&#_$]", shown)


def test_the_text_brings_no_command_of_its_own() -> None:
    document = hostile()
    body = latex(document, drawings_of(document), ledger=True).partition(r"\begin{document}")[2]
    assert not COMMANDS.search(body)
    assert body.count(r"\end{document}") == 1


def test_signs_that_pdflatex_lacks_are_set_in_mathematics() -> None:
    assert latex_text("α ≥ β") == r"\ensuremath{\alpha} \ensuremath{\geq} \ensuremath{\beta}"
    assert latex_text("a -- b, ''c'' ,,d") == "a -{}- b, '{}'c'{}' ,{},d"
    assert not needs_unicode_engine("ü ß ł α ≥ × — “q”")
    assert needs_unicode_engine("日本語")


def test_citations_become_keys_and_parts_sections() -> None:
    text = latex(hostile())
    assert r"\textbf{saves} cost \cite{lovelace2024routing,2023}" in text
    assert r"Unknown {[}9{]}" in text
    assert r"\subsection{専門家の選択}" in text
    assert r"\section*{Introduction}" in text
    assert r"\href{https://example.org/a_b?x=1\&y=\%20\#z}{there}" in text
    assert r"\begin{longtable}" in text
    assert "javascript" not in text.replace("(javascript:alert(1))", "")


def test_addresses_hold_nothing_that_ends_them() -> None:
    assert latex_address("https://x.org/{}\\^ `") == r"https://x.org/\%7B\%7D\%5C\%5E\%20\%60"


@pytest.mark.skipif(not ENGINES and "TEST_LATEX" not in os.environ, reason="no LaTeX engine is installed")
def test_a_real_engine_compiles_a_text_in_several_scripts() -> None:
    engine = next((name for name in ENGINES if name != "pdflatex"), None)
    assert engine, "TEST_LATEX is set, but no engine for Unicode is installed"
    document = hostile("ja")
    made, log = compiled(document, drawings_of(document), engine, ledger=True)
    assert made is not None, log[-2_000:]
    assert made.startswith(b"%PDF")
    assert not re.findall(r"^! .*|Citation `[^']*' .*undefined|Reference `[^']*' .*undefined", log, re.MULTILINE)
    if "TEST_LATEX" in os.environ:  # elsewhere fonts may be missing
        assert not re.findall(r"Missing character: .*", log)


@pytest.mark.skipif("pdflatex" not in ENGINES, reason="pdfLaTeX is not installed")
def test_pdflatex_compiles_a_text_in_latin_letters() -> None:
    made, log = compiled(hostile(wide=False), (), "pdflatex")
    assert made is not None, log[-2_000:]
