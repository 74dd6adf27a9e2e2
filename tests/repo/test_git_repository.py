"""Where a repository is, what its names mean, and reads that a hostile repository cannot bend."""

import shutil
import subprocess
import sys

import pytest

from gitmlops.adapters.git import authoring, notes, remote_refs
from gitmlops.adapters.git.repository import Repository, find
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.errors import InputError, ToolError


@pytest.fixture
def opened(repo) -> Repository:
    return Repository(repo.root)


def test_the_repository_around_a_folder_is_found(repo):
    repo.write({"a/b/c.txt": ""})
    assert find(repo.root / "a" / "b").root == repo.root


def test_a_folder_in_no_repository_is_refused_with_the_mend(tmp_path):
    with pytest.raises(InputError, match="not a git repository; run `git init` here"):
        find(tmp_path)


def test_a_bare_repository_is_refused(repo, tmp_path):
    repo.commit()
    repo.git("clone", "-q", "--bare", str(repo.root), str(tmp_path / "bare.git"))
    with pytest.raises(InputError, match="a bare repository has no files to work on; clone it"):
        find(tmp_path / "bare.git")


def test_the_git_folder_itself_is_no_work_tree(repo):
    with pytest.raises(InputError, match="has no files to work on"):
        find(repo.root / ".git")


def test_a_linked_work_tree_is_a_root_of_its_own(repo, opened, tmp_path):
    sha = repo.commit()
    repo.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "linked tree"))
    linked = find(tmp_path / "linked tree")
    assert linked.root == tmp_path / "linked tree"
    assert linked.resolve("HEAD") == sha
    assert (linked.branch(), opened.branch()) == ("other", "main")


def test_without_commits_there_is_a_branch_and_nothing_on_it(opened):
    assert opened.branch() == "main"
    with pytest.raises(InputError, match="there is no commit 'HEAD' here"):
        opened.resolve("HEAD")
    with pytest.raises(InputError, match="there is no branch main here; commit to main first"):
        opened.default_branch()


def test_a_detached_head_has_no_branch(repo, opened):
    sha = repo.commit()
    repo.git("checkout", "-q", sha)
    assert opened.branch() is None
    assert opened.resolve("HEAD") == opened.resolve("main") == sha


@pytest.mark.parametrize(
    "name", ["main", "main~0", "HEAD", "HEAD~0", "@", "@{0}", "main@{0}", "refs/heads/main", "short", "full"]
)
def test_a_commit_can_be_named_in_many_ways(repo, opened, name):
    repo.commit()
    sha = repo.commit()
    assert opened.resolve({"short": sha[:8], "full": sha}.get(name, name)) == sha
    assert opened.resolve("main~1") == opened.resolve("HEAD^") == repo.git("rev-parse", "HEAD~1").strip()


@pytest.mark.parametrize("name", ["nothing", "", "--all", "-x", "HEAD..HEAD", "main:file", "a b", "main\n", ":/change"])
def test_what_names_no_commit_is_refused(repo, opened, name):
    repo.commit({"file": "x"})
    with pytest.raises(InputError, match="there is no commit"):
        opened.resolve(name)


@pytest.mark.parametrize("name", ["release", "HEADLINE", "origin/main", "deadbeef"])
@pytest.mark.parametrize("steps", ["", "~0", "^0"])
def test_a_tag_shadows_no_branch(repo, opened, name, steps):
    stranger = repo.commit()
    ours = repo.commit()
    repo.git("update-ref", f"refs/{'remotes' if name.startswith('origin/') else 'heads'}/{name}", ours)
    repo.git("tag", name, stranger)
    assert opened.resolve(name + steps) == ours


def test_an_annotated_tag_names_its_commit(repo, opened):
    sha = repo.commit()
    repo.git("tag", "-a", "v1", "-m", "one")
    assert opened.resolve("v1") == opened.resolve("refs/tags/v1") == sha


def test_a_replaced_object_is_read_as_it_was(repo, opened):
    first = repo.commit({"a": "first"})
    second = repo.commit({"a": "second"})
    repo.git("replace", second, first)
    assert repo.git("show", "main:a") == "first"
    assert opened.git("show", "main:a") == "second"


def test_a_configured_file_monitor_and_hooks_are_not_started_by_reads(repo, opened, tmp_path):
    repo.commit({"a": "x"})
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    program.chmod(0o755)
    repo.git("config", "core.fsmonitor", str(program))
    assert opened.changes() == ()
    assert not (tmp_path / "started").exists()


