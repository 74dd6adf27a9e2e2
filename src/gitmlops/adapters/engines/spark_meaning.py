"""SQL that anybody wrote for DuckDB, so that Spark answers the same; what is not known to is refused, never changed.

Both engines know most of SQL's words, and mean other things by some: a quotient by zero, a cast that rounds, the first
place of a text, a week's first day. Only what is listed here is let through, each in words that mean the same. The
tests run all of it on both engines, over values that have told them apart.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from gitmlops.adapters.engines.spark_words import require_listed, unlike
from gitmlops.errors import InputError

_Node = TypeVar("_Node", bound=exp.Expr)

_WHOLE, _FLOAT, _DECIMAL, _TEXT, _TRUTH, _TIME, _DAY, _NULL = (
    "whole", "float", "decimal", "text", "truth", "time", "day", "null"
)  # fmt: skip
_NUMBERS = frozenset({_WHOLE, _FLOAT, _DECIMAL})
_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INT", "BIGINT", "INT128"), _WHOLE),
    **dict.fromkeys(("FLOAT", "DOUBLE"), _FLOAT),
    **dict.fromkeys(("DECIMAL",), _DECIMAL),
    **dict.fromkeys(("TEXT", "VARCHAR"), _TEXT),
    "BOOLEAN": _TRUTH,
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMPTZ"), _TIME),
    "DATE": _DAY,
    "NULL": _NULL,
}
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?")
_UNITS = {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"}
# From a part of a time in DuckDB's words to Spark's function of a time.
_PART_OF_TIME = {
    **{unit: f"{unit}({{0}})" for unit in ("YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")},
    "WEEK": "WEEKOFYEAR({0})", "DOY": "DAYOFYEAR({0})", "DAYOFYEAR": "DAYOFYEAR({0})",
    "DOW": "(DAYOFWEEK({0}) - 1)", "DAYOFWEEK": "(DAYOFWEEK({0}) - 1)",
    "ISODOW": "(WEEKDAY({0}) + 1)", "DAYOFWEEKISO": "(WEEKDAY({0}) + 1)",
}  # fmt: skip
_SECONDS = {"DAY": 86_400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}
# Letters that Java writes as several, or according to what stands beside them; DuckDB takes each for itself.
LOWER_DIFFERS = "\u0130\u03a3"
UPPER_DIFFERS = (
    "\u00df\u0149\u01f0\u0390\u03b0\u0587\u1e96-\u1e9a\u1f50\u1f52\u1f54\u1f56\u1f80-\u1faf\u1fb2-\u1fb4\u1fb6\u1fb7"
    "\u1fbc\u1fc2-\u1fc4\u1fc6\u1fc7\u1fcc\u1fd2\u1fd3\u1fd6\u1fd7\u1fe2-\u1fe4\u1fe6\u1fe7\u1ff2-\u1ff4\u1ff6\u1ff7"
    "\u1ffc\ufb00-\ufb06\ufb13-\ufb17"
)
SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What DuckDB's trim takes away."""


def in_words_of_both(text: str, tables: Mapping[str, Mapping[str, str]]) -> exp.Expr:
    """The tree of a SELECT that Spark answers as DuckDB answers the text.

    tables: their columns, name -> DuckDB's type. The text is one SELECT that DuckDB binds to them.
    Raises InputError, with the line of the text, for what Spark is not known to answer alike.
    """
    try:
        (tree,) = sqlglot.parse(text, read="duckdb")
        if tree is None:
            raise SqlglotError("there is no SELECT")
        require_listed(tree)
        _require_plain_groups(tree)
        schema = MappingSchema({name: dict(columns) for name, columns in tables.items()}, dialect="duckdb")
        tree = qualify(tree, schema=schema, dialect="duckdb", identify=True, validate_qualify_columns=True)
        tree = annotate_types(tree.transform(_exact), schema=schema, dialect="duckdb")
        require_listed(tree)
        return _translated(tree)
    except (SqlglotError, ValueError) as error:
        message = f"Spark cannot be asked this: {str(error).splitlines()[0]}"
        raise InputError(message, mend="use `engine: duckdb`") from error


def _exact(node: exp.Expr) -> exp.Expr:
    """A number with a point as the decimal that it is to both engines; sqlglot would take it for a float."""
    if isinstance(node, exp.Literal) and not node.is_string and re.fullmatch(r"[0-9]*\.[0-9]+", node.this):
        whole, _, fraction = node.this.partition(".")
        digits = len(whole.lstrip("0") or "0") + len(fraction)
        if digits > 38:
            raise unlike(node)
        return exp.cast(node, f"DECIMAL({digits}, {len(fraction)})", copy=True)
    return node


def _require_plain_groups(tree: exp.Expr) -> None:
    """Raises InputError where a name in GROUP BY, HAVING or QUALIFY could be a column or what the SELECT calls so."""
    for select in tree.find_all(exp.Select):
        given = {one.alias.lower() for one in select.expressions if isinstance(one, exp.Alias)}
        for part in ("group", "having", "qualify"):
            for column in select.args[part].find_all(exp.Column) if select.args.get(part) else ():
                if not column.table and column.name.lower() in given:
                    raise unlike(column, "it is what the SELECT calls something else; give that another name")


def _translated(tree: exp.Expr) -> exp.Expr:
    # From the leaves up, so that what a rule looks at is still what DuckDB's types were found for.
    for node in reversed(list(tree.walk(bfs=True))):
        rule = _RULES.get(type(node))
        if rule is None:
            continue
        other = rule(node)
        if other is not node:
            other.type = node.type
            if node is tree:
                tree = other
            else:
                node.replace(other)
    return tree


def _kind(node: exp.Expr) -> str:
    type_ = node.type.this.name if node.type else ""
    return _KINDS.get(type_, "")


def _number(node: exp.Expr) -> str:
    if (kind := _kind(node)) not in _NUMBERS:
        raise unlike(node, "it is no number")
    return kind


def _alike(whole: exp.Expr, nodes: Sequence[exp.Expr]) -> None:
    """Raises InputError unless the nodes can be compared without turning one's type into another's."""
    kinds = {_kind(node) for node in nodes} - {_NULL}
    if "" in kinds or not (len(kinds) <= 1 or kinds <= _NUMBERS or kinds <= {_TIME, _DAY}):
        raise unlike(whole, "types are mixed")


def _comparison(node: exp.Expr) -> exp.Expr:
    operands = _operands(node)
    if any(_kind(operand) in (_TIME, _DAY) for operand in operands):
        for operand in operands:
            _moment(operand)
    _alike(node, _operands(node))
    return node


def _operands(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Between):
        return [node.this, node.args["low"], node.args["high"]]
    return [node.this, *node.expressions] if isinstance(node, exp.In) else [node.this, node.expression]


def _moment(node: exp.Expr) -> None:
    """A text beside a time as the time that DuckDB takes it for."""
    if isinstance(node, exp.Literal) and node.is_string:
        if not _MOMENT.fullmatch(node.this):
            raise unlike(node, "write the time as '2024-05-01' or '2024-05-01 12:00:00'")
        cast = exp.cast(node.copy(), "TIMESTAMPTZ")
        cast.type = cast.args["to"]
        node.replace(cast)


def _arithmetic(node: exp.Expr) -> exp.Expr:
    if isinstance(node.expression, exp.Interval) and isinstance(node, (exp.Add, exp.Sub)):
        if _kind(node.this) != _TIME:
            raise unlike(node, "only times are moved by intervals")
        return node
    kinds = {_number(node.this), _number(node.expression)}
    if isinstance(node, exp.Mod) and _DECIMAL in kinds:
        raise unlike(node)
    return node


