"""A model is validated by somebody who did not develop it: told by the commits of its pipeline, features and file."""

import pytest
from tests.gate_lab import MODEL, QUALITY, TOY, Lab, dumped, other_good, says, trained

VALIDATION = QUALITY + (
    "- {id: validated, metric: independent_validation_gaps, op: '<=', threshold: 0, enforcement: hard-mandatory}\n"
)
PEOPLE = (
    "project: toy\n"
    "people:\n  val: {id: 7, emails: [val@acme.com]}\n  dev: {id: 8, emails: [test@example.com]}\n  new: {keys: []}\n"
    'roles: {validator: ["@val"]}\n'
)
NAMED = TOY + "documents: [toy-validation-report]\n"
REPORT = "models/documents/toy-validation-report.yaml"


@pytest.fixture
def shop(lab: Lab) -> Lab:
    """A new model on a branch, whose policy asks for a validation; the report is written, and dated by nobody yet."""
    lab.commit({"gitmlops.yaml": PEOPLE, "policies/quality.yaml": VALIDATION})
    lab.commit({**lab.track({MODEL: other_good()}), "reports/validation.md": "# It holds\n"}, branch="work")
    return lab


def validate(lab: Lab, *by: str) -> None:
    """Date the report for the model file of HEAD, and name it."""
    authors = [word for who in by for word in ("--by", who)]
    new = ("document", "new", "validation-report", "--model", "toy", "--file", "reports/validation.md", *authors)
    says(lab.run(*new), f"written to {REPORT}", exit_code=0)
    lab.commit({"models/toy.yaml": NAMED})


def test_who_did_not_develop_the_model_validates_it_and_a_model_that_is_trained_again_is_not_validated(
    shop: Lab,
) -> None:
    says(shop.run("gate", "--dry-run"), "independent_validation_gaps is 1 (the model names no validation-report)")
    validate(shop, "@val")
    says(shop.run("gate"), "toy: passed (5 checks)", exit_code=0)
    shop.commit(shop.track({MODEL: dumped(trained(regularisation=0.3))}))
    says(shop.run("gate", "--dry-run"), "toy-validation-report (by @val) is about model file")


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (["@dev"], "@dev developed the model, its pipeline or its features (test@example.com)"),
        (["@val", "@dev"], "@dev developed the model, its pipeline or its features (test@example.com)"),
        (["@new"], "`people:` of the base does not say which commits are @new's"),
        (["@stranger"], "`people:` of the base does not say which commits are @stranger's"),
    ],
)
def test_a_developer_or_somebody_whom_nobody_knows_does_not_validate(shop: Lab, by: list[str], said: str) -> None:
    validate(shop, *by)
    says(shop.run("gate", "--dry-run"), "quality/validated", said, "have somebody who did not develop it validate")


def test_one_commit_of_a_feature_in_the_history_makes_a_developer_under_any_of_their_addresses(shop: Lab) -> None:
    view = (shop.root / "features/views/rows.yaml").read_text()
    shop.commit({"features/views/rows.yaml": view.replace("description: Two", "description: The second")})
    shop.git("commit", "-q", "--amend", "--no-edit", "--author", "Val <7+val@users.noreply.github.com>")
    validate(shop, "@val")
    says(
        shop.run("gate", "--dry-run"),
        "@val developed the model, its pipeline or its features (7+val@users.noreply.github.com)",
    )


def test_who_names_a_document_or_merges_policies_develops_nothing(shop: Lab) -> None:
    validate(shop, "@val")
    shop.git("commit", "-q", "--amend", "--no-edit", "--author", "Val <val@acme.com>")
    says(shop.run("gate", "--dry-run"), "toy: passed (5 checks)", exit_code=0)
