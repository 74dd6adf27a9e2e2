"""Instructions of the CPU that commands take, counted by valgrind: a number that no other work on the machine changes.

`python benchmarks/instructions.py` fails with exit code 1 if a command takes more than its limit, as a multiple of what
`python -c "import click"` takes; where there is no valgrind it says so, and passes. Children of a command (git) are not
counted. The limits leave a tenth of room for other releases of Python; whoever needs more looks for what is loaded now.
"""

import compileall
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import check
import registry
from results import OURS, Row, keep

import gitmlops

CLICK = "import click"
VIEWS, TAGS = 100, 1_000
UNIT = "million instructions"


def instructions(command: tuple[str, ...], cwd: Path) -> float:
    """Millions, of the second of two runs: the first one fills caches. Raises CalledProcessError if it fails."""
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        counting = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out")
        environment = {"PYTHONHASHSEED": "0", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            (*counting, *command), cwd=cwd, env=environment, check=True, capture_output=True, text=True
        )
    return float(re.findall(r"Collected : (\d+)", done.stderr)[-1]) / 1e6


def main() -> None:
    if shutil.which("valgrind") is None:
        print("instructions are not counted: there is no valgrind (Debian, Ubuntu: apt install valgrind)")
        return
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        views, tags = Path(folder, "views"), Path(folder, "tags")
        check.write_project(views, VIEWS)
        registry.repository(tags, tags=TAGS, models=TAGS // registry.TAGS_OF_A_MODEL)
        click = instructions((sys.executable, "-c", CLICK), views)
        ours = (sys.executable, "-m", "gitmlops")
        too_many = [
            what
            for what, arguments, root, most in (
                ("`--help`", ("--help",), views, 1.35),
                (f"`check`, {VIEWS} views", ("check",), views, 4.9),
                (f"`model list`, {TAGS:,} tags", ("model", "list"), tags, 2.6),
            )
            if over(what, instructions((*ours, *arguments), root), click, most)
        ]
    if too_many:
        sys.exit(f"more instructions than they may take: {', '.join(too_many)}")


def over(what: str, count: float, click: float, most: float) -> bool:
    """Whether it is more than it may be; both are kept."""
    keep(Row(what, OURS, UNIT, [count], None, {CLICK: most}), Row(what, CLICK, UNIT, [click]))
    return count > most * click


if __name__ == "__main__":
    main()
