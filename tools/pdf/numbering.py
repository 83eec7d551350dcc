"""Whether a heading's number goes on from those before it, which a figure's labels and a list's items do not."""

import re

Number = tuple[int, ...]

_ROMAN = {"I": 1, "V": 5, "X": 10}
_HAN = {digit: value for value, digit in enumerate("一二三四五六七八九十", 1)}


def parsed(number: str) -> Number:
    """ "3.2." as (3, 2), "IV." as (4,), "第3章" as (3,), "二、" as (2,); () for letters and nothing."""
    figures = tuple(int(part) for part in re.findall(r"\d+", number))
    bare = number.rstrip(".、")
    if figures:
        return () if number[:1].isascii() and number[:1].isalpha() else figures
    if bare and set(bare) <= set(_ROMAN):
        values = [_ROMAN[digit] for digit in bare]
        following = [*values[1:], 0]
        return (sum(v if v >= after else -v for v, after in zip(values, following, strict=True)),)
    if bare in _HAN:
        return (_HAN[bare],)
    return ()


class Numbering:
    """The numbers of a document's headings so far."""

    def __init__(self) -> None:
        self._last: Number = ()
        self._styles: set[tuple[int, object]] = set()

    def follows(self, number: Number, style: object, *, distinct: bool) -> bool:
        """Whether a heading with this number may come next. `distinct`: it is set unlike the text."""
        if not number or number[0] == 0:
            return not number
        if not self._last:
            return number[0] <= 2 or (distinct and number[0] <= 20)
        if number[0] == self._last[0]:
            return number > self._last
        ahead = number[0] - self._last[0]
        known = (len(number), style) in self._styles
        restarts = number == (1,) and self._last[0] >= 3 and known
        return 0 < ahead <= (5 if known else 2) or restarts

    def note(self, number: Number, style: object) -> None:
        """Takes the number as the last one."""
        if number:
            self._last = number
            self._styles.add((len(number), style))
