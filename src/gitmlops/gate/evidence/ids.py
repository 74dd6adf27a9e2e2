"""Ids of rows, exactly typed: 7 and "7" are two, and so are 7 and 7.0."""

from typing import Any

import pandas

USABLE = ("whole numbers", "text")
"""Kinds of ids that can be compared without a doubt."""


def kind(ids: "pandas.Series[Any]") -> str:
    """What they are, as sentences name it after "ids are": one of USABLE, or what keeps them from it."""
    if missing := int(ids.isna().sum()):
        return f"missing in {missing} rows"
    if pandas.api.types.is_integer_dtype(ids.dtype):
        return "whole numbers"
    return "text" if pandas.api.types.is_string_dtype(ids.dtype) else str(ids.dtype)
