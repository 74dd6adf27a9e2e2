"""CPU seconds of registry reads, whole processes with compiled bytecode, beside git's own read of the tags and gto.

`python benchmarks/registry.py [TAGS ...]`: 1,000, 10,000 and 100,000 tags, a hundred of each model, with the trailers
of real releases, unless other numbers are given. gto reads 10,000 at most: its time grows faster than their number.
"""

import compileall
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import environments
from measured import cpu_seconds
from results import OURS, Row, keep

import gitmlops

RUNS, MOST_FOR_GTO, RUNS_OF_GTO = 7, 10_000, 3
TAGS_OF_A_MODEL = 100
MOST_SECONDS = {1_000: 0.2, 10_000: 0.2, 100_000: 2.0}
MOST_TIMES = {10_000: 4.0}
BESIDE = Path(sys.executable).parent
GITMLOPS = str(BESIDE / "gitmlops")
MODEL = "model-7"
GIT = "git for-each-ref, the same fields"
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


def times(root: Path, *command: str, runs: int = RUNS) -> list[float]:
    return [cpu_seconds(command, cwd=root) for _ in range(runs)]


def measure(root: Path, tags: int) -> None:
    git = times(root, "git", "for-each-ref", "--format=" + "%00".join(FIELDS), "refs/tags")
    most, limits = MOST_SECONDS.get(tags), {GIT: MOST_TIMES[tags]} if tags in MOST_TIMES else {}
    for name, *arguments in COMMANDS:
        what = f"`model {name}`, {tags:,} tags"
        others = [Row(what, GIT, "CPU s", git)]
        if name == "list" and tags <= MOST_FOR_GTO:
            gto = times(root, str(BESIDE / "gto"), "show", runs=RUNS_OF_GTO)
            others.append(Row(what, environments.named("gto"), "CPU s", gto))
        keep(Row(what, OURS, "CPU s", times(root, GITMLOPS, *arguments), most, limits), *others)


def main() -> None:
    compileall.compile_dir(Path(gitmlops.__file__).parent, quiet=2)
    for tags in map(int, sys.argv[1:] or MOST_SECONDS):
        with tempfile.TemporaryDirectory() as folder:
            measure(repository(Path(folder, "many"), tags=tags, models=tags // TAGS_OF_A_MODEL), tags)


if __name__ == "__main__":
    main()
