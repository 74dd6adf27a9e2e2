"""DuckDB's SQL as Spark's, for an engine that knows tables by other names than the SQL does."""

from collections.abc import Callable
from typing import cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from gitmlops.errors import InputError

Rename = Callable[[str, str], str | None]
"""What Spark calls the table of a schema ('' for none) and a name; None for one that is not there."""

# What says the same by another name. What sqlglot knows itself is not here.
_CALLS = {"EPOCH_US": "UNIX_MICROS"}
# Halves of an MD5 as numbers, for sums that tell rows apart: DuckDB's other order of bytes does not matter.
_HALVES = {"MD5_NUMBER_LOWER": 1, "MD5_NUMBER_UPPER": 17}
# The moment of a clock's time. What a clock shows twice is to DuckDB the later moment, to Spark the earlier one: the
# later one is that of the offset which is in force a day later, if the clock shows it with that offset, too.
_EARLIER = "to_utc_timestamp(CAST(:local AS TIMESTAMP), :zone)"
_DAY_LATER = f"({_EARLIER} + INTERVAL '1' DAY)"
_LATER = f"(CAST(:local AS TIMESTAMP) + ({_DAY_LATER} - from_utc_timestamp({_DAY_LATER}, :zone)))"
_SHOWS_IT = f"from_utc_timestamp({_LATER}, :zone) = CAST(:local AS TIMESTAMP)"
_MOMENT = f"CASE WHEN {_SHOWS_IT} THEN greatest({_EARLIER}, {_LATER}) ELSE {_EARLIER} END"


def translated(select: str, rename: Rename) -> str:
    """A SELECT in Spark's SQL. It can read what `rename` knows, and nothing else.

    Raises InputError where it does not parse, names another table, or says what Spark cannot.
    """
    try:
        (tree,) = sqlglot.parse(select, read="duckdb")
        if not isinstance(tree, exp.Query):
            raise SqlglotError("it is no SELECT")
        return written(tree.transform(_in_spark), rename)
    except (SqlglotError, ValueError) as error:
        raise InputError(f"no SQL that Spark can run: {str(error).splitlines()[0]}", mend="") from error


def written(tree: exp.Expr, rename: Rename) -> str:
    """A tree of DuckDB's SQL, each of whose words Spark knows, as Spark writes it. Raises like `translated`."""
    try:
        _rename_tables(tree, rename)
        return tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except SqlglotError as error:
        raise InputError(f"no SQL that Spark can run: {str(error).splitlines()[0]}", mend="") from error


def _rename_tables(tree: exp.Expr, rename: Rename) -> None:
    known: set[int] = set()
    for scope in traverse_scope(tree):
        for alias, source in scope.sources.items():
            if isinstance(source, exp.Table):
                _rename(source, alias, rename)
                known.add(id(source))
            else:  # a name that the SQL itself gives
                known |= {id(table) for table in scope.tables if table.alias_or_name == alias and not table.db}
    for table in tree.find_all(exp.Table):
        if id(table) not in known:
            raise _unknown(table)


def _rename(table: exp.Table, alias: str, rename: Rename) -> None:
    name = None
    if isinstance(table.this, exp.Identifier) and not table.catalog:
        name = rename(table.db, table.name)
    if name is None:
        raise _unknown(table)
    table.set("db", None)
    table.set("this", exp.to_identifier(name, quoted=True))
    table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))


def _unknown(table: exp.Table) -> InputError:
    return InputError(f"{table.sql('duckdb')} is no table here", mend="read what the definition names")


def _in_spark(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous) and node.name.upper() in _CALLS:
        node.set("this", _CALLS[node.name.upper()])
        return node
    if isinstance(node, exp.Anonymous) and (first := _HALVES.get(node.name.upper())):
        (text,) = node.expressions
        digits = exp.Anonymous(
            this="SUBSTRING", expressions=[exp.MD5(this=text), *map(exp.Literal.number, (first, 16))]
        )
        number = exp.Anonymous(this="CONV", expressions=[digits, *map(exp.Literal.number, (16, 10))])
        return exp.cast(number, "DECIMAL(20, 0)")
    if isinstance(node, exp.Anonymous) and node.name.upper() == "TIMEZONE":
        zone, local = node.expressions
        return exp.replace_placeholders(sqlglot.parse_one(_MOMENT, read="spark"), zone=zone, local=local)
    if isinstance(node, exp.Trunc):  # Spark's would go over whole numbers, which are too small for large floats
        value = cast(exp.Expr, exp.paren(node.this.copy()))
        return exp.paren(exp.Sub(this=value, expression=exp.Mod(this=value.copy(), expression=exp.Literal.number(1))))
    return node
