"""Notebooks without outputs: what is refused, what the fixer writes."""

import json

import pytest
from tests.conftest import GitRepo
from tests.hooks.judging import of

from gitmlops.errors import InputError
from gitmlops.hooks.notebook import check, cleaned


def notebook(*cells: dict[str, object], indent: int | None = 1) -> str:
    about = {"cells": list(cells), "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(about, indent=indent, ensure_ascii=False) + "\n"


def code(**fields: object) -> dict[str, object]:
    return {
        "cell_type": "code",
        "source": ["größe = 1\n"],
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    } | fields


OUTPUT = [{"output_type": "stream", "name": "stdout", "text": ["Ada, 1815\n"]}]
TEXT = {"cell_type": "markdown", "metadata": {}, "source": ["# Notes"]}


@pytest.mark.parametrize("kept", [{"outputs": OUTPUT}, {"execution_count": 3}])
def test_outputs_and_numbers_of_runs_are_refused_with_their_cells(kept: dict[str, object]) -> None:
    report = of(check, {"a.ipynb": notebook(TEXT, code(), code(**kept))})
    assert report.findings[0].message == "outputs or numbers of runs are kept in cell 3"
    assert "gitmlops hook notebook --fix" in report.findings[0].mend


@pytest.mark.parametrize("about", [{"tags": ["keep_output"]}, {"keep_output": True}])
def test_a_cell_that_says_so_keeps_its_output(about: dict[str, object]) -> None:
    text = notebook(code(outputs=OUTPUT, execution_count=1, metadata=about))
    assert of(check, {"a.ipynb": text}).passed
    assert cleaned(text.encode(), "a.ipynb") == text.encode()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}', '{"cells": [3]}', "[" * 100_000, b"\xff\xfe"])
def test_what_is_no_notebook_is_refused(content: str | bytes) -> None:
    report = of(check, {"a.ipynb": content})
    assert report.findings[0].message.startswith("not a notebook")


@pytest.mark.parametrize("indent", [1, 2, None])
def test_fixed_notebook_differs_in_nothing_but_outputs(indent: int | None) -> None:
    cell = code(outputs=OUTPUT, execution_count=7, metadata={"collapsed": True, "execution": {"iopub.busy": "2026"}})
    dirty = notebook(TEXT, cell, indent=indent).encode()
    assert cleaned(dirty, "a.ipynb") == notebook(TEXT, code(metadata={"collapsed": True}), indent=indent).encode()


def test_fixer_writes_on_disk_and_says_so_and_has_nothing_to_do_the_second_time(repo: GitRepo) -> None:
    repo.write({"my work.ipynb": notebook(code(outputs=OUTPUT)), "clean.ipynb": notebook(code())})
    repo.git("add", "--all")
    names = (str(repo.root / "my work.ipynb"), str(repo.root / "clean.ipynb"))
    first = repo.run("hook", "notebook", "--fix", "--", *names)
    assert first.exit_code == 1
    assert "my work.ipynb" in first.stderr
    assert "clean.ipynb" not in first.stderr
    assert repo.run("hook", "notebook", "--fix", "--", *names).exit_code == 0
    repo.git("add", "--all")
    assert repo.run("hook", "notebook", "--", *names).exit_code == 0


def test_fixer_leaves_what_it_cannot_read_and_says_why(repo: GitRepo) -> None:
    with pytest.raises(InputError, match="not a notebook"):
        cleaned(b"{", "a.ipynb")
    repo.write({"a.ipynb": "{"})
    assert repo.run("hook", "notebook", "--fix", str(repo.root / "a.ipynb")).exit_code == 3
    assert (repo.root / "a.ipynb").read_text() == "{"