def test_changes_are_named_with_blanks_and_letters_of_any_language(repo, opened):
    repo.commit({"stays": "x", "gone": "x", "größe 東京.yaml": "x", ".gitignore": "ignored\n"})
    repo.write({"größe 東京.yaml": "y", "new file": "", "a -> b": "", "ignored": ""})
    (repo.root / "gone").unlink()
    assert set(opened.changes()) == {"größe 東京.yaml", "gone", "new file", "a -> b"}


def test_the_default_branch_is_the_one_that_the_remote_names(repo, opened, tmp_path):
    repo.commit()
    assert opened.default_branch() == "main"
    repo.git("branch", "-m", "trunk/one")
    subprocess.run(["git", "clone", "-q", str(repo.root), str(tmp_path / "clone")], check=True)
    clone = Repository(tmp_path / "clone")
    assert clone.default_branch() == "trunk/one"
    assert (clone.has_remote(), opened.has_remote()) == (True, False)
    clone.git("tag", "origin/trunk/one")
    assert clone.default_branch() == "trunk/one"


def test_ancestors_are_known_by_their_history(repo, opened):
    first = repo.commit()
    second = repo.commit()
    assert opened.is_ancestor(first, second)
    assert not opened.is_ancestor(second, first)


def test_a_failing_read_is_told_without_our_own_settings(repo, opened):
    with pytest.raises(ToolError) as caught:
        opened.git("cat-file", "blob", "0" * 40)
    assert caught.value.where == f"git cat-file blob {'0' * 40}"


def test_a_note_on_a_tree_gains_lines_and_loses_none(repo, opened):
    repo.commit({"a": "x"})
    tree = opened.tree("main")
    assert notes.read(opened, notes.RECEIPTS, tree) == ()
    for line in (b"second\n", b"\x00\xff first\r\n", b"second\n"):
        notes.add(opened, notes.RECEIPTS, tree, line)
    assert notes.read(opened, notes.RECEIPTS, tree) == (b"\x00\xff first\r\n", b"second\n")


def test_a_note_on_nothing_is_a_failure_and_not_an_absence(repo, opened):
    repo.commit()
    with pytest.raises(ToolError, match="failed to resolve"):
        notes.read(opened, notes.RECEIPTS, "no-such-object")
    with pytest.raises(ToolError, match="failed to resolve"):
        notes.add(opened, notes.RECEIPTS, "no-such-object", b"x\n")


def test_a_commit_has_the_named_paths_alone(repo, opened):
    repo.commit({"a": "1", "b": "1"})
    repo.write({"a": "2", "b": "2", "new folder/c": "1"})
    sha = authoring.commit(opened, "a and c\n\nbecause", paths=["a", "new folder"])
    assert opened.resolve("HEAD") == sha
    assert repo.git("show", "--name-only", "--format=%B", "HEAD").split("\n") == [
        "a and c",
        "",
        "because",
        "",
        "",
        "a",
        "new folder/c",
        "",
    ]
    assert opened.changes() == ("b",)


def test_a_commit_of_nothing_is_told_in_the_words_of_git(repo, opened):
    repo.commit({"a": "1"})
    with pytest.raises(ToolError, match="nothing to commit"):
        authoring.commit(opened, "again", paths=["a"])
    with pytest.raises(ToolError, match="did not match any files"):
        authoring.commit(opened, "gone", paths=["no such file"])


def test_a_commit_that_a_hook_refuses_is_told(repo, opened):
    repo.commit()
    hook = repo.root / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho no secrets please >&2\nexit 1\n")
    hook.chmod(0o755)
    repo.write({"a": "1"})
    with pytest.raises(ToolError, match="no secrets please"):
        authoring.commit(opened, "a", paths=["a"])


def test_a_branch_is_pushed_and_a_missing_remote_told(repo, opened, tmp_path):
    sha = repo.commit()
    with pytest.raises(ToolError, match="'origin' does not appear to be a git repository"):
        authoring.push(opened, "main")
    bare = authoring.initialise(tmp_path / "bare.git", bare=True)
    repo.git("remote", "add", "origin", str(bare.root))
    authoring.push(opened, "main")
    assert repo.git("ls-remote", "origin", "refs/heads/main").split()[0] == sha


