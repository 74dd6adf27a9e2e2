"""Each forgery of a release: called unverified in every view, handed to no deployment, promoted no further."""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import ARTIFACT, done, judge, listed, released, tags_at_origin, team

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository

FORGED = "churn@v9.0.0"


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    """churn v1.1.0 has replaced v1.0.0 in production."""
    repo = team(tmp_path)
    released(repo, "one", "two")
    return repo


def tagged(repo: GitRepo, name: str, commit: str, *, ahead: int = 20, inside: str = "", message: str = "x") -> None:
    """Somebody's tag, pushed: `ahead` seconds from now, with any tagger, under any name inside."""
    sha = repo.git("rev-parse", f"{commit}^{{commit}}").strip()
    who = "Jane Boss <jane@example.com>"
    header = f"object {sha}\ntype commit\ntag {inside or name}\ntagger {who} {int(time.time()) + ahead} +0000"
    made = Repository(repo.root).git("mktag", stdin=f"{header}\n\n{message}\n".encode()).strip()
    repo.git("update-ref", f"refs/tags/{name}", made)
    repo.git("push", "-q", "origin", f"refs/tags/{name}")


def of_a_branch(repo: GitRepo) -> None:
    """A tagger, approvals and a receipt that are not theirs, on a commit that nobody merged."""
    repo.commit({ARTIFACT: "evil"}, branch="mine")
    said = f"Register churn v9.0.0\n\nApproved-by: @jane risk (x)\nReceipt: {'a' * 64}\nModel: {'b' * 64}"
    tagged(repo, FORGED, "mine", message=said)
    tagged(repo, "churn#prod#9", "mine", ahead=30, message=said)
    repo.git("switch", "-q", "main")


def from_before_its_commit(repo: GitRepo) -> None:
    merged(repo)
    tagged(repo, FORGED, "main", ahead=-4000)
    tagged(repo, "churn#prod#9", "main", ahead=30)


def with_an_injected_trailer(repo: GitRepo) -> None:
    merged(repo)
    tagged(repo, FORGED, "main", message="x\n\nReason: fine\nModel: aa\nModel: bb")
    tagged(repo, "churn#prod#9", "main", ahead=30)


def dated_before_a_lower_number(repo: GitRepo) -> None:
    merged(repo)
    tagged(repo, FORGED, "main", ahead=15)
    tagged(repo, "churn#staging#8", "main", ahead=200)
    tagged(repo, "churn#prod#9", "main", ahead=100)


def merged(repo: GitRepo) -> None:
    repo.commit({ARTIFACT: "three"})
    repo.git("push", "-q", "origin", "main")


FORGERIES = {
    of_a_branch: "its commit is not on the default branch",
    from_before_its_commit: "it is dated before its commit was made",
    with_an_injected_trailer: "it says Model twice",
    dated_before_a_lower_number: "it is dated before churn#staging#8, whose number is lower",
}


@pytest.mark.parametrize(("forge", "why"), FORGERIES.items())
def test_what_git_contradicts_is_unverified_in_every_view_and_goes_nowhere(
    work: GitRepo, forge: Callable[[GitRepo], None], why: str
) -> None:
    forge(work)
    for view in (("list",), ("list", "--at", "2100-01-01"), ("show", "churn#prod"), ("history", "churn")):
        said = done(work, *view, "--format", "json")
        assert "unverified" in said, view
        assert why in said or view[0] == "show", view
    assert listed(work)["churn"]["prod"] == "v9.0.0 (unverified)"
    [stage] = [row for row in rows(work, "show", "churn#prod")["Deployment stages"] if row["stage"] == "prod"]
    assert stage["version"] == "v9.0.0 (unverified)"
    refused = work.run("model", "parse-ref", "churn#prod")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert why in refused.stderr
    assert str(listed(work)["churn"]["latest"]).startswith("v9.0.0")


@pytest.mark.parametrize("forge", [of_a_branch, from_before_its_commit, with_an_injected_trailer])
def test_a_version_that_is_none_is_unverified_beside_another_one_on_its_card_and_is_not_promoted(
    work: GitRepo, forge: Callable[[GitRepo], None]
) -> None:
    forge(work)
    assert f"{FORGED}: {FORGERIES[forge]}" in json.dumps(json.loads(done(work, "card", FORGED, "--format", "json")))
    bill = json.loads(done(work, "card", FORGED, "--format", "cyclonedx"))
    card = bill["metadata"]["component"]["modelCard"]["properties"]
    assert {"name": "gitmlops:unverified", "value": f"{FORGED}: {FORGERIES[forge]}"} in card
    assert FORGERIES[forge] in done(work, "diff", "churn@v1.1.0", "@v9.0.0", "--format", "json")
    assert json.loads(done(work, "show", FORGED, "--format", "json"))["facts"]["unverified"].startswith(FORGED)
    before = tags_at_origin(work)
    result = work.run("model", "promote", FORGED, "--to", "staging")
    assert result.exit_code == 1
    assert f"unverified: {FORGED}: {FORGERIES[forge]}" in " ".join(result.stderr.split())
    assert tags_at_origin(work) == before


