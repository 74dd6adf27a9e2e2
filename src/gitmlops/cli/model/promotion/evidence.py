"""gitmlops model promote: what policies of today make of a version that the gate judged some time ago."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from gitmlops.errors import Refusal

if TYPE_CHECKING:
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import Definitions
    from gitmlops.gate.rules.documents import About
    from gitmlops.gate.rules.required import Required
    from gitmlops.records.receipt import Receipt
    from gitmlops.registry.tags.history import Version
    from gitmlops.specs.model import Model
    from gitmlops.specs.policy import Policy


MANDATORY = ("hard-mandatory", "soft-mandatory")
ALARM = "alarm"
"""The state of a recorded run in which an alarm stands."""


def require(
    repo: "Repository", remote: str | None, version: "Version", now: int, required: "Required | None" = None
) -> None:
    """Raises Refusal unless every document that is asked for is there, about this version, and young enough, what the
    gate found then passes the mandatory checks and waivers of today, and monitoring knows of no alarm of it.

    required: policies from elsewhere that ask today, too.
    """
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.definitions import load
    from gitmlops.gate.rules.metrics import MENDS
    from gitmlops.registry.changing import candidates

    if alarm := _alarm(repo, version):
        mend = (
            f"retrain it with `gitmlops retrain {version.name}`; if it is over, `gitmlops monitor run --record` says so"
        )
        raise Refusal(alarm, where=version.tag, mend=mend)
    tree = CommitTree(repo, repo.resolve(candidates.merged_ref(repo, remote)))
    base, then, today = load(tree), load(CommitTree(repo, version.commit)), day(now)
    if refused := _refused_today(repo, remote, version, base, then, today, required):
        mend = "put its model through the gate again, or ask whoever may for a waiver on the default branch"
        raise Refusal(f"the rules of today refuse it: {'; '.join(refused)}", where=version.tag, mend=mend)
    if lacking := missing(repo, tree, version, base, then, today, enforcement=MANDATORY, required=required):
        raise Refusal(f"evidence is missing: {'; '.join(lacking)}", where=version.tag, mend=MENDS["documents"])


def missing(
    repo: "Repository",
    tree: "CommitTree",
    version: "Version",
    base: "Definitions",
    then: "Definitions",
    today: date,
    *,
    enforcement: Sequence[str],
    required: "Required | None" = None,
) -> tuple[str, ...]:
    """What is missing of the documents that checks of these levels ask for, a sentence a check.

    tree, base: of the default branch, whose policies, waivers and documents may have been renewed since the merge.
    then: the definitions of the version's own commit; required: policies from elsewhere that ask, too.
    """
    from gitmlops.gate.rules.required import PREFIX
    from gitmlops.specs.policy import Policy

    asking = {"": base, **({PREFIX: required.definitions} if required else {})}
    if not any(_asks(placed.spec) for side in asking.values() for placed in side.all(Policy).values()):
        return ()
    about = _about(repo, tree, base, then, version, today)

    def is_waived(check: str) -> bool:
        return _is_waived(base, check, version, today, required)

    found = (_missing(side, prefix, (base, then), about, version, enforcement) for prefix, side in asking.items())
    return tuple(f"{name}: {', '.join(gaps)}" for side in found for name, gaps in side if not is_waived(name))


def _alarm(repo: "Repository", version: "Version") -> str:
    """The alarm of this very version that stands by the newest recorded run of monitoring; empty if none is known."""
    from gitmlops.cli.monitor.history import gather
    from gitmlops.monitor.recording.report import standing

    history = gather(repo, version.name)
    last = None if history.broken else standing(history)
    if last is None or (last.version, last.state) != (version.version, ALARM):
        return ""
    return f"monitoring has an alarm of it since {last.since or last.time} (judged at {last.time})"


def refusals(
    receipt: "Receipt",
    version: "Version",
    base: "Definitions",
    then: "Definitions",
    today: date,
    *,
    enforcement: Sequence[str],
    required: "Required | None" = None,
) -> "Iterator[str]":
    """What checks of these levels, of `base` and of policies from elsewhere, make of what a receipt says."""
    from gitmlops.gate.rules import today as rules_of_today

    judged = [check for one in receipt.subjects if one.model == version.name for check in one.checks]
    yield from rules_of_today.refusals(
        version.name,
        judged,
        base,
        then,
        enforcement=enforcement,
        is_waived=lambda check: _is_waived(base, check, version, today, required),
        required=required,
    )


def day(now: int) -> date:
    """The day of a moment in seconds since 1970, in UTC."""
    return datetime.fromtimestamp(now, UTC).date()


def _refused_today(
    repo: "Repository",
    remote: str | None,
    version: "Version",
    base: "Definitions",
    then: "Definitions",
    today: date,
    required: "Required | None",
) -> tuple[str, ...]:
    """Nothing for a version without a receipt: no gate has judged it, which every view says."""
    from gitmlops.adapters.git import notes
    from gitmlops.audit import card_facts

    if not version.gated:
        return ()
    if remote:
        notes.fetch(repo, notes.RECEIPTS, remote)
    receipt = card_facts.receipt_of(repo, version)
    if receipt is None:
        mend = "fetch the notes of the clone that registered it, and push them: `git push origin refs/notes/*`"
        raise Refusal("the receipt that its tag names is not here", where=version.tag, mend=mend)
    return tuple(refusals(receipt, version, base, then, today, enforcement=MANDATORY, required=required))


def _asks(policy: "Policy") -> bool:
    """Whether a policy may ask for documents: by itself, or by what it extends."""
    metrics = {check.metric for check in policy.checks}
    return bool(policy.evidence or policy.extends or "document_gaps" in metrics)


def _missing(
    asking: "Definitions",
    prefix: str,
    sides: "tuple[Definitions, Definitions]",
    about: "About",
    version: "Version",
    enforcement: Sequence[str],
) -> Iterator[tuple[str, Sequence[str]]]:
    """Each check of a document that is asked for, by its name here, and what is missing of it.

    asking: where the policies are, whose names begin with `prefix` here; sides: what says which model it is.
    """
    from gitmlops.gate.rules.documents import gaps
    from gitmlops.gate.rules.extending import extended
    from gitmlops.gate.rules.scope import matches
    from gitmlops.specs.model import Model
    from gitmlops.specs.policy import Policy

    models = [side.all(Model)[version.name].spec for side in sides if version.name in side.all(Model)]
    for name, placed in sorted(asking.all(Policy).items()):
        if not any(matches(placed.spec.scope, model, is_new=False) for model in models):
            continue
        for asked in extended(asking, name).checks:
            check = asked.check
            if check.metric != "document_gaps" or check.enforcement not in enforcement:
                continue
            if found := gaps(check.document, about):
                yield f"{prefix}{name}/{check.id}", found


def _is_waived(base: "Definitions", check: str, version: "Version", today: date, required: "Required | None") -> bool:
    from gitmlops.gate.rules.waiver_wiring import in_force

    elsewhere = required.definitions if required else None
    digest = version.trailers.one("Model")
    return in_force(check, version.name, digest, today.isoformat(), base, elsewhere) is not None


def _about(
    repo: "Repository", tree: "CommitTree", base: "Definitions", then: "Definitions", version: "Version", today: date
) -> "About":
    """Documents as the default branch has them, held against the version's model file and the data of its commit."""
    from gitmlops.adapters.dvc import pointers
    from gitmlops.adapters.git.trees import CommitTree
    from gitmlops.gate.rules.documents import About, named
    from gitmlops.gate.sides.base_and_head import Side
    from gitmlops.gate.sides.made_from import data_of

    def content(path: str) -> bytes | None:
        return tree.read(path) if tree.digest(path) else None

    made = CommitTree(repo, version.commit)
    data = data_of(Side(version.commit, made, then, pointers.read(made)), version.name)
    return About(named(base, _model(base, then, version)), content, version.trailers.one("Model"), data, today)


def _model(base: "Definitions", then: "Definitions", version: "Version") -> "Model":
    """The model as the default branch defines it, which may name newer documents; else as its own commit did."""
    from gitmlops.specs.model import Model

    known = base.all(Model).get(version.name)
    return known.spec if known else then.get(Model, version.name).spec
