"""A tag is a claim: what is forged, and by whom tags are signed, with real keys."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from tests.conftest import GitRepo
from tests.releasing import clone, done, gto_show, merge, tags, tags_at_origin, team

from gitmlops.adapters.git.repository import Repository

PROJECT = """\
project: test
people:
  ann: {{keys: ["{ann}"]}}
  gus: {{gpg: ["{gus}"]}}
roles: {{release: ["@ann", "@gus"]}}
signers: {{releases: [release]}}
"""


@pytest.fixture
def work(tmp_path: Path) -> GitRepo:
    """churn@v1.0.0 and churn@v1.1.0, the second of them in prod, nothing signed."""
    repo = team(tmp_path)
    for number, content in enumerate(("one", "two")):
        merge(repo, content)
        done(repo, "register", "churn")
        for stage in ("staging", "prod"):
            done(repo, "promote", f"churn@v1.{number}.0", "--to", stage)
    return repo


def ssh_key(folder: Path, name: str) -> Path:
    path = folder / name
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


@pytest.fixture(scope="session")
def gpg(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A GPG home with one key, and its fingerprint."""
    home = tmp_path_factory.mktemp("gpg")
    home.chmod(0o700)
    command = [
        "gpg",
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--quick-generate-key",
        "Gus <g@example.com>",
        "ed25519",
    ]
    environment = {**os.environ, "GNUPGHOME": str(home)}
    subprocess.run([*command, "sign", "never"], check=True, env=environment, capture_output=True)
    listed = subprocess.run(
        ["gpg", "--batch", "--list-keys", "--with-colons"], check=True, env=environment, capture_output=True, text=True
    ).stdout
    return str(home), next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))


def sign_with(repo: GitRepo, key: Path) -> None:
    repo.git("config", "gpg.format", "ssh")
    repo.git("config", "user.signingKey", str(key))


@pytest.fixture
def signing(tmp_path: Path, gpg: tuple[str, str]) -> GitRepo:
    """A team that signs its releases; git signs with ann's key."""
    repo = team(tmp_path)
    ann = ssh_key(tmp_path, "ann")
    public = ann.with_suffix(".pub").read_text().strip()
    repo.commit({"gitmlops.yaml": PROJECT.format(ann=public, gus=gpg[1])})
    merge(repo, "one")
    sign_with(repo, ann)
    return repo


def verify(repo: GitRepo, about: str = "churn#prod"):
    return repo.run("model", "verify", about)


def words(text: str) -> str:
    return " ".join(text.split())


def forge(work: GitRepo, name: str, commit: str, *, seconds: int, message: str = "x") -> str:
    """Somebody's tag, dated `seconds` from now; the object."""
    sha = work.git("rev-parse", f"{commit}^{{commit}}").strip()
    header = f"object {sha}\ntype commit\ntag {name}\ntagger a <a@b> {int(time.time()) + seconds} +0000"
    made = Repository(work.root).git("mktag", stdin=f"{header}\n\n{message}\n".encode()).strip()
    work.git("update-ref", f"refs/tags/{name}", made)
    return made


def test_what_our_commands_wrote_is_confirmed(work: GitRepo) -> None:
    result = verify(work)
    assert result.exit_code == 0, result.output
    assert "churn#prod#4: confirmed: named, dated and placed as it says" in words(result.stdout)
    assert "churn@v1.1.0: confirmed: named, dated and placed as it says" in words(result.stdout)


def test_the_receipt_that_a_tag_names_must_be_there_and_about_its_file(work: GitRepo) -> None:
    assert "churn@v1.1.0: the gate's receipt says passed for this file" in words(verify(work, "churn@v1.1.0").stdout)
    tag = work.git("cat-file", "tag", "churn@v1.0.0")
    other = work.git("cat-file", "tag", "churn@v1.1.0").partition("Model: ")[2].splitlines()[0]
    mine = tag.partition("Model: ")[2].splitlines()[0]
    commit = work.git("rev-parse", "churn@v1.0.0^{commit}").strip()
    work.git("tag", "--delete", "churn@v1.0.0")
    message = tag.partition("\n\n")[2].replace(mine, other)
    forge(work, "churn@v1.0.0", commit, seconds=-1, message=message.strip())
    result = verify(work, "churn@v1.0.0")
    assert result.exit_code == 1
    assert "churn@v1.0.0: the receipt that it names did not judge this model file" in words(result.stdout)


