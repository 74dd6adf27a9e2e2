"""Numbers that a project has measured of its models, by the names of the metrics that policies know."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any, Literal

from gitmlops.errors import InputError
from gitmlops.specs.yaml import MappingNode, Node, ScalarNode, compose

Kind = Literal["binary", "regression"]
MAX_BYTES = 1 << 20
_CENT = Decimal("0.01")
_FLOORS, _LOSSES = (Decimal("0.02"), Decimal("0.99")), (Decimal("0.05"), Decimal("0.50"))
_WHERE = ("test", "eval", "evaluation", "val", "valid", "validation", "holdout")


@dataclass(frozen=True)
class Known:
    """A metric of policies. floor: whether more is better."""

    metric: str
    kind: Kind
    floor: bool = True


_OURS = {
    "roc_auc": ("rocauc", "auc", "auroc"),
    "average_precision": ("averageprecision", "avgprec", "avgprecision", "ap", "prauc"),
    "accuracy": ("accuracy", "acc"),
    "f1": ("f1", "f1score"),
    "precision": ("precision",),
    "recall": ("recall",),
    "log_loss": ("logloss",),
    "brier": ("brier", "brierscore"),
    "mae": ("mae", "meanabsoluteerror"),
    "mse": ("mse", "meansquarederror"),
    "rmse": ("rmse", "rootmeansquarederror"),
    "r2": ("r2", "r2score"),
}
_OF_NUMBERS, _CEILINGS = {"mae", "mse", "rmse", "r2"}, {"log_loss", "brier", "mae", "mse", "rmse"}
KNOWN: Mapping[str, Known] = {
    name: Known(metric, "regression" if metric in _OF_NUMBERS else "binary", metric not in _CEILINGS)
    for metric, names in _OURS.items()
    for name in names
}
"""What projects call a metric, without case, blanks and signs -> what it is here."""


@dataclass(frozen=True)
class Measured:
    """A number of a metrics file, and the threshold that it gives: as good as now, to two decimals."""

    known: Known
    value: Decimal
    path: str

    @property
    def threshold(self) -> Decimal:
        """The value, rounded to the side that it passes; of a share no limit that nothing or everything would meet."""
        rounded = self.value.quantize(_CENT, ROUND_FLOOR if self.known.floor else ROUND_CEILING)
        if self.known.kind != "binary":
            return rounded
        least, most = _FLOORS if self.known.floor else _LOSSES
        return min(max(rounded, least), most)


def measured(content: bytes, path: str) -> tuple[Measured, ...]:
    """The numbers of a metrics file, JSON or YAML, that have a known name, each metric once: a test set's if there is
    one, never a training set's alone. Nothing of a file that is something else.
    """
    found: dict[str, tuple[int, Measured]] = {}
    for keys, value in _leaves(_parsed(content, path), ()):
        words = [_plain(key) for key in keys]
        known = next((KNOWN[word] for word in reversed(words) if word in KNOWN), None)
        if known is None or any(word.startswith("train") for word in words):
            continue
        rank = 0 if set(words) & set(_WHERE) else 1
        if known.metric not in found or rank < found[known.metric][0]:
            found[known.metric] = (rank, Measured(known, value, path))
    return tuple(one for _, one in found.values())


def _parsed(content: bytes, path: str) -> Any:
    if path.endswith(".json"):
        with suppress(ValueError, RecursionError):
            return json.loads(content, parse_float=Decimal, parse_int=Decimal)
    elif path.endswith((".yaml", ".yml")):
        with suppress(InputError):
            roots = compose(content, path=path, max_bytes=MAX_BYTES)
            return _values(roots[0]) if roots else None
    return None


def _values(node: Node) -> Any:
    if isinstance(node, MappingNode):
        return {key: _values(value) for key, (_, value) in node.value.items()}
    if isinstance(node, ScalarNode) and not node.style:
        with suppress(InvalidOperation):
            return Decimal(node.value)
    return None


def _leaves(value: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Decimal]]:
    if isinstance(value, Decimal) and value.is_finite() and abs(value) < 10**9:
        yield keys, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*keys, str(key)))


def _plain(key: str) -> str:
    return "".join(letter for letter in key.lower() if letter.isalnum())
