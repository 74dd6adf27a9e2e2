"""Who writes what we keep beside the work of people."""

from gitmlops.adapters.git.repository import Repository
from gitmlops.errors import ToolError


def author(repository: Repository) -> tuple[str, ...]:
    """Options of git that name an author where it knows none: a CI job's container has no identity."""
    try:
        repository.git("var", "GIT_COMMITTER_IDENT")
    except ToolError:
        return ("-c", "user.name=gitmlops", "-c", "user.email=gitmlops@users.noreply.github.com")
    return ()
