"""A view's own Python, written by anybody: run in a process of its own, apart from our modules and variables."""

import json
import sys
import tempfile
from pathlib import Path

import pyarrow
import pyarrow.feather

from gitmlops.adapters.system import process
from gitmlops.definitions import Placed
from gitmlops.errors import InputError, ToolError
from gitmlops.specs.feature import FeatureView

_RUNNER = Path(__file__).with_name("python_runner.py")


def run(root: Path, view: Placed[FeatureView], function: str, rows: pyarrow.Table) -> pyarrow.Table:
    """What `module:function` makes of these rows.

    The module is imported from the repository's root. Whole numbers and booleans reach the function as pandas' Int64
    and boolean, so that a null stays a null.
    Raises InputError where the function raised, or at the view if what it returned is no table; ToolError if it
    ended its process.
    """
    place = str(view.at("transform", "python"))
    with tempfile.TemporaryDirectory(prefix="gitmlops-") as folder:
        given, result, answer = (Path(folder, name) for name in ("given", "result", "answer.json"))
        pyarrow.feather.write_feather(rows, str(given), compression="uncompressed")
        # -P: no folder of ours is searched for modules; -B: no __pycache__ in the repository.
        command = [sys.executable, "-P", "-B", str(_RUNNER), str(root.resolve()), function, folder]
        try:
            process.run(*command, cwd=root)
        except ToolError as error:
            raise ToolError(f"{function} ended its process: {error.what}", where=place, mend="mend it") from error
        problem = json.loads(answer.read_bytes())
        if problem:
            where = problem["where"] or place
            raise InputError(f"{function} {problem['what']}", where=where, mend=problem["mend"])
        return pyarrow.feather.read_table(str(result), memory_map=False)
