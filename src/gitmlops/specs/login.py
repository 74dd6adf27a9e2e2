"""As whom jobs of workflows come to what DVC keeps in a cloud: `ci: login` of gitmlops.yaml."""

from typing import Annotated

from msgspec import Meta

from gitmlops.specs.base import Spec

Region = Annotated[
    str,
    Meta(pattern=r"^[a-z]{2,8}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$", description="write a region of AWS, as eu-central-1"),
]
Role = Annotated[
    str,
    Meta(
        pattern=r"^arn:aws[a-z-]{0,10}:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,128}$",
        description="write the whole name of a role, as arn:aws:iam::123456789012:role/dvc-read",
    ),
]
Provider = Annotated[
    str,
    Meta(
        pattern=r"^projects/[0-9]{1,20}/locations/global/workloadIdentityPools/[a-z0-9-]{4,32}/providers/[a-z0-9-]{4,32}$",
        description="write projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
    ),
]
ServiceAccount = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9-]{4,29}@[a-z][a-z0-9.:-]{4,61}\.iam\.gserviceaccount\.com$",
        description="write the address of a service account, as dvc-read@PROJECT.iam.gserviceaccount.com",
    ),
]
Guid = Annotated[
    str,
    Meta(
        pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
        description="write an id of Azure, as 01234567-89ab-cdef-0123-456789abcdef",
    ),
]


class Aws(Spec, frozen=True):
    """Roles of AWS. hours: how long a session lasts; the roles must allow it."""

    region: Region
    read: Role
    write: Role | None = None
    hours: Annotated[int, Meta(ge=1, le=12, description="write 1 to 12 hours")] = 1


class Google(Spec, frozen=True):
    """Service accounts of Google Cloud, which a workload identity provider lends."""

    provider: Provider
    read: ServiceAccount
    write: ServiceAccount | None = None


class Azure(Spec, frozen=True):
    """Applications of Azure with federated credentials. read, write: their client ids."""

    tenant: Guid
    subscription: Guid
    read: Guid
    write: Guid | None = None


class Login(Spec, frozen=True):
    """Identities that a cloud lends to jobs for which GitHub vouches (OpenID Connect), so that no secret is kept.

    read: who may read what DVC keeps; write: who may add to it, in jobs that train (without one, they come as `read`).
    """

    aws: Aws | None = None
    google: Google | None = None
    azure: Azure | None = None
