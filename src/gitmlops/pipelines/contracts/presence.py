"""Whether the files are here that pipelines rest on, beside data: other repositories' components, the lock file."""

from collections.abc import Iterator

from gitmlops.definitions import Definitions, Tree
from gitmlops.pipelines.contracts import imported
from gitmlops.report import Finding, Severity


def check(definitions: Definitions, tree: Tree) -> tuple[Finding, ...]:
    """What is not in the tree, or is not as gitmlops.lock says; empty if all of it is."""
    return (*_environment(definitions, tree), *imported.check(definitions, tree))


def _environment(definitions: Definitions, tree: Tree) -> Iterator[Finding]:
    placed = definitions.project_file
    path = placed.spec.environment if placed else None
    if placed and path and path not in tree.paths():
        mend = "write it with your package manager, e.g. `uv lock` or `pip freeze`, and commit it"
        what = f"the environment's lock file {path} is not there"
        yield Finding("reference", Severity.ERROR, what, placed.at("environment"), mend)