def test_an_auditor_reads_of_a_version_that_is_none_that_it_is_unverified(work: GitRepo, tmp_path: Path) -> None:
    from_before_its_commit(work)
    why = f"{FORGED}: {FORGERIES[from_before_its_commit]}"
    inventory = json.loads(work.run("audit", "--all", "--format", "json").stdout)
    assert "v9.0.0 (unverified)" in {row["version"] for table in inventory["tables"] for row in table["rows"]}
    assert f"{FORGED}: unverified: {FORGERIES[from_before_its_commit]}" in json.dumps(inventory["findings"])
    dossier = work.run("audit", FORGED, "--output", str(tmp_path / "dossier"))
    assert dossier.exit_code == 1
    assert f"audit/tag unverified: {why}" in " ".join(dossier.stdout.split())
    assert FORGERIES[from_before_its_commit] in (tmp_path / "dossier/README.md").read_text()
    assert json.loads((tmp_path / "dossier/index.json").read_bytes())["unverified"] == FORGERIES[from_before_its_commit]
    assert "unverified: registered" in (tmp_path / "dossier/history.json").read_text()


def test_what_cannot_be_true_holds_no_stage_on_any_day_and_is_named(work: GitRepo) -> None:
    tagged(work, "churn#prod#7", "churn@v1.0.0", ahead=10**9)
    tagged(work, "churn#prod#8", "churn@v1.0.0", inside="churn#staging#8")
    for at in ((), ("--at", "2200-01-01")):
        assert rows(work, "list", *at)["Versions and deployment stages"][0]["prod"] == "v1.1.0"
    said = " ".join(done(work, "list").split())
    assert "churn#prod#7: unverified, counts for nothing: its date lies in the future" in said
    assert "churn#prod#8: unverified, counts for nothing: the tag carries another name inside" in said
    history = [row["what"] for row in rows(work, "history", "churn")["Events"]]
    assert history.count("unverified: promoted") == 2
    for tag in ("churn#prod#7", "churn#prod#8"):
        assert work.run("model", "parse-ref", f"refs/tags/{tag}").exit_code == 1


def test_in_a_shallow_clone_nobody_calls_unverified_what_cannot_be_seen(work: GitRepo) -> None:
    shallow = work.root.parent / "shallow"
    work.git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{work.root.parent}/origin.git", str(shallow))
    clone = GitRepo(shallow)
    clone.git("fetch", "-q", "--depth=1", "--tags")
    assert "unverified" not in done(clone, "list")


# A published pair of two blocks of 64 bytes with one MD5.
_LINES = (
    "d131dd02c5e6eec4693d9a0698aff95c2fcab5{}712467eab4004583eb8fb7f89",
    "55ad340609f4b30283e4888325{}1415a085125e8f7cdc99fd91dbd{}280373c5b",
    "d8823e3156348f5bae6dacd436c919c6dd53e2{}487da03fd02396306d248cda0",
    "e99f33420f577ee8ce54b67080{}80d1ec69821bcb6a8839396f965{}b6ff72a70",
)
COLLISION = tuple(bytes.fromhex("".join(_LINES).format(*digits)) for digits in ("87fba2", "0f732a"))


def under_dvc(repo: GitRepo, content: bytes) -> Path:
    """Register and release what DVC keeps; where its content lies."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    place = repo.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    pointer = f"outs:\n- md5: {md5}\n  size: {len(content)}\n  path: churn.skops\n"
    repo.commit({f"{ARTIFACT}.dvc": pointer, ".dvc/config": "", ".dvc/.gitignore": "/cache\n"})
    judge(repo, content=content)
    repo.git("push", "-q", "origin", "main")
    notes.share(Repository(repo.root), notes.RECEIPTS, "origin")
    done(repo, "register", "churn")
    return place


def test_the_pair_collides() -> None:
    one, other = COLLISION
    assert one != other
    assert hashlib.md5(one, usedforsecurity=False).digest() == hashlib.md5(other, usedforsecurity=False).digest()


@pytest.mark.parametrize(
    ("swapped", "code", "words"),
    [
        (COLLISION[1], 1, "its sha256 is"),
        (COLLISION[0][::-1], 4, "the cache holds other bytes under"),
        (COLLISION[0] + b"longer", 4, "the cache holds other bytes under"),
        (bytes([COLLISION[0][0] ^ 1]) + COLLISION[0][1:], 4, "the cache holds other bytes under"),
    ],
)
def test_other_bytes_of_the_same_length_of_another_or_of_the_same_md5_are_not_handed_out(
    tmp_path: Path, swapped: bytes, code: int, words: str
) -> None:
    work = team(tmp_path)
    place = under_dvc(work, COLLISION[0])
    out = work.root / "out"
    done(work, "get", "churn@v1.0.0", "--output", str(out))
    assert (out / "churn.skops").read_bytes() == COLLISION[0]
    place.write_bytes(swapped)
    result = work.run("model", "get", "churn@v1.0.0", "--output", str(tmp_path / "other"))
    assert result.exit_code == code
    assert words in result.stderr
    assert not (tmp_path / "other").exists()


def rows(repo: GitRepo, *view: str) -> dict[str, list[dict[str, object]]]:
    return {table["title"]: table["rows"] for table in json.loads(done(repo, *view, "--format", "json"))["tables"]}
