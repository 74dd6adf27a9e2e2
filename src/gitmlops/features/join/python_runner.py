"""A program of its own: calls one function of a repository with a table, and writes down its answer or what it raised.

Nothing of gitmlops is imported here, so that the repository's modules may have any name.
Arguments: the repository's root, `module:function`, a folder with the file `given`.
"""

import importlib
import json
import os
import sys
import traceback
from pathlib import Path

import pandas
import pyarrow
import pyarrow.feather

_NULLABLE = {pyarrow.int64(): pandas.Int64Dtype(), pyarrow.bool_(): pandas.BooleanDtype()}


def main(root: str, name: str, folder: str) -> None:
    """Write `result`, and `answer.json`: null, or what was wrong, where, and how to mend it."""
    rows = pyarrow.feather.read_table(str(Path(folder, "given"))).to_pandas(types_mapper=_NULLABLE.get)
    module, _, function = name.partition(":")
    sys.path.insert(0, root)
    sys.pycache_prefix = folder  # a compiled copy in a __pycache__ of the repository may be another code than the text
    problem = None
    try:
        found = getattr(importlib.import_module(module), function)(rows)
    except (Exception, SystemExit) as error:  # the boundary of a plug-in: a user's function may raise anything
        words = traceback.format_exception_only(error)[-1].strip()
        problem = {"what": f"raised {words}", "where": _place(error, root), "mend": "mend the function, or its data"}
    else:
        problem = _wrong(found) or _written(found, str(Path(folder, "result")))
    Path(folder, "answer.json").write_text(json.dumps(problem))


def _wrong(found: object) -> dict[str, str] | None:
    if not isinstance(found, pandas.DataFrame):
        return _problem(f"returned {type(found).__name__}, not a DataFrame", "return the frame")
    if odd := [name for name in found.columns if not isinstance(name, str)]:
        return _problem(f"returned a column that is called {odd[0]!r}", "call columns by text")
    if twice := found.columns[found.columns.duplicated()].tolist():
        return _problem(f"returned the column {twice[0]!r} twice", "keep one")
    return None


def _written(frame: pandas.DataFrame, path: str) -> dict[str, str] | None:
    try:
        table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, pyarrow.ArrowNotImplementedError) as error:
        return _problem(f"returned a column of mixed types: {'; '.join(map(str, error.args))}", "give it one type")
    pyarrow.feather.write_feather(table.replace_schema_metadata(None), path, compression="uncompressed")
    return None


def _problem(what: str, mend: str) -> dict[str, str]:
    return {"what": what, "where": "", "mend": mend}


def _place(error: BaseException, root: str) -> str:
    """`file:line:column` of the last line of the repository's own code that was running; empty if none was."""
    if isinstance(error, SyntaxError) and error.filename and _is_own(error.filename, root):
        return f"{os.path.relpath(error.filename, root)}:{error.lineno or 1}:{error.offset or 1}"
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename, root)]
    return f"{os.path.relpath(own[-1].filename, root)}:{own[-1].lineno}:{(own[-1].colno or 0) + 1}" if own else ""


def _is_own(file: str, root: str) -> bool:
    return file.startswith(root + os.sep) and "site-packages" not in file


if __name__ == "__main__":
    main(*sys.argv[1:])
