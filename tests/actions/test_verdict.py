"""The verdict that counts: written by the default branch's workflow, whatever a pull request brings."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.actions import generated
from tests.actions.conftest import Gated
from tests.actions.served import Served, serve
from tests.actions.workflow_runner import Job
from tests.conftest import GitRepo
from tests.github.rest import Rest
from tests.github.server.github import GitHub
from tests.github.server.http import listening
from tests.github.server.validation import githubs_description

pytestmark = pytest.mark.slow


@pytest.fixture
def served(gated: Gated, tmp_path: Path) -> Iterator[Served]:
    with listening(GitHub(tmp_path / "github", githubs_description())) as github:
        workflows = generated.write(tmp_path / "generated") / ".github/workflows"
        yield serve(github, gated.origin, tmp_path, workflows)


@pytest.fixture
def dev(served: Served) -> GitRepo:
    """Dev's clone."""
    address = served.github.clone_url("acme", "shop", served.github.token("dev"))
    subprocess.run(["git", "clone", "-q", address, str(served.folder / "dev")], check=True)
    return GitRepo(served.folder / "dev")


def propose(served: Served, head: str, base: str = "main", who: str = "dev") -> int:
    rest = Rest(served.github.url, served.github.token(who))
    body = {"head": head, "base": base, "title": "A model", "body": ""}
    return int(rest.post("/repos/acme/shop/pulls", body)["number"])


def judge(served: Served, commit: str, event: str = "pull_request", **more: object) -> dict[str, Job]:
    return served.run("verdict", {"workflow_run": {"head_sha": commit, "event": event}}, **more)


def test_a_model_that_passes_has_its_check_and_one_comment_however_often_it_is_judged(served: Served) -> None:
    number, commit = propose(served, "better"), served.shop.branch("better")
    for _ in range(2):
        jobs = judge(served, commit)
        assert {name: job.result for name, job in jobs.items()} == dict.fromkeys(("find", "judge", "count"), "success")
    assert served.checks(commit) == {"verdict/main": "success"}
    [comment] = served.comments(number)
    assert "performance/auc" in comment
    looks = served.shop.git.run("for-each-ref", "--format=%(refname)", "refs/notes").split()
    assert looks == ["refs/notes/gitmlops/looks"]
    assert "look 1 of small at its evaluation set counted" in jobs["count"].log
    assert not [line for line in jobs["judge"].log.splitlines() if "ghp_" in line and "::add-mask::" not in line]


def test_a_pull_request_that_has_its_own_gate_say_yes_is_refused_all_the_same(served: Served, dev: GitRepo) -> None:
    for rule in json.loads((served.workflows.parent / "rulesets/branches.json").read_text()):
        served.owner.post("/repos/acme/shop/rulesets", _without_reviews(rule))
    dev.git("checkout", "-q", "no-better")
    yes = "name: gate\non: pull_request\njobs: {gate: {runs-on: ubuntu-latest, steps: [{run: exit 0}]}}\n"
    loose = (dev.root / "policies/performance.yaml").read_text().replace("0.7", "0.0")
    commit = dev.commit({".github/workflows/gate.yml": yes, "policies/performance.yaml": loose})
    dev.git("push", "-q", "origin", "no-better")
    number = propose(served, "no-better")
    judge(served, commit)
    assert served.checks(commit) == {"verdict/main": "failure"}
    assert "performance/auc" in served.comments(number)[0]
    # Green checks of that name by others than the workflow's App count for nothing.
    served.github.collaborator("acme/shop", "mine[bot]")
    mine = Rest(served.github.url, served.github.token("mine[bot]", {"checks": "write"}))
    said = {"name": "verdict/main", "head_sha": commit, "status": "completed", "conclusion": "success"}
    mine.post("/repos/acme/shop/check-runs", said)
    person = Rest(served.github.url, served.github.token("dev"))
    status = {"state": "success", "context": "verdict/main"}
    person.post(f"/repos/acme/shop/statuses/{commit}", status)
    refused = person.ask("PUT", f"/repos/acme/shop/pulls/{number}/merge")
    assert refused.status_code == 405
    assert 'Required status check "verdict/main" is expected.' in refused.json()["message"]


def _without_reviews(ruleset: dict) -> dict:
    """The verdict is asked here; who reviews is asked elsewhere."""
    return {**ruleset, "rules": [rule for rule in ruleset["rules"] if rule["type"] != "pull_request"]}


def test_a_base_with_looser_rules_vouches_for_itself_alone(served: Served, dev: GitRepo) -> None:
    dev.git("checkout", "-q", "-b", "loose", "origin/main")
    policy = (dev.root / "policies/performance.yaml").read_text()
    dev.commit({"policies/performance.yaml": policy.replace("0.7", "0.0")})
    dev.git("checkout", "-q", "-b", "work", "loose")
    dev.git("checkout", "-q", "origin/no-better", "--", "models")
    commit = dev.commit(message="A model that is no better")
    dev.git("push", "-q", "origin", "loose", "work")
    numbers = [propose(served, "work", base) for base in ("loose", "main")]
    jobs = judge(served, commit)
    assert jobs["find"].outputs["pulls"].count("number") == 2
    assert served.checks(commit) == {"verdict/loose": "success", "verdict/main": "failure"}
    assert [len(served.comments(number)) for number in numbers] == [1, 1]


