"""Seconds of whole `gitmlops pipeline run` processes beside `dvc repro` of the same dvc.yaml, medians of wall time.

The flights pipeline is measured where its data is: name a project with it as an argument, e.g. the demo's.
"""

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import gitmlops

RUNS = 5
BESIDE = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "PATH": f"{BESIDE}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
DVC = (sys.executable, "-m", "dvc")
OURS = (sys.executable, "-m", "gitmlops", "pipeline", "run")
THEIRS = (*DVC, "repro")


def chain(stages: int) -> dict[str, str]:
    """Stages that read the one before and a parameter each."""
    lines = ["stages:"]
    for number in range(stages):
        before = f"o{number - 1}.txt" if number else "in.txt"
        lines += [f"  s{number}:", f"    cmd: cat {before} > o{number}.txt", f"    deps: [{before}]"]
        lines += [f"    params: [p{number}]", f"    outs: [o{number}.txt]"]
    parameters = "".join(f"p{number}: {number}\n" for number in range(stages))
    return {"dvc.yaml": "\n".join(lines), "params.yaml": parameters, "in.txt": "in\n"}


def diamond() -> dict[str, str]:
    """Two stages of four seconds, and one that reads both."""
    stages = [f"  {name}: {{cmd: sleep 4; echo > {name}, outs: [{name}], deps: [in.txt]}}" for name in ("a", "b")]
    last = "  c: {cmd: cat a b > c, deps: [a, b], outs: [c]}"
    return {"dvc.yaml": "\n".join(["stages:", *stages, last]), "in.txt": "in\n"}


def project(root: Path, files: dict[str, str]) -> Path:
    root.mkdir()
    for path, text in {"gitmlops.yaml": "project: benchmark\n", **files}.items():
        (root / path).write_text(text)
    run(root, "git", "init", "-q", ".")
    run(root, *DVC, "init", "-q")
    return root


def run(root: Path, *command: str) -> float:
    began = time.perf_counter()
    quiet = subprocess.DEVNULL
    subprocess.run(command, cwd=root, env=ENVIRONMENT, check=True, stdout=quiet, stderr=quiet)
    return time.perf_counter() - began


def median(times: int, measured: Callable[[], float]) -> float:
    return statistics.median(measured() for _ in range(times))


def cold(folder: Path, files: dict[str, str], command: tuple[str, ...], times: int) -> float:
    numbers = iter(range(times))
    return median(times, lambda: run(project(folder / f"{command[2]}{next(numbers)}", files), *command))


def no_op(folder: Path, stages: int) -> tuple[float, float]:
    root = project(folder / f"clean{stages}", chain(stages))
    for _ in range(2):
        run(root, *OURS)
    return median(RUNS, lambda: run(root, *OURS)), median(3, lambda: run(root, *THEIRS))


def flights(original: Path, folder: Path) -> tuple[float, float]:
    """A cold run, and its steps one by one by hand, in the order of the run."""
    root = folder / "flights"
    shutil.copytree(original, root, symlinks=True)
    whole = run(root, *OURS, "delay", "--force")
    listed = subprocess.run(
        [*DVC, "stage", "list", "--name-only"], cwd=root, capture_output=True, text=True, check=True
    )
    steps = [name.removeprefix("delay-") for name in listed.stdout.split() if name.startswith("delay-")]
    ordered = ["validate", "labels", "features", "split", "train", "evaluate", "package"]
    ordered += [step for step in steps if step not in ordered]
    command = (sys.executable, "-m", "gitmlops", "component", "run", "delay")
    return whole, sum(run(root, *command, step) for step in ordered if step in steps)


def show(what: str, ours: float, theirs: float, most: str, beside: str = "dvc repro") -> None:
    print(f"{what}: {ours:.2f} s (at most {most}); {beside} {theirs:.2f} s")


def main() -> None:
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for stages, most in ((10, "0.15"), (200, "0.25")):
            show(f"nothing to do, {stages} stages", *no_op(folder, stages), most)
        (folder / "chain").mkdir()
        times = [cold(folder / "chain", chain(200), command, runs) for command, runs in ((OURS, 3), (THEIRS, 1))]
        show("200 trivial stages in a chain, cold", *times, "6")
        (folder / "diamond").mkdir()
        times = [cold(folder / "diamond", diamond(), command, 2) for command in (OURS, THEIRS)]
        show("a diamond of 4 s stages, cold", *times, "5.2")
        if sys.argv[1:]:
            whole, apart = flights(Path(sys.argv[1]), folder)
            show("the flights pipeline, cold", whole, apart, f"{apart:.2f}", "its steps by hand")


if __name__ == "__main__":
    main()
