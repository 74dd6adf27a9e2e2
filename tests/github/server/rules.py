"""What protects branches and tags: rulesets and classic protection as one list of rules, asked at pushes and merges."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.github.server.apps import app_id
from tests.github.server.checks import passed_contexts
from tests.github.server.repository import ZERO, Repository
from tests.github.server.routing import LEVELS
from tests.github.server.users import User

if TYPE_CHECKING:
    from tests.github.server.pulls import PullRequest
    from tests.github.server.rulesets import Ruleset

Json = Any
_ROLES = {2: "maintain", 4: "write", 5: "admin"}  # ids of RepositoryRole in bypass_actors


@dataclass(frozen=True)
class Rule:
    """One rule that holds for a ref, in the words of rulesets."""

    type: str
    parameters: dict[str, Json] = field(default_factory=dict)
    protection: bool = False  # classic, with other words for the refusal


@dataclass(frozen=True)
class Move:
    """A ref that somebody wants to move."""

    user: User
    ref: str
    old: str
    new: str


def rules_of(repository: Repository, ref: str, user: User | None, *, merging: bool = False) -> list[Rule]:
    """Give the rules of a ref that hold for `user`, None for everybody's."""
    found: list[Rule] = []
    for ruleset in repository.rulesets.values():
        holds = ruleset.enforcement == "active" and applies(repository, ruleset, ref)
        if holds and (user is None or not may_bypass(repository, ruleset, user, merging=merging)):
            found += [Rule(rule["type"], rule.get("parameters", {})) for rule in ruleset.rules]
    protection = repository.protections.get(ref.removeprefix("refs/heads/"))
    if protection and (user is None or protection.get("enforce_admins") or repository.level(user) != "admin"):
        found += _protection_rules(protection)
    return found


def applies(repository: Repository, ruleset: "Ruleset", ref: str) -> bool:
    """Say whether a ruleset's conditions name a ref."""
    if not ref.startswith({"branch": "refs/heads/", "tag": "refs/tags/"}.get(ruleset.target, "-")):
        return False
    named = ruleset.conditions.get("ref_name", {})

    def names(pattern: str) -> bool:
        if pattern == "~DEFAULT_BRANCH":
            return ref == f"refs/heads/{repository.default_branch}"
        return pattern == "~ALL" or _matches(pattern, ref)

    return any(map(names, named.get("include", []))) and not any(map(names, named.get("exclude", [])))


def _matches(pattern: str, ref: str) -> bool:
    """File-name patterns as Ruby's File::FNM_PATHNAME has them: `*` stays in a folder, `**/` goes through all."""
    parts = [re.escape(part) for part in re.split(r"(\*\*/|\*|\?)", pattern)]
    kinds = {re.escape("**/"): "(?:.*/)?", re.escape("*"): "[^/]*", re.escape("?"): "[^/]"}
    return re.fullmatch("".join(kinds.get(part, part) for part in parts), ref) is not None


def may_bypass(repository: Repository, ruleset: "Ruleset", user: User, *, merging: bool) -> bool:
    """Say whether a ruleset lets this user through."""
    return any(
        _is_actor(repository, actor, user) and (merging or actor.get("bypass_mode", "always") != "pull_request")
        for actor in ruleset.bypass_actors
    )


def _is_actor(repository: Repository, actor: Json, user: User) -> bool:
    kind, id = actor["actor_type"], actor.get("actor_id")
    if kind == "Integration":
        return app_id(user) == id
    if kind == "RepositoryRole":
        return user.type == "User" and LEVELS.index(repository.level(user)) >= LEVELS.index(_ROLES[id])
    if kind == "Team":
        return id in repository.github.teams_by_id and user.id in repository.github.teams_by_id[id].members
    if kind == "User":
        return user.id == id
    return kind == "OrganizationAdmin" and user.id == repository.owner.id


def _protection_rules(body: dict[str, Json]) -> list[Rule]:
    rules = []
    if reviews := body.get("required_pull_request_reviews"):
        parameters = {
            "required_approving_review_count": reviews.get("required_approving_review_count", 1),
            "dismiss_stale_reviews_on_push": reviews.get("dismiss_stale_reviews", False),
            "require_last_push_approval": reviews.get("require_last_push_approval", False),
        }
        rules.append(Rule("pull_request", parameters, protection=True))
    if checks := body.get("required_status_checks"):
        named = [{"context": one["context"], "integration_id": one.get("app_id")} for one in checks.get("checks", [])]
        named += [{"context": name} for name in checks["contexts"]]
        parameters = {"required_status_checks": named, "strict_required_status_checks_policy": checks["strict"]}
        rules.append(Rule("required_status_checks", parameters, protection=True))
    switches = {
        "non_fast_forward": not body.get("allow_force_pushes"),
        "deletion": not body.get("allow_deletions"),
        "required_linear_history": bool(body.get("required_linear_history")),
    }
    return rules + [Rule(name, protection=True) for name, on in switches.items() if on]


def refusals_of_push(repository: Repository, move: Move) -> list[str]:
    """Give why a ref may not be moved so, nothing where it may."""
    rules = rules_of(repository, move.ref, move.user)
    found = [(rule, words) for rule in rules for words in _against_push(repository, rule, move)]
    classic = [words for rule, words in found if rule.protection]
    modern = [words for rule, words in found if not rule.protection]
    heads = [f"error: GH006: Protected branch update failed for {move.ref}.", *(f"error: {one}" for one in classic)]
    violations = [f"error: GH013: Repository rule violations found for {move.ref}.", *(f"- {one}" for one in modern)]
    return (heads if classic else []) + (violations if modern else [])


