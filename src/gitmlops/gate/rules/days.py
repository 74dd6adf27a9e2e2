"""Days as people write them in policies and waivers."""

from datetime import date


def is_day(text: str) -> bool:
    """Whether a Day is in the calendar: 2026-02-30 is of the right form, and none."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
