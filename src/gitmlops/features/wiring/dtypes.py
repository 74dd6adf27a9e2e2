"""The five types of columns: what SQL calls them, what counts as one of them, what an aggregation gives."""

from collections.abc import Mapping

from gitmlops.specs.feature import AggregationFunction, Dtype

SQL: Mapping[Dtype, str] = {
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
}
_OF_SQL: Mapping[str, Dtype] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "int64"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "int64"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "float64"),
    **dict.fromkeys(("VARCHAR", "ENUM", "UUID"), "string"),
    "BOOLEAN": "boolean",
    **dict.fromkeys(("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "timestamp"),
    **dict.fromkeys(("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"), "timestamp"),
}


def of_sql(type_: str) -> Dtype | None:
    """The type that a type of SQL counts as, whatever its width; None for lists, structs, intervals and the like."""
    return None if type_.endswith("]") else _OF_SQL.get(type_.partition("(")[0])


def fits(found: Dtype | None, declared: Dtype) -> bool:
    """Whether a column of one type may be declared as another: the same, or whole numbers as floats."""
    return found == declared or (found == "int64" and declared == "float64")


def aggregated(function: AggregationFunction, column: Dtype | None) -> Dtype | None:
    """Type of an aggregation over a column of a type; None where it has no meaning.

    column is None for a count of rows. Booleans add up as 0 and 1.
    """
    if function == "count" or (function == "count_distinct" and column is not None):
        return "int64"
    if function in ("min", "max", "last"):
        return column
    if column not in ("int64", "float64", "boolean"):
        return None
    return "float64" if function in ("mean", "std") or column == "float64" else "int64"
