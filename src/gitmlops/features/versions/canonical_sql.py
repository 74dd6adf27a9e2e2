"""A SELECT without its formatting, and the part of it that some of its columns rest on.

The text is parsed once (`sql_trees`), never run; what was parsed before is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from msgspec import Struct

from gitmlops.features.versions.sql_pieces import Projection, Statement
from gitmlops.specs.kept import Kept, code

VERSION = f"sqlglot-{version('sqlglot')}"
"""Whose trees these are: another version may see another tree in the same text."""
_ALSO = ("sql_pieces.py", "sql_trees.py")


@dataclass(frozen=True)
class Part:
    """What of a SELECT gives some of its columns; names: what it reads, in lower case, None if that may be any."""

    canonical: str
    names: frozenset[str] | None


class Words(Struct, frozen=True, array_like=True):
    """A query of any database without its comments and white space."""

    text: str


class Statements:
    """SQL that was parsed before, and what is parsed now."""

    def __init__(self, content: bytes = b"") -> None:
        here = Path(__file__)
        self.kept = Kept(f"{VERSION} {code((here, *map(here.with_name, _ALSO)))}", content)
        self._statements: dict[str, Statement] = {}

    def part(self, sql: str, wanted: Iterable[str]) -> Part:
        """The part of a SELECT that the wanted columns rest on: the columns that nothing of it uses are left out.

        All of it where leaving a column out could change the rows (DISTINCT, GROUP BY 1, unnest, functions of unknown
        effect), and the text as written where it cannot be parsed.
        """
        statement = self._read(sql)
        needed = {name.lower() for name in wanted}
        kept = _needed(statement, needed)
        canonical = "\n".join([statement.canonical, *(projection.canonical for projection in kept)])
        if statement.names is None:
            return Part(canonical, None)
        through = needed if any(projection.star for projection in kept) else set()
        return Part(canonical, statement.names.union(through, *(projection.names for projection in kept)))

    def expression(self, sql: str) -> str:
        """One expression without its formatting; the text as written where it cannot be parsed."""
        statement = self._read(f"SELECT ({sql}\n)")
        return "\n".join([statement.canonical, *(projection.canonical for projection in statement.projections)])

    def words(self, query: str) -> str:
        """A query of any database without its comments and white space; the text as written where it has other signs.

        No tree: what is the same to DuckDB, such as two names that differ in case, may be two things elsewhere.
        """
        content = query.encode(errors="surrogatepass")
        found = self.kept.recall(content, Words)
        if found is None:
            found = Words(_trees().words(query))
            self.kept.note(content, found)
        return found.text

    def _read(self, sql: str) -> Statement:
        if sql in self._statements:
            return self._statements[sql]
        content = sql.encode(errors="surrogatepass")
        found = self.kept.recall(content, Statement)
        if found is None:
            found = _trees().read(sql)
            self.kept.note(content, found)
        self._statements[sql] = found
        return found


def _trees() -> Any:
    """Loading sqlglot takes a fifth of a second, and is for nothing where all of the SQL was parsed before."""
    return import_module("gitmlops.features.versions.sql_trees")


def _needed(statement: Statement, wanted: set[str]) -> list[Projection]:
    """The projections that are needed, in their order; DuckDB lets them use each other's names."""
    needed = wanted.union(statement.names or ())
    left, kept = list(statement.projections), set()
    while found := [one for one in left if not one.optional or one.name in needed]:
        kept.update(found)
        needed = needed.union(*(one.names for one in found))
        left = [one for one in left if one not in kept]
    return [one for one in statement.projections if one in kept]