def _against_push(repository: Repository, rule: Rule, move: Move) -> Iterator[str]:
    git, creates, deletes = repository.git, move.old == ZERO, move.new == ZERO
    updates = not creates and not deletes
    if rule.type == "creation" and creates:
        yield "Cannot create ref due to creations being restricted."
    elif rule.type == "deletion" and deletes:
        yield "Cannot delete this protected branch" if rule.protection else "Cannot delete this ref"
    elif rule.type == "update" and updates:
        yield "Cannot update this protected ref."
    elif rule.type == "non_fast_forward" and updates and not git.is_ancestor(move.old, move.new):
        yield "Cannot force-push to this branch"
    elif rule.type == "pull_request" and updates:
        yield "Changes must be made through a pull request."
    elif rule.type == "required_status_checks" and updates:
        yield from _missing_checks(repository, rule, move.new)
    elif not deletes:
        yield from _against_commits(repository, rule, move)


def _against_commits(repository: Repository, rule: Rule, move: Move) -> Iterator[str]:
    git = repository.git
    if rule.type == "required_linear_history" and git.run("rev-list", "--merges", move.new, "--not", "--all"):
        yield "This branch must not contain merge commits."
    elif rule.type == "required_signatures":
        for sha in git.run("rev-list", move.new, "--not", "--all").split():
            if "\ngpgsig" not in git.run("cat-file", "commit", sha).split("\n\n")[0]:
                yield f"Commits must have verified signatures. Found 1 violation: {sha}"
    elif rule.type in ("tag_name_pattern", "branch_name_pattern"):
        if not _has_pattern(rule.parameters, move.ref.split("/", 2)[2]):
            yield f"Name must match: {rule.parameters['pattern']}"
    elif rule.type == "commit_message_pattern":
        for sha in git.run("rev-list", move.new, "--not", "--all").split():
            if not _has_pattern(rule.parameters, git.run("log", "-1", "--format=%B", sha)):
                yield f"Commit message must match: {rule.parameters['pattern']} ({sha})"


def _has_pattern(parameters: dict[str, Json], text: str) -> bool:
    pattern = parameters["pattern"]
    found = {
        "starts_with": text.startswith(pattern),
        "ends_with": text.endswith(pattern),
        "contains": pattern in text,
        "regex": parameters["operator"] == "regex" and re.search(pattern, text) is not None,
    }[parameters["operator"]]
    return found != parameters.get("negate", False)


def missing_for_merge(repository: Repository, pull: "PullRequest", user: User, method: str = "") -> list[str]:
    """Give what a merge by `user` still lacks, in GitHub's words."""
    rules = rules_of(repository, f"refs/heads/{pull.base}", user, merging=True)
    found = [(rule, words) for rule in rules for words in _against_merge(repository, rule, pull, method)]
    modern = ["Repository rule violations found\n"] if any(not rule.protection for rule, _ in found) else []
    return modern + [words for _, words in found]


def _against_merge(repository: Repository, rule: Rule, pull: "PullRequest", method: str) -> Iterator[str]:
    if rule.type == "pull_request":
        yield from _missing_reviews(repository, rule, pull)
        allowed = rule.parameters.get("allowed_merge_methods") or ["merge", "squash", "rebase"]
        if method and method not in allowed:
            yield f"{method.capitalize()} merges are not allowed on this branch."
    elif rule.type == "required_status_checks":
        yield from _missing_checks(repository, rule, pull.head_sha)
        strict = rule.parameters.get("strict_required_status_checks_policy")
        if strict and not repository.git.is_ancestor(pull.base_sha, pull.head_sha):
            yield "Head branch is out of date with the base branch."
    elif rule.type == "required_linear_history" and method == "merge":
        yield "This branch must not contain merge commits."
    elif rule.type == "update":
        yield "Cannot update this protected ref."


def _missing_checks(repository: Repository, rule: Rule, sha: str) -> Iterator[str]:
    passed = passed_contexts(repository, sha)
    for check in rule.parameters["required_status_checks"]:
        name, app = check["context"], check.get("integration_id")
        if not any(name == one and app in (None, -1, by) for one, by in passed):
            yield f'Required status check "{name}" is expected.'


def _missing_reviews(repository: Repository, rule: Rule, pull: "PullRequest") -> Iterator[str]:
    latest = {one.author.id: one for one in pull.reviews if one.state not in ("COMMENTED", "PENDING")}
    of_writers = [one for one in latest.values() if repository.level(one.author) in ("write", "maintain", "admin")]
    if any(one.state == "CHANGES_REQUESTED" for one in of_writers):
        yield "Changes requested by reviewers with write access."
    pushers = [one.user.id for one in repository.pushes if one.ref == f"refs/heads/{pull.head}"][-1:]
    barred = pushers if rule.parameters.get("require_last_push_approval") else []
    approved = sum(one.state == "APPROVED" and one.author.id not in barred for one in of_writers)
    wanted = rule.parameters["required_approving_review_count"]
    if approved < wanted:
        what = "approving review is" if wanted == 1 else "approving reviews are"
        yield f"At least {wanted} {what} required by reviewers with write access."


def dismisses_stale_reviews(repository: Repository, branch: str) -> bool:
    """Say whether a push to a pull request's head dismisses its approvals."""
    rules = rules_of(repository, f"refs/heads/{branch}", None)
    return any(rule.parameters.get("dismiss_stale_reviews_on_push") for rule in rules)


def is_protected(repository: Repository, branch: str) -> bool:
    """Say whether GitHub shows a branch as protected."""
    return bool(rules_of(repository, f"refs/heads/{branch}", None))


def has_rules(repository: Repository) -> bool:
    """Say whether a push needs to be asked about at all."""
    return bool(repository.rulesets or repository.protections)
