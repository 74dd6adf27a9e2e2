"""A function of the repository without its formatting, and everything of the repository that it imports.

Files are read and parsed, never imported. Comments and formatting are not in a syntax tree, docstrings are left out of
it. Of the function's own module counts what its names lead to, and what does more than bind a name; imported modules
count whole. A name that is only computed (`importlib.import_module(name)`) cannot be seen; compiled code is refused.
"""

import ast
import warnings
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from gitmlops.adapters import python_source
from gitmlops.definitions import Tree
from gitmlops.errors import InputError
from gitmlops.features.wiring import python_code
from gitmlops.specs.hints import nearest

# Whoever calls these can reach any name of the module.
_REACHES_ALL = {"globals", "locals", "vars", "eval", "exec", "__import__"}
_IGNORED = ("type_comment", "kind", "ctx")
_ACTING = (ast.Call, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def canonical(function: str, tree: Tree) -> str:
    """What `module:function` does, as text: its part of its module, then every module of the repository it imports.

    Raises InputError if there is no such module or function, or if a file is no Python.
    """
    module, _, name = function.partition(":")
    path = python_code.module_file(tree, function)
    if path is None:
        raise InputError(f"there is no module {module!r}", mend=f"write it in {module.replace('.', '/')}.py")
    body = _parse(tree.read(path), path)
    files = python_code.files(tree, function)
    if compiled := next(python_code.compiled(files), None):
        raise compiled.error()
    others = {other: _parse(tree.read(other), other) for other in files if other != path}
    part = _part(body, name, path)
    if any(module.rpartition(".")[2] in _imported(tree, other) for other in others):
        part = body  # what imports the module back may use all of it
    try:
        return "\n".join([_shape(part), *(f"{other} {_shape(others[other])}" for other in sorted(others))])
    except RecursionError as error:
        raise InputError("nested too deeply to be read", where=path, mend="write it plainly") from error


def _part(body: list[ast.stmt], name: str, path: str) -> list[ast.stmt]:
    """The statements of a module that a function's names lead to, and those that do more than bind a name."""
    bound = [_binds(statement) for statement in body]
    known = frozenset[str]().union(*bound, *(_defined(statement) for statement in body))
    if name not in known:
        raise InputError(f"there is no function {name!r}", where=path, mend=nearest(name, known))
    if _names(body) & _REACHES_ALL:
        return body
    needed, kept = {name}, set[int]()
    while found := [i for i, names in enumerate(bound) if i not in kept and (not names or names & needed)]:
        kept.update(found)
        needed |= _names(body[i] for i in found)
    return [body[i] for i in sorted(kept)]


def _binds(statement: ast.stmt) -> frozenset[str]:
    """The names that a statement binds, if that is all it does when the module is imported; none otherwise."""
    if isinstance(statement, _Function):
        # A decorator may put the function into a table that another one looks it up in.
        plain = not statement.decorator_list and not _acts(statement.args, statement.returns)
        return frozenset({statement.name} if plain else ())
    if isinstance(statement, ast.ClassDef):
        # A base may ask for every class that is made of it.
        made_by_others = statement.decorator_list or statement.bases or statement.keywords
        body = (one for one in _without_docstring(statement.body) if not isinstance(one, ast.Pass))
        return frozenset({statement.name} if not made_by_others and all(map(_binds, body)) else ())
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign) and not _acts(statement):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        return frozenset(names) if len(names) == len(targets) else frozenset()
    return frozenset()


def _acts(*parts: ast.AST | None) -> bool:
    """Whether code of others runs here, or a name is bound in passing: `_ = TABLE.update(...)`, `def f(x=(Y := 2))`."""
    return any(isinstance(node, _ACTING) for part in parts if part for node in ast.walk(part))


def _defined(statement: ast.stmt) -> frozenset[str]:
    """Functions that a statement defines or imports, be it under an `if`."""
    nodes = [*ast.walk(statement)]
    imported = (alias for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names)
    return frozenset(
        {node.name for node in nodes if isinstance(node, _Function)}
        | {alias.asname or alias.name for alias in imported}
    )


def _names(statements: Iterable[ast.stmt]) -> set[str]:
    return {node.id for statement in statements for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _imported(tree: Tree, path: str) -> set[str]:
    """The last parts of the names of what a file imports."""
    return {name.rpartition(".")[2] for name, _ in python_source.imports(tree.read(path), path)}


@lru_cache(maxsize=1024)
def _parse(content: bytes, path: str) -> list[ast.stmt]:
    """The statements of a module, without its docstring."""
    try:
        with warnings.catch_warnings(action="ignore"):  # what Python says of a user's escapes is not ours to say
            return _without_docstring(ast.parse(content).body)
    except SyntaxError as error:
        where = f"{path}:{error.lineno or 1}:{error.offset or 1}"
        raise InputError(f"not Python: {error.msg}", where=where, mend="mend the syntax") from error
    except (ValueError, RecursionError, MemoryError) as error:  # a null byte; too many brackets
        raise InputError("not Python that can be read", where=path, mend="write it plainly") from error


def _shape(value: Any) -> str:
    """The tree as text, the same by every version of Python: what is empty, or new there and empty, is left out."""
    if isinstance(value, list):
        return f"[{' '.join([_shape(one) for one in value])}]"
    if not isinstance(value, ast.AST):
        return repr(value)
    if isinstance(value, ast.Constant):
        return repr(value.value)
    parts = {name: getattr(value, name, None) for name in value._fields if name not in _IGNORED}
    if isinstance(value, _Function | ast.ClassDef):
        parts["body"] = _without_docstring(value.body)
    shown = [f"{name}={_shape(part)}" for name, part in parts.items() if part is not None and part != []]
    return f"({type(value).__name__} {' '.join(shown)})"


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    value = first.value if isinstance(first, ast.Expr) else None
    return body[1:] if isinstance(value, ast.Constant) and isinstance(value.value, str) else body
