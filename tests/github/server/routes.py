"""All modules with routes: importing this fills the table."""

from tests.github.server import (
    actions,
    checks,
    contents,
    deployments,
    issues,
    merges,
    protection,
    pulls,
    refs,
    releases,
    repository,
    reviews,
    rulesets,
    users,
)

__all__ = [
    "actions",
    "checks",
    "contents",
    "deployments",
    "issues",
    "merges",
    "protection",
    "pulls",
    "refs",
    "releases",
    "repository",
    "reviews",
    "rulesets",
    "users",
]
