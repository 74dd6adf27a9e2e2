"""Who is told of an alarm: channels, as gitmlops.yaml and models/<name>.yaml name them."""

from typing import Annotated, Literal

from msgspec import Meta

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Name, RepositoryPath

Secret = Annotated[
    str,
    Meta(
        # A token of the workflow is none of theirs: who writes a host into a file would get it.
        pattern=r"^(?!GITHUB_|GH_|ACTIONS_|RUNNER_)[A-Z][A-Z0-9_]{0,63}$",
        description="write the name of an environment variable in capitals, e.g. PAGER_URL, not one of GitHub's own",
    ),
]
Address = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$",
        description="write one address, as ml@example.com",
    ),
]
Host = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$",
        description="write the name of the server, as smtp.example.com",
    ),
]
Port = Annotated[int, Meta(ge=1, le=65535, description="write a port, 1 to 65535")]
Label = Annotated[str, Meta(pattern=r"^\S([^\x00-\x1f\x7f]{0,48}\S)?$", description="write 1 to 50 characters")]


class Issue(Spec, frozen=True):
    """One issue at GitHub for an incident: kept up to date, closed when it is over."""

    labels: list[Label] = []


class Slack(Spec, frozen=True):
    """A webhook that takes what Slack's incoming webhooks take. url_secret: the variable that holds its address."""

    url_secret: Secret
    private: bool = False


class Webhook(Spec, frozen=True):
    """A webhook that gets JSON.

    url_secret: the variable that holds its address; signing_secret: the one that holds the key with which the body is
    signed, as Standard Webhooks says; body: a Jinja template of the JSON, where the receiver wants another;
    private: whether the address may be of a private network, and without TLS.
    """

    url_secret: Secret
    signing_secret: Secret | None = None
    body: RepositoryPath | None = None
    private: bool = False


class Email(Spec, frozen=True):
    """Mail by SMTP. user_secret, password_secret: the variables that hold them, where the server asks."""

    host: Host
    sender: Address
    to: list[Address]
    port: Port = 587
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    user_secret: Secret | None = None
    password_secret: Secret | None = None


class Alerts(Spec, frozen=True):
    """Who is told when an alarm begins, becomes another, is over, and how retraining ended.

    slack, webhooks, email: by a name of your own, under which the history remembers what was told;
    summary, annotations: of the job that runs `gitmlops monitor alert`.
    """

    issue: Issue | None = None
    slack: dict[Name, Slack] = {}
    webhooks: dict[Name, Webhook] = {}
    email: dict[Name, Email] = {}
    summary: bool = False
    annotations: bool = False
