"""git itself against the test server: clones, pushes, and the rules that refuse them."""

import subprocess
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.github.rest import Rest, refused
from tests.github.server.github import GitHub

SHOP = "/repos/acme/shop"


@pytest.fixture
def clone(github: GitHub, acme_shop, tmp_path: Path) -> GitRepo:
    """acme/shop cloned with a token of ada."""
    address = github.clone_url("acme", "shop", github.token("ada"))
    subprocess.run(["git", "clone", "-q", address, str(tmp_path / "clone")], check=True)
    return GitRepo(tmp_path / "clone")


@pytest.fixture
def acme(github: GitHub, acme_shop) -> Rest:
    return Rest(github.url, github.token("acme"))


def push(clone: GitRepo, *arguments: str) -> tuple[bool, str]:
    done = subprocess.run(["git", "push", *arguments], cwd=clone.root, capture_output=True, text=True)
    return done.returncode == 0, done.stderr


def ruleset(*rules: dict[str, object], **more: object) -> dict[str, object]:
    """A ruleset for main."""
    conditions = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    return {"name": "main", "enforcement": "active", "conditions": conditions, "rules": list(rules)} | more


def test_a_clone_has_the_commits_and_a_push_moves_the_branch(clone, acme_shop):
    assert clone.git("rev-parse", "HEAD").strip() == acme_shop.branch("main")
    made = clone.commit({"c.txt": "three\n"})
    assert push(clone, "origin", "main", "main:refs/heads/release/1")[0]
    assert acme_shop.branch("main") == made == acme_shop.branch("release/1")


def test_a_large_push_comes_in_pieces(clone, acme_shop):
    made = clone.commit({"noise.bin": bytes((at * at * 7919 + at // 251) % 256 for at in range(3_000_000))})
    clone.git("config", "http.postBuffer", "65536")
    assert push(clone, "origin", "main")[0]
    assert acme_shop.branch("main") == made


def test_who_pushed_what_is_told(clone, acme, acme_shop):
    before = acme_shop.branch("main")
    made = clone.commit({"c.txt": "three\n"})
    push(clone, "origin", "main")
    clone.git("reset", "-q", "--hard", "HEAD^")
    push(clone, "--force", "origin", "main")
    back, forth = acme.get(f"{SHOP}/activity", ref="refs/heads/main")
    assert (forth["before"], forth["after"], forth["activity_type"]) == (before, made, "push")
    assert (back["after"], back["activity_type"], back["actor"]["login"]) == (before, "force_push", "ada")


def test_a_wrong_token_and_a_reader_are_refused(github, clone, acme_shop):
    clone.commit({"c.txt": "three\n"})
    github.collaborator("acme/shop", "eve", "read")
    for token, words in (
        ("wrong", "Authentication failed"),
        (github.token("eve"), "403"),
        (github.token("ada", {"contents": "read"}), "403"),
        (github.token("stranger"), "not found"),
    ):
        pushed, told = push(clone, github.clone_url("acme", "shop", token), "main")
        assert not pushed
        assert words in told


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"type": "update"}, "Cannot update this protected ref."),
        ({"type": "required_signatures"}, "Commits must have verified signatures."),
        (
            {
                "type": "pull_request",
                "parameters": {
                    "required_approving_review_count": 1,
                    "dismiss_stale_reviews_on_push": False,
                    "require_code_owner_review": False,
                    "require_last_push_approval": False,
                    "required_review_thread_resolution": False,
                },
            },
            "Changes must be made through a pull request.",
        ),
        (
            {
                "type": "required_status_checks",
                "parameters": {
                    "required_status_checks": [{"context": "gate"}],
                    "strict_required_status_checks_policy": False,
                },
            },
            'Required status check "gate" is expected.',
        ),
        (
            {"type": "commit_message_pattern", "parameters": {"operator": "starts_with", "pattern": "JIRA-"}},
            "Commit message must match: JIRA-",
        ),
    ],
)
def test_a_ruleset_refuses_a_push_until_it_is_off(clone, acme, acme_shop, rule, words):
    before = acme_shop.branch("main")
    made = acme.post(f"{SHOP}/rulesets", ruleset(rule))
    clone.commit({"c.txt": "three\n"})
    pushed, told = push(clone, "origin", "main")
    assert not pushed
    assert "GH013: Repository rule violations found for refs/heads/main" in told
    assert words in told
    assert acme_shop.branch("main") == before
    acme.put(f"{SHOP}/rulesets/{made['id']}", {"enforcement": "disabled"})
    assert push(clone, "origin", "main")[0]