def _quotient(node: exp.Expr) -> exp.Expr:
    """Floats divided: of decimals Spark would round. By zero it is an error, where DuckDB's is infinite."""
    _number(node.this), _number(node.expression)
    node.set("this", exp.cast(node.this.copy(), "DOUBLE"))
    node.set("expression", exp.cast(node.expression.copy(), "DOUBLE"))
    return node


def _whole_quotient(node: exp.Expr) -> exp.Expr:
    if {_number(node.this), _number(node.expression)} != {_WHOLE}:
        raise unlike(node, "only whole numbers are divided so")
    return node


def _interval(node: exp.Expr) -> exp.Expr:
    unit = str(node.args["unit"].name).upper().removesuffix("S") if node.args.get("unit") else ""
    amount = node.this
    if unit not in _UNITS or not isinstance(amount, exp.Literal) or not re.fullmatch(r"[0-9]{1,6}", str(amount.this)):
        raise unlike(node, "write an interval as INTERVAL 7 DAY")
    return node


def _cast(node: exp.Expr) -> exp.Expr:
    value, to = node.this, _KINDS.get(node.args["to"].this.name, "")
    given = _kind(value)
    if isinstance(value, exp.Literal) and not value.is_string and to == _DECIMAL:
        return node  # of `_exact`, or a number written out
    if isinstance(value, exp.Literal) and value.is_string and to in (_TIME, _DAY):
        if not _MOMENT.fullmatch(value.this):
            raise unlike(node, "write the time as '2024-05-01' or '2024-05-01 12:00:00'")
        return node
    if given == _TEXT and to != _TEXT:
        raise unlike(node, "texts are read otherwise: declare the column's type in its source")
    if to == _WHOLE and given == _FLOAT:
        node.set("this", exp.Anonymous(this="RINT", expressions=[value.copy()]))
        return node
    if to == _WHOLE and given == _DECIMAL:
        node.set("this", exp.Anonymous(this="ROUND", expressions=[value.copy(), exp.Literal.number(0)]))
        return node
    fine = (
        (given == to and to != _DECIMAL)
        or given == _NULL
        or (given in _NUMBERS and to == _FLOAT)
        or ({given, to} == {_TIME, _DAY})
        or (given == _TRUTH and to == _WHOLE)
        or (given in (_WHOLE, _TRUTH) and to == _TEXT)
    )  # fmt: skip
    if not fine:
        raise unlike(node, "the values are turned otherwise")
    return node


def _is(node: exp.Expr) -> exp.Expr:
    if not isinstance(node.expression, (exp.Null, exp.Boolean)):
        raise unlike(node)
    return node


def _branches(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Case):
        if node.this is not None:
            raise unlike(node, "write CASE WHEN x = ... THEN")
        default = [node.args["default"]] if node.args.get("default") else []
        _alike(node, [*(one.args["true"] for one in node.args["ifs"]), *default])
    elif isinstance(node, exp.If):
        default = [node.args["false"]] if node.args.get("false") else []
        _alike(node, [node.args["true"], *default])
    else:
        _alike(node, [node.this, *node.expressions] if node.args.get("expressions") else [node.this])
    return node


def _of_text(node: exp.Expr) -> exp.Expr:
    arguments = node.expressions or [node.this, *([node.expression] if node.args.get("expression") else [])]
    if any(_kind(one) not in (_TEXT, _NULL) for one in arguments):
        raise unlike(node, "one of them is no text")
    return node


def _concat(node: exp.Expr) -> exp.Expr:
    _of_text(node)
    empty = exp.Literal.string("")
    texts = [exp.Coalesce(this=one.copy(), expressions=[empty.copy()]) for one in node.expressions]
    return exp.Anonymous(this="CONCAT", expressions=texts)


