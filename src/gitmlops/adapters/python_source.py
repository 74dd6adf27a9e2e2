"""Python files as text: which of a repository's files a module is made of. Nothing is imported."""

import ast
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence

from gitmlops.definitions import Tree
from gitmlops.errors import InputError

COMPILED = (".so", ".pyd", ".pyc")
"""How the names of modules end whose text nobody can read."""
_ROOT = ("",)


def closure(tree: Tree, *modules: str, folders: Sequence[str] = _ROOT) -> tuple[str, ...]:
    """Paths of the modules and of all that they import within the repository, sorted.

    folders: where a module is looked for, the first one first; empty for the root. Packages' `__init__.py` count; a
    file that is no Python counts, what it would import does not. Of a module that is there compiled, too, that file
    counts beside the text: Python takes `a.so` before `a.py`.
    """
    known, found = frozenset(tree.paths()), set[str]()
    compiled = [path for path in sorted(known) if path.endswith(COMPILED)]
    waiting = [path for module in modules for path in _paths(module, known, compiled, folders)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(tree, path, known, compiled, folders)
    return tuple(sorted(found))


def file_of(module: str, known: frozenset[str], folder: str = "") -> str | None:
    """The path of a module below a folder; None if it is not there. A package shadows a module of its name."""
    place = (f"{folder}/" if folder else "") + module.replace(".", "/")
    return next((path for path in (f"{place}/__init__.py", f"{place}.py") if path in known), None)


def imports(text: bytes, path: str) -> Iterator[tuple[str, int]]:
    """Every module that a file may import, and the line; nothing of a file that is no Python.

    Of `from a import b` both `a` and `a.b`; of a relative one with the package, which is the folder, written out.
    `import_module("a")` counts, too; a name that is computed cannot be seen.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            parsed = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    # An import in a function's body counts: it runs when the function does.
    nodes = [*ast.walk(parsed)]
    importers = _importers(nodes)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = absolute(path, "." * node.level + (node.module or ""))
            yield module, node.lineno
            yield from ((f"{module}.{alias.name}".lstrip("."), node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call) and (name := named(node, importers)):
            yield absolute(path, name), node.lineno


def named(call: ast.Call, importers: Collection[str] = ("import_module", "__import__")) -> str:
    """The module that a call of `importlib.import_module` or `__import__` names by a text; empty if it names none.

    importers: what these functions are called in the file.
    """
    called = getattr(call.func, "id", "") or getattr(call.func, "attr", "")
    first = call.args[0] if call.args else next((one.value for one in call.keywords if one.arg == "name"), None)
    if called in importers and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return ""


def absolute(path: str, module: str) -> str:
    """A module's name, of which a relative one (`.rates`) begins at the package of the file at the path."""
    name = module.lstrip(".")
    level = len(module) - len(name)
    return ".".join([*path.split("/")[:-level], *([name] if name else [])]) if level else name


def _importers(nodes: Iterable[ast.AST]) -> frozenset[str]:
    aliases = (alias for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names)
    other = {alias.asname for alias in aliases if alias.name == "import_module" and alias.asname}
    return frozenset({"import_module", "__import__", *other})


def _imported(
    tree: Tree, path: str, known: frozenset[str], compiled: Sequence[str], folders: Sequence[str]
) -> Iterator[str]:
    try:
        text = tree.read(path)
    except InputError:
        return
    for module, _ in imports(text, path):
        yield from _paths(module, known, compiled, folders)


def _paths(module: str, known: frozenset[str], compiled: Sequence[str], folders: Sequence[str]) -> Iterator[str]:
    """The module's files and those of the packages around it, as far as the repository has them."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        head = ".".join(parts[:end])
        if path := next(filter(None, (file_of(head, known, folder) for folder in folders)), None):
            yield path
        places = [(f"{folder}/" if folder else "") + "/".join(parts[:end]) for folder in folders]
        starts = tuple(start for place in places for start in (f"{place}.", f"{place}/__init__."))
        yield from (path for path in compiled if path.startswith(starts))
