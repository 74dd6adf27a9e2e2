"""A shop whose models are approved by reviews at GitHub, with verbs for arranging tests."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from github import Auth, Github
from tests.conftest import GitRepo
from tests.github.server.github import GitHub
from tests.releasing import MODEL, POLICY, done, judge, train

PROJECT = """\
project: test
people:
  jane: {{id: {jane}}}
roles:
  risk: ["@jane"]
  ml: ["@acme/ml"]
stages:
- name: staging
- {{name: prod, after: staging, production: true, approvals: {{risk: 1, ml: 1}}}}
"""


@dataclass(frozen=True)
class Shop:
    """acme/shop at GitHub, and dev's clone of it."""

    github: GitHub
    work: GitRepo

    def rules(self, **changes: str) -> str:
        text = PROJECT.format(jane=self.github.user("jane").id)
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        return text

    def of(self, login: str):
        """The repository as a person sees it."""
        auth = Auth.Token(self.github.token(login))
        options = {"seconds_between_requests": 0, "seconds_between_writes": 0, "retry": None}
        return Github(base_url=self.github.url, auth=auth, **options).get_repo("acme/shop")

    def open(self, content: str = "two", branch: str = "work", **files: str) -> int:
        """Dev trains on a branch, pushes it and opens a pull request; its number."""
        self.work.git("checkout", "-q", "-B", branch)
        train(self.work, content, **files)
        return self.propose(branch)

    def propose(self, branch: str) -> int:
        self.work.git("push", "-q", "-f", "origin", branch)
        return self.of("dev").create_pull("main", branch, title="A better model", body="").number

    def approve(self, number: int, *logins: str, **options: object) -> None:
        for login in logins:
            self.of(login).get_pull(number).create_review(event="APPROVE", **options)

    def merge(self, number: int, method: str = "merge", base: str = "") -> None:
        """Merge it, take main and judge it, by the rules of a base; of the first commit if none is named."""
        self.of("dev").get_pull(number).merge(merge_method=method)
        self.take()
        judge(self.work, base=self.work.git("rev-parse", base or self._first()).strip())

    def _first(self) -> str:
        return self.work.git("rev-list", "--max-parents=0", "HEAD").strip()

    def take(self) -> None:
        self.work.git("checkout", "-q", "main")
        self.work.git("pull", "-q", "--ff-only", "origin", "main")

    def registered(self, version: str = "v1.1.0") -> list[str]:
        """Register main; who the tag says has approved."""
        done(self.work, "register", "churn", "--version", version)
        message = self.work.git("tag", "-l", "--format=%(contents)", f"churn@{version}")
        return [line.partition(" (")[0] for line in message.splitlines() if line.startswith("Approved-by: ")]

    def approvals(self, about: str = "churn@main") -> dict[str, list[dict]]:
        tables = json.loads(done(self.work, "approvals", about, "--format", "json"))["tables"]
        return {table["title"]: table["rows"] for table in tables}

    def refused(self, about: str = "churn@main") -> dict[str, str]:
        return {row["who"]: row["why"] for row in self.approvals(about)["Not counted"]}

    def verify(self, about: str = "churn@v1.1.0", *options: str):
        return self.work.run("model", "verify", about, *options)


def start(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """churn@v1.0.0 in staging, registered before anybody asked for approvals."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "work")], check=True)
    made = Shop(github, GitRepo(tmp_path / "work"))
    made.work.commit({"gitmlops.yaml": made.rules(), "models/churn.yaml": MODEL, "policies/quality.yaml": POLICY})
    github.repository("acme", "shop", made.work.root, organization=True)
    for login in ("dev", "jane", "joe", "ann"):
        github.collaborator("acme/shop", login)
    github.team("acme", "ml", "joe")
    made.work.git("remote", "add", "origin", github.clone_url("acme", "shop", github.token("dev")))
    made.work.git("fetch", "-q", "origin")
    for name in ("GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_TOKEN", github.token("dev"))
    return made


def words(text: str) -> str:
    return " ".join(text.split())


def promoted_to_staging(shop: Shop) -> None:
    """churn@v1.1.0, which nobody has approved, in staging."""
    shop.merge(shop.open())
    done(shop.work, "register", "churn", "--version", "v1.1.0")
    done(shop.work, "promote", "churn@v1.1.0", "--to", "staging")


def ask_for_production(shop: Shop) -> int:
    told = done(shop.work, "promote", "churn@v1.1.0", "--to", "prod", "--request", "--format", "json")
    [number] = re.findall(r"/pull/([0-9]+)", json.loads(told)["summary"][0])
    return int(number)
