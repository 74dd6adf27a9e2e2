"""gitmlops github retraining FOLDER: one branch and one pull request an incident, and never over anybody's work."""

import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests import alerting, tiny_project
from tests.conftest import GitRepo
from tests.github.rest import Rest
from tests.github.server.github import GitHub
from tests.github.server.repository import Repository

from gitmlops.adapters.git.repository import Repository as Here
from gitmlops.cli.main import main
from gitmlops.cli.monitor import history
from gitmlops.records.canonical import encode
from gitmlops.render.formats import render
from gitmlops.report import Finding, Report, Severity

pytestmark = pytest.mark.slow

BRANCH = "retrain/tiny/2020-06"
PIPELINE = "pipelines/tiny.yaml"
HandOver = Callable[..., Path]


@pytest.fixture
def shop(github: GitHub, acme_shop: Repository, repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """A clone of acme/shop, with DVC and the model tiny, whose alarm is recorded."""
    permissions = {"pull_requests": "write", "contents": "write", "issues": "write"}
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
    monkeypatch.setenv("GITHUB_TOKEN", github.token("acme", permissions))
    repo.git("remote", "add", "origin", str(acme_shop.git.path))
    for words in (("init", "-q"), ("remote", "add", "-q", "--default", "storage", str(repo.root.parent / "storage"))):
        subprocess.run([sys.executable, "-m", "dvc", *words], cwd=repo.root, check=True)
    (repo.root.parent / "storage").mkdir()
    definitions = {
        name: str(tiny_project.DEFINITIONS[name]) for name in ("gitmlops.yaml", "models/tiny.yaml", PIPELINE)
    }
    repo.commit(definitions)
    repo.git("push", "-q", "origin", "main")
    alerting.remember(repo, alerting.run())
    return repo


@pytest.fixture
def rest(github: GitHub, acme_shop: Repository) -> Rest:
    return Rest(github.url, github.token("acme"))


@pytest.fixture
def hand_over(shop: GitRepo, tmp_path: Path) -> HandOver:
    """What `retrain --handover` leaves: a commit on the branch, and a folder."""

    def hands(state: str = "trained", *, window: str = "2020-06", **more: Any) -> Path:
        folder = tmp_path / f"handover-{len(list(tmp_path.glob('handover-*')))}"
        folder.mkdir()
        files = more.pop("files", {PIPELINE: f"{tiny_project.DEFINITIONS[PIPELINE]!s}# {window} {folder.name}\n"})
        if state in ("trained", "refused"):
            shop.git("switch", "-q", "--force-create", BRANCH, "main")
            more = {"head": shop.commit(files, message=f"Retrain tiny for {window}"), **more}
            shop.git("switch", "-q", "main")
            finding = Finding(
                "quality/auc", Severity.PASS if state == "trained" else Severity.ERROR, f"@all of {window}"
            )
            for name in ("evidence", "monitoring", "gate"):
                (folder / f"{name}.json").write_text(render(Report(name, (finding,)), "json"))
        handed = alerting.retrained(state, "Gate: passed", window=window, **more)
        (folder / "retraining.json").write_bytes(encode(handed))
        return folder

    return hands


def publish(folder: Path) -> Result:
    return CliRunner().invoke(main, ["github", "retraining", str(folder)])


@pytest.fixture(autouse=True)
def _there(shop: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.root)


def pulls(rest: Rest) -> list[dict[str, Any]]:
    return list(rest.get("/repos/acme/shop/pulls?state=all"))


def at_origin(shop: GitRepo) -> str:
    return shop.git("ls-remote", "origin", f"refs/heads/{BRANCH}")[:40]


def states(shop: GitRepo) -> list[str]:
    return [line.state for line in history.gather(Here(shop.root), "tiny").retrainings]


def test_run_twice_it_is_one_branch_and_one_pull_request(shop: GitRepo, rest: Rest, hand_over: HandOver) -> None:
    folder = hand_over()
    for _ in range(2):
        result = publish(folder)
        assert result.exit_code == 0, result.output
    (pull,) = pulls(rest)
    assert (pull["head"]["ref"], pull["base"]["ref"], pull["draft"]) == (BRANCH, "main", False)
    assert pull["title"] == "Retrain tiny: alarm since 2020-06, trained for 2020-06"
    assert at_origin(shop) == pull["head"]["sha"] == shop.git("rev-parse", BRANCH).strip()
    assert "@all" not in pull["body"]
    assert "of 2020-06" in pull["body"]
    assert states(shop) == ["pushing", "proposed"]


def test_a_later_window_of_the_incident_updates_branch_and_pull_request(
    shop: GitRepo, rest: Rest, hand_over: HandOver
) -> None:
    publish(hand_over())
    first = at_origin(shop)
    assert publish(hand_over(window="2020-07")).exit_code == 0
    (pull,) = pulls(rest)
    assert at_origin(shop) == pull["head"]["sha"] != first
    assert "trained for 2020-07" in pull["title"]
    assert shop.git("rev-list", "--count", f"main..{BRANCH}").strip() == "1"


def test_somebody_elses_commit_stays_and_the_pull_request_gets_a_comment(
    shop: GitRepo, rest: Rest, hand_over: HandOver
) -> None:
    publish(hand_over())
    shop.git("switch", "-q", BRANCH)
    theirs = shop.commit({"notes.md": "I look at this"}, message="Mend the features")
    shop.git("push", "-q", "origin", BRANCH)
    shop.git("switch", "-q", "main")
    for _ in range(2):
        result = publish(hand_over(window="2020-07"))
        assert result.exit_code == 0, result.output
    assert at_origin(shop) == theirs
    (pull,) = pulls(rest)
    (comment,) = rest.get(f"/repos/acme/shop/issues/{pull['number']}/comments")
    assert "The alarm stands in 2020-07, too. This branch has commits of somebody else" in comment["body"]
    assert states(shop)[-1] == "kept"


def test_a_closed_pull_request_mutes_the_incident_until_it_is_opened_again(
    shop: GitRepo, rest: Rest, hand_over: HandOver
) -> None:
    publish(hand_over())
    before, number = at_origin(shop), pulls(rest)[0]["number"]
    rest.patch(f"/repos/acme/shop/pulls/{number}", {"state": "closed"})
    for _ in range(2):
        result = publish(hand_over(window="2020-07"))
        assert result.exit_code == 0
        assert f"tiny: muted: pull request {number} was closed; open it again to go on" in result.stderr
    assert (at_origin(shop), len(pulls(rest))) == (before, 1)
    assert states(shop)[-1] == "muted"
    rest.patch(f"/repos/acme/shop/pulls/{number}", {"state": "open"})
    assert "is open again" in publish(hand_over("muted")).stderr
    assert publish(hand_over(window="2020-07")).exit_code == 0
    assert at_origin(shop) != before


def test_a_merged_pull_request_is_not_made_anew(shop: GitRepo, rest: Rest, hand_over: HandOver) -> None:
    publish(hand_over())
    number = pulls(rest)[0]["number"]
    rest.put(f"/repos/acme/shop/pulls/{number}/merge", {})
    assert "tiny: merged: " in publish(hand_over(window="2020-07")).stderr
    assert len(pulls(rest)) == 1


def test_a_refused_model_is_a_draft(shop: GitRepo, rest: Rest, hand_over: HandOver) -> None:
    assert publish(hand_over("refused")).exit_code == 0
    assert pulls(rest)[0]["draft"] is True
    assert states(shop) == ["pushing", "refused"]


@pytest.mark.parametrize("state", ["failed", "nothing new", "no labels", "broken feed"])
def test_a_retraining_that_made_nothing_is_remembered_once(
    shop: GitRepo, rest: Rest, hand_over: HandOver, state: str
) -> None:
    window = "2020-05-01-to-2020-06-01"
    incident = f"{window}.2"
    folder = hand_over(state, window=window, incident=incident, branch=f"retrain/tiny/{incident}")
    for _ in range(2):
        assert publish(folder).exit_code == 0
    assert states(shop) == [state]
    assert not pulls(rest)


def test_a_storage_that_is_gone_is_remembered_and_pushed_the_next_time(
    shop: GitRepo, rest: Rest, hand_over: HandOver
) -> None:
    folder = hand_over()
    (shop.root / ".dvc/config.local").write_text(
        "['remote \"storage\"']\n    url = /dev/null/storage\n[core]\n remote =\n"
    )
    result = publish(folder)
    assert result.exit_code == 4
    assert states(shop)[-1] == "not pushed"
    assert not pulls(rest)
    (shop.root / ".dvc/config.local").unlink()
    assert publish(folder).exit_code == 0
    assert states(shop)[-1] == "proposed"


def test_an_origin_that_is_gone_is_told_all_the_same(shop: GitRepo, rest: Rest, hand_over: HandOver) -> None:
    folder = hand_over()
    address = shop.git("remote", "get-url", "origin").strip()
    shop.git("remote", "set-url", "origin", str(shop.root.parent / "gone"))
    result = publish(folder)
    assert result.exit_code == 4
    assert "tiny: not pushed: " in result.stderr
    assert "kept on the branch gitmlops-monitoring here only" in result.stderr
    shop.write({"gitmlops.yaml": "project: tiny\nalerts: {annotations: true}\n"})
    assert "A retrained model could not be pushed" in shop.run("monitor", "alert").output
    shop.git("remote", "set-url", "origin", address)
    assert publish(folder).exit_code == 0
    assert states(shop) == ["not pushed", "pushing", "proposed"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"branch": "main"}, "'main' is not the branch of its incident"),
        ({"incident": "../../main"}, "'../../main' is no incident"),
        ({"window": "<img src=x>"}, "'<img src=x>' is no window"),
        ({"state": "proposed", "head": "a" * 40}, "'proposed' is not how a retraining can end"),
        ({"head": "a" * 40}, "is not the one commit that was handed over"),
        ({"files": {".github/workflows/x.yml": "on: push\n"}}, "changed .github/workflows/x.yml: it is not pushed"),
        ({"files": {"gitmlops.yaml": "project: mine\n"}}, "changed gitmlops.yaml: it is not pushed"),
        ({"files": {"notes.txt": "0" * (17 << 20)}}, "made notes.txt a file of 17 MiB: it is not pushed"),
    ],
)
def test_what_a_retraining_may_not_do_is_not_pushed(
    shop: GitRepo, rest: Rest, hand_over: HandOver, fields: dict[str, Any], words: str
) -> None:
    before = shop.git("ls-remote", "origin")
    result = publish(hand_over(**fields))
    assert result.exit_code in (1, 3)
    assert words in result.stderr
    assert shop.git("ls-remote", "origin") == before


