"""All modules with routes: importing this fills the table."""

from tests.github.server import (
    actions,
    checks,
    comments,
    contents,
    deployments,
    issues,
    labels,
    merges,
    proposals,
    protection,
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
    "comments",
    "contents",
    "deployments",
    "issues",
    "labels",
    "merges",
    "proposals",
    "protection",
    "refs",
    "releases",
    "repository",
    "reviews",
    "rulesets",
    "users",
]
