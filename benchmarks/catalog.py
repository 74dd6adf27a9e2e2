"""What `gitmlops catalog build` takes for organisations, cold, with nothing new and with one model released; how large
the site is, on disk and as a server sends it, each file compressed; how long a search takes in a browser.

`python benchmarks/catalog.py`: 20 repositories with 10 models and 100 features each, every version with a receipt of
its checks and groups; first with 5 versions a model, then with 10,000 tags.
"""

import gzip
import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measured import Cost, cost
from playwright.sync_api import sync_playwright
from results import OURS, Row, keep

from gitmlops.records.receipt import CheckResult, Digest, Receipt, Subject
from gitmlops.registry.files import receipt_notes

MOST_SECONDS, MOST_SECONDS_OF_ONE, MOST_MEGABYTES, MOST_MILLISECONDS = 30, 3, 5, 100
QUERIES = ("spend_7_3_2d", "sepnd 5d", "model-4", "customer pays late", "v1.3.0", "quality", "regoin")
REPOSITORIES, MODELS, VIEWS, FEATURES = 20, 10, 20, 5
STAGES = ("staging", "prod")
VERSIONS = (50, 166)
"""Of a repository, in the two organisations; each has a tag, and two of promotions."""
START = 1_700_000_000
GITMLOPS = str(Path(sys.executable).parent / "gitmlops")
PERSON = "Ada Lovelace <ada@example.com>"
PROJECT = """project: team-{number}
stages:
- {{name: staging}}
- {{name: prod, after: staging, production: true, approvals: {{risk-sme: 1}}}}
roles: {{risk-sme: ["@grace"]}}
people: {{grace: {{id: 7}}}}
"""
ENTITY = (
    "kind: entity\nname: customer\nkeys: [{name: customer_id, dtype: int64}]\nowner: crm\ndescription: A customer\n"
)
SOURCE = """kind: source
name: payments
path: data/payments.parquet
timestamp: paid_at
columns: {customer_id: int64, paid_at: timestamp, amount: float64}
owner: data-engineers
description: Payments as the bank booked them
"""
VIEW = """kind: feature_view
name: spend_{view}
version: 1
owner: data-scientists
description: What a customer of region {view} spends
tags: [spend]
entities: [customer]
source: payments
ttl: 30d
transform: {{sql: "SELECT customer_id, paid_at, amount * {number}{view} AS amount_{view} FROM payments"}}
aggregations:
{aggregations}
features:
{features}
"""
MODEL = """kind: model
name: model-{number}
artifact: models/model-{number}.skops
feature_set: model-{number}
owner: team-{repository}
risk_tier: {tier}
tags: [credit]
intended_use: Tell which customers of group {number} are likely to pay late.
not_intended_for: Anything else.
task: {{kind: binary, label: late}}
evaluation: {{data: data/rows.parquet, labels: data/labels.parquet, id: customer_id, slices: [region]}}
"""
SET = "kind: feature_set\nname: model-{number}\nowner: ds\ndescription: Of model {number}\nfeatures: [{pins}]\n"
POLICY = """kind: policy
id: quality
version: 1.0.0
title: Good enough for everybody
owner: risk
source: {citation: "House rule 7"}
checks:
- {id: auc, metric: roc_auc, op: ">=", threshold: 0.7, enforcement: hard-mandatory}
- {id: calibration, metric: calibration_gap, op: "<=", threshold: 0.05, enforcement: soft-mandatory}
not_decided: [Whether the purpose is a fair one.]
"""
MESSAGE = """Register {name}

Gate: quality/auc=0.81 >= 0.7 passed
Approved-by: @grace risk-sme (https://github.com/acme/models/pull/{number}#pullrequestreview-1)
Receipt: {receipt}
Data: data/rows.parquet {digest}
Model: {digest}
"""


