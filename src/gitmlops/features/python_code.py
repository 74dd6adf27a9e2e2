"""Python transforms as text: which files they are made of, whether the function is there. Nothing is imported."""

import ast
import sys
from collections.abc import Iterator

from gitmlops.definitions import Placed, Tree
from gitmlops.errors import InputError
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.feature import FeatureView
from gitmlops.specs.hints import nearest

_TAKEN = sys.stdlib_module_names | {"gitmlops", "numpy", "pandas", "pyarrow"}


def files(tree: Tree, function: str) -> tuple[str, ...]:
    """Paths of the module of `module:function` and of all that it imports within the repository, sorted.

    Packages' `__init__.py` count; a file that is no Python counts, what it would import does not.
    """
    known, found = frozenset(tree.paths()), set[str]()
    waiting = [*_paths(function.partition(":")[0], known)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(tree, path, known)
    return tuple(sorted(found))


def module_file(tree: Tree, function: str) -> str | None:
    """The path of the module of `module:function`; None if the repository has none."""
    return _file(function.partition(":")[0], frozenset(tree.paths()))


def check(view: Placed[FeatureView], tree: Tree) -> Iterator[Finding]:
    """What is wrong with a view's Python transform, as far as its text tells."""
    function = view.spec.transform.python if view.spec.transform else None
    if function is None:
        return
    place = view.at("transform", "python")
    module, _, name = function.partition(":")
    path, top = module_file(tree, function), module.partition(".")[0]
    if path is None:
        mend = f"write the function in {module.replace('.', '/')}.py"
        yield _wrong(f"the repository has no module {module!r}", place, mend)
    elif top in _TAKEN:
        message = f"the module {top!r} has the name of one that Python or a library has"
        yield _wrong(message, place, "rename it")
    else:
        yield from _defined(tree, path, name, place)


def _defined(tree: Tree, path: str, name: str, place: Location) -> Iterator[Finding]:
    try:
        names = _bound_names(ast.parse(tree.read(path), filename=path))
    except SyntaxError as error:
        yield _wrong(
            f"not Python: {error.msg}", Location(path, error.lineno or 1, error.offset or 1), "mend the syntax"
        )
    except ValueError as error:  # a null byte in the text
        yield _wrong(f"not Python: {error}", Location(path), "mend the file")
    except InputError as error:
        yield _wrong(error.what, Location(path), error.mend)
    else:
        if name not in names:
            yield _wrong(f"{path} has no function {name!r}", place, nearest(name, names))


def _bound_names(module: ast.Module) -> frozenset[str]:
    """Every name that the text binds anywhere: what is not here is not in the module, either."""
    names = set[str]()
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return frozenset(names)


def _imported(tree: Tree, path: str, known: frozenset[str]) -> Iterator[str]:
    try:
        parsed = ast.parse(tree.read(path))
    except (SyntaxError, ValueError, InputError):
        return
    # An import in a function's body counts: it runs when the function does.
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _paths(alias.name, known)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(path, node)
            yield from _paths(module, known)
            for alias in node.names:
                yield from _paths(f"{module}.{alias.name}".lstrip("."), known)


def _absolute(path: str, node: ast.ImportFrom) -> str:
    """The module that `from ... import` names, with the package of a relative one written out."""
    if not node.level:
        return node.module or ""
    package = path.split("/")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def _paths(module: str, known: frozenset[str]) -> Iterator[str]:
    """The module's file and those of the packages around it, as far as the repository has them."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        if path := _file(".".join(parts[:end]), known):
            yield path


def _file(module: str, known: frozenset[str]) -> str | None:
    place = module.replace(".", "/")
    # A package shadows a module of its name, as in Python.
    return next((path for path in (f"{place}/__init__.py", f"{place}.py") if path in known), None)


def _wrong(message: str, location: Location, mend: str) -> Finding:
    return Finding("reference", Severity.ERROR, message, location, mend)
