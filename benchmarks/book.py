"""The book of benchmarks: runs them, with the tools that they stand beside, and writes docs/benchmarks.md.

`python benchmarks/book.py [PART ...]`: what has no result yet, or the parts that are named, again. Each part's result
is kept in .bench/ when it ends, and the page written anew, so that an interrupted book goes on where it was.
`--quick`: small sizes, without the network and tools that the development environment lacks; shows figures, keeps none.
Fails if a program does, and by no figure but counts of instructions, which no load changes.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import environments
from book_page import Machine, Result, page
from results import Row

from gitmlops.adapters.files import write_atomic

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PAGE = ROOT / "docs/benchmarks.md"
RESULTS = ROOT / ".bench"
NANNYML = "{nannyml}"
"""In arguments: the Python of the environment that has it; without it, the argument and the one before are left out."""


@dataclass(frozen=True)
class Part:
    """A program of this folder. quick: its arguments in the quick book, None if it is not in it."""

    name: str
    title: str
    program: str
    arguments: Sequence[str] = ()
    quick: Sequence[str] | None = None


PARTS = (
    Part("startup", "Start-up", "startup.py", (), ("gto", "dvc")),
    Part("instructions", "Instructions, a guard against slower start-up", "instructions.py", (), ()),
    Part("check", "Checking definitions", "check.py", ("1000", "10000"), ("1000",)),
    Part("feature-search", "Searching features", "feature_search.py", (), ()),
    Part("feature-locks", "Locks of features", "feature_locks.py"),
    Part("hooks", "Hooks before a commit", "hooks.py"),
    Part("registry", "Reading the registry", "registry.py", (), ("1000",)),
    Part("no-op", "A run with nothing to do", "pipelines.py", ("no-op-10", "no-op-200"), ("no-op-10",)),
    Part("runs", "Runs", "pipelines.py", ("chain", "large", "diamond", "flights")),
    Part(
        "features", "Getting features", "features.py", (),
        ("--rows", "100000", "--tools", "duckdb", "polars", "pandas", "--parts", "join"),
    ),
    Part("drift", "Drift", "drift.py", (), ("--rows", "100000", "--tools")),
    Part("partials", "A billion rows, as profiles of parts", "partials.py"),
    Part("memory", "Memory over rows", "memory.py"),
    Part("gate", "The gate", "gate.py", (), ("2",)),
    Part("catalog", "The catalogue", "catalog.py"),
    Part("watch-cost", "Watching a stream", "watch.py", ("--cost",)),
    Part("scale", "A hundred million rows on one machine", "scale.py"),
    Part("gate-statistics", "What the gate's statistics hold (simulated)", "gate_statistics.py"),
    Part("alarms", "False alarms of drift (simulated)", "alarms.py", ("1200",)),
    Part("performance-alarms", "False alarms of performance (simulated)", "performance_alarms.py"),
    Part("together", "Columns that are looked at together (simulated)", "together.py", ("1000",)),
    Part("fairness-alarms", "Promises about groups (simulated)", "fairness_alarms.py", ("2000",)),
    Part("real-data", "Alarms on real data", "real_data.py", ("--nannyml", NANNYML)),
    Part("watch", "A month of watched streams (simulated)", "watch.py"),
)  # fmt: skip


def machine() -> Machine:
    """This one."""
    cpus = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return Machine(
        cpu=cpus[0] if cpus else platform.machine(),
        cores=os.cpu_count() or 1,
        memory=round(pages * size / 2**30),
        system=f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        python=platform.python_version(),
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def commit() -> str:
    """Of the repository, marked where it has changes but for the page."""
    described = _git("describe", "--always") or "unknown"
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", f":!{PAGE.relative_to(ROOT)}")
    return f"{described}-dirty" if changed else described


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def command(part: Part, arguments: Sequence[str]) -> list[str]:
    """That runs a part."""
    told = list(arguments)
    if NANNYML in told:
        python = environments.python_with("nannyml")
        told = [str(python) if one == NANNYML else one for one in told] if python else []
    return [sys.executable, str(HERE / part.program), *told]


def measure(part: Part) -> Result:
    """Run a part. Raises CalledProcessError if it fails."""
    began, load = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder, "rows.jsonl")
        rows.touch()
        words = []
        with subprocess.Popen(
            command(part, part.arguments), env={**os.environ, "BENCHMARK_ROWS": str(rows)}, stdout=subprocess.PIPE,
            text=True,
        ) as running:  # fmt: skip
            for line in running.stdout or ():
                print(line, end="", flush=True)
                words.append(line)
        if running.returncode:
            raise subprocess.CalledProcessError(running.returncode, running.args)
        found = tuple(Row(**json.loads(line)) for line in rows.read_text().splitlines())
    shown = " ".join(
        ["python", f"benchmarks/{part.program}", *("PYTHON" if one == NANNYML else one for one in part.arguments)]
    )
    return Result(
        name=part.name,
        title=part.title,
        command=shown,
        day=datetime.now(UTC).date().isoformat(),
        seconds=round(time.monotonic() - began),
        load=round(load, 1),
        commit=commit(),
        machine=machine(),
        rows=found,
        text="" if found else "".join(words),
        left_out=tuple(one.partition(environments.LEFT_OUT)[0] for one in words if environments.LEFT_OUT in one),
    )


def read(results: Path) -> list[Result]:
    """What is kept, in the order of the book."""
    files = [(results / f"{part.name}.json") for part in PARTS]
    return [_read(file) for file in files if file.exists()]


def _read(file: Path) -> Result:
    kept = json.loads(file.read_text())
    rows = tuple(Row(**row) for row in kept.pop("rows"))
    left_out = tuple(kept.get("left_out", ()))
    return Result(**{**kept, "machine": Machine(**kept["machine"]), "rows": rows, "left_out": left_out})


def write(results: Path, target: Path) -> None:
    """The page, from what is kept."""
    found = read(results)
    missing = {part.name: part.title for part in PARTS} | {one.name: "" for one in found}
    write_atomic(target, page(found, [title for title in missing.values() if title]).encode())


def write_book(names: Sequence[str], results: Path, target: Path) -> None:
    """Measure parts one after the other, keep each, and write the page after it."""
    chosen = [part for part in PARTS if part.name in names]
    failed = []
    for part in chosen or [part for part in PARTS if not (results / f"{part.name}.json").exists()]:
        print(f"== {part.name}: {part.title}", flush=True)
        try:
            result = measure(part)
        except subprocess.CalledProcessError as error:
            failed.append(f"{part.name} ended with exit code {error.returncode}")
            continue
        results.mkdir(exist_ok=True)
        write_atomic(results / f"{part.name}.json", json.dumps(asdict(result), indent=1).encode())
        write(results, target)
    write(results, target)
    if failed:
        sys.exit("\n".join(failed))


def run_quick() -> None:
    """Show the figures of the quick book."""
    failed = []
    for part in PARTS:
        if part.quick is not None:
            print(f"== {part.name}: {part.title}", flush=True)
            if subprocess.run(command(part, part.quick), env={**os.environ, "RUNS": "1"}, check=False).returncode:
                failed.append(part.name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(part.name for part in PARTS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true", help="write the page of what is kept, and measure nothing")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--page", type=Path, default=PAGE)
    given = parser.parse_args()
    if unknown := set(given.parts) - {part.name for part in PARTS}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    if given.quick:
        run_quick()
    elif given.write:
        write(given.results, given.page)
    else:
        write_book(given.parts, given.results, given.page)


if __name__ == "__main__":
    main()
