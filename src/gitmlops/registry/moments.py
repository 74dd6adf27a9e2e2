"""Moments, as people write them and as reports show them; UTC."""

import re
from datetime import UTC, datetime

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
    """A moment as `2026-03-03T09:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
