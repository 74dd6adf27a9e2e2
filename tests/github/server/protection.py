"""Classic branch protection: what is kept of it; `rules` enforces it."""

from typing import Any

from tests.github.server.answers import NOTHING, Answer, Refused, not_found, problem
from tests.github.server.repository import Repository
from tests.github.server.routing import Call, route

Json = Any
_BRANCH = "/repos/{owner}/{repo}/branches/{branch}/protection"
_SWITCHES = (
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)


def protection_json(repository: Repository, branch: str) -> Json:
    """Give a branch's protection."""
    sent, own = repository.protections[branch], f"{repository.url}/branches/{branch}/protection"
    body: Json = {name: {"enabled": bool(sent.get(name))} for name in _SWITCHES}
    body["url"] = own
    body["enforce_admins"] = {"url": f"{own}/enforce_admins", "enabled": bool(sent.get("enforce_admins"))}
    if checks := sent.get("required_status_checks"):
        named = [{"app_id": None} | one for one in checks.get("checks", [])]
        named += [{"context": name, "app_id": None} for name in checks["contexts"]]
        body["required_status_checks"] = {
            "url": f"{own}/required_status_checks",
            "contexts_url": f"{own}/required_status_checks/contexts",
            "strict": checks["strict"],
            "contexts": [one["context"] for one in named],
            "checks": named,
        }
    if (reviews := sent.get("required_pull_request_reviews")) is not None:
        body["required_pull_request_reviews"] = {
            "url": f"{own}/required_pull_request_reviews",
            "dismiss_stale_reviews": reviews.get("dismiss_stale_reviews", False),
            "require_code_owner_reviews": reviews.get("require_code_owner_reviews", False),
            "required_approving_review_count": reviews.get("required_approving_review_count", 1),
            "require_last_push_approval": reviews.get("require_last_push_approval", False),
        }
    return body


@route(f"PUT {_BRANCH}", "administration=write", level="admin")
def protect(call: Call) -> Json:
    branch = call.path["branch"]
    if call.repository.branch(branch) is None:
        raise Refused(problem(404, "Branch not found"))
    call.repository.protections[branch] = call.body
    return protection_json(call.repository, branch)


def _check_protected(call: Call) -> str:
    branch = call.path["branch"]
    if call.repository.branch(branch) is None:
        raise not_found()
    if branch not in call.repository.protections:
        raise Refused(problem(404, "Branch not protected"))
    return branch


@route(f"GET {_BRANCH}", "administration=read", level="admin")
def show(call: Call) -> Json:
    return protection_json(call.repository, _check_protected(call))


@route(f"DELETE {_BRANCH}", "administration=write", level="admin")
def unprotect(call: Call) -> Answer:
    del call.repository.protections[_check_protected(call)]
    return NOTHING
