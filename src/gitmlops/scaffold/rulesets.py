"""The rules of a repository at GitHub, as JSON of GitHub's own: what `gitmlops doctor` compares and sets."""

import json
from typing import Any

from gitmlops.specs.project import Project

_ACTIONS = 15368
"""The id of GitHub Actions among the Apps of github.com; each Enterprise Server has one of its own."""

Rule = dict[str, Any]


def verdict_on(branch: str) -> str:
    """The name of the check that a verdict writes: one for each base, so that no other branch's rules vouch."""
    return f"verdict/{branch}"


def branches(project: Project) -> str:
    """Rulesets of branches: how the default branch changes, and that no branch is called like a tag of a model."""
    rules: list[Rule] = [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {"type": "pull_request", "parameters": _PULL_REQUEST},
        {"type": "required_status_checks", "parameters": _checks(project)},
    ]
    default = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    like_tags = {"ref_name": {"include": ["refs/heads/**/*@v*", "refs/heads/**/*#*"], "exclude": []}}
    return _text(
        _ruleset("gitmlops: default branch", "branch", default, rules),
        _ruleset("gitmlops: no branch like a tag of a model", "branch", like_tags, [{"type": "creation"}]),
    )


def tags(project: Project) -> str:
    """Rulesets of tags: those of models stay as they are; if there is an App, it alone makes them."""
    models = {"ref_name": {"include": ["refs/tags/**/*@*", "refs/tags/**/*#*"], "exclude": []}}
    kept = _ruleset("gitmlops: tags of models stay", "tag", models, [{"type": "deletion"}, {"type": "update"}])
    if project.ci.app is None:
        return _text(kept)
    app = {"actor_id": project.ci.app, "actor_type": "Integration", "bypass_mode": "always"}
    made = _ruleset("gitmlops: tags of models are the App's", "tag", models, [{"type": "creation"}])
    return _text(kept, {**made, "bypass_actors": [app]})


def settings() -> str:
    """How pull requests are merged, and what workflows may do where they do not say."""
    wanted = {
        "repository": {"delete_branch_on_merge": True},
        "workflow": {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": True},
    }
    return json.dumps(wanted, indent=2) + "\n"


_PULL_REQUEST = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_code_owner_review": True,
    "require_last_push_approval": True,
    "required_review_thread_resolution": False,
}


def _checks(project: Project) -> dict[str, Any]:
    """Which checks must have passed, and by whom they must have been written: anybody else may call theirs the same."""
    poster = project.ci.app or (_ACTIONS if project.ci.host == "github.com" else None)
    check = {"context": verdict_on(project.ci.branch), **({"integration_id": poster} if poster else {})}
    return {"strict_required_status_checks_policy": True, "required_status_checks": [check]}


def _ruleset(name: str, target: str, conditions: dict[str, Any], rules: list[Rule]) -> dict[str, Any]:
    return {
        "name": name,
        "target": target,
        "enforcement": "active",
        "bypass_actors": [],
        "conditions": conditions,
        "rules": rules,
    }


def _text(*rulesets: dict[str, Any]) -> str:
    return json.dumps(rulesets, indent=2) + "\n"