def carried(shop: GitRepo, folder: Path) -> Path:
    """The folder with the branch in it, as another clone gets it; this one has it no more."""
    shop.git("bundle", "create", "-q", str(folder / "branch.bundle"), f"main..refs/heads/{BRANCH}")
    shop.git("branch", "-q", "-D", BRANCH)
    return folder


def test_a_branch_that_was_handed_over_is_taken_over_and_proposed(
    shop: GitRepo, rest: Rest, hand_over: HandOver
) -> None:
    folder = carried(shop, hand_over())
    assert publish(folder).exit_code == 0
    assert at_origin(shop)
    assert len(pulls(rest)) == 1


POINTER = "outs:\n- md5: {md5}\n  size: 3\n  hash: md5\n  path: new.bin\n"


@pytest.mark.parametrize("kind", ["absent", "other bytes", "link to a secret", "folder", "manifest that leaves"])
def test_data_that_is_not_what_the_branch_says_is_not_pushed(
    shop: GitRepo, rest: Rest, hand_over: HandOver, tmp_path: Path, kind: str
) -> None:
    listing = b'[{"md5": "' + b"a" * 32 + b'", "relpath": "../.git/config"}]'
    digest = hashlib.md5(listing if kind == "manifest that leaves" else b"new", usedforsecurity=False).hexdigest()
    md5 = digest + (".dir" if kind == "manifest that leaves" else "")
    folder = carried(shop, hand_over(files={"new.bin.dvc": POINTER.format(md5=md5), ".gitignore": "/new.bin\n"}))
    place = folder / "data/files/md5" / md5[:2] / md5[2:]
    place.parent.mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    if kind == "other bytes":
        place.write_bytes(b"evil")
    elif kind == "link to a secret":
        place.symlink_to(tmp_path / "secret")
    elif kind == "folder":
        place.mkdir()
    elif kind == "manifest that leaves":
        place.write_bytes(listing)
    result = publish(folder)
    assert result.exit_code == 4
    assert "not pushed: " in result.stderr
    assert states(shop)[-1] == "not pushed"
    assert at_origin(shop) == ""
    assert pulls(rest) == []
    assert not [
        file for file in (shop.root / ".dvc/cache").rglob("*") if file.is_file() and b"secret" in file.read_bytes()
    ]


