"""git's own commands on a bare repository."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_IDENTITY = {
    f"GIT_{role}_{kind}": value
    for role in ("AUTHOR", "COMMITTER")
    for kind, value in (("NAME", "GitHub"), ("EMAIL", "noreply@github.com"))
}


class GitFailed(Exception):
    """git ended with another code than 0."""


@dataclass(frozen=True)
class Git:
    """A bare repository."""

    path: Path

    def run(self, *arguments: str, given: str | None = None, environment: dict[str, str] | None = None) -> str:
        """Give what git prints. Raises: GitFailed."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=os.environ | _IDENTITY | (environment or {}),
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
        )
        if done.returncode:
            raise GitFailed(f"git {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout

    def line(self, *arguments: str, given: str | None = None) -> str:
        return self.run(*arguments, given=given).strip()

    def sha(self, name: str) -> str | None:
        """Give the commit or object that a name stands for."""
        try:
            return self.line("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        except GitFailed:
            return None

    def refs(self, prefix: str) -> dict[str, str]:
        """Give refs below a prefix with what they point at, sorted."""
        lines = self.run("for-each-ref", "--format=%(refname) %(objectname)", prefix).splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def is_ancestor(self, old: str, new: str) -> bool:
        try:
            self.run("merge-base", "--is-ancestor", old, new)
        except GitFailed:
            return False
        return True

    def merge_base(self, one: str, other: str) -> str | None:
        try:
            return self.line("merge-base", one, other)
        except GitFailed:
            return None

    def count(self, span: str) -> int:
        return int(self.line("rev-list", "--count", span))
