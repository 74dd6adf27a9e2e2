"""Seconds of each hook in a repository of 2,000 files, all of them staged, as a whole process, median of seven runs.

Beside each its CPU seconds, which other work on the machine does not change.
"""

import compileall
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from results import OURS, Row, keep

import gitmlops

RUNS, FILES, MOST_SECONDS = 7, 2_000, 0.3
WHOLE = (
    ("check", "--staged"),
    ("pipeline", "compile", "--check", "--staged"),
    ("hook", "compile"),
    ("hook", "lock"),
    ("hook", "dvc-files"),
    ("hook", "model-card"),
)
EACH = {"large-file": "", "notebook": ".ipynb", "pickle": "", "secrets": "", "workflows": ".yml"}
"""Hooks that get names, and how these end."""
STAGES, POINTERS = 20, 50
WORKFLOW = "on: push\npermissions: {}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo\n"


def write_project(root: Path) -> list[str]:
    """A project with code, notes, tables, notebooks, workflows, a pipeline and pointers; the names of its files."""
    files = {f"notes/{number // 100}/{number}.txt": f"note {number}\n" * 50 for number in range(FILES - 600)}
    files |= {f"src/part_{number}.py": f"VALUE = {number}\n" * 40 for number in range(300)}
    files |= {f"tables/{number}.csv": "a,b\n" + f"{number},x\n" * 100 for number in range(150)}
    files |= {f"notebooks/{number}.ipynb": notebook() for number in range(50)}
    files |= {f".github/workflows/{number}.yml": WORKFLOW for number in range(50)}
    files |= {f"data/{number}.dvc": pointer(number) for number in range(POINTERS)}
    files |= {"data/.gitignore": "".join(f"/{number}\n" for number in range(POINTERS))}
    files |= {"gitmlops.yaml": "project: benchmark\n", **pipeline(files)}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    return list(files)


def notebook() -> str:
    """Without outputs."""
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": ["x = 1\n"]}
    return json.dumps({"cells": [cell] * 20, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def pointer(number: int) -> str:
    """Of a file."""
    return f"outs:\n- md5: {hashlib.md5(str(number).encode()).hexdigest()}\n  size: 5\n  hash: md5\n  path: {number}\n"


def pipeline(files: dict[str, str]) -> dict[str, str]:
    """dvc.yaml and dvc.lock of stages that read ten Python files each."""
    stages, lock = ["stages:"], ["schema: '2.0'", "stages:"]
    for number in range(STAGES):
        names = [f"src/part_{number * 10 + place}.py" for place in range(10)]
        stages += [f"  s{number}:", f"    cmd: run {number}", "    deps:", *(f"    - {name}" for name in names)]
        lock += [f"  s{number}:", f"    cmd: run {number}", "    deps:"]
        for name in names:
            digest = hashlib.md5(files[name].encode()).hexdigest()
            lock += [f"    - path: {name}", "      hash: md5", f"      md5: {digest}", "      size: 1"]
    return {"dvc.yaml": "\n".join(stages) + "\n", "dvc.lock": "\n".join(lock) + "\n"}


def called(name: str, names: Sequence[str]) -> Sequence[str]:
    """A hook with the names that pre-commit gives it."""
    chosen = (one for one in names if one.endswith(EACH[name]) and (one[0] == "." or name != "workflows"))
    return ("hook", name, "--", *chosen)


def cost(root: Path, arguments: Sequence[str]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(Path(sys.executable).parent / "gitmlops"), *arguments]
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return time.perf_counter() - began, used


def main() -> None:
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "project")
        names = write_project(root)
        message = Path(folder, "message")
        message.write_text("A change\n\nWith a reason.\n")
        hooks = [*WHOLE, *(called(name, names) for name in EACH), ("hook", "commit-msg", str(message))]
        for hook in hooks:
            costs = [cost(root, hook) for _ in range(RUNS + 1)][1:]
            shown = " ".join(hook[: hook.index("--")] if "--" in hook else hook[:4]).replace(str(message), "FILE")
            walls, cpus = zip(*costs, strict=True)
            what = f"`{shown}`, {FILES:,} files staged"
            keep(Row(what, OURS, "s", walls, MOST_SECONDS))
            keep(Row(what, OURS, "CPU s", cpus))


if __name__ == "__main__":
    main()
