"""The whole loop on the real flights: played once, then looked at from every side."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from tests.actions.conftest import ACTION, actions_of_a_runner
from tests.actions.runner import Runner
from tests.sharing import locked, shared

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Played:
    """The demo's folder and what it printed."""

    folder: Path
    output: str

    @property
    def repository(self) -> Path:
        return self.folder / "flights"

    def command(self, *words: str, exit_code: int = 0) -> str:
        done = subprocess.run(words, cwd=self.repository, capture_output=True, text=True, check=False)
        assert done.returncode == exit_code, done.stderr
        return done.stdout

    def gitmlops(self, *words: str, exit_code: int = 0) -> str:
        return self.command(sys.executable, "-m", "gitmlops", *words, exit_code=exit_code)

    def dvc(self, *words: str) -> str:
        return self.command(sys.executable, "-m", "dvc", *words)


@pytest.fixture
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The demo, played once; DVC lets one command at a time look at it, so a test has it for itself."""
    folder = shared(tmp_path_factory, "demo")
    told = folder.with_suffix(".txt")
    with locked(folder):
        if not told.exists():
            command = [sys.executable, "-m", "gitmlops", "demo", str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
            told.write_text(done.stdout)
        yield Played(folder, told.read_text())


def test_demo_leaves_a_clean_work_tree_and_sound_objects(played: Played) -> None:
    assert played.command("git", "status", "--porcelain") == ""
    played.command("git", "fsck", "--strict")


def test_after_the_demo_dvc_has_nothing_to_do(played: Played) -> None:
    assert "up to date" in played.dvc("status")
    assert "up to date" in played.dvc("repro")
    assert played.command("git", "status", "--porcelain") == ""


def test_gto_sees_the_same_versions_and_stages(played: Played) -> None:
    theirs = json.loads(played.command(str(Path(sys.executable).parent / "gto"), "show", "--json"))["flight-delay"]
    tables = json.loads(played.gitmlops("model", "list", "--format", "json"))["tables"]
    ours = next(row for row in tables[0]["rows"] if row["model"] == "flight-delay")
    assert ours["latest"] == theirs["version"] == "v1.1.0"
    assert {stage: ours[stage] for stage in ("staging", "prod")} == {
        stage: theirs["stage"][stage] for stage in ("staging", "prod")
    }
    assert ours["prod"] == "v1.0.0"


def test_the_worse_model_is_refused_with_check_value_threshold_and_slice(played: Played) -> None:
    refused = played.output.partition("$ gitmlops gate --base main --output reports/gate.html")[2].partition("\n$ ")[0]
    assert "by the rules of main: refused" in refused
    assert "roc_auc is 0.6" in refused
    assert "policy asks <= 0.19; worst slice of" in refused
    assert "smaller-model" not in played.command("git", "log", "--oneline", "main")


def test_the_alarm_comes_in_summer_and_names_what_fell(played: Played) -> None:
    alarm = played.output.partition("$ gitmlops monitor run flight-delay")[2].partition("\n$ ")[0]
    assert "Monitoring of flight-delay v1.0.0: alarm" in alarm
    assert "In 2013-07 v1.0.0 was worse than its reference in brier" in alarm


def test_the_retraining_body_holds_the_evidence_and_the_gate_verdict(played: Played) -> None:
    body = (played.repository / "reports" / "retraining.md").read_text()
    assert "2013-07" in body
    assert "performance/auc-not-worse" in body
    assert "gitmlops retrain flight-delay" in body


def test_history_answers_what_was_in_production_before_the_rollback(played: Played) -> None:
    story = played.output.rpartition("$ gitmlops model show flight-delay --at")[2]
    assert "v1.1.0" in story
    history = played.gitmlops("model", "history", "flight-delay", "--format", "json")
    assert "Complaints from gate agents" in history


WORDS = {"@": "registered", "#": "promoted", "!": "rolled back"}


def read_by_hand(played: Played) -> list[tuple[str, str, str, str, str, str]]:
    """Of each tag, the latest first: when, what, version, stage, why, its name; from the bytes of the tag alone."""
    rows, version_of = [], {}
    for tag in played.command("git", "tag", "--list", "flight-delay*").split():
        header, _, message = played.command("git", "cat-file", "tag", tag).partition("\n\n")
        fields = dict(line.split(" ", 1) for line in header.splitlines())
        seconds = int(fields["tagger"].split(" ")[-2])
        why = [line.removeprefix("Reason: ") for line in message.splitlines() if line.startswith("Reason: ")]
        _, version, stage = re.fullmatch(r"([a-z-]+)(?:@(v[0-9.]+)|#([a-z]+)!?#[0-9]+)", tag).groups("")
        if version:
            version_of[fields["object"]] = version
        kind = "!" if "!" in tag else "@" if "@" in tag else "#"
        rows.append((seconds, WORDS[kind], fields["object"], stage, "".join(why), tag))
    return [
        (f"{datetime.fromtimestamp(row[0], UTC):%Y-%m-%dT%H:%M:%SZ}", row[1], version_of[row[2]], *row[3:])
        for row in sorted(rows, reverse=True)
    ]


def test_the_history_says_in_every_format_what_the_bytes_of_the_tags_say(played: Played) -> None:
    expected = read_by_hand(played)
    assert len(expected) == 8
    assert [row[1:4] for row in expected[:2]] == [("promoted", "v1.0.0", "prod"), ("rolled back", "v1.1.0", "prod")]
    columns = ("time", "what", "version", "stage", "why", "tag")
    history = ("model", "history", "flight-delay", "--format")
    [table] = json.loads(played.gitmlops(*history, "json"))["tables"]
    assert [tuple(row[column] or "" for column in columns) for row in table["rows"]] == expected
    names = list(table["rows"][0])
    lines = [line for line in played.gitmlops(*history, "markdown").splitlines() if line.startswith("| 2")]
    cells = [[plain(cell) for cell in line.strip("|").split("|")] for line in lines]
    assert [tuple(row[names.index(column)] for column in columns) for row in cells] == expected
    page = re.findall(r"<tr>(.*?)</tr>", played.gitmlops(*history, "html"), re.DOTALL)[1:]
    cells = [[plain(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in page]
    assert [tuple(row[names.index(column)] for column in columns) for row in cells] == expected
    shown = [line for line in played.gitmlops(*history, "text").splitlines() if line.startswith("  2")]
    for line, row in zip(shown, expected, strict=True):
        assert all(cell in line or is_cut(cell, line) for cell in row), (line, row)


def is_cut(cell: str, line: str) -> bool:
    """Whether a line has the beginning of a cell, as a terminal of this width shows it."""
    return any(f"{cell[:length]}…" in line for length in range(8, len(cell)))


def plain(cell: str) -> str:
    """What a reader sees of a cell."""
    return unescape(re.sub(r"<[^>]+>", "", cell)).replace("\\", "").replace("`", "").replace("\u200b", "").strip()


def test_everything_reached_the_remote(played: Played) -> None:
    local = played.command("git", "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags")
    remote = played.command("git", "ls-remote", "--tags", "--refs", "origin").replace("\t", " ")
    assert sorted(local.splitlines()) == sorted(remote.splitlines())
    assert "up to date" in played.dvc("status", "--cloud").lower() or "in sync" in played.dvc("status", "--cloud")


def test_pages_are_whole_and_ask_nobody_else(played: Played) -> None:
    for name in ("gate.html", "monitor.html"):
        page = (played.repository / "reports" / name).read_text()
        assert page.rstrip().endswith("</html>")
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "<script" not in page


def test_where_to_look_names_files_that_are_there_and_commands_that_can_be_typed(played: Played) -> None:
    places = [line[43:] for line in played.output.partition("Where to look:\n")[2].splitlines()]
    files = [place for place in places if " " not in place]
    assert len(files) == 4
    assert all(Path(file).exists() for file in files)
    for command in set(places) - set(files):
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout


def test_the_demo_is_nothing_that_a_repository_around_it_sees(played: Played, tmp_path: Path) -> None:
    around = ("--git-dir", str(tmp_path / "around.git"), "--work-tree", str(played.folder))
    subprocess.run(["git", "init", "-q", "--bare", around[1]], check=True)
    assert played.command("git", *around, "-C", str(played.folder), "status", "--porcelain") == ""


def test_the_readme_shows_the_refusal_as_it_is(played: Played) -> None:
    readme = Path("README.md").read_text()
    shown = readme.partition("<!-- excerpt")[2].partition("```\n")[2].partition("```")[0]
    refused = played.output.partition("$ gitmlops gate --base main --output reports/gate.html\n")[2].splitlines()
    told = [line for line in refused if "gate of" not in line]
    assert [line for line in shown.splitlines() if "gate of" not in line] == told[: len(shown.splitlines()) - 1]


def test_its_catalogue_says_what_the_registry_says(played: Played) -> None:
    file = played.repository / "reports/catalog/flights/models/flight-delay.html"
    page = unescape(re.sub(r"<[^>]*>", " ", file.read_text()))
    rows = json.loads(played.gitmlops("model", "show", "flight-delay", "--format", "json"))["tables"][0]["rows"]
    assert all(f"{row['stage']} {row['version']} since {row['since']}" in " ".join(page.split()) for row in rows)
    assert "carrier=UA" in page
    assert "In 2013-07 v1.0.0 was worse than its reference in brier" in " ".join(page.split())
    assert played.command("git", "status", "--porcelain") == ""


def test_demo_does_not_replace_a_folder_that_is_not_a_demo(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    command = [sys.executable, "-m", "gitmlops", "demo", str(tmp_path), "--force"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "name another folder" in done.stderr
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_demo_asks_before_it_replaces_an_earlier_one(played: Played) -> None:
    command = [sys.executable, "-m", "gitmlops", "demo", str(played.folder)]
    done = subprocess.run(command, input="n\n", capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert (played.repository / "gitmlops.yaml").exists()


def test_our_ci_judges_with_our_action_what_the_demo_proposed(played: Played, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    shutil.copytree(played.folder, workspace / "gitmlops-demo", symlinks=True)
    (workspace / "Makefile").write_text("demo:\n\t@echo played already\n")
    for name in ("action.yml", "requirements"):
        (workspace / name).symlink_to(ACTION / name)
    actions = actions_of_a_runner(tmp_path)
    run = Runner(workspace, tmp_path, {}, actions).job(ACTION / ".github/workflows/ci.yml", "action")
    assert run.passed, run.log
    retrained, smaller = re.findall(r"^## (.*)$", run.summary, re.MULTILINE)
    assert (retrained.rpartition(" ")[2], smaller.rpartition(" ")[2]) == ("passed", "refused")