def definitions(repository: int) -> Iterator[tuple[str, str]]:
    """Path -> content of the files of a repository."""
    yield "gitmlops.yaml", PROJECT.format(number=repository)
    yield "features/entities/customer.yaml", ENTITY
    yield "features/sources/payments.yaml", SOURCE
    yield "policies/quality.yaml", POLICY
    for view in range(VIEWS):
        names = [f"spend_{repository}_{view}_{days}d" for days in range(1, FEATURES + 1)]
        features = "\n".join(
            f"- {{name: {name}, dtype: float64, description: Spend of the last {day} days, unit: EUR}}"
            for day, name in enumerate(names, 1)
        )
        aggregations = "\n".join(
            f"- {{name: {name}, column: amount_{view}, fn: sum, window: {day}d}}" for day, name in enumerate(names, 1)
        )
        text = VIEW.format(view=view, number=repository + 1, features=features, aggregations=aggregations)
        yield f"features/views/spend_{view}.yaml", text
    for model in range(MODELS):
        pins = [f"spend_{view}@v1:spend_{repository}_{view}_1d" for view in range(model, VIEWS, MODELS)]
        tier = ("low", "medium", "high")[model % 3]
        yield f"models/model-{model}.yaml", MODEL.format(number=model, repository=repository, tier=tier)
        yield (
            f"features/sets/model-{model}.yaml",
            SET.format(number=model, pins=", ".join(pins)),
        )


def receipt(repository: int, model: int, number: int, tree: str) -> bytes:
    """The line of a note on a tree: two checks of all rows and one of four regions."""

    def check(id_: str, slice_: str, value: float) -> CheckResult:
        shown, interval = f"{value:.4f}", (f"{value - 0.02:.4f}", f"{value + 0.02:.4f}")
        return CheckResult(
            "quality", "1.0.0", id_, "hard-mandatory", "passed", "roc_auc", ">=", shown, "0.7", slice_, 4_000, interval
        )

    checks = (check("auc", "", 0.81), check("calibration", "", 0.82))
    checks += tuple(check("each-region", f"region={region}", 0.75 + number % 7 / 100) for region in "NESW")
    artifact = Digest(f"models/model-{model}.skops", f"{number:064x}", 9_000)
    subject = Subject(f"model-{model}", "passed", "scored", artifact, (), ("quality@1.0.0",), checks)
    name = f"git+https://github.com/acme/team-{repository}"
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START + 60 * number))
    kept = Receipt(name, "main", "b" * 40, "h" * 40, tree, "passed", (subject,), "gitmlops 0.1.0", time=at)
    return receipt_notes.written(kept)


def history(repository: int, versions: int) -> Iterator[str]:
    """What `git fast-import` reads: the definitions, then a commit a version."""
    yield f"commit refs/heads/main\nmark :1\ncommitter {PERSON} {START} +0000\ndata 1\nm\n"
    for path, content in definitions(repository):
        yield f"M 100644 inline {path}\ndata {len(content)}\n{content}\n"
    for number in range(2, versions + 2):
        model = number % MODELS
        yield f"commit refs/heads/main\nmark :{number}\ncommitter {PERSON} {START + 60 * number} +0000\ndata 1\nm\n"
        yield f"from :{number - 1}\n"
        for path, content in (
            (f"models/model-{model}.skops.dvc", f"outs:\n- md5: {number:032x}\n  path: model-{model}.skops\n"),
            (f"models/model-{model}.card.md", f"# model-{model}\n\nAUC 0.8 on 4,000 rows.\n"),
        ):
            yield f"M 100644 inline {path}\ndata {len(content)}\n{content}\n"


def tags(repository: int, commits: list[tuple[str, str]], first: int) -> Iterator[str]:
    """Notes of receipts, and the tags of each version: registered, and put into two stages."""
    lines = {
        tree: receipt(repository, number % MODELS, number, tree) for number, (_, tree) in enumerate(commits, first)
    }
    yield f"commit refs/notes/gitmlops/receipts\ncommitter {PERSON} {START} +0000\ndata 1\nm\n"
    yield "from refs/notes/gitmlops/receipts^0\n" if first > 2 else ""
    for tree, line in lines.items():
        yield f"M 100644 inline {tree}\ndata {len(line)}\n{line.decode()}\n"
    for number, (commit, tree) in enumerate(commits, first):
        model, version = number % MODELS, number // MODELS
        names = [f"model-{model}@v1.{version}.0"]
        names += [f"model-{model}#{stage}#{2 * version + at}" for at, stage in enumerate(STAGES, 1)]
        for at, name in enumerate(names):
            digest = hashlib.sha256(lines[tree]).hexdigest()
            text = MESSAGE.format(name=name, number=number, receipt=digest, digest=f"{number:064x}")
            when = START + 60 * number + at + 1
            yield f"tag {name}\nfrom {commit}\ntagger {PERSON} {when} +0000\ndata {len(text)}\n{text}\n"


