"""Drawings as PNG, for formats that show no vectors."""

import io
import shutil
import subprocess
from typing import TYPE_CHECKING

from tools.export.drawing import INK, Box, Drawing, Words
from tools.export.markup import printable

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

_SCALE = 3
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
_PATIENCE_S = 10


def png(drawing: Drawing) -> bytes | None:
    """The drawing as a picture; None where Pillow or a font for its script is missing."""
    try:
        from PIL import Image, ImageDraw
    except ImportError:
        return None
    wide = any(ord(char) > 0x2E7F for shape in drawing.shapes if isinstance(shape, Words) for char in shape.text)
    font_file = _wide_font() if wide else ""
    if wide and not font_file:
        return None
    picture = Image.new("RGB", (int(drawing.width * _SCALE) + 1, int(drawing.height * _SCALE) + 1), "white")
    brush = ImageDraw.Draw(picture)
    for shape in drawing.shapes:
        if isinstance(shape, Box):
            corners = (shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
            brush.rectangle([value * _SCALE for value in corners], fill=shape.fill)
        else:
            place = (shape.x * _SCALE, shape.y * _SCALE)
            text, font = printable(shape.text), _font(font_file, shape.size * _SCALE)
            brush.text(place, text, fill=INK, font=font, anchor=_ANCHORS[shape.anchor])
    held = io.BytesIO()
    picture.save(held, "PNG", optimize=True)
    return held.getvalue()


def _font(file: str, size: float) -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    return ImageFont.truetype(file, size) if file else ImageFont.load_default(size)


def _wide_font() -> str:
    """A font file for Chinese, Japanese and Korean, as fontconfig knows it; empty without one."""
    program = shutil.which("fc-match")
    if program is None:
        return ""
    asked = [program, "-f", "%{file}|%{lang}", ":lang=ja:charset=65e5"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, timeout=_PATIENCE_S, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    file, _, languages = found.partition("|")
    return file if "ja" in languages.split("|") else ""
