"""What is looked at before a rollback: tags, files in DVC's remotes, features, today's rules; what is overridden."""

import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import ARTIFACT, POLICY, clone, done, judge, listed, released, tags, tags_at_origin, team, train
from tests.tiny_project import DEFINITIONS

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.records.receipt import RequiredPolicies

ROLLBACK = ("model", "rollback", "churn", "--reason", "worse", "--yes")
FEATURES = {
    **{path: text for path, text in DEFINITIONS.items() if path.startswith("features/") and "/sets/" not in path},
    "features/sets/churn.yaml": (
        "kind: feature_set\nname: churn\nowner: us\ndescription: Both\nfeatures: [rows@v1:history, rows@v1:temp]\n"
    ),
}
VIEW = "features/views/rows.yaml"


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    """churn v1.1.0 has replaced v1.0.0 in production; git keeps the files."""
    repo = team(tmp_path)
    repo.commit(FEATURES)
    released(repo, "one", "two")
    return repo


@pytest.fixture
def stored(tmp_path: Path) -> GitRepo:
    """The same, and DVC keeps the model files, in a folder beside the clone; the clone itself has none of them."""
    repo = team(tmp_path)
    remote(repo, "../../storage")
    for number, content in enumerate((b"one", b"the second")):
        put(tmp_path / "storage", content)
        pointer = f"outs:\n- md5: {md5(content)}\n  size: {len(content)}\n  hash: md5\n  path: churn.skops\n"
        repo.commit({f"{ARTIFACT}.dvc": pointer, "models/churn.baseline.json": f"baseline {number}"})
        put(repo.root / ".dvc/cache", content)
        judge(repo, content=content)
        repo.git("push", "-q", "origin", "main")
        notes.share(Repository(repo.root), notes.RECEIPTS, "origin")
        done(repo, "register", "churn")
        for stage in ("staging", "prod"):
            done(repo, "promote", f"churn@v1.{number}.0", "--to", stage)
    subprocess.run(["rm", "-rf", str(repo.root / ".dvc/cache")], check=True)
    return repo


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def place(store: Path, content: bytes) -> Path:
    return store / "files" / "md5" / md5(content)[:2] / md5(content)[2:]


def put(store: Path, content: bytes) -> None:
    place(store, content).parent.mkdir(parents=True, exist_ok=True)
    place(store, content).write_bytes(content)


def remote(repo: GitRepo, url: str) -> None:
    """Let main name a DVC remote."""
    text = f"[core]\n    remote = shop\n['remote \"shop\"']\n    url = {url}\n"
    repo.commit({".dvc/config": text, ".dvc/.gitignore": "/cache\n/tmp\n/config.local\n"})
    repo.git("push", "-q", "origin", "main")


def change(repo: GitRepo, files: dict[str, str | bytes]) -> None:
    repo.commit(files)
    repo.git("push", "-q", "origin", "main")


def words(text: str) -> str:
    return " ".join(text.split())


def refused(repo: GitRepo, *options: str) -> str:
    """What a refused rollback says; it leaves no tag, neither here nor at origin."""
    before = tags(repo), tags_at_origin(repo)
    result = repo.run(*ROLLBACK, *options)
    assert result.exit_code == 1, result.output
    assert (tags(repo), tags_at_origin(repo)) == before
    return words(result.output)


def rolled_back(repo: GitRepo, *options: str) -> str:
    result = repo.run(*ROLLBACK, *options)
    assert result.exit_code == 0, result.output
    assert listed(repo)["churn"]["prod"] == "v1.0.0"
    return words(result.output)


def message(repo: GitRepo, tag: str) -> str:
    return repo.git("tag", "--list", "--format=%(contents)", tag)


def test_the_plan_tells_what_was_looked_at_before_anybody_is_asked(work: GitRepo) -> None:
    result = work.run(*ROLLBACK[:-1], input="n\n")
    assert result.exit_code == 130
    said = words(result.output)
    for look in (
        "fine: tag: churn@v1.0.0: confirmed: named, dated and placed as it says",
        "fine: tag: churn#prod#2: confirmed",
        f"fine: {ARTIFACT}: in git, as its tag pins it",
        "fine: features: main defines all 2 as they were",
        "fine: policies: what the gate found then passes the hard-mandatory checks of today",
    ):
        assert look in said
    assert "Looked at before" in work.run(*ROLLBACK, "--dry-run").output


