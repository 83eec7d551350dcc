"""A draft as a Word document, by pandoc."""

import base64
import subprocess
from collections.abc import Sequence
from html import escape

from tools.errors import OperatorError
from tools.export.document import Document, after_introduction
from tools.export.drawing import Drawing
from tools.export.html import entry_html
from tools.export.html_page import text
from tools.export.html_text import cited_html
from tools.export.ledger_html import ledger_items
from tools.export.png import png
from tools.export.words import word

_PATIENCE_S = 120


class NoPandoc(OperatorError):
    """Pandoc is not installed."""

    code = "no_pandoc"


def docx(document: Document, drawings: Sequence[Drawing] = (), *, ledger: bool = False) -> bytes:
    """The document. Raises NoPandoc, and OperatorError where pandoc fails."""
    command = [_pandoc(), "--sandbox", "-f", "html", "-t", "docx", "-o", "-", "--metadata", f"lang={document.language}"]
    source = _source(document, drawings, ledger=ledger).encode()
    try:
        done = subprocess.run(command, input=source, capture_output=True, timeout=_PATIENCE_S, check=True)  # noqa: S603
    except subprocess.CalledProcessError as error:
        raise OperatorError(
            f"pandoc could not write the document: {error.stderr.decode(errors='replace')[:500]}"
        ) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperatorError(f"pandoc could not be run ({error}).") from error
    return done.stdout


def _pandoc() -> str:
    try:
        import pypandoc

        return str(pypandoc.get_pandoc_path())
    except (ImportError, OSError):
        raise NoPandoc(
            "Word documents are written by pandoc, which is not installed: `uv sync --extra docx`, or "
            "`pip install 'colloquy[docx]'`, or install pandoc 3."
        ) from None


def _source(document: Document, drawings: Sequence[Drawing], *, ledger: bool) -> str:
    """The text as the HTML that pandoc turns into Word's own styles, links and bookmarks."""
    language = document.language
    titles = {one.number: one.paper.title for one in document.references}
    blocks = [f"<p><em>{text(note)}</em></p>" for note in document.notes]
    if document.abstract:
        blocks.append(f"<h1>{escape(word('abstract', language))}</h1>{cited_html(document.abstract, titles)}")
    parts = []
    for part in document.parts:
        level = max(1, part.level - 1)
        number = f"{part.number} " if part.number else ""
        parts.append(f"<h{level}>{text(number + part.title)}</h{level}>{cited_html(part.text, titles)}")
    figures = [_figure(one, language) for one in drawings if one.name == "taxonomy"]
    blocks += after_introduction(parts, figures, document)
    blocks += [_figure(one, language) for one in drawings if one.name != "taxonomy"]
    blocks.append(f"<h1>{escape(word('references', language))}</h1>")
    blocks += [
        f'<p><span id="cited-{one.number}">[{one.number}]</span> {entry_html(one)}</p>' for one in document.references
    ]
    if ledger and document.ledger:
        blocks.append(f"<h1>{escape(word('ledger', language))}</h1>{ledger_items(document)}")
    body = "\n".join(blocks)
    head = f'<head><meta charset="utf-8"><title>{text(document.title)}</title></head>'
    return f"<!DOCTYPE html><html>{head}<body>{body}</body></html>"


def _figure(drawing: Drawing, language: str) -> str:
    picture = png(drawing)
    if picture is None:
        return f"<p><em>{text(word('left_out', language).format(name=f'{drawing.name}.svg'))}</em></p>"
    coded = base64.b64encode(picture).decode()
    width = min(6.2, drawing.width / 110)
    image = f'<img src="data:image/png;base64,{coded}" alt="{text(drawing.title)}" style="width:{width:.2f}in">'
    return f"<figure>{image}<figcaption>{text(drawing.title)}</figcaption></figure>"