def test_a_branch_is_here_or_at_a_remote_by_its_whole_name(repo, opened, tmp_path):
    repo.commit({"a": "1"})
    authoring.initialise(tmp_path / "remote.git", bare=True)
    repo.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    repo.git("push", "-q", "origin", "main:refs/heads/there", "main:refs/heads/x/refs/heads/main")
    repo.git("branch", "folder/name")
    assert (opened.has_branch("main"), opened.has_branch("main", remote="origin")) == (True, False)
    assert (opened.has_branch("there"), opened.has_branch("there", remote="origin")) == (False, True)
    assert not opened.has_branch("folder")
    with pytest.raises(ToolError):
        opened.has_branch("main", remote="nowhere")


def test_a_remote_answers_for_a_ref_by_its_whole_name(repo, opened, tmp_path):
    before = repo.commit({"a": "1"})
    after = repo.commit({"a": "2"})
    remote = authoring.initialise(tmp_path / "remote.git", bare=True)
    repo.git("remote", "add", "origin", str(remote.root))
    # Git lists the stranger's first: "refs" comes before "retrain".
    repo.git("push", "-q", "origin", f"{before}:refs/heads/refs/heads/retrain", f"{after}:refs/heads/retrain")
    assert remote_refs.at_remote(opened, "refs/heads/retrain", "origin") == after
    repo.git(f"--git-dir={remote.root}", "update-ref", "-d", "refs/heads/retrain")
    assert remote_refs.at_remote(opened, "refs/heads/retrain", "origin") == ""
    with pytest.raises(ToolError, match="nowhere does not answer"):
        remote_refs.at_remote(opened, "refs/heads/retrain", "nowhere")


def test_a_repository_is_made_once(tmp_path):
    made = authoring.initialise(tmp_path / "new")
    assert authoring.initialise(tmp_path / "new") == made
    assert find(made.root).branch() == "main"


def test_without_git_the_mend_is_to_install_it(repo, tmp_path):
    assert shutil.which("git")
    code = "from pathlib import Path\nfrom gitmlops.adapters.git.repository import find\nfind(Path('.'))"
    done = subprocess.run([sys.executable, "-c", code], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert "ToolError: git cannot be started: No such file or directory; install git and put it on PATH" in done.stderr


def test_a_shallow_clone_is_named_rather_than_taken_for_an_unmerged_branch(repo, tmp_path):
    first, second = repo.commit(), repo.commit()
    subprocess.run(["git", "clone", "-q", "--depth=1", repo.root.as_uri(), str(tmp_path / "shallow")], check=True)
    shallow = Repository(tmp_path / "shallow")
    assert shallow.is_ancestor(second, second)
    with pytest.raises(ToolError, match="this clone is shallow: its history is cut off; run `git fetch --unshallow"):
        shallow.is_ancestor(first, second)


def test_a_note_is_written_where_git_knows_nobody(repo, opened, monkeypatch):
    sha = repo.commit()
    repo.git("config", "user.useConfigOnly", "true")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    notes.add(opened, notes.RECEIPTS, sha, b"judged\n")
    assert notes.read(opened, notes.RECEIPTS, sha) == (b"judged\n",)


def test_a_branch_that_only_the_remote_has_is_the_default_one_in_a_detached_clone(repo, opened):
    sha = repo.commit()
    repo.git("update-ref", "refs/remotes/origin/main", sha)
    repo.git("checkout", "-q", "--detach")
    repo.git("branch", "-q", "-D", "main")
    assert opened.default_branch() == "main"


def test_an_address_that_runs_a_command_is_not_asked(repo, opened, tmp_path):
    """A partial clone asks its remote for what it lacks, as soon as somebody reads it."""
    commit = repo.commit({"a": "1"})
    blob = repo.git("rev-parse", "HEAD:a").strip()
    repo.git("config", "protocol.ext.allow", "always")
    repo.git("config", "remote.origin.url", f"ext::touch {tmp_path / 'canary'}")
    repo.git("config", "remote.origin.promisor", "true")
    repo.git("config", "extensions.partialClone", "origin")
    (repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(ToolError):
        CommitTree(opened, commit).read("a")
    assert not (tmp_path / "canary").exists()
    subprocess.run(["git", "cat-file", "-p", blob], cwd=repo.root, check=False, capture_output=True)
    assert (tmp_path / "canary").exists()  # without our settings git runs it
