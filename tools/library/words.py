"""How long a text is, in words that count alike in every script, and where it may be cut."""

import re

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Scripts written without spaces, and Hangul, whose words carry their particles: for use in [...]."""

UNIT = re.compile(rf"[{UNSPACED}]{{1,2}}|[^\s{UNSPACED}]{{1,12}}")
PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]?\s+|(?<=[。！？])")
SPACE = re.compile(r"\s+")


def words(text: str, start: int = 0, end: int | None = None) -> int:
    """Roughly how many words a text has; in scripts without spaces two characters count as one."""
    return len(UNIT.findall(text, start, len(text) if end is None else end))
