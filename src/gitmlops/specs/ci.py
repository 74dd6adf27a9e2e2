"""Where workflows run and what they use: `ci:` of gitmlops.yaml, which the files below .github/ are written from."""

from typing import Annotated, Literal

from msgspec import Meta

from gitmlops.specs.alerts import Host
from gitmlops.specs.base import Spec
from gitmlops.specs.login import Login

Workflow = Literal[
    "gate", "verdict", "receipt", "hooks", "sync", "monitor", "release", "promote", "rollback", "deploy", "catalog",
]  # fmt: skip
WORKFLOWS: tuple[Workflow, ...] = (
    "gate", "verdict", "receipt", "hooks", "sync", "monitor", "release", "promote", "rollback", "deploy", "catalog",
)  # fmt: skip
"""All that can be written, in the order in which a model meets them."""

RunnerLabel = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$",
        description="write a label of runners, as ubuntu-latest or self-hosted",
    ),
]
PinnedAction = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}@[0-9a-f]{40}$",
        description="write OWNER/NAME@SHA with the whole SHA of a commit: a tag can be moved",
    ),
]
BranchName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$",
        max_length=100,
        description="write the name of a branch, as main or releases/stable",
    ),
]
IndexUrl = Annotated[
    str,
    Meta(
        pattern=r"^https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$",
        description="write https://HOST/PATH, without a password: runners have it in their pip configuration",
    ),
]
AppId = Annotated[int, Meta(ge=1, description="write the number that GitHub shows as the App's `App ID`")]


class Runners(Spec, frozen=True):
    """Labels of the runners of each kind of job: one, or all that a runner must have.

    gate: what judges pull requests and merges; train: what runs pipelines, as [self-hosted, gpu]; monitor: what reads
    the log of predictions; release: what writes tags and deploys.
    """

    gate: RunnerLabel | list[RunnerLabel] = "ubuntu-latest"
    train: RunnerLabel | list[RunnerLabel] = "ubuntu-latest"
    monitor: RunnerLabel | list[RunnerLabel] = "ubuntu-latest"
    release: RunnerLabel | list[RunnerLabel] = "ubuntu-latest"


class Ci(Spec, frozen=True):
    """What the workflows of the project are like; `gitmlops github files` writes them from it.

    host: github.com, or the host of a GitHub Enterprise Server; branch: the default branch, on which models are
    released; runners: where jobs run; package_index: where packages come from instead of PyPI; action: the action of
    gitmlops, pinned, e.g. a mirror's: where there is none, the tag of the release that wrote the files; app: the App
    of GitHub that posts verdicts and writes tags, so that nobody else can; remote: the kind of the DVC remote, whose
    plug-in jobs install; login: as whom they come to it; workflows: which are wanted; catalog: where the catalogue is
    published, nowhere without it.
    """

    host: Host = "github.com"
    branch: BranchName = "main"
    runners: Runners = Runners()
    package_index: IndexUrl | None = None
    action: PinnedAction | None = None
    app: AppId | None = None
    remote: Literal["s3", "gs", "azure", "ssh"] | None = None
    login: Login = Login()
    workflows: tuple[Workflow, ...] = WORKFLOWS
    catalog: Literal["pages"] | None = None
