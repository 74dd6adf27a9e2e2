"""Python transforms of another repository: their text is taken over, it is parsed, never run."""

import ast
import warnings
from collections.abc import Iterator, Mapping

from gitmlops.adapters import python_source
from gitmlops.adapters.git.elsewhere import Elsewhere
from gitmlops.adapters.taken_over import RUN_BY_PYTEST
from gitmlops.definitions import Definitions
from gitmlops.errors import InputError, InputErrors
from gitmlops.specs.feature import FeatureView
from gitmlops.specs.imported import FOLDER


def files(there: Elsewhere, definitions: Definitions, name: str) -> Mapping[str, bytes]:
    """Path there -> text of every module that the views' Python transforms are made of.

    A module is called `imports.NAME.module` here: only its relative imports still find what lies beside it.
    Raises InputErrors for a module that is not there, is no Python, imports another one of theirs by its old name, or
    has a name that pytest would run by itself.
    """
    found: dict[str, bytes] = {}
    wrong: list[InputError] = []
    for view in definitions.all(FeatureView).values():
        function = view.spec.transform.python if view.spec.transform else None
        if function is None:
            continue
        try:
            _require_identifier(name)
            _collect(there, function.partition(":")[0].removeprefix(f"{FOLDER}.{name}."), found)
        except InputError as error:
            where = error.where or str(view.at("transform", "python"))
            wrong.append(InputError(error.what, where=where, mend=error.mend))
    if wrong:
        raise InputErrors(wrong)
    return found


def _require_identifier(name: str) -> None:
    if not name.isidentifier():
        mend = f"write `name: {name.replace('-', '_')}` in gitmlops.yaml"
        raise InputError(f"the view has a Python transform, and {name!r} is no name of a Python package", mend=mend)


def _collect(there: Elsewhere, module: str, found: dict[str, bytes]) -> None:
    waiting = [module]
    while waiting:
        wanted = waiting.pop()
        path = _file(there, wanted)
        if path is None:
            raise InputError(f"there is no module {wanted!r} at {there.commit[:12]}", mend="ask its owners")
        for place in (*_packages(there, path), path):
            if place not in found:
                found[place] = _text(there, place)
                waiting += [other for other in _imported(there, place, found[place]) if _file(there, other)]


def _file(there: Elsewhere, module: str) -> str | None:
    place = module.replace(".", "/")
    return next((path for path in (f"{place}/__init__.py", f"{place}.py") if there.file(path)), None)


def _packages(there: Elsewhere, path: str) -> Iterator[str]:
    """The `__init__.py` of every package around a module: Python runs them first."""
    parts = path.split("/")[:-1]
    for end in range(1, len(parts) + 1):
        init = "/".join([*parts[:end], "__init__.py"])
        if there.file(init):
            yield init


def _text(there: Elsewhere, path: str) -> bytes:
    if RUN_BY_PYTEST.fullmatch(path):
        what = "pytest would run it here, whether or not anybody asks for the feature"
        raise InputError(what, where=path, mend="ask its owners for another name")
    entry = there.file(path)
    return there.read([entry])[path] if entry else b""


def _imported(there: Elsewhere, path: str, text: bytes) -> Iterator[str]:
    """Modules that a relative import may name."""
    package = path.split("/")[:-1]
    for node in ast.walk(_parsed(path, text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                _require_not_theirs(there, alias.name, f"{path}:{node.lineno}:{node.col_offset + 1}")
        elif isinstance(node, ast.ImportFrom) and not node.level:
            _require_not_theirs(there, node.module or "", f"{path}:{node.lineno}:{node.col_offset + 1}")
        elif isinstance(node, ast.ImportFrom):
            above = package[: max(0, len(package) - node.level + 1)]
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}".lstrip(".") for alias in node.names)
        elif isinstance(node, ast.Call) and (name := python_source.named(node)):
            if not name.startswith("."):
                _require_not_theirs(there, name, f"{path}:{node.lineno}:{node.col_offset + 1}")
            yield python_source.absolute(path, name)


def _require_not_theirs(there: Elsewhere, module: str, where: str) -> None:
    parts = module.split(".")
    heads = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    if any(_file(there, head) for head in heads) or _is_folder_of_modules(there, module.replace(".", "/")):
        what = f"it imports {module!r} of its own repository by a name that it does not have here"
        raise InputError(what, where=where, mend="ask its owners for a relative import (`from . import …`)")


def _is_folder_of_modules(there: Elsewhere, folder: str) -> bool:
    return bool(folder) and any(entry.path.endswith(".py") for entry in there.listed(folder))


def _parsed(path: str, text: bytes) -> ast.Module:
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError("not Python that can be read", where=path, mend="ask its owners") from error