def test_a_receipt_that_is_not_here_may_be_at_the_remote_until_somebody_has_looked(work: GitRepo) -> None:
    work.git("update-ref", "-d", "refs/notes/gitmlops/receipts")
    result = verify(work, "churn@v1.1.0")
    assert result.exit_code == 0
    assert "the receipt that it names is not here; run it with --remote" in words(result.stdout)
    assert work.run("model", "verify", "churn@v1.1.0", "--remote").exit_code == 0
    work.git("update-ref", "-d", "refs/notes/gitmlops/receipts")
    work.git("push", "-q", "origin", "--delete", "refs/notes/gitmlops/receipts")
    result = work.run("model", "verify", "churn@v1.1.0", "--remote")
    assert result.exit_code == 1
    assert "the receipt that it names is neither here nor at the remote" in words(result.stdout)


def test_a_tag_from_before_its_commit_is_unverified(work: GitRepo) -> None:
    work.git("tag", "-d", "churn#prod#4")
    forge(work, "churn#prod#9", "churn@v1.1.0", seconds=-4000)
    forge(work, "churn#prod!#8", "churn@v1.0.0", seconds=-5000)
    work.git("tag", "-d", "churn#prod#2")
    result = verify(work)
    assert result.exit_code == 1
    assert "churn#prod#9: it is dated before its commit was made" in words(result.stdout)
    assert "do not deploy it; find out who wrote the tag" in words(result.stdout)


def test_a_higher_number_with_an_earlier_date_is_unverified(work: GitRepo) -> None:
    forge(work, "churn#staging#8", "churn@v1.1.0", seconds=200)
    forge(work, "churn#prod#9", "churn@v1.1.0", seconds=100)
    result = verify(work)
    assert result.exit_code == 1
    assert "churn#prod#9: it is dated before churn#staging#8, whose number is lower" in words(result.stdout)


def test_a_commit_that_nobody_merged_is_unverified(work: GitRepo) -> None:
    work.git("checkout", "-q", "-b", "mine")
    work.commit({"a": "b"})
    forge(work, "churn#prod#9", "HEAD", seconds=10)
    forge(work, "churn@v9.0.0", "HEAD", seconds=5)
    work.git("checkout", "-q", "main")
    result = verify(work, "churn@v9.0.0")
    assert result.exit_code == 1
    assert "churn@v9.0.0: its commit is not on the default branch" in words(result.stdout)


def test_what_is_said_twice_is_unverified(work: GitRepo) -> None:
    forge(work, "churn#prod#9", "churn@v1.1.0", seconds=10, message="x\n\nReason: a\nReason: b")
    result = verify(work)
    assert result.exit_code == 1
    assert "churn#prod#9: it says Reason twice" in words(result.stdout)


def test_where_the_project_says_so_tags_are_signed_and_gto_reads_them(signing: GitRepo) -> None:
    done(signing, "register", "churn")
    for stage in ("staging", "prod"):
        done(signing, "promote", "churn@v1.0.0", "--to", stage)
    result = verify(signing)
    assert result.exit_code == 0, result.output
    assert "churn@v1.0.0: confirmed: named, dated and placed as it says, signed by who may" in words(result.stdout)
    assert "churn#prod#2: confirmed: named, dated and placed as it says, signed by who may" in words(result.stdout)
    assert gto_show(signing)["churn"] == {"latest": "v1.0.0", "staging": "v1.0.0", "prod": "v1.0.0"}
    assert tags_at_origin(signing) == tags(signing)
    merge(signing, "two")
    done(signing, "register", "churn")
    for stage in ("staging", "prod"):
        done(signing, "promote", "churn@v1.1.0", "--to", stage)
    done(signing, "rollback", "churn", "--reason", "worse", "--yes")
    assert verify(signing).exit_code == 0


def test_a_gpg_key_of_the_role_signs_too(signing: GitRepo, gpg: tuple[str, str], monkeypatch) -> None:
    monkeypatch.setenv("GNUPGHOME", gpg[0])
    signing.git("config", "gpg.format", "openpgp")
    signing.git("config", "user.signingKey", gpg[1])
    done(signing, "register", "churn")
    result = verify(signing, "churn@v1.0.0")
    assert result.exit_code == 0, result.output
    assert "signed by who may" in words(result.stdout)


