"""The type of a column, in the words of definitions."""

import pandas


def dtype_of(values: pandas.Series) -> str:
    """int64, float64, string, boolean or timestamp, whatever the width; else pandas' own name.

    A column of whole numbers with gaps is float64, as pandas reads it; a column without any value is what it says.
    """
    kinds = pandas.api.types
    tests = {
        "boolean": kinds.is_bool_dtype,
        "int64": kinds.is_integer_dtype,
        "float64": kinds.is_float_dtype,
        "timestamp": kinds.is_datetime64_any_dtype,
        "string": kinds.is_string_dtype,
    }
    return next((name for name, is_one in tests.items() if is_one(values)), str(values.dtype))
