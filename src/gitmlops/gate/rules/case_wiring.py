"""Whether the cases of policy tests make sense: they name what there is, and their numbers can be."""

from collections.abc import Iterator

from gitmlops.definitions import Definitions, Placed
from gitmlops.gate.rules.extending import extended
from gitmlops.gate.rules.metrics import METRICS
from gitmlops.report import Finding, Severity
from gitmlops.specs.hints import nearest
from gitmlops.specs.policy import Policy
from gitmlops.specs.policy_test import Case, Group, PolicyTest, Scored

_Wrong = tuple[tuple[str | int, ...], str, str]
"""Keys below the case or the group, what is wrong there, and the mend."""
_WAYS = ("selected", "score", "roc_auc")
_MOST_ROWS = 1_000_000


def check(definitions: Definitions) -> Iterator[Finding]:
    """An error for everything that is wrong with policy tests."""
    policies = definitions.all(Policy)
    for name, placed in sorted(definitions.all(PolicyTest).items()):
        if name not in policies:
            yield _error(placed, f"there is no policy {name!r}", nearest(name, policies), "policy")
            continue
        known = [asked.check.id for asked in extended(definitions, name).checks]
        yield from _of_cases(placed, known)


def facts_known() -> tuple[str, ...]:
    """The metrics that a case gives as facts: those that are of something else than labels and scores."""
    return tuple(name for name, metric in METRICS.items() if metric.family and not metric.is_size)


def _of_cases(placed: Placed[PolicyTest], known: list[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, case in enumerate(placed.spec.cases):
        if case.name in seen:
            yield _error(placed, f"the case {case.name!r} is here twice", "rename one of them", "cases", index, "name")
        seen.add(case.name)
        for keys, what, mend in _of_case(case, known):
            yield _error(placed, what, mend, "cases", index, *keys)


def _of_case(case: Case, known: list[str]) -> Iterator[_Wrong]:
    if not case.expect:
        yield ("expect",), "it expects nothing", "write e.g. `expect: {CHECK: failed}`"
    for id_ in case.expect:
        if id_ not in known:
            yield ("expect", id_), f"there is no check {id_!r}", nearest(id_, known)
    if case.missing and (case.groups or case.facts):
        yield ("missing",), "what is missing has neither groups nor facts", "make two cases of it"
    if not (case.missing or case.groups or case.facts):
        yield (), "nothing is given", "add `groups:`, `facts:` or `missing: true`"
    if (rows := sum(group.rows for group in case.groups)) > _MOST_ROWS:
        yield ("groups",), f"{rows} rows, a case has at most {_MOST_ROWS}", "write fewer rows"
    yield from _of_facts(case.facts, ())
    for index, group in enumerate(case.groups):
        for keys, what, mend in (*_of_facts(group.facts, ()), *_of_group(group), *_beside(group, case.groups[0])):
            yield ("groups", index, *keys), what, mend


def _of_facts(facts: dict[str, str], keys: tuple[str | int, ...]) -> Iterator[_Wrong]:
    for name in facts:
        if name not in facts_known():
            yield (*keys, "facts", name), f"{name!r} is no metric that is given as a fact", nearest(name, facts_known())


def _of_group(group: Group) -> Iterator[_Wrong]:
    listed = len(group.positive_scores), len(group.negative_scores)
    if any(listed):
        if group.rows or group.positives:
            yield ("rows",), "the scores say how many rows there are", "remove `rows` and `positives`"
        rows, positives = sum(listed), listed[0]
    else:
        rows, positives = group.rows, group.positives
    if not rows:
        yield (), "a group without rows", "add `rows:`"
    if positives > rows:
        yield ("positives",), f"{positives} of {rows} rows cannot have the label 1", f"write at most {rows}"
    else:
        yield from _of_scores(group, rows, positives)
        for key in ("production", "anchor"):
            if scored := getattr(group, key):
                yield from (((key, *keys), what, mend) for keys, what, mend in _of_scores(scored, rows, positives))


def _of_scores(scored: Scored, rows: int, positives: int) -> Iterator[_Wrong]:
    listed = len(scored.positive_scores), len(scored.negative_scores)
    ways = [way for way in _WAYS if getattr(scored, way) is not None] + ["positive_scores"] * any(listed)
    if len(ways) > 1:
        yield (ways[1],), f"scores are said by {ways[0]} and by {ways[1]}", "keep one of them"
    if any(listed) and listed != (positives, rows - positives):
        what = f"{listed[0]} and {listed[1]} scores for {positives} rows with the label 1 and {rows - positives} with 0"
        yield ("positive_scores",), what, "write as many as there are rows"
    if scored.roc_auc is not None and not 0 < positives < rows:
        yield ("roc_auc",), "an area needs rows of both labels", "say how many `positives` there are"
    for key in ("shift", "seed"):
        if getattr(scored, key) and scored.roc_auc is None:
            yield (key,), f"{key} goes with `roc_auc`", "remove it"
    yield from _of_selected(scored, rows, positives)


def _of_selected(scored: Scored, rows: int, positives: int) -> Iterator[_Wrong]:
    selected, hits = scored.selected, scored.true_positives
    if selected is None:
        if hits is not None:
            yield ("true_positives",), "of how many that are selected?", "add `selected:`"
    elif selected > rows:
        yield ("selected",), f"{selected} of {rows} rows cannot be selected", f"write at most {rows}"
    elif hits is not None:
        least, most = max(0, selected + positives - rows), min(selected, positives)
        if not least <= hits <= most:
            what = f"{hits} of {selected} selected rows cannot have the label 1, of {positives} in {rows}"
            yield ("true_positives",), what, f"write {least} to {most}"


def _beside(group: Group, first: Group) -> Iterator[_Wrong]:
    """What a group says otherwise than the first one of its case, though it holds for all rows or for none."""
    if {*group.slice} != {*first.slice}:
        columns = ", ".join(first.slice) or "no column"
        yield ("slice",), f"the first group of the case is sliced by {columns}", "name the same columns in each group"
    for key in ("production", "anchor"):
        if (getattr(group, key) is None) != (getattr(first, key) is None):
            yield (key,), f"{key} scores all groups of a case or none", f"say {key} in each group, or in none"


def _error(placed: Placed[PolicyTest], what: str, mend: str, *keys: str | int) -> Finding:
    return Finding("policy-test", Severity.ERROR, what, placed.at(*keys), mend)
