"""Errors of readers as findings of hooks."""

import re

from gitmlops.errors import InputError
from gitmlops.report import Finding, Location, Severity

_PLACE = re.compile(r"(?P<path>.*?):(?P<line>\d+):(?P<column>\d+)", re.DOTALL)


def of_error(error: InputError, *, rule: str, path: str) -> Finding:
    """What could not be read, at its place. path: where the error names none."""
    found = _PLACE.fullmatch(error.where)
    place = Location(error.where or path)
    if found:
        place = Location(found["path"], int(found["line"]), int(found["column"]))
    return Finding(rule, Severity.ERROR, error.what, place, error.mend)