def test_forced_pushes_merges_and_deletions_are_refused(clone, acme, acme_shop):
    kinds = ("non_fast_forward", "deletion", "required_linear_history")
    conditions = {"ref_name": {"include": ["refs/heads/*"], "exclude": ["refs/heads/main"]}}
    acme.post(f"{SHOP}/rulesets", ruleset(*({"type": kind} for kind in kinds), conditions=conditions))
    clone.git("checkout", "-q", "feature")
    clone.git("commit", "-q", "--amend", "-m", "another")
    assert "Cannot force-push to this branch" in push(clone, "--force", "origin", "feature")[1]
    assert "Cannot delete this ref" in push(clone, "--delete", "origin", "feature")[1]
    clone.git("reset", "-q", "--hard", "origin/feature")
    clone.commit({"c.txt": "three\n"}, branch="side")
    clone.git("checkout", "-q", "feature")
    clone.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    assert "This branch must not contain merge commits." in push(clone, "origin", "feature")[1]
    assert push(clone, "origin", "main:main")[0]


def test_tags_of_a_pattern_are_the_apps_alone(github, clone, acme, acme_shop):
    robot = github.collaborator("acme/shop", "release[bot]")
    actor = {"actor_id": robot.id, "actor_type": "Integration", "bypass_mode": "always"}
    conditions = {"ref_name": {"include": ["refs/tags/*@v*"], "exclude": []}}
    rules = ({"type": "creation"}, {"type": "update"}, {"type": "deletion"})
    acme.post(f"{SHOP}/rulesets", ruleset(*rules, target="tag", conditions=conditions, bypass_actors=[actor]))
    clone.git("tag", "churn@v1.0.0")
    clone.git("tag", "other")
    pushed, told = push(clone, "--atomic", "origin", "churn@v1.0.0", "other")
    assert not pushed
    assert "creations being restricted" in told
    assert acme_shop.git.refs("refs/tags/") == {}
    assert push(clone, github.clone_url("acme", "shop", github.token("release[bot]")), "churn@v1.0.0")[0]
    assert push(clone, "origin", "other")[0]
    tag = {"ref": "refs/tags/churn@v1.1.0", "sha": acme_shop.branch("main")}
    assert refused(Rest(github.url, github.token("ada")).ask("POST", f"{SHOP}/git/refs", tag))[0] == 422


def test_protection_refuses_writers_and_lets_administrators_through_unless_it_says_otherwise(github, clone, acme):
    protection = {
        "required_status_checks": None,
        "enforce_admins": False,
        "required_pull_request_reviews": {"required_approving_review_count": 1},
        "restrictions": None,
    }
    acme.put(f"{SHOP}/branches/main/protection", protection)
    clone.commit({"c.txt": "three\n"})
    pushed, told = push(clone, "origin", "main")
    assert not pushed
    assert "GH006: Protected branch update failed for refs/heads/main" in told
    owner = github.clone_url("acme", "shop", github.token("acme"))
    assert push(clone, owner, "main")[0]
    acme.put(f"{SHOP}/branches/main/protection", protection | {"enforce_admins": True})
    clone.commit({"d.txt": "four\n"})
    assert not push(clone, owner, "main")[0]
    assert acme.get(f"{SHOP}/branches/main")["protected"] is True
    acme.delete(f"{SHOP}/branches/main/protection")
    assert push(clone, "origin", "main")[0]


def test_a_pull_request_follows_its_branch_and_is_closed_with_it(github, clone, acme):
    pull = f"{SHOP}/pulls/{acme.post(f'{SHOP}/pulls', {'head': 'feature', 'base': 'main', 'title': 'b'})['number']}"
    clone.git("checkout", "-q", "feature")
    made = clone.commit({"c.txt": "three\n"})
    push(clone, "origin", "feature")
    assert acme.get(pull)["head"]["sha"] == made
    assert [one["filename"] for one in acme.get(f"{pull}/files")] == ["b.txt", "c.txt"]
    clone.git("fetch", "-q", "origin", "refs/pull/1/head")
    assert clone.git("rev-parse", "FETCH_HEAD").strip() == made
    push(clone, "--delete", "origin", "feature")
    assert (acme.get(pull)["state"], acme.get(pull)["merged"]) == ("closed", False)


def test_a_head_that_is_pushed_into_the_base_is_merged(clone, acme):
    number = acme.post(f"{SHOP}/pulls", {"head": "feature", "base": "main", "title": "b"})["number"]
    push(clone, "origin", "origin/feature:refs/heads/main")
    shown = acme.get(f"{SHOP}/pulls/{number}")
    assert (shown["merged"], shown["merged_by"]["login"]) == (True, "ada")
    assert shown["merge_commit_sha"] == shown["head"]["sha"]
    assert [one["filename"] for one in acme.get(f"{SHOP}/pulls/{number}/files")] == ["b.txt"]
