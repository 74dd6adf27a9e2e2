"""gitmlops doctor at GitHub: what rules, settings, environments and owners leave open, and what --apply sets."""

import json

import pytest
from tests.conftest import GitRepo
from tests.github.server.github import GitHub
from tests.github.server.repository import Repository

PROJECT = """\
project: shop
roles: {risk-sme: ["@ada"], software-engineer: ["@bob"], ml-engineer: ["@bob"]}
people: {ada: {}, bob: {}}
reviewers: {platform: software-engineer}
"""


@pytest.fixture
def shop(github: GitHub, acme_shop: Repository, repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """A clone of acme/shop with what `github files` writes, and an owner's token."""
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
    monkeypatch.setenv("GITHUB_SERVER_URL", github.url)
    monkeypatch.setenv("GITHUB_TOKEN", github.token("acme"))
    repo.git("remote", "add", "origin", github.clone_url("acme", "shop", github.token("acme")))
    repo.commit({"gitmlops.yaml": PROJECT})
    assert repo.run("github", "files").exit_code == 0
    repo.commit(message="Files below .github/")
    repo.git("push", "-q", "origin", "main")
    monkeypatch.chdir(repo.root)
    return repo


def examined(shop: GitRepo, *options: str, code: int) -> dict[str, list[str]]:
    """Rule, without `doctor/` -> what is not as it should be, or was set."""
    result = shop.run("doctor", *options, "--format", "json")
    assert result.exit_code == code, result.output
    found: dict[str, list[str]] = {}
    for finding in json.loads(result.stdout)["findings"]:
        if finding["severity"] != "pass":
            found.setdefault(finding["rule"].removeprefix("doctor/"), []).append(finding["message"])
    return found


def test_a_new_repository_is_told_what_is_open_and_set_up_by_apply(shop: GitRepo, acme_shop: Repository) -> None:
    before = examined(shop, code=1)
    assert before["rules"] == [
        "main takes pushes without a pull request",
        "main can be force-pushed: history that tags rest on would be gone",
        "main can be deleted: history that tags rest on would be gone",
        "main does not ask for the check verdict/main",
    ]
    assert sorted(before["ruleset"]) == [
        "ruleset 'gitmlops: default branch' is missing",
        "ruleset 'gitmlops: no branch like a tag of a model' is missing",
        "ruleset 'gitmlops: tags of models stay' is missing",
    ]
    assert "setting workflow.can_approve_pull_request_reviews differs" in before["setting"]
    assert [words.split(" is ")[0] for words in before["environment"]] == [
        "the environment gitmlops",
        "the environment production",
        "the environment registry",
    ]
    assert not acme_shop.rulesets
    applied = examined(shop, "--apply", code=0)
    assert all(words.endswith(": set") for words in applied["ruleset"] + applied["setting"])
    assert applied["environment"][0] == "the environment gitmlops was missing: made"
    assert acme_shop.actions_may_approve
    assert examined(shop, code=0) == {}
    requests = len(acme_shop.github.requests)
    examined(shop, "--apply", code=0)
    assert {one.operation.split()[0] for one in acme_shop.github.requests[requests:]} == {"GET"}


def test_who_may_bypass_a_ruleset_is_told_and_taken_out(shop: GitRepo, acme_shop: Repository) -> None:
    examined(shop, "--apply", code=0)
    [default] = [one for one in acme_shop.rulesets.values() if one.name == "gitmlops: default branch"]
    default.bypass_actors = ({"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"},)
    assert examined(shop, code=1)["ruleset"] == ["ruleset 'gitmlops: default branch' differs in bypass_actors"]
    examined(shop, "--apply", code=0)
    assert not default.bypass_actors


def test_a_check_that_anybody_may_write_is_told(shop: GitRepo, acme_shop: Repository) -> None:
    examined(shop, "--apply", code=0)
    [default] = [one for one in acme_shop.rulesets.values() if one.name == "gitmlops: default branch"]
    [checks] = [rule for rule in default.rules if rule["type"] == "required_status_checks"]
    checks["parameters"]["required_status_checks"] = [{"context": "verdict/main"}]
    found = examined(shop, code=1)
    assert found["rules"] == ["the check verdict/main counts whoever wrote it: anybody who may write can"]
    assert found["ruleset"][0].startswith("ruleset 'gitmlops: default branch' differs in rules.required_status_checks")


def test_owners_who_are_not_there_or_may_not_write_are_told_at_their_line(
    shop: GitRepo, github: GitHub, acme_shop: Repository
) -> None:
    examined(shop, "--apply", code=0)
    acme_shop.rulesets.clear()
    github.collaborator("acme/shop", "ada", "read")
    result = shop.run("doctor", "--format", "json")
    told = [one for one in json.loads(result.stdout)["findings"] if "Unknown owner" in one["message"]]
    assert {one["path"] for one in told} == {".github/CODEOWNERS"}
    assert all("@ada" in one["message"] for one in told)
    assert told[0]["mend"] == "make sure @ada exists and has write access to the repository"


def test_an_environment_that_every_branch_may_use_is_told(shop: GitRepo, acme_shop: Repository) -> None:
    examined(shop, "--apply", code=0)
    acme_shop.environments["registry"].settings = {"deployment_branch_policy": None}
    words = "the environment registry may be used by every branch, with the secrets in it"
    assert examined(shop, code=1) == {"environment": [words]}


def test_an_environment_is_found_however_a_job_says_it(shop: GitRepo) -> None:
    examined(shop, "--apply", code=0)
    jobs = "a: {environment: {name: canary, url: x}}, b: {environment: 'a b'}, c: {environment: '${{ inputs.to }}'}"
    shop.write({".github/workflows/own.yml": f"on: push\npermissions: {{}}\njobs: {{{jobs}}}\n"})
    found = examined(shop, code=1)["environment"]
    assert [words.split(" is ")[0] for words in found] == ["the environment a b", "the environment canary"]


def test_what_the_token_may_not_see_is_told_and_hides_nothing_else(
    shop: GitRepo, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", github.token("ada", {"contents": "read"}))
    found = examined(shop, code=1)
    assert any(words.startswith("not looked at: ") for words in found["github"])
    assert "main does not ask for the check verdict/main" in found["rules"]


def test_without_a_token_github_is_not_asked_and_nothing_can_be_applied(
    shop: GitRepo, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    asked = len(github.requests)
    assert examined(shop, code=0) == {"github": ["GitHub was not asked: there is no token"]}
    result = shop.run("doctor", "--apply")
    assert result.exit_code == 2
    assert "--apply: there is no token for GitHub" in result.stderr
    assert len(github.requests) == asked
