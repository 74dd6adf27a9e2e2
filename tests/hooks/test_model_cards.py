"""Model cards before a commit: there, and as the definition says."""

import pytest
from tests.conftest import GitRepo
from tests.releasing import MODEL

CARD = """\
# churn

| fact | |
|---|---|
| Intended use | {use} |
| Not intended for | {not_for} |
| Owner | {owner} |
| Risk tier | {tier} |
| Learned from | 10 rows |

| metric | value | rows |
|---|---|---|
| roc_auc | 0.8 | 100 |
"""
ARTIFACT, PATH = "models/churn.skops", "models/churn.card.md"
POINTER = f"outs:\n- md5: {'0' * 32}\n  size: 1\n  hash: md5\n  path: churn.skops\n"


def said(key: str) -> str:
    return next(line.partition(": ")[2] for line in MODEL.splitlines() if line.startswith(f"{key}:"))


def card(**changes: str) -> str:
    facts = {"use": said("intended_use"), "not_for": said("not_intended_for"), "owner": said("owner")}
    return CARD.format(**{**facts, "tier": said("risk_tier"), **changes})


@pytest.fixture
def shop(project: GitRepo) -> GitRepo:
    project.commit({"models/churn.yaml": MODEL})
    return project


def judge(repo: GitRepo, files: dict[str, str | bytes]) -> tuple[int, str]:
    repo.write(files)
    repo.git("add", "--all")
    result = repo.run("hook", "model-card")
    return result.exit_code, " ".join(result.output.split())


def test_a_model_that_nobody_trained_needs_no_card(shop: GitRepo) -> None:
    assert judge(shop, {})[0] == 0


@pytest.mark.parametrize("files", [{ARTIFACT: b"x"}, {f"{ARTIFACT}.dvc": POINTER}])
def test_a_model_file_without_a_card_is_refused_at_the_definition(shop: GitRepo, files: dict[str, str | bytes]) -> None:
    code, output = judge(shop, files)
    assert code == 1
    assert "models/churn.yaml:" in output
    assert f"the model 'churn' has a file and no card: there is no {PATH}" in output


def test_a_card_that_says_what_the_definition_says_passes(shop: GitRepo) -> None:
    code, output = judge(shop, {ARTIFACT: b"x", PATH: card()})
    assert code == 0, output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (card(owner="nobody"), "owner"),
        (card(tier="none", use="Everything."), "intended use, risk tier"),
        (card().replace("| Learned from | 10 rows |\n", ""), "learned from"),
        (card().partition("| metric")[0], "how it does"),
        ("", "intended use, not intended for, owner, risk tier, learned from and 1 more"),
        (b"\xff", "not UTF-8 text"),
    ],
)
def test_a_card_that_lacks_something_or_says_otherwise_is_refused(
    shop: GitRepo, text: str | bytes, message: str
) -> None:
    code, output = judge(shop, {ARTIFACT: b"x", PATH: text})
    assert code == 1
    assert PATH in output
    assert message in output


def test_the_staged_definition_counts(shop: GitRepo) -> None:
    judge(shop, {ARTIFACT: b"x", PATH: card()})
    shop.write({"models/churn.yaml": MODEL.replace(f"owner: {said('owner')}", "owner: somebody-else")})
    assert shop.run("hook", "model-card").exit_code == 0
    shop.git("add", "--all")
    assert shop.run("hook", "model-card").exit_code == 1