def _letters(node: exp.Expr) -> exp.Expr:
    _of_text(node)
    name, differs = ("LOWER", LOWER_DIFFERS) if isinstance(node, exp.Lower) else ("UPPER", UPPER_DIFFERS)
    message = exp.Literal.string(f"a letter whose {name.lower()} case Spark writes otherwise than DuckDB")
    has = exp.RegexpLike(this=node.this.copy(), expression=exp.Literal.string(f"[{differs}]"))
    error = exp.Anonymous(this="RAISE_ERROR", expressions=[message])
    return exp.case().when(has, error).else_(exp.Anonymous(this=name, expressions=[node.this.copy()]))


def _trim(node: exp.Expr) -> exp.Expr:
    _of_text(node)
    return exp.Anonymous(this="BTRIM", expressions=[node.this.copy(), exp.Literal.string(SPACES)])


def _like(node: exp.Expr) -> exp.Expr:
    _of_text(node)
    if not (isinstance(node.expression, exp.Literal) and "\\" not in node.expression.this):
        raise unlike(node, "write the pattern out, without `\\`")
    return node


def _places(node: exp.Expr) -> exp.Expr:
    """Parts of texts by places that are written out: what comes before the first place is meant otherwise."""
    if _kind(node.this) not in (_TEXT, _NULL):
        raise unlike(node, "it is no text")
    places = [node.args[part] for part in ("start", "length", "expression") if node.args.get(part) is not None]
    first = 1 if isinstance(node, exp.Substring) else 0
    for i, place in enumerate(places):
        least = first if i == 0 else 0
        if not (isinstance(place, exp.Literal) and not place.is_string and place.this.isdigit()) or (
            int(place.this) < least
        ):
            raise unlike(node, "write the places out, from 1 on")
    return node


def _guarded(allowed: str) -> Callable[[exp.Expr], exp.Expr]:
    """A function of numbers where DuckDB answers, an error where it is one there; allowed: the condition for it."""

    def rule(node: exp.Expr) -> exp.Expr:
        _number(node.this)
        value = exp.cast(node.this.copy(), "DOUBLE")
        message = exp.Literal.string(f"{type(node).__name__.lower()} of a number that has none")
        outside = exp.Not(this=exp.paren(sqlglot.condition(allowed).transform(_put(value))))
        error = exp.Anonymous(this="RAISE_ERROR", expressions=[message])
        answer = exp.Anonymous(this=type(node).__name__.upper(), expressions=[value.copy()])
        return exp.case().when(outside, error).else_(answer)

    return rule


def _put(value: exp.Expr) -> Callable[[exp.Expr], exp.Expr]:
    return lambda node: value.copy() if isinstance(node, exp.Column) else node


def _whole_part(node: exp.Expr) -> exp.Expr:
    """Floor, ceil, round: of a float a float, as large ones are whole already and fit into no whole number."""
    kind = _number(node.this)
    if kind == _DECIMAL:
        raise unlike(node, "cast it to DOUBLE")
    if kind == _WHOLE:
        value: exp.Expr = node.this.copy()
        return value if isinstance(node, exp.Round) else exp.cast(value, "DOUBLE")
    call = exp.Anonymous(this=type(node).__name__.upper(), expressions=[node.this.copy()])
    small = exp.LT(this=exp.Abs(this=node.this.copy()), expression=exp.Literal.number(2**52))
    return exp.case().when(small, exp.cast(call, "DOUBLE")).else_(node.this.copy())


def _of_numbers(node: exp.Expr) -> exp.Expr:
    _number(node.this)
    return node


def _float_of(node: exp.Expr) -> exp.Expr:
    _number(node.this)
    node.set("this", exp.cast(node.this.copy(), "DOUBLE"))
    return node


def _sum(node: exp.Expr) -> exp.Expr:
    inner = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    if _kind(inner) != _TRUTH:
        _number(inner)
        return node
    raise unlike(node, "cast it to BIGINT")


