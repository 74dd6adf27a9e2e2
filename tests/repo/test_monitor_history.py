"""What monitoring remembers: lines on a branch of its own, each linked to the one before."""

import json
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests import serving, tiny_project
from tests.conftest import GitRepo

from gitmlops.adapters.git.repository import Repository
from gitmlops.cli.monitor import history as monitor_history
from gitmlops.records.canonical import encode

BRANCH = "gitmlops-monitoring"


@pytest.fixture
def served(project: GitRepo, tmp_path: Path) -> GitRepo:
    """A released model with the logs of May and June; June's outcomes went wrong; its origin is empty."""
    model = str(tiny_project.DEFINITIONS["models/tiny.yaml"])
    project.commit({"models/tiny.yaml": model, "models/tiny.baseline.json": encode(serving.baseline())})
    project.git("tag", "-a", "tiny@v1.0.0", "-m", "first")
    june = serving.flipped(serving.rows("2020-06"), 0.3)
    serving.serve_rows(project.root, {"may": serving.rows("2020-05"), "june": june})
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "origin.git")], check=True)
    project.git("remote", "add", "origin", "../origin.git")
    return project


def lines(repo: GitRepo, ref: str = BRANCH) -> list[dict[str, Any]]:
    names = sorted(repo.git("ls-tree", "-r", "--name-only", ref).split())
    return [json.loads(line) for name in names for line in repo.git("show", f"{ref}:{name}").splitlines()]


def put(repo: GitRepo, content: str) -> None:
    """The history at origin with another content, as somebody with a clone could push it."""
    name = repo.git("ls-tree", "-r", "--name-only", BRANCH).split()[0]
    clone = repo.root.parent / "clone"
    subprocess.run(["git", "clone", "-q", "-b", BRANCH, "origin.git", str(clone)], check=True, cwd=repo.root.parent)
    (clone / name).write_text(content)
    GitRepo(clone).commit()
    GitRepo(clone).git("push", "-q", "origin", BRANCH)


def content(repo: GitRepo) -> str:
    return repo.git("show", f"{BRANCH}:{repo.git('ls-tree', '-r', '--name-only', BRANCH).split()[0]}")


def test_without_record_nothing_is_written(served: GitRepo) -> None:
    before = served.git("for-each-ref"), served.git("ls-remote", "origin")
    assert served.run("monitor", "run", "tiny").exit_code == 1
    assert (served.git("for-each-ref"), served.git("ls-remote", "origin")) == before


def test_a_recorded_run_is_a_line_here_and_at_origin_on_a_branch_that_shares_nothing_with_main(served: GitRepo) -> None:
    head, status = served.git("rev-parse", "HEAD"), served.git("status", "--porcelain")
    result = served.run("monitor", "run", "tiny", "--record", "--until", "2020-07-05")
    assert result.exit_code == 1, result.output
    assert f"recorded on the branch {BRANCH}" in result.stderr
    (line,) = lines(served)
    assert (line["state"], line["incident"], line["version"]) == ("alarm", "2020-06", "v1.0.0")
    last = "2020-06-30T23:59:59Z"
    assert line["seen"] == {"version": "v1.0.0", "time": last, "outcome": last}
    assert line["ended"] == {}
    assert [window["window"] for window in line["windows"]] == ["2020-05", "2020-06"]
    assert line["commit"] == head.strip()
    assert served.git("rev-parse", BRANCH)[:40] == served.git("ls-remote", "origin", BRANCH)[:40]
    assert served.git("rev-list", "--max-parents=0", BRANCH).split() == served.git("rev-list", BRANCH).split()
    assert (served.git("rev-parse", "HEAD"), served.git("status", "--porcelain")) == (head, status)


