"""`--staged`: definitions, dvc.yaml and locks as the commit would have them, whatever lies beside on disk."""

import pytest
from tests.conftest import GitRepo

ENTITY = "kind: entity\nname: plane\nkeys: [{name: id, dtype: int64}]\nowner: ds\ndescription: P\n"
SET = "kind: feature_set\nname: both\nowner: us\ndescription: Both\nfeatures: [gone@v1:x]\n"
PIPELINE = "kind: pipeline\nname: one\nsteps: {own: {uses: ./components/own}}\n"
COMPONENT = (
    "kind: component\nname: own\nversion: v1\ndescription: Ours\nowner: ds\nentry: own:run\n"
    "outputs: {table: {type: table, description: Rows}}\n"
)
CODE = "def run(inputs, params, outputs):\n    pass\n"
FILES: dict[str, str | bytes] = {
    "pipelines/one.yaml": PIPELINE,
    "components/own/component.yaml": COMPONENT,
    "components/own/own.py": CODE,
}


def test_check_reads_what_is_staged_and_nothing_else(project: GitRepo) -> None:
    project.write({"features/entities/plane.yaml": ENTITY})
    project.git("add", "--all")
    project.write({"features/entities/plane.yaml": "kind: entity\n", "features/sets/both.yaml": SET})
    assert project.run("check").exit_code == 3
    result = project.run("check", "--staged")
    assert result.exit_code == 0, result.output
    assert "1 entity" in result.output
    project.git("add", "--all")
    assert project.run("check", "--staged").exit_code == 3


def test_component_that_nobody_added_is_missed(project: GitRepo) -> None:
    project.write(FILES)
    assert project.run("pipeline", "compile").exit_code == 0
    assert project.run("check").exit_code == 0
    project.git("add", "pipelines", "dvc.yaml")
    result = project.run("check", "--staged")
    assert result.exit_code == 3
    assert "components/own" in result.output


def test_dvc_yaml_that_is_right_on_disk_alone_is_refused(project: GitRepo) -> None:
    project.write(FILES)
    project.git("add", "--all")
    assert project.run("pipeline", "compile").exit_code == 0
    assert project.run("pipeline", "compile", "--check").exit_code == 0
    assert project.run("pipeline", "compile", "--check", "--staged").exit_code == 1
    project.git("add", "dvc.yaml")
    assert project.run("pipeline", "compile", "--check", "--staged").exit_code == 0


def test_fixer_writes_dvc_yaml_and_says_so_once(project: GitRepo) -> None:
    project.write(FILES)
    result = project.run("hook", "compile")
    assert result.exit_code == 1
    assert "dvc.yaml written: add it" in result.stderr
    assert project.run("hook", "compile").exit_code == 0


@pytest.mark.parametrize("command", [("pipeline", "compile"), ("feature", "lock")])
def test_writing_what_is_staged_means_nothing(project: GitRepo, command: tuple[str, str]) -> None:
    assert project.run(*command, "--staged").exit_code == 2


def test_feature_locks_are_those_that_are_staged(project: GitRepo) -> None:
    project.write({"features/locks/gone@v1.lock": "x\n"})
    assert project.run("feature", "lock", "--check").exit_code == 1
    assert project.run("feature", "lock", "--check", "--staged").exit_code == 0


def test_a_merge_with_conflicts_cannot_be_judged(project: GitRepo) -> None:
    project.commit({"a": "base"})
    project.commit({"a": "theirs"}, branch="theirs")
    project.git("checkout", "-q", "main")
    project.commit({"a": "ours"})
    with pytest.raises(AssertionError):
        project.git("merge", "theirs")
    assert project.run("check", "--staged").exit_code == 4