def _part_of_time(node: exp.Expr) -> exp.Expr:
    time = node.expression if isinstance(node, exp.Extract) else node.this
    unit = node.this.name.upper() if isinstance(node, exp.Extract) else type(node).__name__.upper()
    if _kind(time) not in (_TIME, _DAY) or unit not in _PART_OF_TIME:
        raise unlike(node)
    call = sqlglot.condition(_PART_OF_TIME[unit].format("x"), dialect="spark").transform(_put(time))
    return exp.cast(call, "BIGINT")


def _truncated(node: exp.Expr) -> exp.Expr:
    if _kind(node.this) != _TIME or node.args["unit"].name.upper() not in _UNITS:
        raise unlike(node)
    unit = exp.Literal.string(node.args["unit"].name.upper())
    return exp.Anonymous(this="DATE_TRUNC", expressions=[unit, node.this.copy()])


def _difference(node: exp.Expr) -> exp.Expr:
    """How many beginnings of a day, hour, minute or second lie between two times."""
    seconds = _SECONDS.get(node.args["unit"].name.upper() if node.args.get("unit") else "")
    if seconds is None or {_kind(node.this), _kind(node.expression)} != {_TIME}:
        raise unlike(node, "it is known for days, hours, minutes and seconds between times")
    formula = "((UNIX_MICROS(x) - PMOD(UNIX_MICROS(x), {0})) DIV {0})".format(seconds * 1_000_000)
    begun = [sqlglot.condition(formula, dialect="spark").transform(_put(one)) for one in (node.this, node.expression)]
    return exp.paren(exp.Sub(this=begun[0], expression=begun[1]))


def _seconds(node: exp.Expr) -> exp.Expr:
    if _kind(node.this) != _TIME:
        raise unlike(node)
    micros = exp.cast(exp.Anonymous(this="UNIX_MICROS", expressions=[node.this.copy()]), "DOUBLE")
    return exp.paren(exp.Div(this=micros, expression=exp.Literal.number("1000000")))


def _spec(node: exp.Expr) -> exp.Expr:
    if str(node.args.get("kind")).upper() not in ("ROWS", "RANGE"):
        raise unlike(node)
    return node


def _join(node: exp.Expr) -> exp.Expr:
    side, kind = str(node.args.get("side") or "").upper(), str(node.args.get("kind") or "").upper()
    if side not in ("", "LEFT") or kind not in ("", "INNER", "OUTER", "CROSS"):
        raise unlike(node)
    return node


_RULES: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    **dict.fromkeys((*_COMPARISONS, exp.Between, exp.In), _comparison),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Mod), _arithmetic),
    exp.Div: _quotient, exp.IntDiv: _whole_quotient, exp.Interval: _interval,
    exp.Cast: _cast, exp.TryCast: _cast,
    **dict.fromkeys((exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least), _branches),
    exp.Nullif: _comparison, exp.Is: _is,
    **dict.fromkeys((exp.DPipe, exp.StartsWith, exp.EndsWith, exp.Contains, exp.Length), _of_text),
    exp.Concat: _concat, exp.Lower: _letters, exp.Upper: _letters, exp.Trim: _trim, exp.Like: _like,
    exp.Substring: _places, exp.Left: _places,
    exp.Sqrt: _guarded("x >= 0"), exp.Ln: _guarded("x > 0"), exp.Exp: _float_of,
    exp.Floor: _whole_part, exp.Ceil: _whole_part, exp.Round: _whole_part,
    exp.Abs: _of_numbers, exp.Neg: _of_numbers, exp.Sum: _sum, exp.Avg: _float_of, exp.StddevSamp: _float_of,
    **dict.fromkeys((exp.Extract, exp.Year, exp.Quarter, exp.Month, exp.Day, exp.Hour, exp.Minute), _part_of_time),
    exp.DayOfWeekIso: _part_of_time,
    exp.TimestampTrunc: _truncated, exp.DateTrunc: _truncated, exp.DateDiff: _difference, exp.TimeToUnix: _seconds,
    exp.WindowSpec: _spec, exp.Join: _join,
}  # fmt: skip