def organisation(root: Path, versions: int) -> list[str]:
    """The addresses of the repositories."""
    for repository in range(REPOSITORIES):
        folder = root / f"team-{repository}.git"
        git(root, "init", "-q", "--bare", "-b", "main", str(folder))
        given(folder, "".join(history(repository, versions)))
        listed = git(folder, "log", "--reverse", "--format=%H %T", "main").split()
        commits = list(zip(listed[2::2], listed[3::2], strict=True))
        given(folder, "".join(tags(repository, commits, 2)))
        git(folder, "gc", "-q")
    return [f"file://{root}/team-{repository}.git" for repository in range(REPOSITORIES)]


def release_one(folder: Path, repository: int, versions: int) -> None:
    """One more version of one model of a repository."""
    number = versions + 2
    text = "".join(history(repository, number - 1)).rpartition("commit refs/heads/main")[2]
    given(folder, f"commit refs/heads/main{text}".replace(f"from :{number - 1}", "from refs/heads/main^0"))
    commit, tree = git(folder, "log", "-1", "--format=%H %T", "main").split()
    given(folder, "".join(tags(repository, [(commit, tree)], number)))


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def given(folder: Path, text: str) -> None:
    subprocess.run(["git", "fast-import", "--quiet", "--force"], cwd=folder, input=text.encode(), check=True)


def measure(versions: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        urls = organisation(root, versions)
        here, site = root / "here", root / "site"
        git(root, "init", "-q", "-b", "main", str(here))
        build = [GITMLOPS, "catalog", "build", "--output", str(site)]
        build += [word for url in urls for word in ("--repo", url)]
        of = f"a catalogue of {REPOSITORIES * versions * (1 + len(STAGES)):,} tags"
        keep_cost(f"{of}, cold", cost(build, cwd=here), MOST_SECONDS)
        keep_cost(f"{of}, nothing new", cost(build, cwd=here))
        release_one(root / "team-3.git", 3, versions)
        keep_cost(f"{of}, one model released", cost(build, cwd=here), MOST_SECONDS_OF_ONE)
        contents = [file.read_bytes() for file in files(site)]
        keep(Row(of, OURS, "MB on disk", [sum(map(len, contents)) / 1e6]))
        keep(Row(of, OURS, "MB sent", [sum(len(gzip.compress(one)) for one in contents) / 1e6], MOST_MEGABYTES))
        for kind, weights in weighed(site).items():
            keep(Row(f"{of}, {kind}", OURS, "kB on disk", [sum(weights) / 1e3]))
            keep(Row(f"{of}, {kind}", OURS, "kB each", [sum(weights) / len(weights) / 1e3]))
        keep(Row(f"{of}, an answer of its search", OURS, "ms", searched(site), MOST_MILLISECONDS))


def keep_cost(what: str, found: Cost, most_seconds: float | None = None) -> None:
    keep(Row(what, OURS, "s", [found.wall], most_seconds))
    keep(Row(what, OURS, "CPU s", [found.cpu]))


def searched(site: Path) -> list[float]:
    """Milliseconds of each answer while somebody types, in the system's Chromium."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto((site / "index.html").as_uri())
        page.locator("#q").fill("spend")
        page.locator("#hits [role=option]").first.wait_for()
        page.evaluate("performance.clearMeasures()")
        for query in QUERIES:
            page.locator("#q").fill("")
            page.locator("#q").press_sequentially(query, delay=20)
        page.wait_for_timeout(500)
        took = page.evaluate("performance.getEntriesByName('catalogue search').map(one => one.duration)")
        browser.close()
    return [float(one) for one in took]


def weighed(site: Path) -> dict[str, list[int]]:
    """Bytes of each file, by what it is a page of."""
    found: dict[str, list[int]] = {}
    for file in files(site):
        match file.relative_to(site).parts:
            case (_, "models", _, _):
                kind = "versions"
            case (str(folder), _) if folder != "assets":
                kind = "repositories"
            case (str(folder), str(kind), _) if folder != "assets":
                pass
            case _:
                kind = "lists, script, style and search"
        found.setdefault(kind, []).append(len(file.read_bytes()))
    return found


def files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


if __name__ == "__main__":
    for versions in VERSIONS:
        measure(versions)
