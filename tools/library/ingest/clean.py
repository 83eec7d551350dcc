"""Text as every database, index and model takes it."""

import re

_LINE_ENDS = re.compile(r"\r\n?|[\f\v\x1c-\x1e\x85\u2028\u2029]")
_SPACE_LIKE = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")
"""Marks without width or that change the direction of writing: they hide or fake what is shown."""
_ANY = re.compile(f"{_LINE_ENDS.pattern}|{_SPACE_LIKE.pattern}|{_INVISIBLE.pattern}")


def plain(value: object) -> str:
    """A string without control characters and halves of characters; "" for anything else."""
    if not isinstance(value, str):
        return ""
    if _ANY.search(value):
        value = _INVISIBLE.sub("", _SPACE_LIKE.sub(" ", _LINE_ENDS.sub("\n", value)))
    return value.encode("utf-8", "replace").decode("utf-8")


def one_line(value: object) -> str:
    """A string with its white space collapsed; "" for anything else."""
    return " ".join(plain(value).split())
