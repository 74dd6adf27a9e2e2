"""Which models a policy judges."""

from fnmatch import fnmatchcase

from gitmlops.specs.model import Model
from gitmlops.specs.policy import Scope


def matches(scope: Scope, model: Model, *, is_new: bool) -> bool:
    """Whether a scope covers a model; a new model counts for every risk tier until the base has one for it."""
    return (
        (not scope.models or any(fnmatchcase(model.name, pattern) for pattern in scope.models))
        and (not scope.tags or bool(set(scope.tags) & set(model.tags)))
        and (not scope.risk_tier or is_new or model.risk_tier in scope.risk_tier)
    )
