"""What a model card says of a version: gathered from its tag, commit, receipt and manifest; nothing is typed in."""

from collections.abc import Mapping
from dataclasses import dataclass

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.audit import dossier, index
from gitmlops.definitions import Definitions, load
from gitmlops.errors import InputError, ToolError
from gitmlops.records.canonical import decode
from gitmlops.records.manifest import Manifest
from gitmlops.records.receipt import CheckResult, Receipt, Subject
from gitmlops.registry.files.contents import Contents, companion
from gitmlops.registry.tags.history import Artifact, Version
from gitmlops.specs.feature import FeatureSet
from gitmlops.specs.model import Model
from gitmlops.specs.policy import Policy


@dataclass(frozen=True)
class CardFacts:
    """model: as the version's commit defines it; features: the pins of its feature set, or the columns.

    subject: what its receipt says of it, None if its tag names none that is here; manifest: None if there is none that
    can be read; policies: those that judged it, by id, as they were then; missing: what could not be told, and why.
    """

    artifact: Artifact
    version: Version
    model: Model
    features: tuple[str, ...]
    subject: Subject | None
    manifest: Manifest | None
    policies: Mapping[str, Policy]
    missing: tuple[str, ...]

    @property
    def measured(self) -> tuple[CheckResult, ...]:
        """One result for each metric and group that the gate has measured, in the order of the receipt."""
        found: dict[tuple[str, str], CheckResult] = {}
        for one in self.checks:
            if one.value:
                found.setdefault((one.metric, one.slice), one)
        return tuple(found.values())

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """Every result of the gate."""
        return self.subject.checks if self.subject else ()


def gather(
    repository: Repository, artifact: Artifact, version: Version, known: Definitions, receipt: Receipt | None
) -> CardFacts:
    """The facts of a version. known: the definitions of its commit; receipt: the one that its tag names.

    Raises InputError if its commit does not define the model.
    """
    model = known.get(Model, version.name).spec
    sets = known.all(FeatureSet)
    chosen = sets.get(model.feature_set or "")
    features = tuple(chosen.spec.features if chosen else model.columns)
    judged = [one for one in receipt.subjects if one.model == version.name] if receipt else []
    manifest, why = _manifest(repository, version, model)
    untold = () if judged else ("how it does: its tag names no receipt of the gate that is here",)
    rules = load(CommitTree(repository, receipt.base)).all(Policy) if receipt and judged else {}
    judging = {name.partition("@")[0] for one in judged for name in one.policies}
    return CardFacts(
        artifact,
        version,
        model,
        features,
        judged[0] if judged else None,
        manifest,
        {name: placed.spec for name, placed in rules.items() if name in judging},
        (*untold, *((f"with what it was made: {why}",) if why else ())),
    )


def receipt_of(repository: Repository, version: Version) -> Receipt | None:
    """The receipt that a version's tag names; None if there is none here."""
    content = dossier.receipt_of(repository, version)
    return index.receipt(content) if content else None


def _manifest(repository: Repository, version: Version, model: Model) -> tuple[Manifest | None, str]:
    path = companion(model.artifact, ".manifest.json")
    try:
        found: Manifest = decode(Contents(repository, version.commit).read(path), Manifest, path=path)
    except (InputError, ToolError) as error:
        return None, f"{path}: {error.what}"
    return found, ""