def test_an_unsigned_tag_and_one_by_a_stranger_are_unverified(signing: GitRepo, tmp_path: Path) -> None:
    done(signing, "register", "churn")
    forge(signing, "churn#prod#1", "churn@v1.0.0", seconds=5)
    nobody = "nobody has signed it of those whose signatures on releases count"
    result = verify(signing)
    assert result.exit_code == 1
    assert f"churn#prod#1: {nobody}" in words(result.stdout)
    sign_with(signing, ssh_key(tmp_path, "eve"))
    signing.git("tag", "-f", "-s", "-m", "x", "churn#prod#1", "churn@v1.0.0^{}")
    assert f"churn#prod#1: {nobody}" in words(verify(signing).stdout)


def test_words_behind_a_good_signature_are_not_signed(signing: GitRepo) -> None:
    done(signing, "register", "churn")
    repository = Repository(signing.root)
    good = signing.git("cat-file", "tag", "churn@v1.0.0")
    bogus = "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n"
    for text in (f"{good}\n\nModel: {'e' * 64}\n{bogus}", good.replace("Model: ", "Model: e"), f"{good}more\n"):
        sha = repository.git("hash-object", "-t", "tag", "-w", "--stdin", "--literally", stdin=text.encode()).strip()
        signing.git("update-ref", "refs/tags/churn@v1.0.0", sha)
        result = verify(signing, "churn@v1.0.0")
        assert result.exit_code == 1, text
        assert "nobody has signed it" in words(result.stdout)


def test_a_signed_tag_under_another_name_is_in_no_stage(signing: GitRepo) -> None:
    done(signing, "register", "churn")
    done(signing, "promote", "churn@v1.0.0", "--to", "staging")
    signed = signing.git("rev-parse", "churn#staging#1").strip()
    signing.git("update-ref", "refs/tags/churn#prod#9", signed)
    result = verify(signing)
    assert result.exit_code == 3
    assert "no version of churn is in 'prod'" in words(result.stderr)


def test_where_nothing_can_be_signed_nothing_is_tagged(signing: GitRepo, tmp_path: Path) -> None:
    sign_with(signing, tmp_path / "no-such-key")
    result = signing.run("model", "register", "churn")
    assert result.exit_code == 4
    assert "churn@v1.0.0: not signed" in words(result.stderr)
    assert "see that `git tag --sign` works here" in words(result.stderr)
    assert tags(signing) == tags_at_origin(signing) == []


def test_somebody_who_only_reads_verifies_without_a_key(signing: GitRepo) -> None:
    done(signing, "register", "churn")
    reader = clone(signing, "reader")
    assert verify(reader, "churn@v1.0.0").exit_code == 0


def test_anybody_may_sign_where_nobody_has_to(work: GitRepo, tmp_path: Path) -> None:
    sign_with(work, ssh_key(tmp_path, "ann"))
    done(work, "rollback", "churn", "--reason", "worse", "--yes", "--sign")
    assert "BEGIN SSH SIGNATURE" in work.git("cat-file", "tag", "churn#prod#6")
    assert verify(work).exit_code == 0


@pytest.mark.parametrize(
    ("signers", "mend"),
    [("[releases]", "did you mean 'release'?"), ("[silent]", "add `keys:` or `gpg:` to one of its `people:`")],
)
def test_a_role_that_cannot_sign_is_told_by_check(signing: GitRepo, signers: str, mend: str) -> None:
    text = (signing.root / "gitmlops.yaml").read_text()
    text = text.replace("[release]}", f"{signers}}}").replace('"@gus"]', '"@gus"], silent: ["@bob"]')
    (signing.root / "gitmlops.yaml").write_text(text.replace("people:\n", "people:\n  bob: {id: 1}\n"))
    result = signing.run("check")
    assert result.exit_code == 3
    assert "gitmlops.yaml:7:22: " in result.stdout + result.stderr
    assert mend in words(result.stdout + result.stderr)


def test_tags_of_a_repository_without_gitmlops_yaml_are_held_against_what_git_knows(repo: GitRepo) -> None:
    commit = repo.commit({"model.bin": "one"})
    repo.git("branch", "-M", "main")
    for tag in ("m@v1.0.0", "m#prod#1"):
        repo.git("tag", "-a", tag, "-m", "by hand")
    assert f"commit={commit}" in done(repo, "parse-ref", "refs/tags/m#prod#1")
    repo.git("checkout", "-q", "-b", "mine")
    repo.commit({"model.bin": "two"})
    repo.git("tag", "-a", "m@v2.0.0", "-m", "mine")
    refused = repo.run("model", "parse-ref", "m@v2.0.0")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "m@v2.0.0: its commit is not on the default branch" in refused.stderr
