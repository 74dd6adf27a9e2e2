"""Two tables compared column by column."""

from pathlib import Path
from typing import Any

import numpy
import pandas

from gitmlops.adapters.data import tables
from gitmlops.errors import InputError
from gitmlops.registry.reproduction.verdicts import Comparison, Tolerance, Verdict, worst


def compare(before: bytes, after: bytes, tolerance: Tolerance, scratch: Path) -> Comparison:
    """How near two Parquet files are: same columns, types and rows, numbers within the tolerance."""
    try:
        old, new = (_read(content, scratch) for content in (before, after))
    except InputError as error:
        return Comparison(Verdict.DIFFERENT, f"other bytes; {error.what}")
    shape = [f"{len(frame)} rows of {', '.join(map(str, frame.columns))}" for frame in (old, new)]
    if shape[0] != shape[1]:
        return Comparison(Verdict.DIFFERENT, f"{shape[0]} -> {shape[1]}")
    found = [_compare_column(old.iloc[:, place], new.iloc[:, place], tolerance) for place in range(old.shape[1])]
    if all(each.verdict is Verdict.IDENTICAL for each in found):
        return Comparison(Verdict.WITHIN, "the same values in other bytes")
    return worst(found)


def _read(content: bytes, scratch: Path) -> pandas.DataFrame:
    file = scratch / "compared.parquet"
    file.write_bytes(content)
    try:
        return tables.read(file)
    finally:
        file.unlink()


def _compare_column(old: "pandas.Series[Any]", new: "pandas.Series[Any]", tolerance: Tolerance) -> Comparison:
    name = f"column {old.name}"
    if old.dtype != new.dtype:
        return Comparison(Verdict.DIFFERENT, f"{name}: {old.dtype} -> {new.dtype}")
    if old.equals(new):
        return Comparison(Verdict.IDENTICAL)
    if not pandas.api.types.is_float_dtype(old.dtype):
        unlike = int((old.ne(new) & ~(old.isna() & new.isna())).sum())
        return Comparison(Verdict.DIFFERENT, f"{name}: {unlike} of {len(old)} values differ")
    first, second = (side.to_numpy(dtype=numpy.float64, na_value=numpy.nan) for side in (old, new))
    found = tolerance.judged(map(tolerance.distance, first.tolist(), second.tolist()))
    return Comparison(found.verdict, f"{name}: {found.detail}")
