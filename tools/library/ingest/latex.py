"""LaTeX markup as it occurs in bibliographies, as plain text."""

import re

from latexcodec.codec import UnicodeLatexIncrementalDecoder  # pybtex brings it along

LONGEST_DECODED = 20_000
"""The decoder's time grows with the square of the length; no field that people read is longer."""
_MARKUP = re.compile(r"[\\$]|--|``|''|[?!]`")
_FORMATTING = re.compile(r"\\[a-zA-Z]+\*?\s*(?=\{)")
_SPACING = re.compile(r"\\[,;:! ]|~")
_ESCAPED = re.compile(r"\\([^a-zA-Z\s])")
_COMMAND = re.compile(r"\\([a-zA-Z]+)\s?")
_WRAPPED_URL = re.compile(r"^\\url\s*\{(.*)\}$", re.DOTALL)


def unlatex(text: str) -> str:
    """The text with accents and symbols decoded, commands and braces gone, white space collapsed.

    `M{\\"u}ller` becomes Müller, `\\emph{deep}` becomes deep, `$\\alpha$` becomes α.
    """
    decoded = _FORMATTING.sub("", _SPACING.sub(" ", _decoded(text)))
    decoded = re.sub(r"(?<!\\)[{}$]", "", decoded)
    decoded = _COMMAND.sub(r"\1 ", _ESCAPED.sub(r"\1", decoded))
    return " ".join(decoded.split())


def unlatex_address(text: str) -> str:
    """A URL, DOI or id without the braces and escapes LaTeX needs; "~" and "--" stay as they are."""
    bare = _WRAPPED_URL.sub(r"\1", text.strip())
    return re.sub(r"\\([_#%&~{}$])", r"\1", bare).replace("{", "").replace("}", "").strip()


def _decoded(text: str) -> str:
    if len(text) > LONGEST_DECODED or not _MARKUP.search(text):
        return text
    try:
        return str(UnicodeLatexIncrementalDecoder().decode(text, final=True))  # type: ignore[no-untyped-call]
    except ValueError:
        return text
