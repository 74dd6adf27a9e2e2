"""Python files as text: which of a repository's files a module is made of. Nothing is imported."""

import ast
import warnings
from collections.abc import Iterator, Sequence

from gitmlops.definitions import Tree
from gitmlops.errors import InputError

_ROOT = ("",)


def closure(tree: Tree, *modules: str, folders: Sequence[str] = _ROOT) -> tuple[str, ...]:
    """Paths of the modules and of all that they import within the repository, sorted.

    folders: where a module is looked for, the first one first; empty for the root. Packages' `__init__.py` count; a
    file that is no Python counts, what it would import does not.
    """
    known, found = frozenset(tree.paths()), set[str]()
    waiting = [path for module in modules for path in _paths(module, known, folders)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(tree, path, known, folders)
    return tuple(sorted(found))


def file_of(module: str, known: frozenset[str], folder: str = "") -> str | None:
    """The path of a module below a folder; None if it is not there. A package shadows a module of its name."""
    place = (f"{folder}/" if folder else "") + module.replace(".", "/")
    return next((path for path in (f"{place}/__init__.py", f"{place}.py") if path in known), None)


def imports(text: bytes, path: str) -> Iterator[tuple[str, int]]:
    """Every module that a file may import, and the line; nothing of a file that is no Python.

    Of `from a import b` both `a` and `a.b`; of a relative one with the package, which is the folder, written out.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            parsed = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    # An import in a function's body counts: it runs when the function does.
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(path, node)
            yield module, node.lineno
            yield from ((f"{module}.{alias.name}".lstrip("."), node.lineno) for alias in node.names)


def _imported(tree: Tree, path: str, known: frozenset[str], folders: Sequence[str]) -> Iterator[str]:
    try:
        text = tree.read(path)
    except InputError:
        return
    for module, _ in imports(text, path):
        yield from _paths(module, known, folders)


def _absolute(path: str, node: ast.ImportFrom) -> str:
    """The module that `from ... import` names, with the package of a relative one written out."""
    if not node.level:
        return node.module or ""
    package = path.split("/")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def _paths(module: str, known: frozenset[str], folders: Sequence[str]) -> Iterator[str]:
    """The module's file and those of the packages around it, as far as the repository has them."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        head = ".".join(parts[:end])
        if path := next(filter(None, (file_of(head, known, folder) for folder in folders)), None):
            yield path
