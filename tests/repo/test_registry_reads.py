"""What the registry tells: now and on past dates, of tidy tags and of hostile ones, at little cost."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import clone, done, judge, listed, merge, released, tags, team, train

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.tag_reading import read_all
from gitmlops.registry.tags import history


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> GitRepo:
    """Two versions released, the second one rolled back."""
    patch = pytest.MonkeyPatch()
    for role in ("AUTHOR", "COMMITTER"):
        patch.setenv(f"GIT_{role}_NAME", "Test Person")
        patch.setenv(f"GIT_{role}_EMAIL", "test@example.com")
    work = team(tmp_path_factory.mktemp("story"))
    released(work, "one", "two")
    done(work, "rollback", "churn", "--reason", "Complaints from agents", "--yes")
    patch.undo()
    return work


def moment_of(repo: GitRepo, tag: str) -> str:
    seconds = int(repo.git("for-each-ref", "--format=%(taggerdate:unix)", f"refs/tags/{tag}"))
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def row(output: str, *words: str) -> str:
    """The line of the output that has all these words."""
    [line] = [line for line in output.splitlines() if all(word in line for word in words)]
    return line


def test_the_list_says_what_is_where_now(story: GitRepo) -> None:
    assert listed(story) == {"churn": {"latest": "v1.1.0", "prod": "v1.0.0", "staging": "v1.1.0"}}


def test_the_list_says_what_was_where_on_a_date(story: GitRepo) -> None:
    served = moment_of(story, "churn#prod#4")
    assert "v1.1.0" in row(done(story, "list", "--at", served), "churn", "v1.1.0").split()[-2:]
    assert "churn" not in done(story, "list", "--at", "2013-03-03").partition("Versions")[2]


def test_a_commit_is_a_moment_too(story: GitRepo) -> None:
    assert "as of" in done(story, "list", "--at", "churn@v1.0.0")


@pytest.mark.parametrize("command", [("list",), ("show", "churn")])
def test_an_unknown_format_of_a_date_is_answered_with_the_known_ones(story: GitRepo, command: tuple[str, ...]) -> None:
    result = story.run("model", *command, "--at", "3/3/2026")
    assert result.exit_code == 3
    assert "'3/3/2026' is no date, and no commit either; write e.g. 2026-03-03" in result.output


def test_show_says_since_when_by_whom_why_and_instead_of_what(story: GitRepo) -> None:
    report = json.loads(done(story, "show", "churn", "--format", "json"))
    tables = {table["title"]: table["rows"] for table in report["tables"]}
    assert report["title"] == "churn v1.0.0"
    assert next(row for row in tables["Deployment stages"] if row["stage"] == "prod") == {
        "stage": "prod",
        "version": "v1.0.0",
        "since": moment_of(story, "churn#prod#6"),
        "by": "Test Person <test@example.com>",
        "why": "Complaints from agents",
        "replaced": "v1.1.0",
        "gate": "passed",
    }
    assert tables["Gate"][0] == {"check": "quality/auc=0.71 >= 0.68 passed"}
    assert report["facts"]["data/evaluation.parquet sha256"] == "e" * 64
    assert [row["run"] for row in tables["Commands"]] == ["gitmlops model get churn@v1.0.0 --output DIR"]


def test_show_says_how_to_roll_back_where_there_is_something_to_go_back_to(story: GitRepo) -> None:
    report = json.loads(done(story, "show", "churn#staging", "--format", "json"))
    assert report["tables"][-1]["rows"][-1] == {
        "to": "roll it back in staging",
        "run": 'gitmlops model rollback churn --stage staging --reason "..."',
    }


def test_show_names_a_version_by_its_stage_or_by_itself(story: GitRepo) -> None:
    assert "churn v1.1.0" in done(story, "show", "churn#staging").splitlines()[0]
    assert "churn v1.1.0" in done(story, "show", "churn@v1.1.0").splitlines()[0]


def test_show_says_what_was_in_production_on_a_date(story: GitRepo) -> None:
    said = done(story, "show", "churn", "--at", moment_of(story, "churn#prod#4"))
    assert "churn v1.1.0" in said.splitlines()[0]


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("chrun", "no version of a model 'chrun' was ever registered; did you mean 'churn'?"),
        ("churn@v1.2.0", "there is no version 'v1.2.0' of churn; did you mean 'v1.1.0'?"),
        ("churn#stagign", "no version of churn is in 'stagign'; did you mean 'staging'?"),
        ("churn@v1#prod", "names no model; write NAME, NAME@vX.Y.Z or 'NAME#STAGE'"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(story: GitRepo, reference: str, words: str) -> None:
    result = story.run("model", "show", reference)
    assert result.exit_code == 3
    assert words in result.output or words.replace("v1.1.0", "v1.0.0") in result.output


def test_history_says_who_did_what_when_and_why_the_latest_first(story: GitRepo) -> None:
    rows = json.loads(done(story, "history", "churn", "--format", "json"))["tables"][0]["rows"]
    assert [(row["what"], row["version"], row["stage"]) for row in rows[:4]] == [
        ("promoted", "v1.0.0", "prod"),
        ("rolled back", "v1.1.0", "prod"),
        ("promoted", "v1.1.0", "prod"),
        ("promoted", "v1.1.0", "staging"),
    ]
    assert rows[1]["why"] == "Complaints from agents"
    assert rows[1]["by"] == "Test Person <test@example.com>"
    assert (rows[-1]["what"], rows[-1]["gate"]) == ("registered", "gated")


def test_outside_a_repository_the_mend_is_named(tmp_path: Path) -> None:
    result = GitRepo(tmp_path).run("model", "list")
    assert result.exit_code == 3
    assert "not a git repository; run `git init` here" in result.output


def test_a_version_that_gto_registered_is_shown_as_ungated(tmp_path: Path) -> None:
    work = team(tmp_path)
    train(work, "one")
    work.git("tag", "-a", "-m", "by gto", "churn@v1.0.0")
    work.git("tag", "-a", "-m", "by gto", "churn#prod")
    said = done(work, "show", "churn")
    assert "ungated" in said
    done(work, "get", "churn", "--output", str(tmp_path / "out"))


def test_a_message_cannot_forge_another_tag(project: GitRepo) -> None:
    forged = "x\x1e\x1fchurn#prod#9\x1ftag\x1f" + "a" * 40 + "\x00"
    project.git("-c", "user.name=a\x1fb", "tag", "-a", "-m", forged.replace("\x00", ""), "churn@v1.0.0")
    assert [tag.name for tag in read_all(Repository(project.root))] == ["churn@v1.0.0"]


def make_tag(repo: GitRepo, name: str, written: bytes, *, time: str = "1700000000") -> None:
    """A tag whose object nobody has looked through."""
    head = repo.git("rev-parse", "HEAD").strip()
    content = f"object {head}\ntype commit\ntag {name}\ntagger a <a@b> {time} +0000\n\n".encode() + written
    command = ["git", "hash-object", "-t", "tag", "-w", "--literally", "--stdin"]
    made = subprocess.run(command, cwd=repo.root, input=content, check=True, capture_output=True)
    repo.git("update-ref", f"refs/tags/{name}", made.stdout.decode().strip())


@pytest.mark.parametrize(
    "written",
    [
        b"Register\n\nModel: a\n",
        b"Register\n\nModel: a\n\0\nReceipt: b\n",
        b"\n\nRegister\n\nModel: a\n-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----\n",
        b"A\n\n-----BEGIN SSH SIGNATURE-----\nB: c\n-----BEGIN SIGNED MESSAGE-----\nx\n",
        b"\xff\xfe no text\n",
        b"",
    ],
)
def test_a_message_is_what_git_shows_of_it(project: GitRepo, written: bytes) -> None:
    make_tag(project, "churn@v1.0.0", written)
    shown = project.git_bytes("for-each-ref", "--format=%(contents:subject)%0a%0a%(contents:body)", "refs/tags")
    [tag] = read_all(Repository(project.root))
    assert tag.message == shown.decode("utf-8", "replace").strip()
    assert (tag.tagger, tag.email, tag.time, tag.named_otherwise) == ("a", "a@b", 1_700_000_000, False)


@pytest.mark.parametrize(
    ("time", "told"),
    [
        ("99999999999999", "9999-12-31T23:59:59Z unverified: reg"),
        ("9" * 5000, "9999-12-31T23:59:59Z unverified: reg"),
        ("-5", "1970-01-01T00:00:00Z unverified: reg"),
        ("²", "1970-01-01T00:00:00Z unverified: reg"),
    ],
)
def test_a_time_that_no_calendar_has_is_told_as_far_as_it_can_be(project: GitRepo, time: str, told: str) -> None:
    make_tag(project, "churn@v1.0.0", b"Register\n", time=time)
    assert told in " ".join(done(project, "history", "churn").split())


NAMES = ("churn@v1.0.0", "churn#prod#1", "churn#eu/prod#2", "churn@deprecated#3", "a/churn@v1.0.0", "a=churn@v1.0.0")


def test_of_one_model_the_same_is_read_as_of_all(project: GitRepo) -> None:
    for name in (*NAMES, "churned@v1.0.0", "churn-two#prod#1", "churn/x@v1.0.0"):
        project.git("tag", "-a", "-m", "x", name)
    repository = Repository(project.root)
    whole = history.read(repository)
    assert len(whole.artifacts) == 6
    for name in whole.artifacts:
        assert history.read_artifact(repository, name) == whole.artifact(name)
    assert {event.tag.name for event in whole.artifact("churn").events} == set(NAMES[:4])


@pytest.mark.parametrize(
    "name", ["ch*rn", "chur?", "[c]hurn", "c\\hurn", "../churn", "a/../churn", "a=churn", "-q", "$x"]
)
def test_a_name_that_is_none_means_no_other_model(project: GitRepo, name: str) -> None:
    for tag in NAMES:
        project.git("tag", "-a", "-m", "x", tag)
    for command in ("show", "history"):
        result = project.run("model", command, "--", name)
        assert result.exit_code == 3
        assert f"no version of a model {name!r} was ever registered" in result.output


def test_a_tag_on_a_tag_is_followed_to_its_commit_and_a_tag_on_a_tree_is_not(project: GitRepo) -> None:
    project.git("tag", "-a", "-m", "x", "inner")
    project.git("tag", "-a", "-m", "x", "churn@v1.0.0", "inner")
    project.git("tag", "-a", "-m", "x", "churn@v1.1.0", "HEAD^{tree}")
    head = project.git("rev-parse", "HEAD").strip()
    found = {tag.name: tag.commit for tag in read_all(Repository(project.root))}
    assert found == {"churn@v1.0.0": head, "churn@v1.1.0": "", "inner": head}


def test_trailers_are_read_from_a_signed_tag(project: GitRepo) -> None:
    key = project.root.parent / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    signing = ("-c", "gpg.format=ssh", "-c", f"user.signingKey={key}")
    project.git(*signing, "tag", "-s", "-m", "Register churn v1.0.0", "-m", "Model: abc", "churn@v1.0.0")
    [version] = history.read(Repository(project.root)).artifact("churn").versions
    assert version.trailers.one("Model") == "abc"


@pytest.mark.parametrize(
    ("command", "calls"),
    # Three tell whether git contradicts the tags that are shown; `show` asks whether monitoring has a branch.
    [(("list",), 6), (("show", "churn"), 7), (("history", "churn"), 6)],
)
def test_reading_loads_nothing_heavy_and_asks_git_for_the_tags_once(
    story: GitRepo, command: tuple[str, ...], calls: int
) -> None:
    script = (
        "import sys\nfrom gitmlops.adapters.system import process\nfrom gitmlops.cli.main import main\n"
        "calls = []\nstart = process._start\n"
        "process._start = lambda command, **more: (calls.append(command), start(command, **more))[1]\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as done:\n    assert not done.code, done.code\n"
        "heavy = {'git', 'pandas', 'numpy', 'dvc', 'duckdb', 'pyarrow', 'skops', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert sum('%(objecttype)' in ' '.join(call) for call in calls) == 1, calls\n"
        f"assert len(calls) == {calls}, calls\n"
        "assert sum('cat-file' in call for call in calls) == 1, calls\n"
    )
    done_ = subprocess.run(
        [sys.executable, "-c", script, "-C", str(story.root), "model", *command], capture_output=True, text=True
    )
    assert done_.returncode == 0, done_.stderr


@pytest.mark.slow
def test_ten_thousand_tags_are_told_in_half_a_second(project: GitRepo) -> None:
    head = project.git("rev-parse", "HEAD").strip()
    lines = []
    for number in range(10_000):
        name = f"model-{number % 100}#prod#{number}"
        message = f"Promote\n\nModel: {'a' * 64}\nReceipt: {'b' * 64}"
        lines.append(f"tag {name}\nfrom {head}\ntagger a <a@b> {number} +0000\ndata {len(message)}\n{message}\n")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=project.root, input="".join(lines), text=True, check=True)
    project.git("pack-refs", "--all")
    began = time.process_time()
    told = history.read(Repository(project.root))
    for artifact in told.artifacts.values():
        artifact.in_stage("prod")
    assert time.process_time() - began < 0.5
    assert len(told.artifacts) == 100


def write_dvc(repo: GitRepo, content: str) -> None:
    """Put the model file under DVC, really."""
    (repo.root / "models").mkdir(exist_ok=True)
    (repo.root / "models/churn.skops").write_text(content)
    subprocess.run([sys.executable, "-m", "dvc", "add", "-q", "models/churn.skops"], cwd=repo.root, check=True)


def test_files_come_from_git_and_from_dvc_of_the_version_not_of_the_work_tree(tmp_path: Path) -> None:
    work = team(tmp_path)
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=work.root, check=True)
    for version, content in (("v1.0.0", "one"), ("v1.1.0", "two")):
        write_dvc(work, content)
        work.commit({"models/churn.baseline.json": f"baseline of {content}", "models/churn.card.md": "# Card\n"})
        judge(work)
        work.git("push", "-q", "origin", "main")
        done(work, "register", "churn")
        assert f"churn@{version}" in tags(work)
    (work.root / "models/churn.skops").write_text("three")
    said = done(work, "get", "churn@v1.0.0", "--output", str(tmp_path / "out"))
    assert "Compared with churn@v1.0.0." in said
    assert {file.name: file.read_text() for file in (tmp_path / "out").iterdir()} == {
        "churn.skops": "one",
        "churn.baseline.json": "baseline of one",
        "churn.card.md": "# Card\n",
    }


@pytest.mark.slow
def test_one_flipped_byte_in_the_remote_is_found_in_a_clone_that_fetches_it(tmp_path: Path) -> None:
    work = team(tmp_path)
    dvc(work, "init", "-q")
    dvc(work, "remote", "add", "-q", "-d", "storage", str(tmp_path / "storage"))
    write_dvc(work, "one" * 100)
    work.commit()
    judge(work)
    work.git("push", "-q", "origin", "main")
    done(work, "register", "churn")
    dvc(work, "push", "-q")
    other, out = clone(work, "other"), tmp_path / "out"
    [stored] = [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]
    good = stored.read_bytes()
    stored.chmod(0o644)
    stored.write_bytes(good[:150] + bytes([good[150] ^ 1]) + good[151:])
    result = other.run("model", "get", "churn", "--output", str(out))
    assert result.exit_code == 4
    assert "models/churn.skops: " in result.stderr
    assert "run `dvc push` where it was made" in result.stderr
    assert not out.exists()
    stored.write_bytes(good)
    done(other, "get", "churn", "--output", str(out))
    assert (out / "churn.skops").read_bytes() == good


def dvc(repo: GitRepo, *arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=repo.root, capture_output=True).returncode


def test_bytes_that_are_not_in_the_cache_are_taken_from_the_work_tree_if_they_are_the_same(tmp_path: Path) -> None:
    work = team(tmp_path)
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=work.root, check=True)
    write_dvc(work, "one")
    work.commit()
    judge(work)
    work.git("push", "-q", "origin", "main")
    subprocess.run(["rm", "-rf", ".dvc/cache"], cwd=work.root, check=True)
    done(work, "register", "churn", "--dry-run")
    (work.root / "models/churn.skops").write_text("other")
    result = work.run("model", "register", "churn")
    assert result.exit_code == 4
    assert "models/churn.skops: not in the DVC cache" in result.output


def forge(repo: GitRepo, trailers: str) -> None:
    repo.git("tag", "-a", "-m", "Register churn v9.0.0", "-m", trailers, "churn@v9.0.0")


@pytest.mark.parametrize(
    ("trailers", "words"),
    [
        (f"Model: {'a' * 64}\nGate: x", "models/churn.skops: its sha256 is "),
        (f"Baseline: {'a' * 64}\nGate: x", "models/churn.baseline.json: its sha256 is "),
    ],
)
def test_bytes_that_the_tag_does_not_pin_are_refused_and_nothing_is_written(
    tmp_path: Path, trailers: str, words: str
) -> None:
    work = team(tmp_path)
    merge(work, "one")
    forge(work, trailers)
    result = work.run("model", "get", "churn@v9.0.0", "--output", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert words in result.output
    assert "churn@v9.0.0 pins aaaaaaaaaaaa" in result.output
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    work = team(tmp_path)
    merge(work, "one")
    done(work, "register", "churn")
    (tmp_path / "out").mkdir()
    done(work, "get", "churn", "--output", str(tmp_path / "out"))
    result = work.run("model", "get", "churn", "--output", str(tmp_path / "out"))
    assert result.exit_code == 3
    assert "holds something already; name a new folder" in result.output


def test_a_commit_without_the_model_file_says_which_file(tmp_path: Path) -> None:
    work = team(tmp_path)
    result = work.run("model", "register", "churn")
    assert result.exit_code == 3
    assert "models/churn.skops: neither in git nor under DVC in commit" in result.output
