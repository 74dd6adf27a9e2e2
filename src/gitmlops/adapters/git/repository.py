"""Where a repository is and what its names mean; reads that a hostile repository cannot bend."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.system import process
from gitmlops.errors import InputError, ToolError

ENVIRONMENT = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
    # For configured addresses, and objects that a partial clone lacks; whoever needs another protocol sets it.
    "GIT_ALLOW_PROTOCOL": os.environ.get("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh"),
}
# A repository's own configuration must not start programs while we read it.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "safe.bareRepository=explicit")
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_SHORT_SHA = re.compile(r"[0-9a-f]{7,40}")
_STEPS = re.compile(r"(~|\^|@\{).*", re.DOTALL)


@dataclass(frozen=True)
class Repository:
    """A git repository with a work tree; `root` is its top folder."""

    root: Path

    def git(self, *arguments: str, stdin: bytes | None = None) -> str:
        """Standard output of a git command in this repository. Raises ToolError."""
        return process.run("git", *_SAFE, *arguments, cwd=self.root, environment=ENVIRONMENT, stdin=stdin)

    def git_bytes(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """Like `git`, as bytes."""
        return process.run_bytes("git", *_SAFE, *arguments, cwd=self.root, environment=ENVIRONMENT, stdin=stdin)

    def resolve(self, name: str) -> str:
        """SHA of the commit that a branch, remote branch, tag, SHA or revision names.

        Branches come before tags, so that a tag called `origin/main` shadows nothing. Raises InputError.
        """
        start = _STEPS.sub("", name)
        steps = name[len(start) :]
        candidates = [f"refs/heads/{start}", f"refs/remotes/{start}", f"refs/tags/{start}"]
        if start in ("", "@", "HEAD") or _SHA.fullmatch(start) or start.startswith("refs/"):
            candidates = [start]
        elif _SHORT_SHA.fullmatch(start):
            candidates.append(start)
        for candidate in candidates:
            revision = f"{candidate}{steps}^{{commit}}"
            try:
                return self.git("rev-parse", "--verify", "--quiet", "--end-of-options", revision).strip()
            except ToolError:
                continue
        mend = "fetch it, or look at `git branch --all` and `git tag`"
        raise InputError(f"there is no commit {name!r} here", mend=mend)

    def tree(self, commit: str) -> str:
        """SHA of a commit's tree."""
        return self.git("rev-parse", "--verify", "--end-of-options", commit + "^{tree}").strip()

    def branch(self) -> str | None:
        """Name of the branch that is checked out; None when the head is detached."""
        try:
            return self.git("symbolic-ref", "--quiet", "--short", "HEAD").strip()
        except ToolError:
            return None

    def default_branch(self) -> str:
        """Name of the branch that others build on: what `origin/HEAD` names, else `main`, else `master`.

        A branch that only the remote has counts, too: a CI job's clone has a detached head and no branches.

        Raises InputError if there is none of them.
        """
        try:
            # Not --short, which becomes longer where a tag is called `origin/main`.
            named = self.git("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD").strip()
            return named.removeprefix("refs/remotes/origin/")
        except ToolError:
            known = self.git("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes/origin").split()
        branches = [
            name for name in ("main", "master") if {f"refs/heads/{name}", f"refs/remotes/origin/{name}"} & {*known}
        ]
        if not branches:
            mend = "commit to main first, or name the branch with --base"
            raise InputError("there is no branch main here", mend=mend)
        return branches[0]

    def changes(self) -> tuple[str, ...]:
        """Paths that differ from HEAD or are not tracked and not ignored; empty when the work tree is clean."""
        fields = self.git("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all").split("\0")
        return tuple(field[3:] for field in fields if field)

    def ignores(self, folder: Path) -> bool:
        """Whether a folder, there or not yet, is one that this repository ignores."""
        # With the slash git takes what is not there yet for a folder, as patterns like `build/` ask for.
        return process.succeeds(
            "git", *_SAFE, "check-ignore", "--quiet", "--", f"{folder}/", cwd=self.root, environment=ENVIRONMENT
        )

    def has_remote(self, name: str = "origin") -> bool:
        """Whether a remote of this name is configured."""
        return name in self.git("remote").split()

    def has_branch(self, name: str, *, remote: str | None = None) -> bool:
        """Whether there is a branch of this name here or, where a remote is given, there. Raises ToolError."""
        ref = f"refs/heads/{name}"
        listed = self.git("ls-remote", "--refs", remote, ref) if remote else self.git("for-each-ref", "--", ref)
        # Patterns match more than the name: of a remote the ends of refs, here whole folders of them.
        return any(line.split()[-1] == ref for line in listed.splitlines())

    def takes_no_tags(self, remote: str) -> bool:
        """Whether a remote's tags are left there, as after `git clone --no-tags`."""
        asked = ("config", "--get", f"remote.{remote}.tagOpt", "^--no-tags$")
        return process.succeeds("git", *_SAFE, *asked, cwd=self.root, environment=ENVIRONMENT)

    def is_shallow(self) -> bool:
        """Whether this is a clone whose history is cut off."""
        folder = self.root / ".git"
        if folder.is_dir():  # no linked work tree and no submodule: git looks there, too
            return (folder / "shallow").exists()
        return self.git("rev-parse", "--is-shallow-repository").strip() == "true"

    def is_ancestor(self, commit: str, of: str) -> bool:
        """Whether a commit is contained in the history of another. Raises ToolError if history is missing here."""
        if process.succeeds(
            "git", *_SAFE, "merge-base", "--is-ancestor", commit, of, cwd=self.root, environment=ENVIRONMENT
        ):
            return True
        self.require_whole()
        return False

    def require_whole(self) -> None:
        """Raises ToolError if this is a clone whose history is cut off."""
        if self.is_shallow():
            mend = "run `git fetch --unshallow --tags`, or check out with `fetch-depth: 0`"
            raise ToolError("this clone is shallow: its history is cut off", where=str(self.root), mend=mend)


def find(start: Path) -> Repository:
    """The repository that a folder lies in. Raises InputError if it lies in none."""
    try:
        top = process.run("git", *_SAFE, "rev-parse", "--show-toplevel", cwd=start, environment=ENVIRONMENT).strip()
    except ToolError as error:
        if "bare repository" in error.what or "must be run in a work tree" in error.what:
            mend = "clone it, and go to the clone"
            raise InputError("a bare repository has no files to work on", where=str(start), mend=mend) from error
        if "not a git repository" not in error.what:
            raise
        mend = "run `git init` here, or `gitmlops init` in a new folder"
        raise InputError("not a git repository", where=str(start), mend=mend) from error
    return Repository(Path(top))
