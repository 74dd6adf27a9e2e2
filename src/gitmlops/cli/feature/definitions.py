"""Everything that can be wrong with the definitions of features, found without their data."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from gitmlops.cli.workspace import git_folder

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.definitions import Definitions, Tree
    from gitmlops.report import Finding


def findings(
    repository: "Repository", definitions: "Definitions", tree: "Tree", exists: Callable[[str], bool]
) -> tuple["Finding", ...]:
    """What does not hold between the definitions; once all of that does, what DuckDB says of their SQL."""
    from gitmlops.features.wiring import check as wiring
    from gitmlops.features.wiring import python_code
    from gitmlops.report import Severity
    from gitmlops.specs.feature import FeatureView

    found = [*wiring.check(definitions, exists)]
    for view in definitions.all(FeatureView).values():
        found += python_code.check(view, tree)
    if not any(one.severity is Severity.ERROR and one.rule == "reference" for one in found):
        found += _of_sql(repository, definitions)
    return tuple(found)


def _of_sql(repository: "Repository", definitions: "Definitions") -> tuple["Finding", ...]:
    """What is wrong with SQL that was not bound before: loading DuckDB takes longer than all the rest of a check."""
    from contextlib import suppress
    from importlib.util import find_spec

    from gitmlops.errors import ToolError
    from gitmlops.features.join import bound

    written = bound.written(definitions)
    if not written:
        return ()
    file = git_folder(repository) / "bound-sql"
    known = bound.recall(file)
    new = [one for one in written if one.digest not in known]
    if not new:
        return ()
    if find_spec("duckdb") is None:
        return (_not_looked_at(len(new)),)
    from gitmlops.features.join import binding

    found, passed = binding.check(definitions, new)
    with suppress(ToolError):  # where nothing can be written, everything is bound each time
        bound.remember(file, {*passed, *(one.digest for one in written if one.digest in known)})
    return found


def _not_looked_at(number: int) -> "Finding":
    from gitmlops.report import Finding, Severity

    message = f"the SQL of {number} definitions was not bound: DuckDB is not installed here"
    return Finding("sql", Severity.NOTE, message, mend="install gitmlops[ml] to see here what the gate will say")
