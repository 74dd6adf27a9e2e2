"""Rulesets: what is kept of them; `rules` enforces them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.github.server.answers import NOTHING, Answer, Page, created, invalid, not_found
from tests.github.server.clock import stamp
from tests.github.server.repository import Repository
from tests.github.server.routing import Call, route
from tests.github.server.rules import applies, may_bypass
from tests.github.server.users import User

Json = Any


@dataclass
class Ruleset:
    """A ruleset as it was sent."""

    id: int
    name: str
    created: datetime
    updated: datetime
    target: str = "branch"
    enforcement: str = "active"
    bypass_actors: tuple[Json, ...] = ()
    conditions: Json = None
    rules: tuple[Json, ...] = ()


def _listed_json(repository: Repository, ruleset: Ruleset) -> Json:
    own = f"{repository.url}/rulesets/{ruleset.id}"
    return {
        "id": ruleset.id,
        "node_id": f"RRS_{ruleset.id}",
        "name": ruleset.name,
        "target": ruleset.target,
        "source_type": "Repository",
        "source": repository.full_name,
        "enforcement": ruleset.enforcement,
        "created_at": stamp(ruleset.created),
        "updated_at": stamp(ruleset.updated),
        "_links": {"self": {"href": own}, "html": {"href": f"{repository.html_url}/rules/{ruleset.id}"}},
    }


def ruleset_json(repository: Repository, ruleset: Ruleset, viewer: User) -> Json:
    """Give a ruleset; who may bypass it is told to those only who may change it."""
    bypass = "always" if may_bypass(repository, ruleset, viewer, merging=False) else "never"
    body = {
        "conditions": ruleset.conditions,
        "rules": list(map(_rule_json, ruleset.rules)),
        "current_user_can_bypass": bypass,
    }
    if repository.level(viewer) == "admin":
        body["bypass_actors"] = [{"bypass_mode": "always", "actor_id": None} | one for one in ruleset.bypass_actors]
    return _listed_json(repository, ruleset) | body


_DEFAULTS = {
    "pull_request": {
        "allowed_merge_methods": ["merge", "squash", "rebase"],
        "required_reviewers": [],
    },
    "required_status_checks": {"do_not_enforce_on_create": False},
    "update": {"update_allows_fetch_and_merge": False},
}


def _rule_json(rule: Json) -> Json:
    """A rule with what GitHub fills in where it was left out."""
    parameters = _DEFAULTS.get(rule["type"], {}) | rule.get("parameters", {})
    return {"type": rule["type"]} | ({"parameters": parameters} if parameters else {})


@route("GET /repos/{owner}/{repo}/rulesets", "metadata=read")
def list_rulesets(call: Call) -> Page:
    repository = call.repository
    targets = call.query.get("targets", "branch,tag,push").split(",")
    found = [one for one in repository.rulesets.values() if one.target in targets]
    return Page(found, lambda one: _listed_json(repository, one))


@route("POST /repos/{owner}/{repo}/rulesets", "administration=write", level="admin")
def create_ruleset(call: Call) -> Answer:
    now = call.github.clock.tick()
    ruleset = Ruleset(call.github.next_id(), call.body["name"], now, now)
    _change(call, ruleset)
    call.repository.rulesets[ruleset.id] = ruleset
    return created(ruleset_json(call.repository, ruleset, call.user))


def _change(call: Call, ruleset: Ruleset) -> None:
    name = call.get("name", ruleset.name)
    if any(one is not ruleset and one.name == name for one in call.repository.rulesets.values()):
        raise invalid("Ruleset", "name", "custom", "Name must be unique")
    for field in ("target", "enforcement", "conditions"):
        setattr(ruleset, field, call.get(field, getattr(ruleset, field)))
    ruleset.name = name
    ruleset.bypass_actors = tuple(call.get("bypass_actors", ruleset.bypass_actors))
    ruleset.rules = tuple(call.get("rules", ruleset.rules))
    ruleset.conditions = ruleset.conditions or {"ref_name": {"include": [], "exclude": []}}
    ruleset.updated = call.github.clock.tick()


def _existing(call: Call) -> Ruleset:
    ruleset = call.repository.rulesets.get(call.number("ruleset_id"))
    if ruleset is None:
        raise not_found()
    return ruleset


@route("GET /repos/{owner}/{repo}/rulesets/{ruleset_id}", "metadata=read")
def show_ruleset(call: Call) -> Json:
    return ruleset_json(call.repository, _existing(call), call.user)


@route("PUT /repos/{owner}/{repo}/rulesets/{ruleset_id}", "administration=write", level="admin")
def update_ruleset(call: Call) -> Json:
    ruleset = _existing(call)
    _change(call, ruleset)
    return ruleset_json(call.repository, ruleset, call.user)


@route("DELETE /repos/{owner}/{repo}/rulesets/{ruleset_id}", "administration=write", level="admin")
def delete_ruleset(call: Call) -> Answer:
    del call.repository.rulesets[_existing(call).id]
    return NOTHING


@route("GET /repos/{owner}/{repo}/rules/branches/{branch}", "metadata=read")
def rules_of_branch(call: Call) -> Page:
    repository, ref = call.repository, f"refs/heads/{call.path['branch']}"
    source = {"ruleset_source_type": "Repository", "ruleset_source": repository.full_name}
    found = [
        _rule_json(rule) | source | {"ruleset_id": ruleset.id}
        for ruleset in repository.rulesets.values()
        if ruleset.enforcement == "active" and applies(repository, ruleset, ref)
        for rule in ruleset.rules
    ]
    return Page(found, lambda rule: rule)
