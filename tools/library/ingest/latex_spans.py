"""Where the environments of LaTeX source are; in time linear in its length, whatever is left unclosed."""

import re
from collections.abc import Iterator
from typing import NamedTuple

CODE = ("verbatim", "verbatim*", "Verbatim", "lstlisting", "minted")
"""Environments whose content is no LaTeX."""


class Span(NamedTuple):
    """An environment: it takes `start` to `end`, its content `inner` to `outer`."""

    name: str
    start: int
    inner: int
    outer: int
    end: int


def environments(text: str, names: tuple[str, ...]) -> Iterator[Span]:
    """The environments of these names in order; one within another is part of it, one without an end is none."""
    unclosed: set[str] = set()
    position = 0
    for begin in re.finditer(rf"\\begin\{{({'|'.join(map(re.escape, names))})\}}", text):
        if begin.start() < position or begin[1] in unclosed:
            continue
        ending = f"\\end{{{begin[1]}}}"
        outer = text.find(ending, begin.end())
        if outer < 0:
            unclosed.add(begin[1])
            continue
        position = outer + len(ending)
        yield Span(begin[1], begin.start(), begin.end(), outer, position)


def without(text: str, spans: list[Span]) -> str:
    """The text with an empty line in place of each span."""
    parts: list[str] = []
    end = 0
    for span in spans:
        parts.append(text[end : span.start])
        end = span.end
    return "\n\n".join([*parts, text[end:]])


def braced(text: str, start: int, longest: int = 20_000) -> tuple[str, int]:
    """What is between the brace at `start` and the one that closes it, and where it ends.

    Where none closes it within `longest` characters, the rest of the line.
    """
    depth = 0
    for match in re.compile(r"\\.|[{}]", re.S).finditer(text, start, start + longest):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0 and match[0] == "}":
            return text[start + 1 : match.start()], match.end()
    line_end = text.find("\n", start, start + longest)
    end = min(start + longest, len(text)) if line_end < 0 else line_end
    return text[start + 1 : end], end
