"""Which option a text chooses, read as tolerantly as can be done without guessing."""

import re
from collections.abc import Sequence

from tools.profiles.final_answer import cleaned, marked
from tools.profiles.questions import LETTERS

AMBIGUOUS = "it names several options"
NO_OPTION = "it names no option"

_BETWEEN = r"\s*(?:,|/|&|\bor\b|\band\b|\bto\b|か|と|または|및|또는|或)\s*"
_NAMED = r"(?:\b(?:option|choice|answer|choose|pick|select|選択肢|보기|选)\s*(?:is\s+|は\s*)?)"
_ARTICLE = re.compile(r"\W*A\s+(?!or\b|and\b|because\b|since\b|as\b|is\b)[a-z]")


def _opens(letters: str) -> str:
    """A pattern of texts that begin with the letter of an option, in brackets, with a stop or with another letter."""
    after = rf"[)\].:：,]|$|\s+[-–—]\s+|(?=\s*(?:です|だ|입니다|이다|번))|(?={_BETWEEN}[(\[]?[{letters}](?![A-Za-z]))"
    return rf"^\W*(?:option|choice)?\s*[(\[]?\s*(?P<letter>[{letters}])\s*(?:{after})"


def chosen(options: Sequence[str], text: str) -> tuple[int | None, str]:
    """The option, counted from 0; or None and why there is none.

    The letter counts where one is marked as the answer or stands alone; else the text of the one option that
    is said. Where the last answer that is marked names two options, or a letter goes with the text of another
    option, nothing is chosen.
    """
    for answer in reversed(marked(text)):
        found = _in_answer(options, answer)
        if found or _several(options, answer):
            return _one(found)
    plain = cleaned(text)
    for part in (plain, *reversed(plain.splitlines())):
        if part.strip() and (found := _as_whole(options, part)):
            return _one(found)
    return _one(_letters_named(options, plain) or _texts_said(options, plain))


def _one(found: set[int]) -> tuple[int | None, str]:
    if len(found) == 1:
        return next(iter(found)), ""
    return None, AMBIGUOUS if found else NO_OPTION


def _in_answer(options: Sequence[str], answer: str) -> set[int]:
    """The options that a marked answer names."""
    whole = _as_whole(options, answer)
    if whole:
        return whole
    letters = _letters(options)
    first = re.match(rf"\W*(?:option|choice)?\s*[(\[]?([{letters}])(?![A-Za-z'])", answer)
    if first and not (_ARTICLE.match(answer) and _texts_said(options, answer)):
        return {LETTERS.index(first[1])} | _further(options, answer[first.end() :])
    return _texts_said(options, answer) or _letters_named(options, answer)


def _several(options: Sequence[str], answer: str) -> bool:
    return len(_in_answer(options, answer)) > 1


def _as_whole(options: Sequence[str], part: str) -> set[int]:
    """The option that the part is: its letter, its text, or both; all of them where they differ."""
    if (same := _same_text(options, part)) is not None:
        return {same}
    found = re.match(_opens(_letters(options)), part.strip(), re.IGNORECASE)
    if found is None:
        return set()
    letter = LETTERS.index(found["letter"].upper())
    rest = part.strip()[found.end() :]
    if found["letter"].islower() and _words(rest) and _same_text(options, rest) is None:
        return set()
    return {letter} | _further(options, rest)


def _further(options: Sequence[str], rest: str) -> set[int]:
    """What other options a text names after the letter of one: by a letter that follows at once, or by text."""
    letters = _letters(options)
    found = re.match(rf"\s*[)\].]?(?:{_BETWEEN}[(\[]?([{letters}])(?![A-Za-z'])[)\]]?)+", rest)
    named = {LETTERS.index(found[1])} if found else set()
    other = _same_text(options, rest)
    return named | ({other} if other is not None else set())


def _same_text(options: Sequence[str], part: str) -> int | None:
    """The option whose text the part is."""
    said = _words(part)
    same = [at for at, option in enumerate(options) if _words(option) == said]
    return same[0] if said and len(same) == 1 else None


def _texts_said(options: Sequence[str], text: str) -> set[int]:
    """The options whose texts stand in the text, those left out that are part of another that does."""
    said = f" {' '.join(_words(text))} "
    texts = {at: f" {' '.join(_words(option))} " for at, option in enumerate(options)}
    there = {at: option for at, option in texts.items() if option.strip() and option in said}
    return {
        at for at, option in there.items() if not any(option in other and option != other for other in there.values())
    }


def _letters_named(options: Sequence[str], text: str) -> set[int]:
    """The options whose letters stand in brackets or after "option" and the like."""
    letters = _letters(options)
    found = re.findall(rf"\(([{letters}])\)|(?i:{_NAMED})[(\[]?([{letters}])(?![A-Za-z'])", text)
    return {LETTERS.index(one or other) for one, other in found}


def _letters(options: Sequence[str]) -> str:
    return LETTERS[: len(options)]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+(?:[.,]\d+)*|[%+−-](?=\d)|%", cleaned(text).casefold())