def test_a_line_holds_only_windows_that_are_new_or_otherwise_and_an_incident_keeps_its_name(served: GitRepo) -> None:
    for until in ("2020-06-15", "2020-07-05"):
        served.run("monitor", "run", "tiny", "--record", "--until", until)
    serving.serve_rows(served.root, {"july": serving.flipped(serving.rows("2020-07"), 0.3)})
    served.run("monitor", "run", "tiny", "--record", "--until", "2020-08-05")
    found = lines(served)
    assert [[window["window"] for window in line["windows"]] for line in found] == [
        ["2020-05"],
        ["2020-06"],
        ["2020-07"],
    ]
    assert [line["incident"] for line in found] == ["", "2020-06", "2020-06"]
    result = served.run("monitor", "history", "--format", "json")
    tables = {table["title"]: table["rows"] for table in json.loads(result.stdout)["tables"]}
    assert [row["state"] for row in tables["Runs"]] == ["alarm", "alarm", "ok"]
    assert [row["window"] for row in tables["Windows"]] == ["2020-05", "2020-06", "2020-07"]
    for form in ("text", "markdown", "html", "junit", "sarif"):
        assert served.run("monitor", "history", "--format", form).exit_code == 0
    late = served.run("monitor", "run", "tiny", "--record", "--until", "2020-06-15")
    assert late.exit_code == 3
    assert "the history of tiny has a run as of 2020-08-06T00:00:00Z" in late.stderr


def test_a_model_that_is_too_old_is_an_incident_too(served: GitRepo) -> None:
    model = (served.root / "models/tiny.yaml").read_text()
    served.commit({"models/tiny.yaml": f"{model}staleness: {{max_age: 30d}}\n"})
    for until in ("2020-06-15", "2020-06-16"):
        served.run("monitor", "run", "tiny", "--record", "--until", until)
    found = lines(served)
    assert [(line["alarms"], line["incident"]) for line in found] == [(["age"], "2020-05")] * 2
    assert "v1.0.0 learned from rows until 2020-03-31" in found[0]["reason"]


def test_a_log_that_has_ended_is_remembered_and_the_registry_tells_it(served: GitRepo) -> None:
    served.run("monitor", "run", "tiny", "--record", "--until", "2020-08-31")
    (line,) = lines(served)
    assert line["ended"] == {"predictions": "2020-06-30T23:59:59Z"}
    history = served.run("monitor", "history", "tiny").stdout
    assert "predictions came no more when it was last judged, since 2020-06-30T23:59:59Z" in " ".join(history.split())
    shown = served.run("model", "show", "tiny@v1.0.0").stdout
    assert "predictions came no more when it was judged" in shown
    assert "of a prediction at 2020-06-30T23:59:59Z" in shown


def test_a_broken_schema_is_an_incident_of_its_window_and_is_over_when_the_types_are_right(served: GitRepo) -> None:
    june = serving.log(serving.rows("2020-06")).assign(score="0.5", **{"feature.temp": "warm"})
    serving.serve(served.root, {"june": june}, {"june": serving.rows("2020-06")[["row_id", "late"]]})
    result = served.run("monitor", "run", "tiny", "--record", "--until", "2020-07-05")
    assert result.exit_code == 1, result.output
    (line,) = lines(served)
    assert (line["alarms"], line["incident"], line["version"]) == (["schema"], "2020-06", "v1.0.0")
    assert "score is text in served/june.parquet:1, where numbers are expected" in line["reason"]
    window = line["windows"][-1]
    assert (window["window"], window["rows"], window["moved"][0]["kind"]) == ("2020-06", 3_000, "schema")
    serving.serve_rows(served.root, {"june": serving.rows("2020-06")})
    assert served.run("monitor", "run", "tiny", "--record", "--until", "2020-07-05").exit_code == 0
    assert lines(served)[-1]["incident"] == ""


def test_a_run_that_could_not_decide_is_remembered_as_that_until_one_can(served: GitRepo) -> None:
    serving.serve_rows(served.root, {"june": serving.rows("2020-06")})
    broken = served.root / serving.LOG / "july.parquet"
    broken.write_text("no table")
    for record in ([], ["--record"], ["--record"]):
        result = served.run("monitor", "run", "tiny", *record, "--until", "2020-07-05")
        assert result.exit_code == 3
        assert "july.parquet: not readable as Parquet" in result.stderr
    assert "that it could not be judged was recorded" in result.stderr
    found = lines(served)
    assert [(line["state"], line["alarms"], line["incident"]) for line in found] == [
        ("undecided", ["undecided"], "2020-07-05")
    ] * 2
    assert "It could not be judged: data/served/july.parquet: not readable as Parquet" in found[0]["reason"]
    assert str(served.root) not in json.dumps(found)
    broken.unlink()
    assert served.run("monitor", "run", "tiny", "--record", "--until", "2020-07-05").exit_code == 0
    assert (lines(served)[-1]["state"], lines(served)[-1]["incident"]) == ("ok", "")


