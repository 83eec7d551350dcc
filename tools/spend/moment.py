"""Moments as people write them in `since` and `until`."""

import re
from datetime import UTC, date, datetime, timedelta

_AGO = re.compile(r"(\d{1,6})\s*(m|h|d|w)", re.IGNORECASE)
_SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def parse_moment(text: str, now: float, *, end: bool = False) -> float:
    """The moment in seconds since 1970: "7d" is seven days before `now`, a date its beginning in UTC.

    With `end`, a date is its end, so that the day belongs to what ends with it. Raises ValueError, which says
    how to write a moment.
    """
    text = text.strip()
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * _SECONDS[ago[2].lower()]
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return (day + timedelta(days=end)).timestamp()
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ValueError(
            f"'{text[:40]}' is no moment; write it like 7d, 24h, 2026-11-01 or 2026-11-01T12:00 (UTC)"
        ) from None
