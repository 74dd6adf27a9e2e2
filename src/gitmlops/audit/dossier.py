"""The dossier of one version: everything that it rests on, as files, read from git by digest."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from gitmlops.adapters.git import notes
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.definitions import PROJECT_FILE, Placed
from gitmlops.errors import GitmlopsError, InputError
from gitmlops.gate.rules import packs
from gitmlops.records import statement
from gitmlops.registry.files.contents import Contents, companion, sha256
from gitmlops.registry.tags.history import Version
from gitmlops.report import Finding, Severity
from gitmlops.specs.model import Model

_RULES = "policies/"
_LOCKS = ("dvc.yaml", "dvc.lock", "gitmlops.lock")
# Larger ones are data: the index has their digest, `model get` their content.
_MAX_BYTES = 1 << 20
_COMPANIONS = {
    ".card.md": "the model card",
    ".baseline.json": "the profile of the data that it was trained on, which monitoring compares with",
    ".manifest.json": "what it was made with: inputs, outputs, packages, seed",
}


@dataclass(frozen=True)
class Piece:
    """A file of the dossier. about: what an auditor reads it for."""

    path: str
    content: bytes
    about: str


@dataclass(frozen=True)
class Dossier:
    """pieces: in reading order; findings: an error for what the version should have and has not, or that it has all."""

    pieces: tuple[Piece, ...]
    findings: tuple[Finding, ...]


def gather(
    repository: Repository, version: Version, model: Placed[Model], made_of: Collection[str], rules: str
) -> Dossier:
    """What git holds of a version. model: as its commit defines it; made_of: the paths that it is made of.

    rules: the commit whose rules judged it; empty if nothing did. What should be there and is not is an error.
    """
    findings: list[Finding] = []
    pieces = [_tag(repository, version)]
    pieces += _receipt(repository, version, findings)
    pieces += _beside(repository, version, model.spec, findings)
    tree = CommitTree(repository, version.commit)
    if not made_of:
        findings.append(_missing("the definitions of its commit do not fit together", "look at them with `git show`"))
    held = sorted({model.path, *made_of, *_LOCKS, PROJECT_FILE} & set(tree.paths()))
    pieces += _files(tree, held, "version", "what the version is made of, as its commit has it")
    if rules:
        judging = CommitTree(repository, rules)
        asked = [path for path in judging.paths() if path == PROJECT_FILE or path.startswith(_RULES)]
        pieces += _files(judging, asked, "rules", f"the rules that judged it, as of {rules[:12]}")
        pieces += _packs(receipt_of(repository, version), findings)
    whole = Finding("audit/complete", Severity.PASS, "everything that its tag names is here, and is what it names")
    elsewhere = _required(receipt_of(repository, version)) if rules else ()
    return Dossier(tuple(pieces), (*(findings or (whole,)), *elsewhere))


def receipt_of(repository: Repository, version: Version) -> bytes:
    """The receipt that the version's tag names; empty if there is none here whose SHA-256 it is."""
    wanted = version.trailers.one("Receipt")
    lines = notes.read(repository, notes.RECEIPTS, repository.tree(version.commit)) if wanted else ()
    whole = (line.rstrip(b"\n") + b"\n" for line in lines)
    return next((line for line in whole if sha256(line) == wanted), b"")


def _packs(judged: bytes, findings: list[Finding]) -> Iterator[Piece]:
    """The regulation packs that judged it, if this release has the very ones that the receipt names."""
    known = {pack.pinned: pack for pack in packs.packs().values()}
    subjects = statement.read(judged, path="receipt.json").subjects if judged else ()
    for pinned in sorted({name for one in subjects for name in one.policies if name.startswith(packs.PREFIX)}):
        if pinned in known:
            path = f"rules/{packs.PREFIX}{known[pinned].policy.id}.yaml"
            yield Piece(path, known[pinned].content, "a regulation pack that judged it")
        else:
            name = pinned.partition(" ")[0]
            mend = "run the audit with the release that the receipt names as its tool"
            findings.append(_missing(f"the pack {name} that judged it is not the one of this release", mend))


def _required(judged: bytes) -> Iterator[Finding]:
    """A note of policies that another repository has: its owners keep them, the receipt has their digests."""
    if judged and (required := statement.read(judged, path="receipt.json").required):
        paths = ", ".join(file.path for file in required.files)
        what = f"policies of another repository judged it, too: {required.url} at {required.commit}: {paths}"
        mend = "ask its owners for them; their SHA-256 are in receipt.json"
        yield Finding("audit/required-policies", Severity.NOTE, what, mend=mend)


def _tag(repository: Repository, version: Version) -> Piece:
    raw = repository.git_bytes("cat-file", "tag", f"refs/tags/{version.tag}")
    return Piece("tag.txt", raw, "the release itself: who registered it, when, on what evidence; with its signature")


def _receipt(repository: Repository, version: Version, findings: list[Finding]) -> Iterator[Piece]:
    if not version.gated:
        findings.append(_missing("its tag names no receipt: no gate has passed it", "register one that has passed"))
        return
    if content := receipt_of(repository, version):
        yield Piece("receipt.json", content, "the gate's verdict: checks, values, digests, rules")
        return
    mend = "run `git fetch origin refs/notes/gitmlops/receipts:refs/notes/gitmlops/receipts`"
    findings.append(_missing("the receipt that its tag names is not here", mend))


def _beside(repository: Repository, version: Version, model: Model, findings: list[Finding]) -> Iterator[Piece]:
    contents = Contents(repository, version.commit)
    for ending, about in _COMPANIONS.items():
        path = companion(model.artifact, ending)
        try:
            yield Piece(f"version/{path}", contents.read(path), about)
        except GitmlopsError as error:
            what = "there is none" if isinstance(error, InputError) else error.what
            findings.append(_missing(f"{about.partition(',')[0].partition(':')[0]} ({path}): {what}", error.mend))


def _files(tree: CommitTree, paths: Sequence[str], folder: str, about: str) -> Iterator[Piece]:
    for path in paths:
        if tree.digest(path) and len(content := tree.read(path)) <= _MAX_BYTES:
            yield Piece(f"{folder}/{path}", content, about)


def _missing(what: str, mend: str) -> Finding:
    return Finding("audit/missing", Severity.ERROR, what, mend=mend)
