"""CPU seconds of registry reads, whole processes with compiled bytecode, beside git's own read of the tags and gto.

`python benchmarks/registry.py [--large]`: 10,000 tags of 100 models with the trailers of real releases; with --large
100,000 tags of 1,000 models, too. gto reads 1,000 of them: its time grows faster than their number.
"""

import compileall
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measured import cpu_seconds

import gitmlops

RUNS = 7
BESIDE = Path(sys.executable).parent
GITMLOPS = str(BESIDE / "gitmlops")
MODEL = "model-7"
COMMANDS = (
    ("list", "model", "list"),
    ("show", "model", "show", MODEL),
    ("show of a stage", "model", "show", f"{MODEL}#prod"),
    ("history", "model", "history", MODEL),
    ("list --at", "model", "list", "--at", "2023-06-01"),
    ("show --at", "model", "show", f"{MODEL}#prod", "--at", "2023-06-01"),
)
# What a report says of a tag, each by the name that git has for it.
FIELDS = (
    *("%(refname:strip=2)", "%(objecttype)", "%(objectname)", "%(*objecttype)", "%(*objectname)", "%(tag)"),
    *("%(taggerdate:unix)", "%(taggername)", "%(taggeremail:trim)", "%(contents:subject)", "%(contents:body)"),
)
STAGES = ("staging", "prod")
PROJECT = "project: many\nstages:\n- {name: staging}\n- {name: prod, after: staging, production: true}\n"
PEOPLE = ("Ada Lovelace <ada@example.com>", "Grace Hopper <grace@example.com>")
START = 1_600_000_000
MESSAGE = """Register {name}

Gate: quality/auc=0.81 >= 0.7 passed
Gate: quality/fairness[carrier=UA, worst of 14]=0.83 >= 0.8 passed
Approved-by: @grace risk-sme (https://github.com/acme/models/pull/{number}#pullrequestreview-1)
Receipt: {digest}
Data: data/evaluation.parquet {digest}
Model: {digest}
Previous-Version: v1.0.0
Reason: it is better than the one before
"""


def stream(models: int, versions: int) -> Iterator[str]:
    """What `git fast-import` reads: a commit a version; each version is registered and put into two stages."""
    counters = dict.fromkeys(range(models), 0)
    time, mark = START, 0
    yield "blob\nmark :1\ndata 2\nx\n\n"
    for version in range(versions):
        for model in range(models):
            mark, time = mark + 1, time + 60
            person = PEOPLE[model % len(PEOPLE)]
            after = f"from :{mark + 10}\n" if mark > 1 else ""
            yield f"commit refs/heads/main\nmark :{mark + 11}\ncommitter {person} {time} +0000\ndata 1\nm\n{after}"
            yield f"M 100644 :1 f{mark % 50}/{mark}\n\n"
            names = [f"model-{model}@v1.{version}.0"]
            for stage in STAGES:
                counters[model] += 1
                names.append(f"model-{model}#{stage}#{counters[model]}")
            for name in names:
                time += 1
                text = MESSAGE.format(name=name, number=mark, digest=f"{mark:064x}")
                yield f"tag {name}\nfrom :{mark + 11}\ntagger {person} {time} +0000\ndata {len(text)}\n{text}\n"


def repository(root: Path, *, tags: int, models: int) -> Path:
    root.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    text = "".join(stream(models, -(-tags // models // (1 + len(STAGES)))))
    subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input=text.encode(), check=True)
    subprocess.run(["git", "pack-refs", "--all"], cwd=root, check=True)
    subprocess.run(["git", "gc", "-q"], cwd=root, check=True)
    (root / "gitmlops.yaml").write_text(PROJECT)
    return root


def median(root: Path, *command: str) -> float:
    return statistics.median(cpu_seconds(command, cwd=root) for _ in range(RUNS))


def measure(root: Path, *, most: float, ratio: float | None) -> None:
    git = median(root, "git", "for-each-ref", "--format=" + "%00".join(FIELDS), "refs/tags")
    print(f"  git for-each-ref, the same fields: {git:.3f} CPU s")
    for name, *arguments in COMMANDS:
        ours = median(root, GITMLOPS, *arguments)
        within = f", {ours / git:.1f} x git's (at most {ratio:g})" if ratio else ""
        print(f"  gitmlops {name}: {ours:.3f} CPU s (at most {most:g}){within}")


def main() -> None:
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        print("10,000 tags of 100 models")
        measure(repository(Path(folder, "many"), tags=10_000, models=100), most=0.2, ratio=4)
        small = repository(Path(folder, "few"), tags=1_000, models=10)
        gto = cpu_seconds((str(BESIDE / "gto"), "show"), cwd=small)
        ours = median(small, GITMLOPS, "model", "list")
        print(
            f"1,000 tags of 10 models\n  gto show: {gto:.2f} CPU s; gitmlops list: {ours:.3f}, ratio {ours / gto:.3f}"
        )
        if "--large" in sys.argv:
            print("100,000 tags of 1,000 models")
            measure(repository(Path(folder, "huge"), tags=100_000, models=1_000), most=2, ratio=None)


if __name__ == "__main__":
    main()