def test_files_in_the_remote_are_looked_for_there_and_not_brought(stored: GitRepo) -> None:
    assert f"{ARTIFACT} fine in the DVC remote shop, 3 bytes" in rolled_back(stored).replace("│", "")
    assert not (stored.root / ".dvc/cache").exists()


def test_a_file_that_the_remote_lacks_refuses_before_any_tag(stored: GitRepo, tmp_path: Path) -> None:
    place(tmp_path / "storage", b"one").unlink()
    said = refused(stored, "--override", "it must go back")
    assert f"churn v1.0.0 cannot serve again: {ARTIFACT}: in no DVC remote: shop lacks it" in said
    assert "`dvc push` where the files are" in said
    put(tmp_path / "storage", b"one")
    rolled_back(stored)


def test_an_object_of_another_length_refuses(stored: GitRepo, tmp_path: Path) -> None:
    place(tmp_path / "storage", b"one").write_bytes(b"swapped")
    assert "shop has 7 bytes under its digest, not 3" in refused(stored)


def test_a_storage_that_is_not_mounted_is_told_and_stops_nobody(stored: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "storage").rename(tmp_path / "elsewhere")
    assert "not known shop was not asked: there is no folder" in rolled_back(stored)


def test_without_a_remote_the_files_must_be_here(stored: GitRepo) -> None:
    change(stored, {".dvc/config": "[core]\n    autostage = false\n"})
    assert f"{ARTIFACT}: not here, and no DVC remote" in refused(stored)
    put(stored.root / ".dvc/cache", b"one")
    assert "in the cache of this clone alone: there is no DVC remote" in rolled_back(stored)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The storage over HTTP."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "storage"))) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()


def test_another_kind_of_storage_is_asked_by_dvc(stored: GitRepo, server: str, tmp_path: Path) -> None:
    remote(stored, server)
    place(tmp_path / "storage", b"one").rename(tmp_path / "kept")
    assert f"{ARTIFACT}: in no DVC remote: shop lacks it" in refused(stored)
    put(tmp_path / "storage", b"one")
    assert "in the DVC remote shop" in rolled_back(stored)
    assert not (stored.root / ".dvc/cache").exists()


def test_a_storage_that_does_not_answer_is_told_and_stops_nobody(stored: GitRepo) -> None:
    remote(stored, "http://127.0.0.1:9")
    assert "shop was not asked: " in rolled_back(stored)


def test_a_feature_that_main_lost_refuses_unless_somebody_answers_for_it(work: GitRepo) -> None:
    text = str(FEATURES[VIEW])
    change(work, {VIEW: text.replace("- {name: temp, dtype: float64, description: Two}\n", "")})
    said = refused(work)
    assert "churn v1.0.0 would be refused today: rows@v1:temp: main does not define it any more" in said
    assert 'answer for it with --override "WHY"' in said
    rolled_back(work, "--override", "the store still has it, asked Ann")
    for tag in ("churn#prod!#5", "churn#prod#6"):
        assert "Override: the store still has it, asked Ann\n" in message(work, tag)
        assert "Overridden: rows@v1:temp: main does not define it any more" in message(work, tag)
    assert "worse; override: the store still has it, asked Ann" in done(work, "history", "churn", "--format", "json")
    assert work.run("model", "verify", "churn#prod").exit_code == 0


def test_a_feature_of_another_type_refuses_and_one_of_other_values_is_told(work: GitRepo) -> None:
    text = str(FEATURES[VIEW])
    change(work, {VIEW: text.replace("history, dtype: float64", "history, dtype: int64")})
    assert "rows@v1:history: its interface is another one on main" in refused(work)
    change(work, {VIEW: text.replace("source: rows\n", "source: rows\nttl: 3d\n")})
    assert "its values may be others on main: ttl" in rolled_back(work)


def test_what_hard_mandatory_checks_of_today_would_refuse_needs_an_override_in_the_tags(work: GitRepo) -> None:
    stricter = POLICY.replace("threshold: 0.68", "threshold: 0.75")
    change(work, {"policies/quality.yaml": stricter})
    assert "policies: quality/auc asks for >= 0.75 today, 0.71 was found; choose another version" in refused(work)
    assert "churn#prod#6" not in tags_at_origin(work)
    rolled_back(work, "--override", "v1.1.0 refuses every customer")
    said = message(work, "churn#prod#6")
    assert "Override: v1.1.0 refuses every customer\n" in said
    assert "Overridden: policies: quality/auc asks for >= 0.75 today, 0.71 was found\n" in said


