"""Notebooks whose outputs would be committed: rows of data in them, and a change at every run."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from gitmlops.errors import InputError
from gitmlops.hooks.staged import StagedFile
from gitmlops.report import Finding, Location, Report, Severity

KEEP = "keep_output"
"""A cell that is to keep its output says so: as a tag, or as `"keep_output": true` in its metadata."""
_INDENT = re.compile(rb"\{\r?\n([ \t]+)")
_MEND = f"run `gitmlops hook notebook --fix FILE` and add it again, or give the cell the tag `{KEEP}`"


def check(files: Sequence[StagedFile]) -> Report:
    """A finding for each notebook that has outputs or numbers of runs, and for each that is none."""
    findings = tuple(finding for file in files for finding in _found(file))
    return Report("Notebooks", findings, summary=(f"{len(files)} files, {len(findings)} refused",))


def cleaned(content: bytes, name: str) -> bytes:
    """The notebook without outputs and numbers of runs, written as it was; the same bytes if it has none.

    Raises InputError if it is no notebook.
    """
    notebook = _read(content, name)
    kept = [cell for cell in _code_cells(notebook) if not _is_clean(cell)]
    if not kept:
        return content
    for cell in kept:
        cell["outputs"], cell["execution_count"] = [], None
        cell.get("metadata", {}).pop("execution", None)
    found = _INDENT.match(content)
    text = json.dumps(notebook, indent=found[1].decode() if found else None, ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass") + (b"\n" if content.endswith(b"\n") else b"")


def _found(file: StagedFile) -> Iterator[Finding]:
    if file.content is None:
        yield _finding(file.name, "too large to look into", "clear its outputs")
        return
    try:
        cells = [number for number, cell in _numbered(_read(file.content, file.name)) if not _is_clean(cell)]
    except InputError as error:
        yield _finding(file.name, error.what, error.mend)
        return
    if cells:
        shown = ", ".join(map(str, cells[:5])) + (f" and {len(cells) - 5} more" if len(cells) > 5 else "")
        yield _finding(file.name, f"outputs or numbers of runs are kept in cell {shown}", _MEND)


def _finding(name: str, message: str, mend: str) -> Finding:
    return Finding("notebook", Severity.ERROR, message, Location(name), mend)


def _read(content: bytes, name: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError("not a notebook: no JSON", where=name, mend="save it again with Jupyter") from error
    cells = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        mend = "save it again with Jupyter (format 4)"
        raise InputError("not a notebook: there is no list of cells", where=name, mend=mend)
    return dict(found)


def _numbered(notebook: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((number, cell) for number, cell in enumerate(notebook["cells"], 1) if cell.get("cell_type") == "code")


def _code_cells(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (cell for _, cell in _numbered(notebook))


def _is_clean(cell: dict[str, Any]) -> bool:
    if not cell.get("outputs") and cell.get("execution_count") is None:
        return True
    about = cell.get("metadata")
    return isinstance(about, dict) and (about.get(KEEP) is True or KEEP in _texts(about.get("tags")))


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []
