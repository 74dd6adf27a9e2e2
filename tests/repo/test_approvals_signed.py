"""Approvals without GitHub: real SSH keys, notes in real repositories, and notes that somebody forged."""

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import ARTIFACT, MODEL, POLICY, clone, done, judge, tags, train

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository

PROJECT = """\
project: test
people:
  jane: {{keys: ["{jane}"], emails: [jane@acme.com]}}
  joe: {{keys: ["{joe}"]}}
roles:
  risk: ["@jane"]
  ml: ["@jane", "@joe"]
stages:
- name: staging
- {{name: prod, after: staging, production: true, approvals: {{risk: 1, ml: 1}}}}
"""


def key(folder: Path, name: str) -> Path:
    path = folder / "keys" / name
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def public(folder: Path, name: str) -> str:
    return key(folder, name).with_suffix(".pub").read_text().strip()


def rules(folder: Path, **changes: str) -> str:
    keys = {name: public(folder, name) for name in ("jane", "joe")}
    return PROJECT.format(**{**keys, **changes})


@pytest.fixture
def shop(tmp_path: Path) -> GitRepo:
    """A version churn@v1.0.0 in staging; prod asks for two people."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "work")], check=True)
    repo = GitRepo(tmp_path / "work")
    repo.commit({"gitmlops.yaml": rules(tmp_path), "models/churn.yaml": MODEL, "policies/quality.yaml": POLICY})
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(tmp_path / "origin.git")], check=True)
    repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    repo.git("push", "-q", "-u", "origin", "main")
    train(repo, "one")
    judge(repo)
    repo.git("push", "-q", "origin", "main")
    done(repo, "register", "churn")
    done(repo, "promote", "churn@v1.0.0", "--to", "staging")
    return repo


def approve(repo: GitRepo, who: str, role: str, *options: str, about: str = "churn@v1.0.0"):
    path = str(key(repo.root.parent, who))
    return repo.run("model", "approve", about, "--role", role, "--key", path, *options)


def approvals(repo: GitRepo, about: str = "churn@v1.0.0") -> dict[str, list[dict]]:
    tables = json.loads(done(repo, "approvals", about, "--format", "json"))["tables"]
    return {table["title"]: table["rows"] for table in tables}


def why_not(repo: GitRepo, about: str = "churn@v1.0.0") -> list[str]:
    return [row["why"] for row in approvals(repo, about)["Not counted"]]


def lines(repo: GitRepo, commit: str = "HEAD") -> tuple[bytes, ...]:
    return notes.read(Repository(repo.root), notes.APPROVALS, repo.git("rev-parse", commit).strip())


def put(repo: GitRepo, line: bytes, commit: str = "HEAD") -> None:
    notes.add(Repository(repo.root), notes.APPROVALS, repo.git("rev-parse", commit).strip(), line)


def merged(repo: GitRepo, files: dict[str, str]) -> None:
    repo.commit(files)
    repo.git("push", "-q", "origin", "main")


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_promotion_is_refused_until_everybody_whom_the_stage_asks_for_has_signed(shop):
    result = shop.run("model", "promote", "churn@v1.0.0", "--to", "prod")
    assert result.exit_code == 1
    assert "prod misses 1 ml, 1 risk" in result.stderr
    assert "gitmlops model approve churn@v1.0.0 --role ROLE" in result.stderr
    result = approve(shop, "jane", "risk")
    assert result.exit_code == 0, result.output
    assert "churn@v1.0.0: approved as risk until " in result.stderr
    assert "pushed to origin" in result.stderr
    assert approvals(shop)["Stages"] == [{"stage": "prod", "asks for": "1 ml, 1 risk", "missing": "1 ml"}]
    assert "prod misses 1 ml" in shop.run("model", "promote", "churn@v1.0.0", "--to", "prod").stderr
    assert "churn#prod#2" not in tags(shop)
    other = clone(shop, "other")
    assert approve(other, "joe", "ml").exit_code == 0
    done(shop, "promote", "churn@v1.0.0", "--to", "prod")
    message = shop.git("tag", "-l", "--format=%(contents)", "churn#prod#2")
    assert "Approved-by: @joe ml (signed with SHA256:" in message
    assert "Approved-by: @jane risk (signed with SHA256:" in message


def test_one_person_with_two_roles_is_one_person(shop):
    approve(shop, "jane", "risk")
    approve(shop, "jane", "ml")
    assert approvals(shop)["Stages"][0]["missing"] == "1 risk"
    assert shop.run("model", "promote", "churn@v1.0.0", "--to", "prod").exit_code == 1


def test_a_commit_is_approved_before_it_is_a_version_and_its_tag_names_who_did(shop):
    train(shop, "two")
    judge(shop)
    shop.git("push", "-q", "origin", "main")
    assert approve(shop, "joe", "ml", about="churn@main").exit_code == 0
    done(shop, "register", "churn")
    assert "Approved-by: @joe ml (signed with SHA256:" in shop.git("tag", "-l", "--format=%(contents)", "churn@v1.1.0")
    result = shop.run("model", "verify", "churn@v1.1.0")
    assert result.exit_code == 0, result.output
    assert "confirmed" in result.stdout


def test_a_signed_note_on_another_commit_approves_nothing(shop):
    approve(shop, "jane", "risk")
    (line,) = lines(shop)
    train(shop, "two")
    judge(shop)
    shop.git("push", "-q", "origin", "main")
    put(shop, line)
    done(shop, "register", "churn")
    assert why_not(shop, "churn@v1.1.0") == [f"it is for another commit: {shop.git('rev-parse', 'HEAD~1').strip()}"]
    assert approvals(shop, "churn@v1.1.0")["Counted"] == []


def test_a_signed_note_in_a_copy_of_the_repository_approves_nothing(shop):
    approve(shop, "jane", "risk")
    fork = shop.root.parent / "fork.git"
    subprocess.run(["git", "clone", "-q", "--mirror", str(shop.root.parent / "origin.git"), str(fork)], check=True)
    shop.git("remote", "set-url", "origin", str(fork))
    assert why_not(shop) == [f"it is for another repository: file://{shop.root.parent / 'origin.git'}"]


@pytest.mark.parametrize(
    "field", ["repository", "commit", "tree", "model_sha256", "role", "approver", "expires", "word"]
)
def test_a_payload_that_was_edited_is_not_signed(shop, field):
    approve(shop, "jane", "risk", "--days", "1")
    (line,) = lines(shop)
    kept = json.loads(line)
    other = {"role": "ml", "approver": "joe", "expires": "2999-01-01T00:00:00+00:00", "word": "withdraw"}
    kept["approval"][field] = other.get(field, "f" * 40)
    shop.git("update-ref", "-d", notes.APPROVALS)
    shop.git("push", "-q", "origin", f":{notes.APPROVALS}")
    put(shop, json.dumps(kept).encode() + b"\n")
    found = approvals(shop)
    assert found["Counted"] == []
    assert len(found["Not counted"]) == 1


def test_a_signature_for_another_purpose_is_none(shop):
    approve(shop, "jane", "risk")
    (line,) = lines(shop)
    kept = json.loads(line)
    payload = json.dumps(kept["approval"], sort_keys=True, separators=(",", ":")) + "\n"
    for purpose, found in (("gitmlops-approval", 1), ("git", 0)):
        command = ["ssh-keygen", "-Y", "sign", "-q", "-n", purpose, "-f", str(key(shop.root.parent, "jane"))]
        signed = subprocess.run(command, input=payload.encode(), check=True, capture_output=True).stdout.decode()
        shop.git("update-ref", "-d", notes.APPROVALS)
        shop.git("push", "-q", "origin", f":{notes.APPROVALS}")
        put(shop, json.dumps({**kept, "signature": signed}).encode() + b"\n")
        assert len(approvals(shop)["Counted"]) == found


def test_a_key_that_the_base_does_not_name_signs_nothing(shop):
    result = approve(shop, "mallory", "risk")
    assert result.exit_code == 3
    assert "the default branch knows nobody with this key" in result.stderr
    shop.write({"gitmlops.yaml": rules(shop.root.parent, jane=public(shop.root.parent, "mallory"))})
    assert approve(shop, "mallory", "risk").exit_code == 3
    shop.commit(branch="sneaky")
    assert approve(shop, "mallory", "risk").exit_code == 3
    assert lines(shop) == ()


def test_who_has_not_the_role_cannot_approve_as_it(shop):
    result = approve(shop, "joe", "risk")
    assert result.exit_code == 1
    assert "@joe has not the role risk on the default branch; choose from: ml" in result.stderr
    assert approve(shop, "joe", "risc").exit_code == 3


def test_a_key_that_was_taken_off_the_base_is_revoked(shop):
    approve(shop, "jane", "risk")
    merged(shop, {"gitmlops.yaml": rules(shop.root.parent, jane=public(shop.root.parent, "new"))})
    assert why_not(shop) == ["none of the keys that the base has for @jane signed it"]


def test_a_tag_whose_approval_was_revoked_or_forged_is_unverified(shop):
    approve(shop, "jane", "risk")
    approve(shop, "joe", "ml")
    train(shop, "two")
    judge(shop)
    shop.git("push", "-q", "origin", "main")
    approve(shop, "jane", "risk", about="churn@main")
    done(shop, "register", "churn")
    assert done(shop, "verify", "churn@v1.1.0", "--remote")
    merged(shop, {"gitmlops.yaml": rules(shop.root.parent, jane=public(shop.root.parent, "new"))})
    result = shop.run("model", "verify", "churn@v1.1.0")
    assert result.exit_code == 1
    assert "unknown to the signed notes" in words(result.stdout)
    trailer = "Register\n\nApproved-by: @jane risk (signed with SHA256:forged)\nApproved-by: nonsense"
    shop.git("tag", "-a", "churn@v9.0.0", "-m", trailer)
    result = shop.run("model", "verify", "churn@v9.0.0")
    assert result.exit_code == 1
    assert "@jane risk (signed with SHA256:forged): unknown to the signed notes" in words(result.stdout)
    assert "is not of the form that this tool writes" in words(result.stdout)


def test_a_clone_without_the_notes_says_how_to_get_them(shop):
    approve(shop, "jane", "risk")
    approve(shop, "joe", "ml")
    done(shop, "promote", "churn@v1.0.0", "--to", "prod")
    other = clone(shop, "other")
    result = other.run("model", "verify", "churn#prod")
    assert result.exit_code == 1
    assert "unknown to the signed notes; run it with --remote" in words(result.stdout)
    assert other.run("model", "verify", "churn#prod", "--remote").exit_code == 0
    assert other.run("model", "verify", "churn#prod").exit_code == 0


def test_a_rollback_rests_on_the_approvals_of_the_promotion_that_it_goes_back_to(shop):
    approve(shop, "jane", "risk", "--days", "1")
    approve(shop, "joe", "ml")
    done(shop, "promote", "churn@v1.0.0", "--to", "prod")
    train(shop, "two")
    judge(shop)
    shop.git("push", "-q", "origin", "main")
    approve(shop, "jane", "risk", about="churn@main")
    approve(shop, "joe", "ml", about="churn@main")
    done(shop, "register", "churn")
    for stage in ("staging", "prod"):
        done(shop, "promote", "churn@v1.1.0", "--to", stage)
    done(shop, "rollback", "churn", "--reason", "it scores too high", "--yes")
    told = words(done(shop, "verify", "churn#prod"))
    assert "churn#prod#2" in told
    assert told.count("): confirmed") == 2


def test_who_lost_the_role_since_has_approved_nevertheless(shop):
    train(shop, "two")
    judge(shop)
    shop.git("push", "-q", "origin", "main")
    approve(shop, "jane", "ml", about="churn@main")
    done(shop, "register", "churn")
    merged(shop, {"gitmlops.yaml": rules(shop.root.parent).replace('ml: ["@jane", "@joe"]', 'ml: ["@joe"]')})
    result = shop.run("model", "verify", "churn@v1.1.0")
    assert result.exit_code == 0
    assert "@jane has not the role ml in gitmlops.yaml of the base" in words(result.stdout)
    assert approvals(shop, "churn@v1.1.0")["Counted"] == []


def test_a_clone_that_is_behind_does_not_promote_by_rules_that_were_changed(shop):
    approve(shop, "jane", "risk")
    approve(shop, "joe", "ml")
    other = clone(shop, "other")
    text = rules(shop.root.parent).replace('risk: ["@jane"]', 'risk: ["@joe"]')
    merged(shop, {"gitmlops.yaml": text})
    result = other.run("model", "promote", "churn@v1.0.0", "--to", "prod")
    assert result.exit_code == 1
    assert "prod misses 1 risk" in result.stderr
    assert "@jane has not the role risk" in result.stderr


def test_a_version_and_its_history_tell_who_approved(shop):
    train(shop, "two")
    judge(shop)
    shop.git("push", "-q", "origin", "main")
    approve(shop, "joe", "ml", about="churn@main")
    done(shop, "register", "churn")
    assert "@joe ml (signed with SHA256:" in words(done(shop, "show", "churn@v1.1.0"))
    (table,) = json.loads(done(shop, "history", "churn", "--format", "json"))["tables"]
    assert {row["tag"]: row["approved by"] for row in table["rows"]}["churn@v1.1.0"] == "@joe"


def test_an_approval_is_taken_back(shop):
    approve(shop, "jane", "risk")
    result = approve(shop, "jane", "risk", "--withdraw")
    assert "withdrawn by @jane" in result.stderr
    assert approvals(shop)["Counted"] == []
    assert "it takes the approval back" in why_not(shop)


def test_what_a_merge_brought_is_not_approved_by_its_author(shop):
    shop.git("checkout", "-q", "-b", "work")
    train(shop, "two")
    shop.git("commit", "-q", "--amend", "--no-edit", "--author", "J <Jane@acme.com>")
    shop.git("checkout", "-q", "main")
    shop.git("merge", "-q", "--no-ff", "work")
    judge(shop)
    shop.git("push", "-q", "origin", "main")
    done(shop, "register", "churn")
    approve(shop, "jane", "ml", about="churn@v1.1.0")
    assert why_not(shop, "churn@v1.1.0") == [
        "@jane is an author of the commit, of what it merged, or of the model file"
    ]


@pytest.mark.parametrize("kept_by", ["git", "dvc"])
def test_words_after_the_model_do_not_let_its_author_approve_it(shop, kept_by):
    if kept_by == "git":
        train(shop, "two")
    else:
        shop.git("rm", "-q", "models/churn.skops")
        pointer = "outs:\n- md5: b8a9f715dbb64fd5c56e7783c6820a61\n  size: 3\n  path: churn.skops\n"
        shop.commit({".dvc/config": "", "models/churn.skops.dvc": pointer, "models/.gitignore": "churn.skops\n"})
        shop.write({"models/churn.skops": "two"})
    shop.git("commit", "-q", "--amend", "--no-edit", "--author", "J <jane@acme.com>")
    shop.commit({"README.md": "words", "other/dvc.lock": "schema: '2.0'\n"})
    judge(shop)
    shop.git("push", "-q", "origin", "main")
    approve(shop, "jane", "ml", about="churn@main")
    approve(shop, "joe", "ml", about="churn@main")
    found = approvals(shop, "churn@main")
    assert [row["who"] for row in found["Counted"]] == ["@joe"]
    assert [row["why"] for row in found["Not counted"]] == [
        "@jane is an author of the commit, of what it merged, or of the model file"
    ]


def test_two_people_who_sign_at_once_lose_nothing(shop):
    clones = {who: clone(shop, who) for who in ("jane", "joe")}
    jobs = [
        threading.Thread(target=approve_quietly, args=(clones[who], who, role))
        for who, role in (("jane", "risk"), ("joe", "ml"))
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert {row["who"] for row in approvals(shop)["Counted"]} == {"@jane", "@joe"}


def approve_quietly(repo: GitRepo, who: str, role: str) -> None:
    """In a process of its own: a thread cannot change the folder of this one."""
    command = [sys.executable, "-m", "gitmlops", "-C", str(repo.root), "model", "approve", "churn@v1.0.0"]
    key_file = str(key(repo.root.parent, who))
    subprocess.run([*command, "--role", role, "--key", key_file], check=True, capture_output=True)


@pytest.mark.parametrize(
    "line",
    [
        b"garbage\n",
        b"{}\n",
        b"\xff\xfe\n",
        b"[" * 200_000 + b"\n",
        b'{"schema":"gitmlops/signed-approval/2"}\n',
        b'{"schema":"gitmlops/signed-approval/1","approval":{},"signature":""}\n',
        b'"\\u202e\x1b[2J"\n',
    ],
)
def test_hostile_notes_are_told_and_stop_nobody(shop, line):
    approve(shop, "jane", "risk")
    put(shop, line)
    found = approvals(shop)
    assert [row["who"] for row in found["Counted"]] == ["@jane"]
    assert [row["why"].partition(":")[0] for row in found["Not counted"]] == ["the note is no approval"]
    assert "\x1b" not in done(shop, "approvals", "churn@v1.0.0")


def test_a_copy_of_a_note_with_other_spaces_is_no_second_person(shop):
    approve(shop, "jane", "ml")
    (line,) = lines(shop)
    put(shop, line.replace(b'"signature"', b' "signature"'))
    found = approvals(shop)
    assert len(found["Counted"]) == 1
    assert len({row["who"] for row in found["Counted"]}) == 1


def test_git_signs_with_its_own_key_where_none_is_named(shop):
    result = shop.run("model", "approve", "churn@v1.0.0", "--role", "risk")
    assert result.exit_code == 3
    assert "git signs with no SSH key here; name one with --key" in result.stderr
    shop.git("config", "gpg.format", "ssh")
    assert shop.run("model", "approve", "churn@v1.0.0", "--role", "risk").exit_code == 3
    shop.git("config", "user.signingKey", str(key(shop.root.parent, "jane")))
    assert shop.run("model", "approve", "churn@v1.0.0", "--role", "risk").exit_code == 0


@pytest.mark.parametrize("named", ["nowhere", "folder"])
def test_a_key_that_cannot_be_used_is_told(shop, named):
    (shop.root.parent / "folder").mkdir()
    (shop.root.parent / "folder.pub").mkdir()
    result = shop.run("model", "approve", "churn@v1.0.0", "--role", "risk", "--key", str(shop.root.parent / named))
    assert result.exit_code == 3
    assert "--key" in result.stderr


def test_without_a_remote_the_notes_stay_in_the_clone(tmp_path):
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path / "work")], check=True)
    repo = GitRepo(tmp_path / "work")
    definitions = {"gitmlops.yaml": rules(tmp_path), "models/churn.yaml": MODEL, "policies/quality.yaml": POLICY}
    repo.commit({**definitions, ARTIFACT: "one"})
    assert approve(repo, "jane", "risk", "--local", about="churn@HEAD").exit_code == 0
    assert [row["who"] for row in approvals(repo, "churn@HEAD")["Counted"]] == ["@jane"]


def test_what_was_signed_offline_counts_once_it_is_pushed(shop):
    origin = shop.git("remote", "get-url", "origin").strip()
    shop.git("remote", "set-url", "origin", origin + ".gone")
    result = approve(shop, "jane", "risk")
    assert result.exit_code == 4
    assert "origin does not answer" in result.stderr
    assert lines(shop) == ()
    shop.git("remote", "set-url", "origin", origin)
    assert approve(shop, "jane", "risk", "--local").exit_code == 0
    assert approve(shop, "joe", "ml").exit_code == 0
    done(clone(shop, "other"), "promote", "churn@v1.0.0", "--to", "prod")


def test_without_ssh_keygen_it_is_told_what_to_install(shop, tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(shutil.which("git"))
    path = key(shop.root.parent, "jane")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    result = shop.run("model", "approve", "churn@v1.0.0", "--role", "risk", "--key", str(path))
    assert result.exit_code == 4
    assert "ssh-keygen cannot be started" in result.stderr
    assert "install ssh-keygen and put it on PATH" in result.stderr
