"""The command of a `run:` step, in a shell: it writes to the outputs' own places, as DVC's stages do."""

import os
import shutil
import sys
from pathlib import Path

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.system import process
from gitmlops.errors import InputError, ToolError
from gitmlops.pipelines.planning.plan import PlannedStep


def run(repository: Repository, step: PlannedStep) -> None:
    """Run a step's command in the repository's root, after its old outputs are gone, its output on standard error.

    Raises ToolError if it fails, InputError if it succeeds and an output is not there.
    """
    for path in map(Path, step.outputs.values()):
        _remove(path)
        path.parent.mkdir(parents=True, exist_ok=True)
    # `python` is the one that runs this, activated or not; a command of several lines stops at the first that fails.
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    code = process.follow("/bin/sh", "-e", "-c", step.command, cwd=repository.root, environment={"PATH": search})
    if code:
        what = f"the command of step {step.name!r} ended with exit code {code}; what it said stands above"
        raise ToolError(what, where=str(step.location), mend="mend the command, or what it is given")
    for name, place in step.outputs.items():
        if not Path(place).exists():
            what = f"the command of step {step.name!r} did not write its output {name!r}, {place}"
            mend = f"write to ${{{{ outputs.{name} }}}}, or take it out of `outputs:`"
            raise InputError(what, where=str(step.location), mend=mend)


def _remove(path: Path) -> None:
    # DVC may have linked it to its cache, read-only: what is written into it would be written there.
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
