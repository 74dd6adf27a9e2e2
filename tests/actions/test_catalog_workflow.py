"""catalog.yml, executed: what it publishes is the catalogue, with the receipts that only origin has."""

import tarfile
from pathlib import Path

import pytest
from tests.actions import generated
from tests.actions.conftest import actions_of_a_runner
from tests.actions.runner import Runner
from tests.releasing import clone, released, team


@pytest.mark.slow
def test_the_job_that_builds_packs_the_pages_with_receipts_that_only_origin_has(tmp_path: Path) -> None:
    repo = team(tmp_path)
    released(repo, "one")
    fresh = clone(repo, "fresh")
    assert not fresh.git("for-each-ref", "refs/notes").strip()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    github = {"token": "secret", "event": {"repository": {"default_branch": "main"}}}
    workflow = generated.workflow(tmp_path, "catalog", more="ci: {catalog: pages}\n")
    kept: list[dict[str, str]] = []

    def upload(inputs: dict[str, str]) -> dict[str, str]:
        kept.append(inputs)
        return {}

    actions = {**actions_of_a_runner(temporary), "actions/upload-artifact": upload}
    run = Runner(fresh.root, temporary, github, actions).job(workflow, "build")
    assert run.passed, run.log
    [artifact] = kept
    assert artifact["name"] == "github-pages"
    with tarfile.open(artifact["path"]) as packed:
        page = packed.extractfile("./test/models/churn.html").read().decode()
    assert "quality/auc" in page
