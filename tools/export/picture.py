"""Drawings in LaTeX's own picture environment: no other program is needed, and fonts are the document's."""

from tools.export.drawing import Box, Drawing, Words
from tools.export.latex_text import latex_text

_WIDEST_PT, _TALLEST_PT = 440.0, 600.0
_LARGEST = 0.68
_SIDES = {"start": "l", "middle": "", "end": "r"}


def picture(drawing: Drawing) -> str:
    """The drawing as a figure with its caption."""
    scale = min(_LARGEST, _WIDEST_PT / drawing.width, _TALLEST_PT / drawing.height)
    shapes = "\n".join(
        _box(shape, drawing.height, scale) if isinstance(shape, Box) else _words(shape, drawing.height, scale)
        for shape in drawing.shapes
    )
    return (
        "\\begin{figure}[htbp]\n\\centering\n\\setlength{\\unitlength}{"
        f"{scale:.4f}pt}}\n\\begin{{picture}}({drawing.width:.1f},{drawing.height:.1f})\n{shapes}\n\\end{{picture}}\n"
        f"\\caption{{{latex_text(drawing.title)}}}\n\\end{{figure}}"
    )


def _box(box: Box, height: float, scale: float) -> str:
    low = height - box.y - box.height
    size = f"{{{box.width * scale:.2f}pt}}{{{max(box.height * scale, 0.4):.2f}pt}}"
    return f"\\put({box.x:.1f},{low:.1f}){{\\textcolor[rgb]{{{_rgb(box.fill)}}}{{\\rule{size}}}}}"


def _words(words: Words, height: float, scale: float) -> str:
    size = words.size * scale
    side = _SIDES[words.anchor]
    bold = "\\bfseries " if words.bold else ""
    text = f"\\fontsize{{{size:.2f}}}{{{size * 1.2:.2f}}}\\selectfont\\sffamily {bold}{latex_text(words.text)}"
    return f"\\put({words.x:.1f},{height - words.y:.1f}){{\\makebox(0,0)[{side}b]{{{text}}}}}"


def _rgb(fill: str) -> str:
    return ",".join(f"{int(fill[at : at + 2], 16) / 255:.3f}" for at in (1, 3, 5))
