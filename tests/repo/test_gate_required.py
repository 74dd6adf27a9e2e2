"""Required policies: an organisation's, fetched from its repository, which the judged repository cannot get rid of."""

import hashlib
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.gate_lab import PROJECT, QUALITY, Lab, other_good, poor, says

from gitmlops.adapters.git.repository import Repository
from gitmlops.records import statement
from gitmlops.records.receipt import Receipt
from gitmlops.registry.files import receipt_notes

FLOOR = """\
kind: policy
id: quality
version: 1.0.0
title: No model of ours ranks worse than this
owner: group-risk
source: {citation: "Group standard 12", url: "https://acme.example/12", status: under-rescission}
not_decided: ["Whether the group wants the model at all"]
checks:
- id: auc
  metric: roc_auc
  op: ">="
  threshold: 0.7
  enforcement: hard-mandatory
"""
# The policy of the repository asks for next to nothing, under the very id.
LOOSE = QUALITY.replace("threshold: 0.7\n", "threshold: 0.4\n").replace("threshold: 0.65\n", "threshold: 0.4\n")
FILE = "policies/quality.yaml"


@pytest.fixture
def organisation(tmp_path: Path) -> GitRepo:
    """A repository of policies, whose tag v1 asks for an AUC of 0.7."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "policies")], check=True)
    found = GitRepo(tmp_path / "policies")
    found.commit({FILE: FLOOR})
    found.git("tag", "v1")
    return found


@pytest.fixture
def loose(lab: Lab) -> Lab:
    """Its own policies let the poor model pass."""
    lab.commit({FILE: LOOSE})
    return lab


def required(organisation: GitRepo, ref: str = "v1") -> str:
    return f"--required-policies=file://{organisation.root}@{ref}"


def kept(lab: Lab) -> list[Receipt]:
    repository = Repository(lab.root)
    lines = receipt_notes.kept(repository, repository.tree("work"))
    return [statement.read(line, path="a receipt") for line in lines]


def test_a_required_policy_refuses_what_the_repository_would_let_pass(loose: Lab, organisation: GitRepo) -> None:
    loose.candidate(poor())
    assert loose.run("gate", "--dry-run").exit_code == 0
    result = loose.run("gate", required(organisation))
    commit = organisation.git("rev-parse", "HEAD").strip()
    says(
        result,
        "required/quality/auc models/toy.yaml:2:7: toy: roc_auc is 0.5627",
        f"policies@v1 ({commit})",
        f"policies@{commit[:12]}:{FILE}:9:3",
        "Group standard 12 is under rescission",
        "Whether the group wants the model at all",
    )
    (receipt,) = kept(loose)
    assert receipt.required is not None
    (file,) = receipt.required.files
    assert (receipt.required.ref, receipt.required.commit) == ("v1", commit)
    assert (file.path, file.sha256) == (FILE, hashlib.sha256(FLOOR.encode()).hexdigest())
    checks = {(check.policy, check.outcome) for check in receipt.subjects[0].checks if check.check == "auc"}
    assert checks == {("quality", "passed"), ("required/quality", "failed")}


def test_sarif_points_at_a_file_of_the_repository_and_names_the_policy_of_the_other(
    loose: Lab, organisation: GitRepo
) -> None:
    loose.candidate(poor())
    results = json.loads(loose.run("gate", required(organisation), "--format", "sarif").stdout)["runs"][0]["results"]
    (found,) = [one for one in results if one["ruleId"] == "required/quality/auc"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "models/toy.yaml"
    assert f":{FILE}:9:3" in found["message"]["text"]


def test_a_branch_or_a_commit_is_named_as_well_as_a_tag_and_a_branch_is_read_as_it_is_now(
    loose: Lab, organisation: GitRepo
) -> None:
    loose.candidate(poor())
    first = organisation.git("rev-parse", "HEAD").strip()
    organisation.commit({FILE: FLOOR.replace("0.7", "0.5")})
    says(loose.run("gate", required(organisation, "main")), exit_code=0)
    says(loose.run("gate", required(organisation, first)), f"@{first}", "required/quality/auc")


def test_a_model_may_rest_on_required_policies_alone(lab: Lab, organisation: GitRepo) -> None:
    lab.git("rm", "-q", "-r", "policies")
    lab.commit()
    lab.candidate(other_good())
    says(lab.run("gate"), "the base has no policies")
    says(lab.run("gate", required(organisation)), "required/quality/auc", exit_code=0)


def test_a_branch_without_a_model_passes_and_says_by_what_it_would_have_been_judged(
    loose: Lab, organisation: GitRepo
) -> None:
    loose.commit({"README.md": "words"}, branch="work")
    says(loose.run("gate", required(organisation)), "no model differs", "required policies", exit_code=0)


def test_whoever_a_required_policy_asks_for_must_approve(loose: Lab, organisation: GitRepo) -> None:
    organisation.commit({FILE: f"{FLOOR}approvals: [{{role: group-risk}}]\n"})
    loose.candidate(other_good())
    result = loose.run("gate", required(organisation, "main"))
    says(result, "toy: 0 of 1 group-risk approved, for required/quality@1.0.0; ask group-risk (nobody has the role)")


# --- what a repository may try ---


def waiver(check: str) -> str:
    today = datetime.now(UTC).date()
    given = {
        "kind": "waiver",
        "check": check,
        "policy_version": "1.0.0",
        "model": "toy",
        "model_sha256": hashlib.sha256(poor()).hexdigest(),
        "reason": "We would rather not.",
        "approver": "@jane",
        "role": "risk-sme",
        "issued": today.isoformat(),
        "expires": (today + timedelta(days=5)).isoformat(),
    }
    return "".join(f'{key}: "{value}"\n' for key, value in given.items())


def test_a_policy_that_calls_itself_required_is_none(loose: Lab) -> None:
    loose.commit({FILE: LOOSE.replace("id: quality", "id: required/quality")}, branch="work")
    says(loose.run("gate"), f"{FILE}:2:5: 'required/quality'", exit_code=3)


def test_a_waiver_of_the_repository_waives_a_required_check_only_where_its_policy_says_so(
    loose: Lab, organisation: GitRepo
) -> None:
    soft = FLOOR.replace("hard-mandatory", "soft-mandatory")
    organisation.commit({FILE: soft})
    own = {f"policies/waivers/{name}.yaml": waiver(f"{name}/auc") for name in ("quality", "required/quality")}
    files = {path.replace("required/quality", "required"): text for path, text in own.items()}
    loose.commit({**files, "gitmlops.yaml": PROJECT.replace("@acme/risk", "@jane")})
    loose.candidate(poor())
    says(
        loose.run("gate", required(organisation, "main")),
        "the waiver of required/quality/auc does not count: required/quality is required from elsewhere",
    )
    organisation.commit({FILE: f"{soft}waivers: {{by_repositories: true}}\n"})
    says(
        loose.run("gate", required(organisation, "main")),
        "required/quality/auc models/toy.yaml:2:7: toy: roc_auc is 0.5627",
        "waived until",
        exit_code=0,
    )


def test_a_scope_of_the_organisation_holds_for_what_either_side_says_of_the_model(
    loose: Lab, organisation: GitRepo
) -> None:
    organisation.commit({FILE: FLOOR.replace("checks:", "scope: {tags: [toys]}\nchecks:")})
    definition = (loose.root / "models/toy.yaml").read_text()
    loose.candidate(poor(), **{"models/toy.yaml": definition.replace("tags: [toys]\n", "")})
    says(loose.run("gate", required(organisation, "main")), "required/quality/auc")


# --- what cannot be decided ---


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({FILE: FLOOR.replace("0.7", ".nan")}, f":{FILE}:12:14: "),
        ({FILE: FLOOR.replace("version: 1.0.0", "extends: [base@1.0.0]\nversion: 1.0.0")}, "'base', which is not"),
        ({"policies/other.yml": FLOOR}, "policies/other.yml:1:1: a definition file ends in .yaml"),
        ({"policies/quality.yaml": "kind: policy\nid: [\n"}, f":{FILE}:"),
    ],
)
def test_nothing_is_judged_by_half_of_what_is_required(
    loose: Lab, organisation: GitRepo, files: dict[str, str | bytes], said: str
) -> None:
    organisation.commit(files)
    loose.candidate(other_good())
    says(loose.run("gate", required(organisation, "main")), said, exit_code=3)
    assert kept(loose) == []


def test_required_policies_are_files_and_no_links(loose: Lab, organisation: GitRepo) -> None:
    (organisation.root / "policies/linked.yaml").symlink_to("/etc/passwd")
    organisation.commit()
    loose.candidate(other_good())
    result = loose.run("gate", required(organisation, "main"))
    says(result, "policies/linked.yaml", "a symbolic link", exit_code=3)


@pytest.mark.parametrize(
    ("ref", "said", "exit_code"),
    [("v9", "there is no tag or branch 'v9'", 3), ("0" * 40, "not fetched", 4)],
)
def test_a_ref_that_is_not_there_decides_nothing(
    loose: Lab, organisation: GitRepo, ref: str, said: str, exit_code: int
) -> None:
    loose.candidate(other_good())
    says(loose.run("gate", required(organisation, ref)), said, exit_code=exit_code)
    assert kept(loose) == []


def test_a_repository_without_policies_requires_none_and_is_a_mistake(loose: Lab, organisation: GitRepo) -> None:
    organisation.git("rm", "-q", FILE)
    organisation.commit({"README.md": "moved"})
    loose.candidate(other_good())
    says(loose.run("gate", required(organisation, "main")), "there is no policy in policies/", exit_code=3)


def test_a_repository_that_cannot_be_reached_decides_nothing(loose: Lab, tmp_path: Path) -> None:
    loose.candidate(other_good())
    says(loose.run("gate", f"--required-policies=file://{tmp_path}/gone@v1"), "not fetched", exit_code=4)
    assert kept(loose) == []


@pytest.mark.parametrize(
    "text", ["https://acme.example/policies", "/home/policies@v1", "ext::sh -c x@v1", "a@b", "@v1"]
)
def test_an_address_that_is_none_is_a_wrong_command(loose: Lab, text: str) -> None:
    says(loose.run("gate", f"--required-policies={text}"), "write GIT_URL@REF", exit_code=2)


def test_two_repositories_of_policies_are_a_wrong_command_and_not_the_last_of_them(
    loose: Lab, organisation: GitRepo
) -> None:
    for command in (["gate"], ["model", "register", "toy"], ["model", "promote", "toy@v1.0.0", "--to", "prod"]):
        result = loose.run(*command, required(organisation), required(organisation, "main"))
        says(result, "--required-policies", "there are 2 of them, and one repository is asked", exit_code=2)


# --- what becomes a version ---


def merged(lab: Lab, *options: str) -> None:
    lab.candidate(other_good())
    assert lab.run("gate", *options).exit_code == 0
    lab.git("checkout", "-q", "main")
    lab.git("merge", "-q", "--squash", "work")
    lab.commit(message="squashed")


def registering(lab: Lab, *options: str) -> list[str]:
    return ["model", "register", "toy", "--local", "--dry-run", *options]


def test_a_version_needs_a_receipt_by_the_required_policies_as_they_are(loose: Lab, organisation: GitRepo) -> None:
    merged(loose, required(organisation, "main"))
    says(loose.run(*registering(loose, required(organisation, "main"))), "toy@v1.0.0", exit_code=0)
    # A commit that leaves the policies as they are changes nothing.
    organisation.commit({"README.md": "words"})
    says(loose.run(*registering(loose, required(organisation, "main"))), "toy@v1.0.0", exit_code=0)
    before = organisation.git("rev-parse", "HEAD~").strip()
    organisation.commit({FILE: FLOOR.replace("0.7", "0.9")})
    now = organisation.git("rev-parse", "HEAD").strip()
    said = f"was judged by other policies of file://{organisation.root} ({before[:12]}) than main has now ({now[:12]})"
    says(loose.run(*registering(loose, required(organisation, "main"))), said, "--required-policies file://")


def test_the_dossier_of_a_version_says_which_policies_of_whom_judged_it_too(loose: Lab, organisation: GitRepo) -> None:
    merged(loose, required(organisation))
    assert loose.run("model", "register", "toy", "--local", required(organisation)).exit_code == 0
    told = loose.run("audit", "toy@v1.0.0", "--format", "json").stdout
    commit = organisation.git("rev-parse", "v1").strip()
    assert f"judged it, too: file://{organisation.root} at {commit}: {FILE}" in told


def test_a_receipt_that_was_not_judged_by_them_is_none(loose: Lab, organisation: GitRepo, tmp_path: Path) -> None:
    merged(loose)
    said = f"was not judged by the policies that file://{organisation.root} requires"
    says(loose.run(*registering(loose, required(organisation))), said)
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", str(organisation.root), str(other)], check=True)
    # Of two receipts of one second either may be told.
    loose.git("notes", "--ref", "gitmlops/receipts", "remove", "main^{tree}")
    assert loose.run("gate", "--base", "main~", "--model", "toy", required(GitRepo(other))).exit_code == 0
    says(loose.run(*registering(loose, required(organisation))), f"of file://{other}, not of")


def test_a_receipt_whose_required_check_was_taken_out_is_none(loose: Lab, organisation: GitRepo) -> None:
    merged(loose, required(organisation))
    repository = Repository(loose.root)
    tree = repository.tree("main")
    (line,) = receipt_notes.kept(repository, tree)
    loose.git("notes", "--ref", "gitmlops/receipts", "remove", tree)
    edited = json.loads(line)
    subject = edited["predicate"]["https://github.com/gitmlops/gitmlops/receipt"]["subjects"][0]
    subject["checks"] = [check for check in subject["checks"] if check["policy"] != "required/quality"]
    text = json.dumps(edited, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    receipt_notes.keep(repository, tree, text.encode() + b"\n")
    said = "lacks the check required/quality/auc, which the policies ask"
    says(loose.run(*registering(loose, required(organisation))), said)
