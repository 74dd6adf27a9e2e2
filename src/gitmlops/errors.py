"""Errors that a user can mend. Anything else is a bug and keeps its traceback."""

from collections.abc import Sequence


class GitmlopsError(Exception):
    """Base of every expected failure: `where: what is wrong; how to mend it`.

    what: one sentence without a full stop; where: `file:line:column`, a ref or a command; mend: what to do next.
    """

    exit_code = 3

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.mend = what, where, mend

    def __str__(self) -> str:
        sentence = f"{self.what}; {self.mend}" if self.mend else self.what
        return f"{self.where}: {sentence}" if self.where else sentence


class InputError(GitmlopsError):
    """A file or reference that the user wrote is wrong."""


class InputErrors(InputError):
    """Several wrong things at once, so that a user mends them in one go."""

    def __init__(self, errors: Sequence[GitmlopsError]) -> None:
        super().__init__(f"{len(errors)} things are wrong")
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


class Refusal(GitmlopsError):
    """The rules of the repository say no: nothing is broken, the answer is `refused`."""

    exit_code = 1


class UsageError(GitmlopsError):
    """The command was called in a way that cannot mean anything."""

    exit_code = 2


class ToolError(GitmlopsError):
    """git, DVC, GitHub, the disk or a data engine refused, failed or could not be reached."""

    exit_code = 4
