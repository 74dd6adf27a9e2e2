"""An option's value that is a moment."""

from datetime import UTC, datetime
from typing import Any

import click


class Moment(click.ParamType[datetime]):
    """A date (its last second) or an ISO 8601 time, UTC without an offset, as a datetime in UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from gitmlops.registry.tags.moments import parse

        if isinstance(value, datetime):
            return value
        seconds = parse(str(value))
        if seconds is None:
            self.fail(f"{value!r} is no time: write 2026-03-03 or 2026-03-03T09:00:00Z", param, ctx)
        return datetime.fromtimestamp(seconds, UTC)
