"""gitmlops.yaml: the project, its people, roles and deployment stages, and the repositories that it draws on."""

from typing import Annotated

from msgspec import Meta

from gitmlops.specs.alerts import Alerts
from gitmlops.specs.base import Spec
from gitmlops.specs.ci import Ci
from gitmlops.specs.engine import EngineName
from gitmlops.specs.fields import GitUrl, Name, RepositoryPath, Revision, Text
from gitmlops.specs.model import RiskTier

Login = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", description="write the login, without `@`"),
]
Member = Annotated[
    str,
    Meta(
        pattern=r"^@[A-Za-z0-9][A-Za-z0-9_.-]{0,63}(/[A-Za-z0-9][A-Za-z0-9_.-]{0,99})?$",
        description='write "@LOGIN" for one of `people:`, or "@ORGANISATION/TEAM"',
    ),
]
AccountId = Annotated[
    int,
    Meta(ge=1, description="write the number that GitHub gave the account: `gh api users/LOGIN --jq .id`"),
]
SigningKey = Annotated[
    str,
    Meta(
        pattern=r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com"
        r"|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]{60,12000}={0,3}( [^\x00-\x1f\x7f]*)?$",
        description="write the public key in one line, as in ~/.ssh/id_ed25519.pub",
    ),
]
Fingerprint = Annotated[
    str,
    Meta(
        pattern=r"^[0-9A-F]{40}$",
        description="write the 40 capital hex digits of the key's fingerprint: `gpg --list-keys --with-colons`",
    ),
]
Approvers = Annotated[int, Meta(ge=1, le=20, description="write how many people, 1 to 20")]


class Person(Spec, frozen=True):
    """Somebody who may approve.

    id: the number of the GitHub account, which stays when a login changes hands; keys: the SSH keys that sign
    approvals where there is no GitHub, and tags; gpg: fingerprints of GPG keys that sign tags; emails: the addresses
    of their commits, which they do not approve themselves.
    """

    id: AccountId | None = None
    keys: list[SigningKey] = []
    gpg: list[Fingerprint] = []
    emails: list[Text] = []


class Attester(Spec, frozen=True):
    """A workflow, or whoever else holds one of the keys, whose signature makes predictions evidence of the gate.

    models: patterns of the models' names, every model where there is none; up_to: the highest risk tier of models that
    it may attest.
    """

    keys: list[SigningKey]
    models: list[Text] = []
    up_to: RiskTier = "medium"


class DeploymentStage(Spec, frozen=True):
    """A place a version can be promoted to; `production` marks the one that serves users.

    approvals: role -> how many people of it must have approved a version, nobody counted twice.
    """

    name: Name
    after: Name | None = None
    production: bool = False
    approvals: dict[Name, Approvers] = {}


class Signers(Spec, frozen=True):
    """Whose signatures are asked for, by what they are on; roles of `roles:`. Of what none is named for none is asked.

    releases: the tags of versions and promotions: one that nobody of these roles has signed is unverified;
    receipts: those of the gate, with SSH keys: no version is registered by one that nobody of these roles has signed.
    """

    releases: list[Name] = []
    receipts: list[Name] = []


class Reviewers(Spec, frozen=True):
    """Which roles must approve what a branch changes beside models, if `roles:` of the base names people for them.

    rules: policies, waivers, roles, people, stages, what a model says of its risk, threshold, groups and evaluation,
    new models, and those with nothing in production to compare with; platform: what decides which code runs and who is
    asked: `.github/`, `.dvc/config`, `.gitattributes`, `.gitmodules`, `gitmlops.yaml`, CODEOWNERS.
    """

    rules: Name = "risk-sme"
    platform: Name = "platform"


class Import(Spec, frozen=True):
    """Another repository, whose features are used here as `name/view@vN:feature`; pinned by commit in gitmlops.lock."""

    name: Name
    git: GitUrl
    rev: Revision


class Project(Spec, frozen=True):
    """The one file that makes a repository a gitmlops project.

    people: login -> who may approve; roles: who they are here, teams of GitHub or people; signers: whose signatures
    are asked for; reviewers: which roles approve changes of rules and of the platform; attesters: name -> whose
    signature makes predictions evidence (`evaluation.evidence: attested`); engine: what data are computed on, `duckdb`
    within this machine or `spark`, which the machine's own settings place; environment: the lock file of what is
    installed (uv.lock, requirements.txt, conda-lock.yml), on which every step of a pipeline depends; imports:
    repositories whose features are used here; registries: repositories that `feature search` looks in, too, and
    `model list --registries`; alerts: who is told when monitoring alarms; ci: where workflows run and what they use.
    """

    project: Name
    people: dict[Login, Person] = {}
    roles: dict[Name, list[Member]] = {}
    signers: Signers = Signers()
    reviewers: Reviewers = Reviewers()
    attesters: dict[Name, Attester] = {}
    stages: tuple[DeploymentStage, ...] = (
        DeploymentStage(name="staging"),
        DeploymentStage(name="prod", after="staging", production=True),
    )
    engine: EngineName = "duckdb"
    environment: RepositoryPath | None = None
    imports: list[Import] = []
    registries: list[GitUrl] = []
    alerts: Alerts = Alerts()
    ci: Ci = Ci()
