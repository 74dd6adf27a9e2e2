"""Moments, as people write them and as reports show them; UTC."""

import re
from datetime import UTC, datetime

LAST = 253_402_300_799
"""The last second of the year 9999, behind which there is no date."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse(text: str) -> int | None:
    """Seconds since 1970 of a date (its last second) or of an ISO 8601 time; None if the text is neither.

    Without an offset, a time is UTC.
    """
    try:
        moment = datetime.fromisoformat(f"{text}T23:59:59" if _DAY.fullmatch(text) else text)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def shown(seconds: int) -> str:
    """A moment as `2026-03-03T09:00:00Z`; whatever comes behind the last one as the last one."""
    return datetime.fromtimestamp(min(seconds, LAST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
