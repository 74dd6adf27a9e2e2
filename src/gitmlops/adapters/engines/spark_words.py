"""The words of DuckDB's SQL that Spark may be asked: what is not listed, a word or a part of it, is refused."""

from collections.abc import Mapping

from sqlglot import exp

from gitmlops.errors import InputError

# Which parts of a node may be there. What is not listed, node or part, is refused.
_PARTS: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset({"with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "qualify",
                           "order", "windows"}),
    exp.From: frozenset({"this"}), exp.Where: frozenset({"this"}), exp.Having: frozenset({"this"}),
    exp.Qualify: frozenset({"this"}), exp.Group: frozenset({"expressions"}), exp.Distinct: frozenset({"expressions"}),
    exp.Join: frozenset({"this", "on", "side", "kind", "using"}), exp.Order: frozenset({"expressions"}),
    exp.Ordered: frozenset({"this", "desc", "nulls_first"}),
    exp.Union: frozenset({"with_", "this", "expression", "distinct", "order"}),
    exp.With: frozenset({"expressions"}), exp.CTE: frozenset({"this", "alias", "materialized"}),
    exp.Subquery: frozenset({"this", "alias"}), exp.Table: frozenset({"this", "alias"}),
    exp.TableAlias: frozenset({"this"}), exp.Star: frozenset({"except_", "replace", "rename"}),
    exp.Column: frozenset({"this", "table"}), exp.Alias: frozenset({"this", "alias"}),
    exp.Window: frozenset({"this", "partition_by", "order", "spec", "alias", "over"}),
    exp.WindowSpec: frozenset({"kind", "start", "start_side", "end", "end_side"}),
    exp.Cast: frozenset({"this", "to"}), exp.TryCast: frozenset({"this", "to", "safe"}),
    exp.Interval: frozenset({"this", "unit"}), exp.Round: frozenset({"this"}), exp.Floor: frozenset({"this"}),
    exp.Ceil: frozenset({"this"}), exp.Trim: frozenset({"this"}), exp.Length: frozenset({"this"}),
    exp.Count: frozenset({"this", "big_int"}), exp.Min: frozenset({"this"}), exp.Max: frozenset({"this"}),
    exp.In: frozenset({"this", "expressions"}), exp.Between: frozenset({"this", "low", "high"}),
    exp.Coalesce: frozenset({"this", "expressions"}),
    exp.DateDiff: frozenset({"this", "expression", "unit", "date_part_boundary", "big_int"}),
    exp.TimestampTrunc: frozenset({"this", "unit", "input_type_preserved"}),
    exp.DateTrunc: frozenset({"this", "unit", "input_type_preserved", "unabbreviate"}),
}  # fmt: skip
_ANY_PARTS = (
    exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.DataType, exp.DataTypeParam, exp.Var,
    exp.Paren, exp.And, exp.Or, exp.Not,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Add, exp.Sub,
    exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Case, exp.If, exp.Nullif, exp.Greatest, exp.Least, exp.Abs,
    exp.Sqrt, exp.Ln, exp.Exp, exp.Lower, exp.Upper, exp.Concat, exp.DPipe, exp.Substring, exp.Left, exp.StartsWith,
    exp.EndsWith, exp.Contains, exp.Like, exp.Extract, exp.Year, exp.Quarter, exp.Month, exp.Day, exp.Hour, exp.Minute,
    exp.DayOfWeekIso, exp.TimeToUnix, exp.Sum, exp.Avg, exp.StddevSamp, exp.LogicalAnd, exp.LogicalOr, exp.RowNumber,
    exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.IgnoreNulls, exp.Filter,
)  # fmt: skip


def require_listed(tree: exp.Expr) -> None:
    """Raises InputError, with the line of the SQL, for what is not listed."""
    for node in tree.walk():
        if isinstance(node, exp.Anonymous) or not isinstance(node, (*_ANY_PARTS, *_PARTS)):
            raise unlike(node)
        parts = _PARTS.get(type(node))
        if parts is not None and (other := [part for part, value in node.args.items() if value and part not in parts]):
            raise unlike(node, f"`{other[0].rstrip('_')}` is not known to mean the same")


def unlike(node: exp.Expr, why: str = "") -> InputError:
    """The error that says what is not known to be answered alike, and where it stands."""
    lines = [one.meta["line"] for one in node.walk() if "line" in one.meta]
    line = f" (line {min(lines)} of the SQL)" if lines else ""
    written = " ".join(node.sql("duckdb").split())
    if len(written) > 60:
        written = f"{written[:57]}..."
    reason = f": {why}" if why else ""
    return InputError(f"Spark is not known to answer {written!r} as DuckDB does{line}{reason}")