def test_an_alarm_that_stands_goes_on_while_nobody_can_decide(served: GitRepo) -> None:
    served.run("monitor", "run", "tiny", "--record", "--until", "2020-07-05")
    broken = served.root / serving.LOG / "july.parquet"
    broken.write_text("no table")
    served.run("monitor", "run", "tiny", "--record", "--until", "2020-07-06")
    broken.unlink()
    served.run("monitor", "run", "tiny", "--record", "--until", "2020-07-07")
    assert [(line["state"], line["incident"]) for line in lines(served)] == [
        ("alarm", "2020-06"),
        ("undecided", "2020-06"),
        ("alarm", "2020-06"),
    ]


def test_an_alarm_that_is_over_ends_the_incident(served: GitRepo) -> None:
    served.run("monitor", "run", "tiny", "--record", "--until", "2020-07-05")
    serving.serve_rows(served.root, {"july": serving.rows("2020-07")})
    served.run("monitor", "run", "tiny", "--record", "--until", "2020-08-05")
    assert [(line["state"], line["incident"]) for line in lines(served)] == [("alarm", "2020-06"), ("ok", "")]


def test_a_changed_line_means_that_nothing_is_decided(served: GitRepo) -> None:
    for until in ("2020-06-15", "2020-07-05"):
        served.run("monitor", "run", "tiny", "--record", "--until", until)
    put(served, content(served).replace('"rows":3000', '"rows":3001', 1))
    for command in (("monitor", "history"), ("monitor", "run", "--record")):
        result = served.run(*command)
        assert result.exit_code == 3
        assert ":2: this line does not follow from the one before it; look at `git log" in result.stderr
    shown = served.run("monitor", "history")
    assert "Monitoring history of tiny: broken" in shown.stdout


def test_a_line_that_is_taken_away_is_missed(served: GitRepo) -> None:
    for until in ("2020-06-15", "2020-07-05", "2020-07-06"):
        served.run("monitor", "run", "tiny", "--record", "--until", until)
    first, _, third = content(served).splitlines(keepends=True)
    put(served, first + third)
    assert served.run("monitor", "history").exit_code == 3


def test_a_line_that_is_no_record_is_kept_told_and_skipped(served: GitRepo) -> None:
    served.run("monitor", "run", "tiny", "--record", "--until", "2020-06-15")
    put(served, content(served) + '{"schema":"gitmlops/monitoring-run/9"}\n')
    assert served.run("monitor", "run", "tiny", "--record", "--until", "2020-07-05").exit_code == 1
    result = served.run("monitor", "history")
    assert result.exit_code == 0, result.output
    assert ":2: the line is left out" in " ".join(result.stdout.split())
    assert "Invalid value 'gitmlops/monitoring-run/9'" in " ".join(result.stdout.split())
    assert content(served).splitlines()[1] == '{"schema":"gitmlops/monitoring-run/9"}'
    assert len(content(served).splitlines()) == 3


@pytest.mark.parametrize(("replaced", "exit_code"), [(False, 0), (True, 3)], ids=["between", "in place"])
def test_a_line_that_is_no_record_takes_the_place_of_none(served: GitRepo, replaced: bool, exit_code: int) -> None:
    for until in ("2020-06-15", "2020-07-05"):
        served.run("monitor", "run", "tiny", "--record", "--until", until)
    first, second = content(served).splitlines(keepends=True)
    put(served, ("" if replaced else first) + "nothing\n" + second)
    result = served.run("monitor", "history")
    assert result.exit_code == exit_code
    assert ("this line does not follow from the one before it" in result.stderr) == replaced


