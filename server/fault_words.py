"""What pydantic finds wrong, in words for people who do not know it."""

from pydantic_core import ErrorDetails

_SAID = {
    "extra_forbidden": "there is nothing of this name",
    "missing": "it is missing",
}
_DATE_PATTERN = r"^(\d{4}(-\d{2}(-\d{2})?)?)?$"


def in_words(fault: ErrorDetails) -> str:
    """What is wrong with the value, as a phrase that follows its name."""
    if fault["type"] == "string_pattern_mismatch" and fault.get("ctx", {}).get("pattern") == _DATE_PATTERN:
        return "write a date like 2024-06-30, 2024-06 or 2024"
    return _SAID.get(fault["type"], fault["msg"].removeprefix("Value error, "))
