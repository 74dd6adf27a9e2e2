"""A component to begin with: a contract, its code and its test, which passes."""

import sys
from collections.abc import Mapping

import msgspec

from gitmlops.definitions import Tree
from gitmlops.errors import InputError
from gitmlops.specs.fields import Name

_TAKEN = sys.stdlib_module_names | {"dvc", "duckdb", "gitmlops", "numpy", "pandas", "pyarrow", "sklearn", "skops"}
_CONTRACT = """\
kind: component
name: {name}
version: v1
owner: {owner}
description: Leaves out rows in which one of the columns is missing
inputs:
  table: {{type: table, description: "A Parquet file, or a folder of Parquet files that are one table"}}
params:
  columns: {{type: list, items: string, description: "Columns without missing values"}}
outputs:
  table: {{type: table, description: "The rows that are left, in their order"}}
entry: {module}:run
"""
_CODE = '''\
"""Leaves out rows in which one of the columns is missing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas


def run(inputs: Mapping[str, Path], params: Mapping[str, Any], outputs: Mapping[str, Path]) -> None:
    """Read what is in inputs, write every path of outputs and nothing else."""
    table = pandas.read_parquet(inputs["table"])
    table.dropna(subset=params["columns"]).to_parquet(outputs["table"], index=False)
'''
_TEST = """\
import runpy
from pathlib import Path

import pandas

FILE = Path(__file__).parents[1] / "components" / "{name}" / "{module}.py"


def test_rows_with_a_missing_value_are_left_out(tmp_path: Path) -> None:
    given, made = tmp_path / "given.parquet", tmp_path / "made.parquet"
    pandas.DataFrame({{"id": [1, 2, 3], "weight": [0.5, None, 1.5]}}).to_parquet(given)
    run = runpy.run_path(str(FILE))["run"]
    run({{"table": given}}, {{"columns": ["weight"]}}, {{"table": made}})
    assert pandas.read_parquet(made)["id"].tolist() == [1, 3]
"""


def files(name: str, *, owner: str, tree: Tree) -> Mapping[str, bytes]:
    """Path -> content of a new component of the repository.

    Raises InputError for a name that no component can have, and if one of the files is there already.
    """
    try:
        msgspec.convert(name, Name)
    except msgspec.ValidationError as error:
        mend = "use letters, digits, `-` and `_`, starting with a letter"
        raise InputError(f"{name!r} is no name of a component", mend=mend) from error
    module = name.replace("-", "_")
    if module in _TAKEN:
        what = f"the module {module!r} would stand before the one of Python or of a library"
        raise InputError(what, mend=f"choose another name, e.g. my-{name}")
    texts = {
        f"components/{name}/component.yaml": _CONTRACT.format(name=name, owner=owner, module=module),
        f"components/{name}/{module}.py": _CODE,
        f"tests/test_component_{module}.py": _TEST.format(name=name, module=module),
    }
    known = set(tree.paths())
    if taken := next((path for path in texts if path in known), None):
        raise InputError("is there already", where=taken, mend="choose another name, or remove it first")
    return {path: text.encode() for path, text in texts.items()}
