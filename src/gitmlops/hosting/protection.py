"""What GitHub's rules of the default branch leave open, and environments that any branch may use."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitmlops.report import Finding, Severity

Rule = Mapping[str, Any]
_APPLY = "run `gitmlops doctor --apply`"


def of_branch(rules: Sequence[Rule], branch: str, check: str) -> Iterator[Finding]:
    """What the rules that hold for the default branch do not ask, whoever set them. check: the gate's, that counts."""
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for rule in rules:
        by_type.setdefault(rule["type"], []).append(rule.get("parameters") or {})
    found = [*_reviews(by_type.get("pull_request", []), branch), *_moves(by_type, branch)]
    found += _checks(by_type.get("required_status_checks", []), branch, check)
    fine = f"{branch} takes what was reviewed by owners of the code and has the check {check}"
    yield from found or [_finding(Severity.PASS, fine)]


def _reviews(asked: Sequence[Mapping[str, Any]], branch: str) -> Iterator[Finding]:
    if not asked:
        yield _finding(Severity.ERROR, f"{branch} takes pushes without a pull request", _APPLY)
        return
    wanted = {
        "require_code_owner_review": "is merged without a review by the owners of the code",
        "dismiss_stale_reviews_on_push": "keeps approvals when other commits are pushed",
        "require_last_push_approval": "takes the approval of whoever pushed last",
    }
    for name, words in wanted.items():
        if not any(one.get(name) for one in asked):
            yield _finding(Severity.WARNING, f"a pull request into {branch} {words}", _APPLY)


def _moves(by_type: Mapping[str, object], branch: str) -> Iterator[Finding]:
    for name, words in (("non_fast_forward", "can be force-pushed"), ("deletion", "can be deleted")):
        if name not in by_type:
            yield _finding(Severity.ERROR, f"{branch} {words}: history that tags rest on would be gone", _APPLY)


def _checks(asked: Sequence[Mapping[str, Any]], branch: str, check: str) -> Iterator[Finding]:
    required = [one for rule in asked for one in rule.get("required_status_checks", [])]
    ours = [one for one in required if one.get("context") == check]
    if not ours:
        yield _finding(Severity.ERROR, f"{branch} does not ask for the check {check}", _APPLY)
    elif not any(one.get("integration_id") for one in ours):
        what = f"the check {check} counts whoever wrote it: anybody who may write can"
        yield _finding(Severity.ERROR, what, "pin the App that writes it (`integration_id`); " + _APPLY)


def of_environments(
    wanted: Mapping[str, bool], there: Mapping[str, bool], *, applied: Sequence[str] = ()
) -> Iterator[Finding]:
    """Environments that workflows use. wanted: name -> whether only protected branches should use it; there: name ->
    whether not every branch may; applied: those that were made just now.
    """
    for name, protected in wanted.items():
        if name in applied:
            yield _environment(Severity.NOTE, f"the environment {name} was missing: made")
        elif name not in there:
            what = f"the environment {name} is not there: GitHub makes it, without any rule, when a job first asks"
            yield _environment(Severity.ERROR, what, _APPLY)
        elif protected and not there[name]:
            what = f"the environment {name} may be used by every branch, with the secrets in it"
            mend = "let it take protected branches alone: Settings > Environments"
            yield _environment(Severity.ERROR, what, mend)
        else:
            yield _environment(Severity.PASS, f"the environment {name} is as it should be")


def _environment(severity: Severity, what: str, mend: str = "") -> Finding:
    return Finding("doctor/environment", severity, what, mend=mend)


def _finding(severity: Severity, what: str, mend: str = "") -> Finding:
    return Finding("doctor/rules", severity, what, mend=mend)
