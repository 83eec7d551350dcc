"""A draft's Markdown with links to its figures and, on request, the ledger as an appendix."""

import re
from collections.abc import Sequence
from itertools import groupby

from tools.export.document import Document
from tools.export.drawing import Drawing
from tools.export.markup import printable
from tools.export.words import word

_MEANT = re.compile(r"([\\`*_{}\[\]<>#|!])")


def markdown(body: str, document: Document, drawings: Sequence[Drawing] = (), *, ledger: bool = False) -> str:
    """The draft `body` with its figures after the first section's heading and the appendix at its end."""
    figures = "\n\n".join(f"![{_text(drawing.title)}]({drawing.name}.svg)" for drawing in drawings)
    heading = f"\n\n## {word('references', document.language)}\n"
    at = body.rfind(heading)
    blocks = [body.rstrip()]
    if figures and at >= 0:
        blocks = [body[:at], figures, body[at:].strip()]
    elif figures:
        blocks.append(figures)
    if ledger and document.ledger:
        blocks.append(_appendix(document))
    return "\n\n".join(blocks) + "\n"


def _appendix(document: Document) -> str:
    language = document.language
    passages = {passage.id: passage for passage in document.passages}
    blocks = [f"## {word('ledger', language)}"]
    for place, lines in groupby(document.ledger, key=lambda line: line.place):
        blocks.append(f"### {_text(place)}")
        for line in lines:
            why = f" ({_text(line.why)})" if line.why else ""
            blocks.append(f"- **{word(line.verdict, language)}**{why}: {_text(line.text)}")
            quoted = (passages[cite] for cite in line.cites if cite in passages)
            blocks += [f"  > [{one.number}] {_text(one.text)}" for one in quoted]
    return "\n\n".join(blocks)


def _text(given: str) -> str:
    return _MEANT.sub(r"\\\1", " ".join(printable(given).split()))