@pytest.mark.parametrize("kind", ["no bundle", "link", "zeros"])
def test_a_bundle_that_is_none_is_not_pushed(
    shop: GitRepo, rest: Rest, hand_over: HandOver, tmp_path: Path, kind: str
) -> None:
    folder = carried(shop, hand_over())
    bundle = folder / "branch.bundle"
    if kind == "no bundle":
        bundle.write_text("# v2 git bundle\nnothing\n")
    elif kind == "link":
        bundle.rename(tmp_path / "elsewhere")
        bundle.symlink_to(tmp_path / "elsewhere")
    else:
        with bundle.open("r+b") as file:
            file.truncate(1 << 30)
    result = publish(folder)
    assert result.exit_code == 4
    assert states(shop)[-1] == "not pushed"
    assert pulls(rest) == []


def test_of_two_runs_at_the_same_time_one_wins(shop: GitRepo, rest: Rest, hand_over: HandOver, tmp_path: Path) -> None:
    clones = []
    for number in range(2):
        folder = hand_over()
        clones.append((tmp_path / f"clone{number}", folder))
        subprocess.run(["cp", "-r", str(shop.root), str(clones[-1][0])], check=True)
    done: list[subprocess.CompletedProcess[str]] = []

    def run(root: Path, folder: Path) -> None:
        command = [sys.executable, "-m", "gitmlops", "-C", str(root), "github", "retraining", str(folder)]
        done.append(subprocess.run(command, check=False, capture_output=True, text=True))

    threads = [threading.Thread(target=run, args=clone) for clone in clones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]
    assert len(pulls(rest)) == 1
    heads = [GitRepo(root).git("rev-parse", BRANCH).strip() for root, _ in clones]
    assert at_origin(shop) in heads
    assert sorted(states(shop)).count("proposed") == 1


