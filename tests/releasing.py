"""What a team does before and around a release, as verbs for arranging tests of the registry."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.conftest import GitRepo

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.cli.workspace import uri
from gitmlops.records.receipt import CheckResult, Digest, Receipt, Subject
from gitmlops.registry.files import receipt_notes

ARTIFACT = "models/churn.skops"
MODEL = """
kind: model
name: churn
pipeline: churn
artifact: models/churn.skops
feature_set: churn
owner: team
risk_tier: low
intended_use: Tests.
not_intended_for: Anything else.
task: {kind: binary, label: left}
evaluation: {data: data/evaluation.parquet, labels: data/labels.parquet, id: customer_id}
"""
POLICY = """
kind: policy
id: quality
version: 1.0.0
title: Good enough
owner: team
checks:
- {id: auc, metric: roc_auc, op: ">=", threshold: 0.68, enforcement: hard-mandatory}
- {id: speed, metric: roc_auc, op: ">=", threshold: 0.2, enforcement: advisory}
"""
CHECKS = (
    CheckResult("quality", "1.0.0", "auc", "hard-mandatory", "passed", "roc_auc", ">=", "0.71", "0.68"),
    CheckResult("quality", "1.0.0", "speed", "advisory", "failed", "roc_auc", ">=", "0.1", "0.2"),
)


def team(root: Path, *, origin: bool = True) -> GitRepo:
    """A project with one model, its work on main, and a bare repository called origin."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(root / "work")], check=True)
    repo = GitRepo(root / "work")
    repo.commit({"gitmlops.yaml": "project: test\n", "models/churn.yaml": MODEL, "policies/quality.yaml": POLICY})
    if origin:
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(root / "origin.git")], check=True)
        repo.git("remote", "add", "origin", str(root / "origin.git"))
        repo.git("push", "-q", "-u", "origin", "main")
    return repo


def clone(repo: GitRepo, name: str) -> GitRepo:
    """A second person's clone of origin."""
    path = repo.root.parent / name
    subprocess.run(["git", "clone", "-q", str(repo.root.parent / "origin.git"), str(path)], check=True)
    return GitRepo(path)


def train(repo: GitRepo, content: str, **files: str) -> str:
    """Commit a model file and what lies beside it; the commit."""
    return repo.commit({ARTIFACT: content, "models/churn.baseline.json": f"baseline of {content}", **files})


def judge(
    repo: GitRepo, *, content: bytes | None = None, base: str = "", key: Path | None = None, **changes: object
) -> Receipt:
    """Put a receipt on HEAD's tree, as the gate does; `changes` to its subject or to itself. key: to sign it with."""
    content = (repo.root / ARTIFACT).read_bytes() if content is None else content
    base = base or repo.git("rev-parse", "HEAD^").strip()
    artifact = Digest(ARTIFACT, hashlib.sha256(content).hexdigest(), len(content))
    data = (Digest("data/evaluation.parquet", "e" * 64, 1),)
    subject: dict[str, object] = {
        "model": "churn",
        "verdict": "passed",
        "evidence": "scored",
        "artifact": artifact,
        "data": data,
        "policies": ("quality@1.0.0",),
        "checks": CHECKS,
        "policy_files": tuple(_policies(repo, base)),
    }
    tree = repo.git("rev-parse", "HEAD^{tree}").strip()
    receipt: dict[str, object] = {
        "tree": tree,
        "verdict": "passed",
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "repository": uri(Repository(repo.root), "test"),
        "required": None,
    }
    for name, value in changes.items():
        (receipt if name in receipt and name != "verdict" else subject)[name] = value
    kept = Receipt(
        base_ref="main",
        base=base,
        head="h" * 40,
        subjects=(Subject(**subject),),
        tool="test",
        **receipt,  # type: ignore[arg-type]
    )
    line = receipt_notes.written(kept)
    receipt_notes.keep(Repository(repo.root), tree, receipt_notes.signed(line, key=key) if key else line)
    return kept


def _policies(repo: GitRepo, commit: str) -> Iterator[Digest]:
    for path in repo.git("ls-tree", "--name-only", commit, "--", "policies/").split():
        if not path.endswith(".yaml"):
            continue
        content = repo.git("show", f"{commit}:{path}").encode()
        yield Digest(path, hashlib.sha256(content).hexdigest(), len(content))


def merge(repo: GitRepo, content: str) -> str:
    """Train, have it judged, push it and the receipt to origin; the commit."""
    commit = train(repo, content)
    judge(repo)
    share(repo)
    return commit


def share(repo: GitRepo) -> None:
    """Push main and the receipts to origin."""
    repo.git("push", "-q", "origin", "main")
    notes.share(Repository(repo.root), notes.RECEIPTS, "origin")


def released(repo: GitRepo, *contents: str) -> None:
    """Register a version for each content, v1.0.0 first, and promote each to staging and prod."""
    for number, content in enumerate(contents):
        merge(repo, content)
        done(repo, "register", "churn")
        for stage in ("staging", "prod"):
            done(repo, "promote", f"churn@v1.{number}.0", "--to", stage)


def done(repo: GitRepo, *arguments: str) -> str:
    """What `gitmlops model ...` prints; it must succeed."""
    result = repo.run("model", *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def tags(repo: GitRepo) -> list[str]:
    return repo.git("tag", "--list").split()


def tags_at_origin(repo: GitRepo) -> list[str]:
    return repo.git("--git-dir", str(repo.root.parent / "origin.git"), "tag", "--list").split()


def listed(repo: GitRepo) -> dict[str, dict[str, object]]:
    """Model -> its latest version and what is in its stages, as `model list --format json` says."""
    rows = json.loads(done(repo, "list", "--format", "json"))["tables"][0]["rows"]
    return {row.pop("model"): {key: cell for key, cell in row.items() if key == "latest" or cell} for row in rows}


def gto_show(repo: GitRepo) -> dict[str, dict[str, object]]:
    """Model -> its latest version and what is in its stages, as GTO itself says."""
    from gto.api import show

    told = show(str(repo.root))
    return {
        name: {"latest": state["version"], **{stage: found for stage, found in state["stage"].items() if found}}
        for name, state in told.items()
    }
