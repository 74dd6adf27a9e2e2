"""What protects branches and tags."""

from typing import TYPE_CHECKING

from tests.github.server.repository import Push, Repository
from tests.github.server.users import User

if TYPE_CHECKING:
    from tests.github.server.pulls import PullRequest


def missing_for_merge(repository: Repository, pull: "PullRequest", user: User) -> list[str]:
    """Give what a merge by `user` still lacks, in GitHub's words."""
    return []


def refusals_of_push(repository: Repository, push: Push) -> list[str]:
    """Give why a ref may not be moved so."""
    return []
