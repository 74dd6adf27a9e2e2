"""What the hooks' manifest and the templates' configurations say of each other."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from gitmlops.cli.main import main

HERE = Path(__file__).parents[2]
MANIFEST = HERE / ".pre-commit-hooks.yaml"
CONFIGURATIONS = [HERE / ".pre-commit-config.yaml", *sorted(HERE.glob("templates/*/.pre-commit-config.yaml"))]


def validated(what: str, file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", what, str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_manifest_is_one_that_pre_commit_reads() -> None:
    assert validated("validate-manifest", MANIFEST).returncode == 0


@pytest.mark.parametrize("file", CONFIGURATIONS, ids=str)
def test_configuration_is_one_that_pre_commit_reads(file: Path) -> None:
    done = validated("validate-config", file)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", CONFIGURATIONS[1:], ids=str)
def test_templates_switch_on_hooks_that_exist(file: Path) -> None:
    known = {hook["id"] for hook in yaml.safe_load(MANIFEST.read_text())}
    (repository,) = yaml.safe_load(file.read_text())["repos"]
    hooks = ["gitmlops-check", "gitmlops-compile", "gitmlops-lock", "gitmlops-large-file"]
    assert [hook["id"] for hook in repository["hooks"]] == hooks
    assert {hook["id"] for hook in repository["hooks"]} <= known


@pytest.mark.parametrize("hook", yaml.safe_load(MANIFEST.read_text()), ids=lambda hook: hook["id"])
def test_hook_is_installed_lightly_and_never_split_where_it_looks_at_everything(hook: dict[str, object]) -> None:
    assert hook["language"] == "python"
    assert "additional_dependencies" not in hook
    assert hook["minimum_pre_commit_version"] == "3.2.0"
    assert hook.get("pass_filenames") is False or hook["require_serial"] is True


def test_every_hook_is_in_the_how_to_and_is_a_command_that_there_is() -> None:
    text = (HERE / "docs/how-to/check-before-a-commit.md").read_text()
    for hook in yaml.safe_load(MANIFEST.read_text()):
        assert f"`{hook['id']}`" in text
        words = hook["entry"].split()
        assert words[0] == "gitmlops"
        assert CliRunner().invoke(main, [*words[1:], "--help"]).exit_code == 0, hook["id"]
