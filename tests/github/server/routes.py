"""All modules with routes: importing this fills the table."""

from tests.github.server import issues, merges, pulls, repository, reviews, users

__all__ = ["issues", "merges", "pulls", "repository", "reviews", "users"]