def test_an_alarm_becomes_a_pull_request_in_two_steps_of_which_one_has_the_token(
    github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = tiny_project.make(tmp_path / "tiny")
    served = github.repository("acme", "tiny", tiny.root)
    tiny.git("remote", "set-url", "origin", str(served.git.path))
    tiny.git("push", "-q", "origin", "main", "--tags")
    token = github.token("acme", {"pull_requests": "write", "contents": "write", "issues": "write"})
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/tiny")
    monkeypatch.delenv("GITHUB_TOKEN")
    assert tiny.run("monitor", "run", "tiny", "--record", "--until", "2020-07-05").exit_code == 1
    result = tiny.run("retrain", "tiny", "--until", "2020-07-05", "--handover", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    monkeypatch.setenv("GITHUB_TOKEN", token)
    (tiny.root / "components/fit/fit.py").write_text("raise SystemExit('the project is run')\n")
    published = tiny.run("github", "retraining", str(tmp_path / "out"))
    assert published.exit_code == 0, published.output
    (pull,) = Rest(github.url, token).get("/repos/acme/tiny/pulls")
    assert (pull["head"]["ref"], pull["draft"]) == (BRANCH, False)
    for part in ("Retraining of tiny after 2020-06", "quality/auc", "roc_auc"):
        assert part in pull["body"]
    # Whoever looks at it has the model, too.
    clone = tmp_path / "tiny/clone"
    subprocess.run(["git", "clone", "-q", "-b", BRANCH, str(served.git.path), str(clone)], check=True)
    tiny_project.command(GitRepo(clone), "dvc", "pull", "--quiet")
    assert (clone / "models/tiny.skops").exists()
    again = tiny.run("retrain", "tiny", "--until", "2020-07-05", "--handover", str(tmp_path / "again"))
    assert again.exit_code == 0
    assert "already there: retrain/tiny/2020-06 was retrained for 2020-06 already" in again.stderr
