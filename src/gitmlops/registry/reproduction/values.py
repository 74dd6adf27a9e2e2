"""JSON, YAML and text compared by what they say: numbers within a tolerance, everything else exactly."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import yaml

from gitmlops.records.manifest import Manifest
from gitmlops.registry.reproduction.verdicts import Comparison, Tolerance, Verdict, shortened

ENVIRONMENT = ("python", "platform", "packages", "cpu", "blas", "threads")
"""What a manifest says of the machine, which is compared apart from what was made."""

_ABSENT = object()
_NUMBER = re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.]*\w)")


@dataclass(frozen=True)
class Alike:
    """What counts as the same: near numbers, and of outputs the digest then and the digest now."""

    tolerance: Tolerance
    digests: Mapping[str, str] = field(default_factory=dict)

    def distance(self, before: object, after: object) -> float | None:
        """How far two values are apart; None if they are different and no numbers."""
        if _is_number(before) and _is_number(after):
            return self.tolerance.distance(before, after)  # type: ignore[arg-type]
        same = type(before) is type(after) and before == after
        return 0.0 if same or (isinstance(before, str) and self.digests.get(before) == after) else None


def compare_json(before: bytes, after: bytes, alike: Alike) -> Comparison | None:
    """JSON value by value; None if one of them is no JSON."""
    try:
        return _compare(_described(json.loads(before)), _described(json.loads(after)), alike)
    except (ValueError, RecursionError):
        return None


def compare_yaml(before: bytes, after: bytes, alike: Alike) -> Comparison | None:
    """YAML value by value; None if one of them is no YAML."""
    try:
        return _compare(yaml.safe_load(before), yaml.safe_load(after), alike)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def compare_text(before: bytes, after: bytes, alike: Alike) -> Comparison | None:
    """Text line by line, and in each line number by number; None if one of them is no text."""
    try:
        lines = list(zip_longest(before.decode().splitlines(), after.decode().splitlines()))
    except UnicodeDecodeError:
        return None
    far: list[str] = []
    distances: list[float] = []
    for number, (old, new) in enumerate(lines, 1):
        if old == new:
            continue
        apart = None if old is None or new is None else _line_distances(old, new, alike)
        if apart is None or max(apart, default=0.0) > alike.tolerance.limit:
            far.append(f"line {number}: {_shown(old)} -> {_shown(new)}")
        else:
            distances += apart
    return Comparison(Verdict.DIFFERENT, shortened(far)) if far else alike.tolerance.judged(distances)


def _compare(before: Any, after: Any, alike: Alike) -> Comparison:
    far: list[tuple[float, str]] = []
    distances: list[float] = []
    for key, old, new in _pairs("", before, after):
        apart = alike.distance(old, new)
        if apart is None or apart > alike.tolerance.limit:
            far.append((float("inf") if apart is None else apart, f"{key}: {_shown(old)} -> {_shown(new)}"))
        else:
            distances.append(apart)
    if far:
        ordered = sorted(far, key=lambda item: -item[0])
        return Comparison(Verdict.DIFFERENT, shortened(words for _, words in ordered))
    return alike.tolerance.judged(distances)


def _described(document: Any) -> Any:
    """A manifest without its machine; any other document as it is."""
    tag = Manifest.__struct_config__.tag
    if isinstance(document, dict) and document.get("schema") == tag:
        return {key: value for key, value in document.items() if key not in ENVIRONMENT}
    return document


def _pairs(key: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Values at the same place, by its key; those that are on one side only, too."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}, key=str):
            inside = f"{key}.{name}" if key else str(name)
            yield from _pairs(inside, before.get(name, _ABSENT), after.get(name, _ABSENT))
    elif isinstance(before, list) and isinstance(after, list):
        for number, (old, new) in enumerate(zip_longest(before, after, fillvalue=_ABSENT)):
            yield from _pairs(f"{key}[{number}]", old, new)
    else:
        yield key, before, after


def _line_distances(before: str, after: str, alike: Alike) -> list[float] | None:
    """How far the numbers of two lines are apart; None if the words between them differ."""
    old, new = _NUMBER.split(before), _NUMBER.split(after)
    if len(old) != len(new) or any(
        alike.distance(first, second) is None for first, second in zip(old[::2], new[::2], strict=True)
    ):
        return None
    numbers = zip(map(_number, old[1::2]), map(_number, new[1::2]), strict=True)
    return [alike.tolerance.distance(first, second) for first, second in numbers]


def _number(text: str) -> float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: object) -> str:
    text = "none" if value is _ABSENT or value is None else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
