"""Names that are there twice."""

from collections.abc import Callable, Iterable, Iterator

from gitmlops.features.wiring.columns import wrong
from gitmlops.report import Finding, Location


def twice(names: Iterable[str], what: str, place: Callable[[int], Location]) -> Iterator[Finding]:
    """Names that are there twice; case does not tell them apart, because it does not in SQL."""
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name.lower() in seen:
            yield wrong(f"the {what} {name!r} is here twice (case does not count)", place(i), "keep one, or rename it")
        seen.add(name.lower())
