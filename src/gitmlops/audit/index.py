"""The dossier's own pages: the index for people, the index for machines, the list for `sha256sum --check`."""

from collections.abc import Iterator, Mapping, Sequence

from gitmlops import __version__
from gitmlops.audit.dossier import Dossier, Piece
from gitmlops.records import statement
from gitmlops.records.audit_index import AuditIndex
from gitmlops.records.canonical import encode
from gitmlops.records.receipt import Digest, Receipt
from gitmlops.registry.files.contents import sha256
from gitmlops.registry.reporting import reports
from gitmlops.registry.tags.history import Artifact, Version
from gitmlops.report import Cell, Finding, Report, Severity, Table
from gitmlops.specs.policy import Policy

SUMS = "SHA256SUMS"
_CHECKS = ("policy", "check", "slice", "outcome", "value", "asked", "n", "enforcement")


def report(
    artifact: Artifact, version: Version, dossier: Dossier, policies: Mapping[str, Policy], doubts: Mapping[str, str]
) -> Report:
    """What the dossier shows, on one page: the version, its checks, the rules behind them, its files.

    policies: those that judged it, by id, as they were then; doubts: tag -> why it is not believed.
    An error if the version's own tag is not.
    """
    told = reports.version(artifact, version, at=None, doubts=doubts)
    events = reports.log(artifact, doubts).tables
    files = tuple((piece.path, len(piece.content), sha256(piece.content), piece.about) for piece in dossier.pieces)
    return Report(
        f"Audit of {version.name} {version.version}",
        findings=(*dossier.findings, *_unverified(version, doubts)),
        summary=("Engineering evidence, not legal advice: what a rule asks of people, people must show.",),
        facts=told.facts,
        tables=(
            *_checks(dossier, version.name),
            *_rules(policies),
            *(table for table in told.tables if table.title not in ("Gate", "Commands")),
            *events,
            Table("Files", ("file", "bytes", "sha256", "what for"), files),
        ),
        next_action=f"Check that nothing was changed: `sha256sum --check {SUMS}`.",
        outcomes=("complete", "incomplete"),
    )


def _unverified(version: Version, doubts: Mapping[str, str]) -> Iterator[Finding]:
    for name, why in reports.doubted(version, doubts):
        mend = "see `gitmlops model verify`; find out who wrote the tag"
        yield Finding("audit/tag", Severity.ERROR, f"{name}: {why}", mend=mend)


def record(project: str, version: Version, tag_object: str, tree: str, dossier: Dossier, doubt: str) -> AuditIndex:
    """What a machine reads of the dossier; doubt: why its tag is not believed. Same repository, same bytes."""
    return AuditIndex(
        project=project,
        model=version.name,
        version=version.version,
        tag=version.tag,
        tag_object=tag_object,
        commit=version.commit,
        tree=tree,
        receipt=version.trailers.one("Receipt"),
        files=tuple(Digest(piece.path, sha256(piece.content), len(piece.content)) for piece in dossier.pieces),
        missing=tuple(finding.message for finding in dossier.findings if finding.severity is Severity.ERROR),
        unverified=doubt,
        tool=f"gitmlops {__version__}",
    )


def sums(pieces: Sequence[Piece]) -> bytes:
    """The lines that `sha256sum --check` reads."""
    return "".join(f"{sha256(piece.content)}  {piece.path}\n" for piece in pieces).encode()


def receipt(content: bytes) -> Receipt:
    """The receipt. Raises InputError if it is none that this release can read."""
    return statement.read(content, path="receipt.json")


def machine_index(index: AuditIndex) -> Piece:
    """The index as a file."""
    return Piece("index.json", encode(index), "this list, for machines")


def _checks(dossier: Dossier, model: str) -> Iterator[Table]:
    kept = [piece.content for piece in dossier.pieces if piece.path == "receipt.json"]
    rows = tuple(
        (
            f"{check.policy}@{check.policy_version}",
            check.check,
            check.slice,
            check.outcome.replace("_", " "),
            check.bound or check.value,
            f"{check.op} {check.threshold}",
            check.n,
            check.enforcement,
        )
        for content in kept
        for subject in receipt(content).subjects
        if subject.model == model
        for check in subject.checks
    )
    if rows:
        yield Table("Checks, as the gate judged them", _CHECKS, rows)


def _rules(policies: Mapping[str, Policy]) -> Iterator[Table]:
    rows: list[tuple[Cell, ...]] = []
    for _, policy in sorted(policies.items()):
        source = policy.source
        cited = (source.citation, source.status, source.reviewed or "", source.url) if source else ("", "", "", "")
        rows.append((f"{policy.id}@{policy.version}", policy.title, policy.owner, *cited))
    if rows:
        columns = ("policy", "title", "owner", "citation", "status", "reviewed", "address")
        yield Table("Rules, as they were", columns, tuple(rows))
