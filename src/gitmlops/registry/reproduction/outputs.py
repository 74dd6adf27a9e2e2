"""An output as it was released and as it came again, compared by what its kind of file holds."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from gitmlops.errors import GitmlopsError
from gitmlops.registry.reproduction import tables, values
from gitmlops.registry.reproduction.values import Alike
from gitmlops.registry.reproduction.verdicts import Comparison, Verdict, shortened, worst

Files = Mapping[str, bytes]
"""The files of an output by their path in it; a single file has the path `.`."""
Score = Callable[[bytes], Sequence[float]]
"""What a model predicts for the evaluation rows. Raises GitmlopsError if that cannot be had."""

_TEXT = (".md", ".txt", ".csv", ".tsv", ".html", ".svg")


def compare(path: str, before: Files, after: Files, alike: Alike, *, score: Score, scratch: Path) -> Comparison:
    """How near two contents of an output are. scratch: a folder for files that are read for it."""
    if set(before) != set(after):
        gone, came = sorted(set(before) - set(after)), sorted(set(after) - set(before))
        parts = [*(f"{name} is missing" for name in gone), *(f"{name} is new" for name in came)]
        return Comparison(Verdict.DIFFERENT, shortened(parts))
    found = {
        name: _compare_file(_named(path, name), before[name], after[name], alike, score, scratch)
        for name in sorted(before)
        if before[name] != after[name]
    }
    return worst(
        Comparison(each.verdict, each.detail if name == "." else f"{name}: {each.detail}")
        for name, each in found.items()
    )


def _named(path: str, name: str) -> str:
    return path if name == "." else f"{path}/{name}"


def _compare_file(path: str, before: bytes, after: bytes, alike: Alike, score: Score, scratch: Path) -> Comparison:
    suffix = PurePosixPath(path).suffix.lower()
    found: Comparison | None = None
    if suffix == ".json":
        found = values.compare_json(before, after, alike)
    elif suffix in (".yaml", ".yml"):
        found = values.compare_yaml(before, after, alike)
    elif suffix == ".parquet":
        return _compare_tables(before, after, alike, scratch)
    elif suffix == ".skops":
        return _compare_models(before, after, alike, score)
    elif suffix in _TEXT:
        found = values.compare_text(before, after, alike)
    sizes = f"{len(before)} bytes then, {len(after)} now"
    return found or Comparison(Verdict.DIFFERENT, f"other bytes ({sizes}), of a kind that is not compared any nearer")


def _compare_models(before: bytes, after: bytes, alike: Alike, score: Score) -> Comparison:
    try:
        scores = [score(content) for content in (before, after)]
    except GitmlopsError as error:
        return Comparison(Verdict.DIFFERENT, f"other bytes; predictions could not be compared: {error.what}")
    apart = (alike.tolerance.distance(old, new) for old, new in zip(*scores, strict=True))
    found = alike.tolerance.judged(apart, "predictions")
    return Comparison(found.verdict, f"other bytes; {found.detail.removesuffix(' in other bytes')}")


def _compare_tables(before: bytes, after: bytes, alike: Alike, scratch: Path) -> Comparison:
    return tables.compare(before, after, alike.tolerance, scratch)
