"""Dates as people and programs write them, as far as they can be told for certain."""

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?![\d.-])", re.ASCII)
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
_MONTH = re.compile(
    r"\b(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b",
    re.IGNORECASE,
)
_DAY = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?(?!\d)", re.ASCII)


def parse_date(value: object) -> str:
    """ "2025", "2025-03" or "2025-03-07", as much of it as is certain; "" if not even a year is.

    Takes a year as a number, ISO dates and times, and forms like "7 March 2025". Of "03/07/2025",
    which means two things, only the year is taken.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if 1_000 <= value <= 2_999 else ""
    if not isinstance(value, str):
        return ""
    text = value.strip()[:100]
    if (iso := _ISO.match(text)) and not _MONTH.search(text):
        return _joined(iso[1], iso[2], iso[3])
    years = set(_YEAR.findall(text))
    if len(years) != 1:
        return ""
    year = years.pop()
    months = _MONTH.findall(text)
    if len(months) != 1:
        return str(year)
    days = _DAY.findall(text)
    number = _MONTHS.index(months[0].lower()[:3]) + 1
    return _joined(year, str(number), days[0] if len(days) == 1 else None)


def _joined(year: str, month: str | None, day: str | None) -> str:
    """The parts as an ISO date, up to the first that is missing or impossible."""
    if not 1_000 <= int(year) <= 2_999:
        return ""
    if month is None or not 1 <= int(month) <= 12:
        return year
    partly = f"{year}-{int(month):02}"
    try:
        return date(int(year), int(month), int(day or 0)).isoformat()
    except ValueError:
        return partly