def test_what_cannot_be_judged_is_a_check_that_failed_and_says_so(served: Served, dev: GitRepo) -> None:
    dev.git("checkout", "-q", "better")
    commit = dev.commit({"models/small.yaml": "kind: model\nname: [\n"})
    dev.git("push", "-q", "origin", "better")
    number = propose(served, "better")
    assert judge(served, commit)["judge"].result == "success"
    assert served.checks(commit) == {"verdict/main": "failure"}
    assert "could not decide (exit code 3)" in served.comments(number)[0]


def test_a_pull_request_from_a_fork_is_judged_and_told_and_nothing_of_it_is_run(
    served: Served, gated: Gated, tmp_path: Path
) -> None:
    served.github.collaborator("acme/shop", "eve", "read")
    served.github.fork("acme/shop", "eve")
    address = served.github.clone_url("eve", "shop", served.github.token("eve"))
    subprocess.run(["git", "clone", "-q", "-b", "no-better", address, str(tmp_path / "eve")], check=True)
    eve = GitRepo(tmp_path / "eve")
    trap = "import pathlib; pathlib.Path('/tmp/gitmlops-pwned').touch()\n"
    pwned = Path("/tmp/gitmlops-pwned")
    traps = {f"{name}.py": trap for name in ("sitecustomize", "platform", "click", "dvc", "gitmlops")}
    commit = eve.commit({**traps, ".dvc/config": "['remote \"storage\"']\nurl = /nowhere\n", ".gitattributes": "* x\n"})
    eve.git("push", "-q", "origin", "no-better")
    number = propose(served, "eve:no-better", who="eve")
    jobs = judge(served, commit)
    assert jobs["judge"].result == "success", jobs["judge"].log
    assert served.checks(commit) == {"verdict/main": "failure"}
    assert "performance/auc" in served.comments(number)[0]
    assert not pwned.exists()


def test_a_commit_of_no_open_pull_request_is_nobodys_question(served: Served) -> None:
    number, commit = propose(served, "better"), served.shop.branch("better")
    served.owner.patch(f"/repos/acme/shop/pulls/{number}", {"state": "closed"})
    jobs = judge(served, commit)
    assert jobs["judge"].result == "skipped"
    assert served.checks(commit) == {}


def test_a_group_of_a_merge_queue_is_judged_on_its_commit(served: Served) -> None:
    commit = served.shop.branch("better")
    jobs = judge(served, commit, event="merge_group")
    assert jobs["judge"].result == "success", jobs["judge"].log
    assert served.checks(commit) == {"verdict/main": "success"}


@pytest.mark.parametrize("how", [{"lost": ("find",)}, {"cancel": "find"}, {"lost": ("judge",)}, {"cancel": "judge"}])
def test_a_job_that_is_lost_or_cancelled_leaves_no_green_check(served: Served, how: dict) -> None:
    number, commit = propose(served, "better"), served.shop.branch("better")
    jobs = judge(served, commit, **how)
    assert jobs["judge"].result != "success"
    assert served.checks(commit) == {}
    assert served.comments(number) == []


def test_hostile_names_of_branches_titles_and_models_stay_names(served: Served, dev: GitRepo) -> None:
    base, head = '";touch${IFS}pwned;"', "$(touch${IFS}pwned)"
    dev.git("push", "-q", "origin", f"origin/main:refs/heads/{base}", f"origin/better:refs/heads/{head}")
    body = {"head": head, "base": base, "title": "`touch pwned` @acme ${{ github.token }}\n::error::x", "body": "$(x)"}
    number = Rest(served.github.url, served.github.token("dev")).post("/repos/acme/shop/pulls", body)["number"]
    commit = served.shop.branch("better")
    jobs = judge(served, commit)
    assert jobs["judge"].result == "success", jobs["judge"].log
    assert [*served.checks(commit)] == [f"verdict/{base}"]
    assert len(served.comments(number)) == 1
    assert not [found for found in served.folder.rglob("pwned") if ".git" not in found.parts]


def test_somebody_elses_comment_with_our_marker_is_left_and_not_ours(served: Served) -> None:
    number, commit = propose(served, "no-better"), served.shop.branch("no-better")
    judge(served, commit)
    [ours] = served.comments(number)
    forged = ours.replace("refused", "passed")
    person = Rest(served.github.url, served.github.token("dev"))
    person.post(f"/repos/acme/shop/issues/{number}/comments", {"body": forged})
    judge(served, commit)
    assert sorted(served.comments(number)) == sorted([ours, forged])


def test_a_re_run_on_other_data_under_the_same_digest_decides_nothing(
    served: Served, dev: GitRepo, template: Path
) -> None:
    storage = served.folder / "storage"
    shutil.copytree(template / "storage", storage)
    config = (dev.root / ".dvc/config").read_text().replace(str(template / "storage"), str(storage))
    dev.commit({".dvc/config": config}, message="Another storage")
    dev.git("push", "-q", "origin", "HEAD:main")
    dev.git("checkout", "-q", "-b", "work", "origin/better")
    dev.git("merge", "-q", "--no-edit", "origin/main")
    dev.git("push", "-q", "origin", "work")
    number, commit = propose(served, "work"), dev.git("rev-parse", "HEAD").strip()
    judge(served, commit)
    assert served.checks(commit) == {"verdict/main": "success"}
    labels = re.search(r"md5: (\w+)", (dev.root / "data/labels.parquet.dvc").read_text())
    assert labels
    kept = storage / "files/md5" / labels[1][:2] / labels[1][2:]
    kept.chmod(0o644)
    kept.write_bytes(kept.read_bytes()[::-1])
    judge(served, commit)
    assert served.checks(commit) == {"verdict/main": "failure"}
    assert "could not decide" in served.comments(number)[0]