def test_a_hard_check_that_a_version_was_never_asked_refuses_and_a_soft_one_does_not(work: GitRepo) -> None:
    check = '- {{id: loss, metric: brier, op: "<=", threshold: 0.3, enforcement: {}}}\n'
    change(work, {"policies/quality.yaml": POLICY + check.format("hard-mandatory")})
    assert "quality/loss asks for brier <= 0.3 today, which this version was never asked" in refused(work)
    change(work, {"policies/quality.yaml": POLICY + check.format("soft-mandatory")})
    rolled_back(work)


def test_what_required_policies_refuse_today_needs_an_override_and_where_they_are_gone_nobody_waits(
    work: GitRepo,
) -> None:
    organisation = work.root.parent / "policies"
    subprocess.run(["git", "init", "-q", "-b", "main", str(organisation)], check=True)
    GitRepo(organisation).commit({"policies/floor.yaml": POLICY.replace("id: quality", "id: floor")})
    said = "policies: required/floor/auc asks for roc_auc >= 0.68 today, which this version was never asked"
    assert said in refused(work, f"--required-policies=file://{organisation}@main")
    organisation.rename(organisation.with_name("moved"))
    told = rolled_back(work, f"--required-policies=file://{organisation}@main")
    assert "required policies not known they cannot be read" in told


def test_a_version_that_required_policies_judged_is_told_where_nobody_names_them(tmp_path: Path) -> None:
    repo = team(tmp_path)
    elsewhere = RequiredPolicies("https://acme.example/policies.git", "v1", "a" * 40, ())
    for number, content in enumerate(("one", "two")):
        train(repo, content)
        judge(repo, required=elsewhere)
        repo.git("push", "-q", "origin", "main")
        done(repo, "register", "churn")
        for stage in ("staging", "prod"):
            done(repo, "promote", f"churn@v1.{number}.0", "--to", stage)
    told = rolled_back(repo)
    assert "required policies not known those of https://acme.example/policies.git judged it, too" in told


def test_an_override_of_two_lines_is_refused_and_one_of_nothing_is_not_written_down(work: GitRepo) -> None:
    assert "nothing would be refused, so the override is not written down" in rolled_back(work, "--override", "x")
    assert "Override" not in message(work, "churn#prod#6")
    done(work, "promote", "churn@v1.1.0", "--to", "prod")
    change(work, {"policies/quality.yaml": POLICY.replace("threshold: 0.68", "threshold: 0.75")})
    before = tags(work)
    result = work.run(*ROLLBACK, "--override", "x\nApproved-by: @boss risk")
    assert (result.exit_code, tags(work)) == (3, before)
    assert "Override: the character " in result.output


def test_the_receipt_is_fetched_where_another_clone_rolls_back_and_loads_nothing_heavy(work: GitRepo) -> None:
    other = clone(work, "other")
    heavy = ("dvc", "pandas", "numpy", "scipy", "sklearn", "skops", "duckdb", "pyarrow", "github")
    code = f"import sys\nfor name in {heavy!r}: sys.modules[name] = None\nfrom gitmlops.__main__ import main\nmain()"
    told = subprocess.run(
        [sys.executable, "-c", code, *ROLLBACK], cwd=other.root, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert "passes the hard-mandatory checks of today" in words(told.stdout)


def test_a_version_whose_promotion_is_not_believed_is_not_gone_back_to(work: GitRepo) -> None:
    sha = work.git("rev-parse", "churn@v1.0.0^{commit}").strip()
    born = int(work.git("show", "--no-patch", "--format=%ct", sha))
    header = f"object {sha}\ntype commit\ntag churn#prod#2\ntagger a <a@b> {born - 4000} +0000"
    made = Repository(work.root).git("mktag", stdin=f"{header}\n\nx\n".encode()).strip()
    for git in (work.git, lambda *words: work.git("--git-dir", str(work.root.parent / "origin.git"), *words)):
        git("update-ref", "-d", "refs/tags/churn#prod#2")
    work.git("update-ref", "refs/tags/churn#prod#2", made)
    work.git("push", "-q", "origin", "--tags")
    said = refused(work, "--override", "it must go back")
    assert "cannot serve again: tag: unverified: churn#prod#2: it is dated before its commit was made" in said


def test_a_commit_that_main_lost_is_not_gone_back_to(work: GitRepo) -> None:
    work.git("checkout", "-q", "--orphan", "fresh")
    work.commit(message="Start anew")
    work.git("push", "-q", "-f", "origin", "fresh:main")
    assert "churn@v1.0.0: its commit is not on the default branch" in refused(work)
