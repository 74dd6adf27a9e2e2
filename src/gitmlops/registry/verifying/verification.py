"""What git knows of a tag, gathered and held against what the tag says."""

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.tag_reading import Tag
from gitmlops.adapters.signing import tag_signatures
from gitmlops.registry.changing.candidates import commit_time
from gitmlops.registry.tags.history import Artifact, Event
from gitmlops.registry.verifying import claims
from gitmlops.registry.verifying.claims import Circumstances
from gitmlops.registry.verifying.signers import signers
from gitmlops.report import Finding
from gitmlops.specs.project import Project


def verify(
    repository: Repository, artifact: Artifact, event: Event, *, base: Project, merged: str
) -> tuple[Finding, ...]:
    """An error for each reason not to believe a tag, or one word that there is none.

    base: gitmlops.yaml at the tip of the default branch; merged: the ref of that branch.
    Raises ToolError if history is missing here.
    """
    commit = event.tag.commit
    found = Circumstances(
        commit_time(repository, commit), repository.is_ancestor(commit, merged), _signed(repository, event.tag, base)
    )
    return claims.findings(artifact, event, found)


def _signed(repository: Repository, tag: Tag, base: Project) -> bool | None:
    if not base.signers.releases:
        return None
    people = signers(base, base.signers.releases)
    keys = [key for person in people for key in person.keys]
    fingerprints = [fingerprint for person in people for fingerprint in person.gpg]
    return bool(tag_signatures.signer(repository, tag.object, keys=keys, fingerprints=fingerprints))
