"""Drawings as SVG."""

from xml.sax.saxutils import escape, quoteattr

from tools.export.drawing import INK, Box, Drawing, Words
from tools.export.markup import printable

_FONTS = "'Helvetica Neue', Arial, 'Noto Sans', 'Noto Sans CJK JP', 'Hiragino Sans', 'Yu Gothic', sans-serif"


def svg(drawing: Drawing) -> str:
    """The drawing as an SVG document that names what it shows."""
    shapes = "\n".join(_box(shape) if isinstance(shape, Box) else _words(shape) for shape in drawing.shapes)
    size = f'width="{drawing.width:g}" height="{drawing.height:g}" viewBox="0 0 {drawing.width:g} {drawing.height:g}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={quoteattr(printable(drawing.title))} '
    )
    return f'{head}font-family="{_FONTS}" fill="{INK}">\n{shapes}\n</svg>\n'


def _box(box: Box) -> str:
    corner = ' rx="3"' if box.height > 4 and box.width > 4 else ""
    return (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" fill="{box.fill}"{corner}/>'
    )


def _words(words: Words) -> str:
    style = f'font-size="{words.size:g}" text-anchor="{words.anchor}"' + (' font-weight="bold"' if words.bold else "")
    return f'<text x="{words.x:g}" y="{words.y:g}" {style}>{escape(printable(words.text))}</text>'
