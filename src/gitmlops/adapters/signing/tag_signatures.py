"""Who has signed a tag."""

import re
from collections.abc import Sequence

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.signing import signatures

_NAMESPACE = "git"  # what ssh-keygen calls that which git's own signatures are for
_SIGNATURE = re.compile(
    rb"^-----BEGIN (?P<kind>SSH|PGP) SIGNATURE-----\n[^-]*-----END (?P=kind) SIGNATURE-----\n?\Z", re.MULTILINE
)


def signer(repository: Repository, sha: str, *, keys: Sequence[str], fingerprints: Sequence[str]) -> str:
    """Which of the SSH keys, or of the fingerprints of GPG keys, has signed the object of a tag; empty if none has.

    Raises ToolError if the object cannot be read, or the program that verifies is not installed.
    """
    content = repository.git_bytes("cat-file", "tag", sha)
    found = _SIGNATURE.search(content)
    # git shows what stands before the last signature, ssh-keygen verifies the first: text could be slipped in between.
    if found is None or content.count(b"-----BEGIN ") > 1:
        return ""
    said = content[: found.start()]
    if found["kind"] == b"SSH":
        return signatures.signer(said, found[0].decode("ascii", "replace"), keys=keys, namespace=_NAMESPACE)
    fingerprint = signatures.gpg_signer(said, found[0])
    return fingerprint if fingerprint in fingerprints else ""
