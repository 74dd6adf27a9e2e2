"""One step, run: the component gets paths to write to that nobody reads yet; what it finished is moved into place."""

import importlib
import importlib.util
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import chdir
from pathlib import Path
from types import ModuleType
from typing import Any

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.system import threads
from gitmlops.errors import GitmlopsError, InputError, ToolError
from gitmlops.pipelines.contracts.library import CONTRACT
from gitmlops.pipelines.executing import commands, outside, unchanged
from gitmlops.pipelines.planning.plan import PlannedStep
from gitmlops.specs.component import SUFFIXES
from gitmlops.specs.feature import Dtype
from gitmlops.specs.hints import nearest

SCRATCH = Path(".dvc/tmp/gitmlops")
"""Where unfinished outputs are, relative to the root: ignored by git and DVC."""

Run = Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Path]], None]


def run_step(repository: Repository, step: PlannedStep) -> None:
    """Run a step in the repository's root; a component's outputs appear when all of them are there.

    Raises InputError for an input that is missing, that has other columns than its component wants, or that changed
    meanwhile, a component that cannot be loaded, that does not write an output or that writes something else;
    ToolError with the last words of a component or command that fails; what a component of the library raises.
    """
    with chdir(repository.root):
        _require_inputs(step)
        before = unchanged.fingerprint(step.reads)
        if step.command:
            commands.run(repository, step)
        else:
            _run_component(step)
        unchanged.require(before, step.name)


def _run_component(step: PlannedStep) -> None:
    scratch = SCRATCH / step.stage
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    outputs = {name: scratch / f"{name}{SUFFIXES[item.type]}" for name, item in step.contract.spec.outputs.items()}
    with threads.limited(step.contract.spec.resources.cpus), outside.refused(SCRATCH):
        _call(step, outputs)
    _require_outputs(step, outputs)
    for name, path in step.outputs.items():
        _move(outputs[name], Path(path))
    shutil.rmtree(scratch)


def _require_inputs(step: PlannedStep) -> None:
    for name, paths in step.inputs.items():
        for path in (paths,) if isinstance(paths, str) else paths:
            if not Path(path).exists():
                mend = "run the pipeline, `dvc checkout` or `dvc pull`"
                raise InputError(f"the input {name!r} of step {step.name!r} is not here", where=path, mend=mend)
            _require_columns(path, step.contract.spec.inputs[name].schema, f"the input {name!r} of step {step.name!r}")


def _require_columns(path: str, schema: Mapping[str, Dtype], what: str) -> None:
    if schema:
        # Reading Parquet takes half a second to import, which a step without tables need not wait for.
        importlib.import_module("gitmlops.pipelines.executing.columns").require(Path(path), schema, what=what)


def _call(step: PlannedStep, outputs: Mapping[str, Path]) -> None:
    inputs: dict[str, Path | list[Path]] = {
        name: Path(paths) if isinstance(paths, str) else [Path(path) for path in paths]
        for name, paths in step.inputs.items()
    }
    try:
        _entry(step)(inputs, dict(step.params), outputs)
    except outside.WroteOutsideError as error:
        raise InputError(error.what, where=_place(error, step), mend=error.mend) from error
    except GitmlopsError:
        raise
    except (Exception, SystemExit) as error:  # the boundary of a plug-in: a component's code may raise anything
        place = _place(error, step)
        sys.stderr.write("".join(traceback.format_exception(error)))
        words = f"{type(error).__name__}: {error}"
        raise ToolError(words, where=place, mend="mend the component, or what it is given") from error


def _entry(step: PlannedStep) -> Run:
    module_name, _, function = step.contract.spec.entry.partition(":")
    module = _module(step, module_name)
    entry: Run | None = getattr(module, function, None)
    if entry is None:
        where = f"{step.contract.folder}/{CONTRACT}"
        mend = nearest(function, [name for name in vars(module) if not name.startswith("_")])
        raise InputError(f"{module_name}.py has no function {function!r}", where=where, mend=mend)
    return entry


def _module(step: PlannedStep, name: str) -> ModuleType:
    folder = step.contract.folder
    if not folder:
        return importlib.import_module(f"gitmlops.components.{step.contract.spec.name}.{name}")
    # The folder is a dependency of the stage: a __pycache__ in it would be a change of it.
    sys.dont_write_bytecode = True
    file = Path(folder, f"{name}.py").absolute()
    if not file.is_file():
        raise InputError(f"there is no {name}.py", where=f"{folder}/{CONTRACT}", mend="mend `entry:`")
    sys.path.insert(0, str(file.parent))
    # What the repository shares between components; at the end, so that no folder of it stands before a package.
    sys.path.append(str(Path.cwd()))
    # A name of its own: a component may be called like a module of Python.
    spec = importlib.util.spec_from_file_location(f"gitmlops_component_{name}", file)
    assert spec is not None and spec.loader is not None  # noqa: S101 - a file that ends in .py
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _place(error: BaseException, step: PlannedStep) -> str:
    """`file:line` of the last line of the component that was running."""
    frames = traceback.extract_tb(error.__traceback__)
    folder = str(Path(step.contract.folder or ".").absolute())
    own = [frame for frame in frames if step.contract.folder and frame.filename.startswith(folder + os.sep)]
    last = (own or list(frames))[-1]
    return f"{os.path.relpath(last.filename) if own else last.filename}:{last.lineno}"


def _require_outputs(step: PlannedStep, outputs: Mapping[str, Path]) -> None:
    for name, path in outputs.items():
        if not path.exists():
            contract = f"{step.contract.folder}/{CONTRACT}" if step.contract.folder else step.contract.uses
            what = f"the component did not write its output {name!r} (step {step.name!r})"
            raise InputError(what, where=contract, mend=f'write to outputs["{name}"], or take it out of the contract')
        declared = step.contract.spec.outputs[name].schema
        _require_columns(str(path), declared, f"the output {name!r} of step {step.name!r}")


def _move(source: Path, target: Path) -> None:
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)  # DVC may have linked it to its cache, read-only
    shutil.move(source, target)
