"""SQL parsed by sqlglot, and taken apart for `canonical_sql`: the only module that loads it, which takes long.

The text is parsed, never run. What counts is the syntax tree: comments, white space, the case of keywords and of names
without quotes, and parentheses that change nothing are not in it; quoted names and literals are, as written.
"""

import logging
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlglot import exp, parse, tokenize
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.parsers.duckdb import DuckDBParser

from gitmlops.features.versions.sql_pieces import Projection, Statement

# What it cannot parse is taken as text here; its warnings would tell users nothing that they can mend.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_UNKNOWN = (
    exp.Anonymous,
    exp.AnonymousAggFunc,
    exp.Query,
    exp.UDTF,
    exp.Explode,
    exp.ExplodingGenerateSeries,
    exp.Inline,
)
_READS_ALL = (exp.Columns, exp.Pivot, exp.PositionalColumn)
_CHANGES_ALL = ("distinct", "kind", "into", "operation_modifiers")


class _WholeCalls(DuckDB):
    """DuckDB's SQL with every column that is given to a function.

    sqlglot takes the column of `date_trunc(unit, t)` for the word 'unit', and drops arguments that it does not know.
    """

    class Parser(DuckDBParser):
        def validate_expression(self, expression: Any, args: list[Any] | None = None) -> Any:
            columns = [id(one) for one in args or () if isinstance(one, exp.Column)]
            if columns and not {id(one) for one in expression.find_all(exp.Column)}.issuperset(columns):
                return exp.Anonymous(this=expression.sql_name(), expressions=args)
            return super().validate_expression(expression, args)


def words(query: str) -> str:
    """A query of any database without its comments and white space; the text as written where it has other signs.

    No tree: what is the same to DuckDB, such as two names that differ in case, may be two things elsewhere.
    """
    try:
        return " ".join(f"{token.token_type.name}:{token.text}" for token in tokenize(query))
    except SqlglotError:
        return f"text {query.strip()}"


@lru_cache(maxsize=8192)
def read(sql: str) -> Statement:
    """A SELECT in pieces; the text as written where it cannot be parsed."""
    text = Statement(f"text {sql.strip()}", None)
    try:
        statements = [one for one in parse(sql, dialect=_WholeCalls) if one is not None]
        select = _bare(statements[0]) if len(statements) == 1 else None
        return _taken_apart(select) if isinstance(select, exp.Query) else text
    except (SqlglotError, RecursionError):
        return text


def _taken_apart(query: exp.Query) -> Statement:
    whole = _Walk()
    if not isinstance(query, exp.Select) or not _can_be_cut(query):
        return Statement(whole.shape(query), whole.reads())
    grouped = bool(query.args.get("group"))
    canonical = whole.arguments(query, but="expressions")
    projections = tuple(_projection(_bare(one), whole, grouped=grouped) for one in query.expressions)
    return Statement(f"(select {canonical})", whole.reads(), projections)


def _can_be_cut(select: exp.Select) -> bool:
    """Whether the rows can stay the same without a projection: no DISTINCT, nothing by 1 or by ALL."""
    by = [node for key in ("group", "order") if (node := select.args.get(key))]
    places = any(node.args.get("all") or node.find(exp.Literal, exp.Var) for node in by)
    return not places and not any(select.args.get(key) for key in _CHANGES_ALL)


def _projection(node: exp.Expr, whole: "_Walk", *, grouped: bool) -> Projection:
    walk = _Walk()
    canonical = walk.shape(node)
    whole.all = whole.all or walk.all
    whole.tables |= walk.tables
    whole.columns |= walk.columns
    optional = not (walk.star or walk.all or walk.unknown or (walk.aggregate and not grouped))
    return Projection(node.alias_or_name.lower(), canonical, frozenset(walk.names), walk.star, optional)


@dataclass
class _Walk:
    """One walk over a tree: the tree as text, and what was seen on the way.

    all: something whose columns depend on what there is; star: a `*`; unknown: something that may make or drop rows;
    aggregate: one that is not of a window, so that it makes one row of all.
    """

    names: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    all: bool = False
    star: bool = False
    unknown: bool = False
    aggregate: bool = False

    def reads(self) -> frozenset[str] | None:
        """The names that stand here; None if more may be read: `SELECT t FROM t` gives every column of t."""
        return None if self.all or self.star or self.tables & self.columns else frozenset(self.names)

    def shape(self, value: Any) -> str:
        """The tree as text. Precedence is in the tree, so that parentheses need not be."""
        if isinstance(value, list):
            return f"[{' '.join([self.shape(one) for one in value])}]"
        if not isinstance(value, exp.Expr):
            return repr(str(value))
        value = _bare(value)
        if isinstance(value, exp.Identifier):
            self.names.add(value.name.lower())
            return repr(value.name) if value.args.get("quoted") else value.name.lower()
        if isinstance(value, exp.And | exp.Or):
            return f"({value.key} {' '.join([self.shape(one) for one in _flat(value, type(value))])})"
        self._see(value)
        return f"({value.key} {self.arguments(value)})"

    def arguments(self, node: exp.Expr, *, but: str = "") -> str:
        """What a node has, in the order of the names of its parts."""
        there = [(key, one) for key, one in sorted(node.args.items()) if key != but and not _is_nothing(one)]
        if isinstance(node, exp.Anonymous):
            there = [(key, one.upper() if isinstance(one, str) else one) for key, one in there]
        return " ".join([f"{key}={self.shape(one)}" for key, one in there])

    def _see(self, node: exp.Expr) -> None:
        if isinstance(node, exp.Column):
            self.columns.add(node.name.lower())
        elif isinstance(node, exp.Table | exp.Subquery):
            self.tables.add(node.alias_or_name.lower())
        elif isinstance(node, exp.Star):
            self.star = self.star or not isinstance(node.parent, exp.Count)
        elif isinstance(node, exp.Join):
            self.all = self.all or node.args.get("method") == "NATURAL"
        elif isinstance(node, exp.AggFunc):
            self.aggregate = self.aggregate or not _of_a_window(node)
        self.unknown = self.unknown or isinstance(node, _UNKNOWN)
        self.all = self.all or isinstance(node, _READS_ALL)


def _of_a_window(node: exp.Expr) -> bool:
    parent = node.parent
    while isinstance(parent, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        parent = parent.parent
    return isinstance(parent, exp.Window)


def _is_nothing(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, list) and not value)


def _bare(node: exp.Expr) -> exp.Expr:
    """A node without parentheses around it."""
    while isinstance(node, exp.Paren) or (isinstance(node, exp.Subquery) and _is_only_brackets(node)):
        node = node.this
    return node


def _is_only_brackets(node: exp.Subquery) -> bool:
    """Whether a subquery is one more pair of brackets around a subquery, or around the whole."""
    alone = all(_is_nothing(one) for key, one in node.args.items() if key != "this")
    return alone and (node.parent is None or isinstance(node.parent, exp.Subquery))


def _flat(node: exp.Expr, type_: type[exp.Expr]) -> list[exp.Expr]:
    """a AND (b AND c) as a, b, c."""
    node = _bare(node)
    if not isinstance(node, type_):
        return [node]
    return [*_flat(node.args["this"], type_), *_flat(node.args["expression"], type_)]
