"""Whether each part of the text is in the language that it should be in."""

import re
from collections import Counter
from collections.abc import Iterator

from agents.critic.asked import Asked
from agents.critic.checks.reference_list import is_reference_list
from agents.critic.remark import Remark, place
from agents.critic.text import Block, Document, Part
from tools.language import FUNCTION_WORDS, text_language

NAMES = {
    "en": "English",
    "ja": "Japanese",
    "ko": "Korean",
    "zh": "Chinese",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
}

_LEAST_LETTERS = {"ja": 40, "ko": 40, "zh": 40}
_LEAST_LATIN_LETTERS = 150
_COMMON = 0.15
_MOSTLY = 0.7
_NO_PROSE = re.compile(
    r"`[^`\n]*`|https?://\S+|\[[^\[\]\n]{0,300}\]\([^()\n]{0,500}\)|(?m:^(?:Authors|Vote)\s?:.*$)|#\w+"
)
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_LETTER = re.compile(r"[^\W\d_]")
_FOREIGN_SHARE = 0.5


def language(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on parts in another language than was asked for, than their headings or than the rest of the text."""
    parts = [part for item in document.items for part in item.parts]
    found = [(part, code) for part in parts if (code := _of(part))]
    usual = _usual([code for _, code in found])
    for part, code in found:
        expected = asked.language or _of_heading(part) or usual
        if expected and code != expected:
            yield _foreign(document.text, part, code, expected, _reason(asked, part))
        elif expected in ("ja", "ko"):
            yield from _strays(document.text, part, expected)


def _of(part: Part) -> str:
    prose = _NO_PROSE.sub(" ", part.prose)
    code, letters = text_language(prose), len(_LETTER.findall(prose))
    if code in _LEAST_LETTERS:
        return code if letters >= _LEAST_LETTERS[code] else ""
    # names, settings and references in Latin letters are no sentences of a language
    words = prose.lower().split()
    common = sum(word.strip(".,:;()") in FUNCTION_WORDS.get(code, ()) for word in words)
    listed = is_reference_list(part.heading)
    return code if letters >= _LEAST_LATIN_LETTERS and common >= _COMMON * len(words) and not listed else ""


def _of_heading(part: Part) -> str:
    """The language of a heading in kana or hangul; titles in Latin letters say nothing about what is below."""
    title = part.heading.path[-1] if part.heading else ""
    return "ko" if _HANGUL.search(title) else "ja" if _KANA.search(title) else ""


def _usual(codes: list[str]) -> str:
    """The language of nearly all parts, where there are several."""
    if len(codes) < 3:
        return ""
    code, count = Counter(codes).most_common(1)[0]
    return code if count >= _MOSTLY * len(codes) else ""


def _reason(asked: Asked, part: Part) -> str:
    if asked.language:
        return "was asked for"
    return "is the language of its heading" if _of_heading(part) else "is the language of the rest"


def _foreign(text: str, part: Part, code: str, expected: str, reason: str) -> Remark:
    prose = next(block for block in part.blocks if block.kind in ("paragraph", "bullet"))
    return Remark(
        check="language",
        severity="major",
        wrong=f"This part is in {NAMES.get(code, code)}, but {NAMES.get(expected, expected)} {reason}.",
        fix=f"Write the part in {NAMES.get(expected, expected)}; keep names and terms as they are.",
        where=place(text, prose),
    )


def _strays(text: str, part: Part, expected: str) -> Iterator[Remark]:
    """Blocks of Korean in Japanese text, and the other way round."""
    other = _HANGUL if expected == "ja" else _KANA
    for block in part.blocks:
        if block.kind in ("paragraph", "bullet") and _mostly(other, block):
            stray = "Korean" if expected == "ja" else "Japanese"
            yield Remark(
                check="language",
                severity="major",
                wrong=f"{stray} in a {NAMES[expected]} part.",
                fix=f"Translate it into {NAMES[expected]}.",
                where=place(text, block),
            )


def _mostly(script: re.Pattern[str], block: Block) -> bool:
    letters = _LETTER.findall(_NO_PROSE.sub(" ", block.said))
    return len(letters) >= 10 and len(script.findall(block.said)) > _FOREIGN_SHARE * len(letters)
