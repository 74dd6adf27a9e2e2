"""Seconds of whole `gitmlops pipeline run` processes beside `dvc repro` of the same dvc.yaml, in turns; medians.

`python benchmarks/pipelines.py [PART ...]`: no-op-10, no-op-200, chain, large, diamond, flights; all unless named.
The flights pipeline is the template's, on half a year of data, beside its steps run one by one by hand.
"""

import compileall
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import environments
from results import OURS, Row, keep

import gitmlops

RUNS = 5
BESIDE = Path(sys.executable).parent
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{BESIDE}{os.pathsep}{os.environ['PATH']}",
    "DVC_NO_ANALYTICS": "1",
    **{f"GIT_{who}_{what}": "benchmark@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}
DVC = (sys.executable, "-m", "dvc")
GITMLOPS = (sys.executable, "-m", "gitmlops")
RUN = (*GITMLOPS, "pipeline", "run")
REPRO = (*DVC, "repro")


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
    done = subprocess.run(command, cwd=root, env=ENVIRONMENT, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with exit code {done.returncode}:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - began


Times = Sequence[tuple[float, ...]]


def in_turns(times: int, *measured: Callable[[int], float]) -> Times:
    """Of each its times: a machine that is busy for a while is so for all of them."""
    every = [[measure(number) for measure in measured] for number in range(times)]
    return list(zip(*every, strict=True))


def cold(folder: Path, files: dict[str, str], times: int) -> Times:
    def measure(command: tuple[str, ...]) -> Callable[[int], float]:
        return lambda number: run(project(folder / f"{command[-1]}{number}", files), *command)

    return in_turns(times, measure(RUN), measure(REPRO))


def no_op(folder: Path, stages: int) -> Times:
    root = project(folder / "clean", chain(stages))
    run(root, *RUN)
    return in_turns(RUNS, lambda _: run(root, *RUN), lambda _: run(root, *REPRO))


def flights(folder: Path) -> Times:
    """A cold run, its steps one by one by hand in the order of the run, and a cold `dvc repro`."""
    original = folder / "original"
    run(folder, *GITMLOPS, "init", str(original), "--template", "flights", "--project", "flights", "--yes")
    run(original, sys.executable, "scripts/import_data.py", "--until", "2013-06")
    run(original, *DVC, "add", "-q", "data/flights", "data/arrivals", "data/weather", "data/planes.parquet")
    run(original, *GITMLOPS, "pipeline", "compile")
    steps = ("validate", "labels", "features", "split", "train", "evaluate", "package")

    def copy(name: str) -> Path:
        return Path(shutil.copytree(original, folder / name, symlinks=True))

    def apart(number: int) -> float:
        root = copy(f"apart{number}")
        return sum(run(root, *GITMLOPS, "component", "run", "delay", step) for step in steps)

    return in_turns(
        3,
        lambda number: run(copy(f"ours{number}"), *RUN, "delay"),
        apart,
        lambda number: run(copy(f"theirs{number}"), *REPRO),
    )


def show(what: str, times: Times, others: Sequence[str], at_most: float | None, **at_most_times: float) -> None:
    ours, *theirs = times
    keep(
        Row(what, OURS, "s", ours, at_most, at_most_times),
        *(Row(what, name, "s", found) for name, found in zip(others, theirs, strict=True)),
    )


def dvc() -> str:
    return f"`dvc repro` of {environments.named('dvc')}"


def measure_no_op(folder: Path, stages: int, most: float) -> None:
    show(f"a run with nothing to do, {stages} stages", no_op(folder, stages), [dvc()], most)


def measure_chain(folder: Path) -> None:
    # One round: DVC takes more than a minute.
    show("200 trivial stages in a chain, cold", cold(folder, chain(200), 1), [dvc()], 6)


def measure_large(folder: Path) -> None:
    # By itself: DVC takes a quarter of a second a stage, and more with each of them.
    root = project(folder / "large", chain(2_000))
    keep(Row("2,000 trivial stages in a chain, cold", OURS, "s", [run(root, *RUN)]))
    keep(Row("a run with nothing to do, 2,000 stages", OURS, "s", [run(root, *RUN) for _ in range(RUNS)]))


def measure_diamond(folder: Path) -> None:
    show("a diamond of 4 s stages, cold", cold(folder, diamond(), 3), [dvc()], 5.2)


def measure_flights(folder: Path) -> None:
    by_hand = "its steps one by one, by hand"
    show("the flights pipeline, cold", flights(folder), [by_hand, dvc()], None, **{by_hand: 1.0})


PARTS: dict[str, Callable[[Path], None]] = {
    "no-op-10": lambda folder: measure_no_op(folder, 10, 0.15),
    "no-op-200": lambda folder: measure_no_op(folder, 200, 0.25),
    "chain": measure_chain,
    "large": measure_large,
    "diamond": measure_diamond,
    "flights": measure_flights,
}


def main() -> None:
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        sys.exit(f"there is no part {unknown[0]!r}: {', '.join(PARTS)}")
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            PARTS[name](Path(folder))


if __name__ == "__main__":
    main()
