"""Python transforms as text: which files they are made of, whether the function is there. Nothing is imported."""

import ast
import sys
from collections.abc import Iterable, Iterator

from gitmlops.adapters import python_source
from gitmlops.definitions import Placed, Tree
from gitmlops.errors import InputError
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.feature import FeatureView
from gitmlops.specs.hints import nearest

_TAKEN = sys.stdlib_module_names | {"gitmlops", "numpy", "pandas", "pyarrow"}


def files(tree: Tree, function: str) -> tuple[str, ...]:
    """Paths of the module of `module:function` and of all that it imports within the repository, sorted."""
    return python_source.closure(tree, function.partition(":")[0])


def module_file(tree: Tree, function: str) -> str | None:
    """The path of the module of `module:function`; None if the repository has none."""
    return python_source.file_of(function.partition(":")[0], frozenset(tree.paths()))


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
        yield from compiled(files(tree, function))


def compiled(paths: Iterable[str]) -> Iterator[Finding]:
    """Files among those of a transform that nobody can read, and whose changes no hash of what it does can tell."""
    for path in paths:
        if path.endswith(python_source.COMPILED):
            yield _wrong("compiled code, which Python may take for the module", Location(path), "commit its text alone")


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


def _wrong(message: str, location: Location, mend: str) -> Finding:
    return Finding("reference", Severity.ERROR, message, location, mend)
