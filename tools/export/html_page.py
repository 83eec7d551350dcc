"""What every HTML page of ours has: its head, its policy against scripts, and plain text made harmless."""

from html import escape

from tools.export.document import Document
from tools.export.markup import printable

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def page(document: Document, main: str, *, style: str, title: str = "") -> str:
    """A whole page around its main part."""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(document.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title or document.title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<main>\n{main}\n</main>\n</body>\n</html>\n"
    )


def text(given: str) -> str:
    """Plain text as HTML."""
    return escape(printable(given))
