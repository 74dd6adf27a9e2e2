"""What the registry says of approvals: which count, which are missing, and what a tag claims that the source denies."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from gitmlops.registry.approvals.lines import Line
from gitmlops.registry.approvals.votes import NOTHING_SAID, Approvals, Doubt, Refused, Subject, Vote, fill, together
from gitmlops.registry.tags.moments import shown
from gitmlops.report import Cell, Finding, Report, Severity, Table
from gitmlops.specs.project import DeploymentStage

RULE = "registry/approvals"


def listed(
    name: str,
    subject: Subject,
    found: Approvals,
    stages: Sequence[DeploymentStage],
    requested: Mapping[str, Approvals],
) -> Report:
    """What counts for a version or a commit, what each stage still misses, and what does not count and why.

    requested: stage -> what was said of the request to put the version there, which counts for that stage alone.
    """
    every = together(found, *requested.values())
    asking = [stage for stage in stages if stage.approvals]
    counted = tuple((vote.who, ", ".join(sorted(vote.roles)), shown(vote.given), vote.where) for vote in every.votes)
    refused = tuple((one.who, one.why, one.where) for one in every.refused)
    return Report(
        f"Approvals of {name}",
        summary=(*(() if asking else ("No stage of gitmlops.yaml asks for approvals.",)), *every.notes),
        facts=(("commit", subject.commit), ("model sha256", subject.sha256)),
        tables=(
            Table(
                "Stages",
                ("stage", "asks for", "missing"),
                tuple(_stage(stage, together(found, requested.get(stage.name, NOTHING_SAID))) for stage in asking),
            ),
            Table("Counted", ("who", "roles", "given", "where"), counted),
            Table("Not counted", ("who", "why", "where"), refused),
        ),
    )


def missing(stage: str, lacking: Mapping[str, int], found: Approvals) -> str:
    """A sentence part: how many of which role are missing for a stage, and what was given but does not count."""
    told = [f"{one.who}: {one.why}" for one in found.refused[:5]]
    more = len(found.refused) - len(told)
    told += [f"and {more} more"] if more > 0 else []
    notes = f"; {'; '.join(found.notes)}" if found.notes else ""
    return f"{stage} misses {_counts(lacking)}" + (f"; not counted: {', '.join(told)}" if told else "") + notes


def verified(
    name: str,
    tag: str,
    claims: Sequence[Line | None],
    found: Approvals,
    *,
    asked: str,
    stage: DeploymentStage | None,
    mend: str = "",
) -> Report:
    """What a tag claims beside what the source says.

    asked: who was asked, for readers; empty if nobody was; stage: where the tag puts the version, whose rules of today
    must be met, too: a tag that somebody wrote by hand need not claim anything; mend: how more could be found out.
    """
    claimed = {(claim.where, claim.role) for claim in claims if claim}
    findings = [_claim(claim, found, asked, mend) for claim in claims]
    if asked and stage:
        findings += _of_stage(stage, found, claimed, mend)
    findings += [
        Finding(RULE, Severity.NOTE, f"{vote.who} has approved as {role}, which the tag does not say ({vote.where})")
        for vote in found.votes
        for role in sorted(vote.roles)
        if (vote.where, role) not in claimed
    ]
    findings += [Finding(RULE, Severity.NOTE, note) for note in found.notes]
    facts: tuple[tuple[str, Cell], ...] = (("tag", tag), ("asked", asked or "nobody"))
    summary = () if claims else ("The tag names no approval.",)
    return Report(
        f"What the tags of {name} claim", tuple(findings), summary, facts, outcomes=("confirmed", "unverified")
    )


def _of_stage(
    stage: DeploymentStage, found: Approvals, claimed: Collection[tuple[str, str]], mend: str
) -> Iterator[Finding]:
    """Whom a stage asks for and who is not there: a warning if they were by what the tag claims and git still knows."""
    if lacking := fill(found.votes, stage.approvals).missing:
        past = [
            replace(one.past, roles=frozenset(role for role in one.past.roles if (one.where, role) in claimed))
            for one in found.refused
            if one.past
        ]
        never = fill((*found.votes, *past), stage.approvals).missing
        severity = Severity.ERROR if never else Severity.WARNING
        yield Finding(RULE, severity, missing(stage.name, lacking, found), mend=mend)


def _claim(claim: Line | None, found: Approvals, asked: str, mend: str) -> Finding:
    if claim is None:
        return Finding(RULE, Severity.ERROR, "an `Approved-by` of the tag is not of the form that this tool writes")
    name = f"{claim.who} {claim.role} ({claim.where})"
    if not asked:
        return Finding(RULE, Severity.WARNING, f"{name}: claimed, nobody was asked", mend=mend)
    votes = [vote for vote in found.votes if vote.where == claim.where]
    vote = next((vote for vote in votes if claim.role in vote.roles), votes[0] if votes else None)
    refused = next((one for one in found.refused if one.where == claim.where), None)
    if vote:
        return _of_vote(name, claim, vote)
    if refused:
        return Finding(RULE, _severity(refused), f"{name}: {refused.why}")
    return Finding(RULE, Severity.ERROR, f"{name}: unknown to {asked}", mend=mend)


def _of_vote(name: str, claim: Line, vote: Vote) -> Finding:
    if claim.role not in vote.roles:
        return Finding(RULE, Severity.WARNING, f"{name}: {vote.who} has not the role {claim.role} today")
    if claim.who != vote.who:
        return Finding(RULE, Severity.WARNING, f"{name}: it is by {vote.who}: the account was renamed, or the tag lies")
    return Finding(RULE, Severity.PASS, f"{name}: confirmed")


def _severity(refused: Refused) -> Severity:
    """Who left a team or the repository has approved nevertheless; what was never said is a forgery."""
    return Severity.WARNING if refused.doubt is Doubt.TODAY else Severity.ERROR


def _stage(stage: DeploymentStage, found: Approvals) -> tuple[Cell, ...]:
    filled = fill(found.votes, stage.approvals)
    return (stage.name, _counts(stage.approvals), _counts(filled.missing) or "nothing")


def _counts(roles: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {role}" for role, count in sorted(roles.items()))
