"""What is asked for, compared with what is there: GitHub adds defaults of its own, which differ in nothing."""

from collections.abc import Mapping
from typing import Any


def missing(wanted: Mapping[str, Any], actual: Mapping[str, Any], place: str = "") -> tuple[str, ...]:
    """Where `actual` is not as wanted, as `rules.pull_request.parameters`; keys that are not asked for are free.

    Lists must have the same items in any order; items with a `type` are compared by it, and named so.
    """
    found: list[str] = []
    for key, value in wanted.items():
        where = f"{place}.{key}" if place else key
        there = actual.get(key)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            found += missing(value, there, where)
        elif isinstance(value, list) and isinstance(there, list):
            found += _of_lists(value, there, where)
        elif value != there:
            found.append(where)
    return tuple(found)


def _of_lists(wanted: list[Any], actual: list[Any], place: str) -> tuple[str, ...]:
    by_type = _by_type(wanted), _by_type(actual)
    if by_type[0] is not None and by_type[1] is not None:
        extra = tuple(f"{place}.{name}" for name in sorted({*by_type[1]} - {*by_type[0]}))
        return missing(by_type[0], by_type[1], place) + extra
    left = list(actual)
    for item in wanted:
        match = next((one for one in left if _same(item, one)), None)
        if match is None:
            return (place,)
        left.remove(match)
    return (place,) if left else ()


def _by_type(items: list[Any]) -> dict[str, Any] | None:
    """The items by their `type`; None unless each has one of its own."""
    named = {item["type"]: item for item in items if isinstance(item, Mapping) and isinstance(item.get("type"), str)}
    return named if len(named) == len(items) else None


def _same(wanted: Any, actual: Any) -> bool:
    if isinstance(wanted, Mapping) and isinstance(actual, Mapping):
        return not missing(wanted, actual)
    return bool(wanted == actual)
