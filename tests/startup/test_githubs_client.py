"""GitHub's client is loaded by what asks GitHub, and by nothing else: without the extra, all other commands work."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gitmlops.cli

CLI = Path(gitmlops.cli.__file__).parent
# Parts of the adapter that write files and lines of their own.
WITHOUT_CLIENT = {"annotations", "summary"}
ASK_GITHUB = {
    ("github", name)
    for name in (
        "check-run", "comment", "dispatch", "issue", "proposals", "pull-request", "release", "rulesets", "settings",
    )
}  # fmt: skip
IMPORTING = """
import importlib, pkgutil, sys
import gitmlops
for module in pkgutil.walk_packages(gitmlops.__path__, "gitmlops."):
    if module.name.startswith("gitmlops.adapters.github.") or module.name.endswith("__main__"):
        continue
    importlib.import_module(module.name)
    assert not {"github", "requests"} & {*sys.modules}, module.name
"""
RUNNING = """
import json, sys
import click
from gitmlops.cli.main import main

def leaves(group, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield from leaves(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]

given = json.loads(sys.argv[1])
for words in leaves(main):
    if words in {*map(tuple, given["left_out"])}:
        continue
    try:
        main([*words, *given["arguments"].get(" ".join(words), [])], standalone_mode=False)
    except (click.exceptions.Exit, click.ClickException, SystemExit) as ended:
        print(words, repr(ended), file=sys.stderr)
    print(json.dumps([words, sorted({"github", "requests"} & {*sys.modules})]), file=sys.stderr)
"""
# Enough of each command that it does its work, as far as a project without GitHub can.
ARGUMENTS = {
    "audit": ["toy", "--output", "../dossier"],
    "catalog build": ["--output", "../site"],
    "catalog serve": ["--help"],
    "component new": ["another"],
    "component show": ["train"],
    "demo": ["--help"],
    "document new": ["datasheet", "--model", "toy", "--file", "gitmlops.yaml", "--by", "@jane"],
    "feature show": ["rows"],
    "feature search": ["row"],
    "gate": ["--base", "main~1"],
    "github annotate": ["report.json"],
    "github summary": ["report.json"],
    "hook large-file": ["gitmlops.yaml"],
    "init": ["../another", "--template", "blank"],
    "model approvals": ["toy@HEAD"],
    "merge-driver": ["dvc.lock", "dvc.lock", "dvc.lock", "dvc.lock"],
    "model get": ["toy", "--output", "../toy.skops"],
    "model history": ["toy"],
    "model predict": ["toy", "--entities", "data/evaluation.parquet", "--output", "../scores.parquet"],
    "model promote": ["toy@v1.0.0", "--to", "staging", "--local"],
    "model register": ["toy", "--version", "v1.0.1", "--local"],
    "model rollback": ["toy", "--reason", "a test", "--local"],
    "model show": ["toy"],
    "model verify": ["toy@v1.0.0"],
    "monitor run": ["toy"],
    "pipeline show": ["train"],
    "policy diff": ["main"],
    "retrain": ["toy", "--dry-run"],
    "waiver new": ["quality/auc", "--model", "toy", "--reason", "a test", "--approver", "@jane"],
}


def imported(file: Path) -> set[str]:
    """The modules of the adapter that a file names, but for those that only types need."""
    tree = ast.parse(file.read_text())
    typing = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in typing and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name.split(".")[3] for name in names if name.startswith("gitmlops.adapters.github.")}
    return found


def test_no_module_outside_of_the_adapter_loads_it_by_being_imported():
    done = subprocess.run([sys.executable, "-c", IMPORTING], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_these_files_of_the_command_line_ask_github_and_no_others():
    asking = {
        str(file.relative_to(CLI).with_suffix("")) for file in CLI.rglob("*.py") if imported(file) - WITHOUT_CLIENT
    }
    of_reports = {
        "forge",
        "github/reports",
        "github/settings",
        "github/retraining",
        "github/starting",
        "github/examining",
    }
    of_approvals = {"approval_source", "gate/approvals", "model/promotion/request"}
    assert asking == {
        *of_reports,
        *of_approvals,
        "model/rollback/dispatch",
        "model/rollback/revert",
        "model/rollback/review",
        "monitor/alert",
        "monitor/watch",
    }


@pytest.mark.slow
def test_no_other_command_loads_it_when_it_runs(lab):
    lab.release()
    lab.write({"report.json": lab.run("check", "--format", "json").stdout})
    given = json.dumps({"left_out": sorted(ASK_GITHUB), "arguments": ARGUMENTS})
    done = subprocess.run(
        [sys.executable, "-c", RUNNING, given],
        cwd=lab.root,
        env={**os.environ, "GITHUB_STEP_SUMMARY": str(lab.root.parent / "summary.md")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ran = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("[[")]
    assert len(ran) > 40
    assert [words for words, loaded in ran if loaded] == [], done.stderr
