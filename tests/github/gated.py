"""The lab's model at GitHub: a branch that brings another one, its pull request, and what the gate counts of it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.gate_lab import EVALUATION, LABELS, MODEL, QUALITY, Lab, labels, parquet, rows
from tests.github.approving import Shop
from tests.github.server.github import GitHub

PEOPLE = """\
project: toy
people: {{jane: {{id: {jane}}}, joe: {{id: {joe}}}}}
roles: {{risk-sme: ["@jane"], ml-engineer: ["@joe"]}}
"""
ASKING = QUALITY + "approvals: [{role: risk-sme}, {role: ml-engineer, count: 1, not: [author, last-pusher]}]\n"
HOLLOW = {EVALUATION: parquet(rows()[:0]), LABELS: parquet(labels()[:0])}
"""Evaluation files without rows: nothing is scored, so that the gate's answer takes no time."""


@dataclass(frozen=True)
class Gated(Shop):
    """acme/shop with the lab's files; dev proposes, jane, joe and ann may review."""

    work: Lab

    def bring(self, content: bytes = b"two", branch: str = "work", **files: str) -> int:
        """Dev brings another model on a branch, pushes it and opens a pull request; its number."""
        self.work.git("checkout", "-q", "-B", branch)
        self.work.commit({**self.work.track({MODEL: content}), **files})
        return self.propose(branch)

    def merged_as(self, number: int, method: str = "merge") -> str:
        """Merge it, take main; what main was before."""
        self.work.git("checkout", "-q", "main")
        before = self.work.git("rev-parse", "HEAD").strip()
        self.of("dev").get_pull(number).merge(merge_method=method)
        self.work.git("pull", "-q", "--ff-only", "origin", "main")
        return before

    def gate(self, *options: str) -> dict:
        """The gate's report on the head of the branch that is checked out."""
        return json.loads(self.work.run("gate", "--format", "json", *options).stdout)

    def counted(self, *options: str, about: str = "toy") -> dict[str, str]:
        """Role -> who fills it, as the report says; of several places the last."""
        return {row["role"]: row["who"] for row in table(self.gate(*options), f"approvals of {about}")}

    def why_not(self, *options: str, about: str = "toy") -> dict[str, str]:
        return {row["who"]: row["why"] for row in table(self.gate(*options), f"approvals of {about} that do not count")}


def table(report: dict, title: str) -> list[dict]:
    return next((one["rows"] for one in report["tables"] if one["title"] == title), [])


def start(
    github: GitHub, lab: Lab, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], hollow: dict[str, bytes] = HOLLOW
) -> Gated:
    """The lab at GitHub, with these files on main."""
    made = Gated(github, lab)
    people = {name: github.user(name).id for name in ("jane", "joe")}
    lab.commit({"gitmlops.yaml": PEOPLE.format(**people), **files, **lab.track(hollow)})
    github.repository("acme", "shop", lab.root, organization=True)
    for login in ("dev", "jane", "joe", "ann"):
        github.collaborator("acme/shop", login)
    lab.git("remote", "add", "origin", github.clone_url("acme", "shop", github.token("dev")))
    lab.git("fetch", "-q", "origin")
    for name in ("GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_TOKEN", github.token("dev"))
    return made


def take_trial_merge(shop: Gated, number: int) -> None:
    """Check out what GitHub tries for its workflows: the pull request merged into its base."""
    for _ in range(2):
        assert shop.of("dev").get_pull(number).mergeable in (None, True)
    subprocess.run(["git", "fetch", "-q", "origin", f"refs/pull/{number}/merge"], cwd=Path(shop.work.root), check=True)
    shop.work.git("checkout", "-q", "FETCH_HEAD")
