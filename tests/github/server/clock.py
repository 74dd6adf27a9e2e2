"""Time that only goes forward, so that no two events share a second."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Clock:
    """Starts at the real time; each event takes the next second."""

    time: datetime = field(default_factory=_now)

    def tick(self) -> datetime:
        """Give the time of a new event."""
        self.time += timedelta(seconds=1)
        return self.time


def stamp(time: datetime | None) -> str | None:
    """Give a time as GitHub writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else None
