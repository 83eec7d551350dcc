"""A draft as PDF: by a LaTeX engine where there is one, else by Chromium from the HTML page."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.errors import OperatorError
from tools.export.bibtex import bibtex
from tools.export.document import Document
from tools.export.drawing import Drawing
from tools.export.html import html
from tools.export.latex import latex

LATEX_ENGINES = ("tectonic", "xelatex", "lualatex")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_PATIENCE_S = 300
_SHOWN = 600


class NoPdfEngine(OperatorError):
    """Nothing on this machine makes PDF."""

    code = "no_pdf_engine"


def pdf(document: Document, drawings: Sequence[Drawing] = (), *, ledger: bool = False) -> bytes:
    """The document. Raises NoPdfEngine, and OperatorError where every engine fails, with what the last one says."""
    engines = [path for name in LATEX_ENGINES if (path := shutil.which(name))]
    browsers = [path for name in _BROWSERS if (path := shutil.which(name))]
    if not engines and not browsers:
        raise NoPdfEngine(
            f"A PDF takes one of {', '.join(LATEX_ENGINES)} or Chromium, and none is installed. "
            "Export tex or html instead, or install one of them."
        )
    told = ""
    for engine in engines:
        made, told = compiled(document, drawings, engine, ledger=ledger)
        if made:
            return made
    for browser in browsers:
        made, told = _printed(html(document, drawings, ledger=ledger), browser)
        if made:
            return made
    raise OperatorError(f"No PDF came of it: {told[-_SHOWN:]}")


def compiled(
    document: Document, drawings: Sequence[Drawing], engine: str, *, ledger: bool = False
) -> tuple[bytes | None, str]:
    """The PDF that a LaTeX engine makes, and its log; None where it fails. The text can run no command."""
    with tempfile.TemporaryDirectory(prefix="colloquy-") as place:
        folder = Path(place)
        (folder / "draft.tex").write_text(latex(document, drawings, ledger=ledger), "utf-8")
        (folder / "references.bib").write_text(bibtex([one.paper for one in document.references]), "utf-8")
        if Path(engine).stem == "tectonic":
            runs = [[engine, "--untrusted", "--keep-logs", "draft.tex"]]
        else:
            run = [engine, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "draft.tex"]
            bib = [[shutil.which("bibtex") or "bibtex", "draft"]] if document.references else []
            runs = [run, *bib, run, run]
        told = ""
        for command in runs:
            code, said = _run(command, folder)
            told += said
            if code and Path(command[0]).stem != "bibtex":
                return None, told
        made = folder / "draft.pdf"
        log = folder / "draft.log"
        told = log.read_text("utf-8", errors="replace") if log.is_file() else told
        return (made.read_bytes() if made.is_file() else None), told


def _printed(page: str, browser: str) -> tuple[bytes | None, str]:
    """The PDF that a browser prints of the page, which loads nothing."""
    with tempfile.TemporaryDirectory(prefix="colloquy-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        source, made = folder / "draft.html", folder / "draft.pdf"
        source.write_text(page, "utf-8")
        # inside a container that runs as root a browser has no sandbox of its own
        unboxed = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [browser, "--headless", "--disable-gpu", *unboxed, f"--user-data-dir={folder / 'profile'}"]
        command += ["--no-pdf-header-footer", f"--print-to-pdf={made}", source.as_uri()]
        _, told = _run(command, folder)
        return (made.read_bytes() if made.is_file() else None), told


def _run(command: Sequence[str], folder: Path) -> tuple[int, str]:
    try:
        done = subprocess.run(  # noqa: S603 - a program of this machine; the text comes as a file
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, f"{command[0]}: {error}"
    return done.returncode, done.stdout.decode(errors="replace")