def test_an_origin_that_is_gone_keeps_the_line_here_and_the_next_run_sends_it_along(served: GitRepo) -> None:
    origin = served.root.parent / "origin.git"
    origin.rename(served.root.parent / "elsewhere")
    result = served.run("monitor", "run", "tiny", "--record", "--until", "2020-06-15")
    assert result.exit_code == 4
    assert f"kept on the branch {BRANCH} here only: origin does not answer" in result.stderr
    assert "as this clone has it" in served.run("monitor", "history").stderr
    (served.root.parent / "elsewhere").rename(origin)
    assert served.run("monitor", "run", "tiny", "--record", "--until", "2020-07-05").exit_code == 1
    assert [line["state"] for line in lines(served)] == ["ok", "alarm"]
    assert served.git("rev-parse", BRANCH)[:40] == served.git("ls-remote", "origin", BRANCH)[:40]


def test_runs_of_two_clones_at_the_same_time_are_both_kept(served: GitRepo) -> None:
    served.run("monitor", "run", "tiny", "--record", "--until", "2020-06-15")
    roots = [served.root]
    for number in range(3):
        roots.append(served.root.parent / f"clone{number}")
        subprocess.run(["git", "clone", "-q", "origin.git", str(roots[-1])], check=True, cwd=served.root.parent)

    def add(root: Path, number: int) -> None:
        from gitmlops.records.monitoring_history import AlertTold

        told = AlertTold(model="tiny", time=monitor_history.now(), channel=f"c{number}", subject="s", what="w")
        monitor_history.add(Repository(root), "tiny", lambda history: [told], message="Tell")

    threads = [threading.Thread(target=add, args=(root, number)) for number, root in enumerate(roots)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = monitor_history.gather(Repository(served.root), "tiny")
    history.require_whole()
    assert sorted(line.channel for line in history.told) == ["c0", "c1", "c2", "c3"]


def test_a_project_without_a_remote_has_its_history_here(served: GitRepo) -> None:
    served.git("remote", "remove", "origin")
    for until in ("2020-06-15", "2020-07-05"):
        assert served.run("monitor", "run", "tiny", "--record", "--until", until).exit_code in (0, 1)
    assert [line["state"] for line in lines(served)] == ["ok", "alarm"]
    assert monitor_history.last_known(Repository(served.root), "tiny").since == "2020-06"


def test_the_registry_tells_the_alarm_and_that_another_version_serves_than_is_tagged(
    served: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "monitoring" not in shown(served)
    served.git("tag", "-a", "-m", "serve it", "tiny#prod#1", "tiny@v1.0.0^{}")
    assert served.run("monitor", "run", "tiny", "--record", "--until", "2020-07-05").exit_code == 1
    run = lines(served)[-1]
    assert shown(served)["monitoring"] == f"alarm since 2020-06 (v1.0.0, judged at {run['time']})"
    assert shown(served)["serving"] == f"v1.0.0, as tagged; last seen at {run['seen']['time']}"
    served.commit({"README.md": "v1.1.0"})
    # Of two promotions in one second the older version counts.
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{int(time.time()) + 2} +0000")
    for tag in ("tiny@v1.1.0", "tiny#prod#2"):
        served.git("tag", "-a", "-m", "x", tag)
    assert shown(served)["serving"] == f"tagged v1.1.0; last seen serving v1.0.0 at {run['seen']['time']}"
    assert "serving" not in shown(served, "--at", "HEAD")


def shown(repo: GitRepo, *options: str) -> dict[str, str]:
    """The facts of `model show`."""
    result = repo.run("model", "show", "tiny", "--format", "json", *options)
    assert result.exit_code == 0, result.output
    facts: dict[str, str] = json.loads(result.stdout)["facts"]
    return facts


def test_the_catalogue_draws_what_was_recorded(served: GitRepo, tmp_path: Path) -> None:
    served.run("monitor", "run", "tiny", "--record", "--until", "2020-07-05")
    assert served.run("catalog", "build", "--output", str(tmp_path / "site")).exit_code == 0
    [page] = (tmp_path / "site").glob("*/models/tiny.html")
    said = page.read_text()
    assert "In production, as monitoring saw it" in said
    assert "roc_auc by window" in said
    assert "2020-06" in said
