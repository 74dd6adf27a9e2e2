"""What a command may load before it knows that it needs it: start-up is what a user feels most."""

import subprocess
import sys

import pytest

from gitmlops.cli.main import COMMANDS

HEAVY = (
    "pandas", "numpy", "scipy", "sklearn", "skops", "dvc", "duckdb", "pyarrow", "git", "jinja2", "rich", "matplotlib",
)  # fmt: skip
QUALITY = (
    "kind: policy\nid: quality\nversion: 1.0.0\ntitle: T\nowner: us\n"
    "checks: [{id: a, metric: brier, op: '<=', threshold: 0.2, enforcement: advisory}]\n"
)
PLANE = "kind: entity\nname: plane\nkeys: [{name: tailnum, dtype: string}]\nowner: o\ndescription: One aircraft\n"
LOADED = """
import sys
from gitmlops.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    code = ended.code
loaded = sorted(name for name in {names!r} if name in sys.modules)
print("LOADED", *loaded, file=sys.stderr)
sys.exit(code)
"""


def loaded(names: tuple[str, ...], *words: str, cwd=None) -> list[str]:
    code = LOADED.format(names=names)
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()[-1].split()[1:]


def test_help_loads_nothing_but_click():
    assert loaded((*HEAVY, "msgspec", "yaml", "dataclasses_json", "gitmlops.report", "asyncio"), "--help") == []


@pytest.mark.parametrize("noun", COMMANDS)
def test_the_help_of_a_command_loads_nothing_heavy(noun):
    assert loaded((*HEAVY, "msgspec", "yaml"), noun, "--help") == []


def test_check_loads_nothing_heavy(project):
    project.commit({"models/.keep": ""})
    assert loaded(HEAVY, "check", cwd=project.root) == []


@pytest.mark.parametrize("command", ["list", "show"])
def test_looking_at_policies_loads_nothing_heavy(project, command):
    project.commit({"policies/quality.yaml": QUALITY})
    assert loaded(HEAVY, "policy", command, *(["quality"] if command == "show" else []), cwd=project.root) == []


def test_every_command_of_the_table_is_there_and_says_what_it_does():
    for name, entry in COMMANDS.items():
        done = subprocess.run(
            [sys.executable, "-m", "gitmlops", name, "--help"], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert entry.help.endswith(".")
        assert done.stdout.startswith(f"Usage: gitmlops {name}") or f" {name} [OPTIONS]" in done.stdout


def test_a_search_where_nothing_changed_parses_nothing(project):
    project.commit({"features/entities/plane.yaml": PLANE})
    assert project.run("feature", "search", "aircraft").exit_code == 0
    assert (
        loaded((*HEAVY, "sqlglot", "gitmlops.features.versions.hashes"), "feature", "search", "plane", cwd=project.root)
        == []
    )


def test_a_branch_that_affects_no_model_is_judged_without_anything_that_computes(lab):
    lab.commit({"README.md": "words"}, branch="words")
    assert loaded(HEAVY, "gate", "--base", "main", "--dry-run", cwd=lab.root) == []
