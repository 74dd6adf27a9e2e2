"""SSH signatures of bytes, made and verified with ssh-keygen, as git's own are; GPG's verified with gpg."""

import base64
import hashlib
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.system import process
from gitmlops.errors import InputError, ToolError

_PROGRAM = "ssh-keygen"
_GPG = "gpg"
_VALID = re.compile(r"^\[GNUPG:\] VALIDSIG .*?([0-9A-F]{40})\s*$", re.MULTILINE)
"""Its last word is the fingerprint of the primary key."""


def sign(content: bytes, *, key: Path, namespace: str) -> str:
    """The armoured signature. key: a private key, or the public key of one that an agent holds.

    namespace: what the signature is for; it verifies in no other. Raises ToolError if ssh-keygen cannot sign.
    """
    try:
        return process.run(_PROGRAM, "-Y", "sign", "-q", "-n", namespace, "-f", str(key), stdin=content)
    except ToolError as error:
        mend = error.mend or "name another key with --key, or load this one with `ssh-add`"
        raise ToolError(f"not signed: {error.what}", where=str(key), mend=mend) from error


def signer(content: bytes, signature: str, *, keys: Sequence[str], namespace: str) -> str:
    """The one of the public keys that has made a signature of exactly these bytes; empty if none of them has.

    Raises ToolError if ssh-keygen cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="gitmlops-") as name:
        armoured, allowed = Path(name, "signature"), Path(name, "allowed")
        armoured.write_text(signature)
        for key in keys:
            allowed.write_text(f'signer namespaces="{namespace}" {key}\n')
            asked = ("-Y", "verify", "-I", "signer", "-n", namespace, "-f", str(allowed), "-s", str(armoured))
            if process.succeeds(_PROGRAM, *asked, stdin=content):
                return key
    return ""


def gpg_signer(content: bytes, signature: bytes) -> str:
    """The fingerprint (40 capital hex digits) of the GPG key that has made a signature of exactly these bytes.

    Empty if nobody has whose key is in the keyring and neither expired nor revoked. Raises ToolError without gpg.
    """
    if not shutil.which(_GPG):
        raise ToolError("gpg cannot be started", mend="install gpg and put it on PATH")
    with tempfile.TemporaryDirectory(prefix="gitmlops-") as name:
        file = Path(name, "signature")
        file.write_bytes(signature)
        try:
            told = process.run(_GPG, "--batch", "--no-tty", "--status-fd=1", "--verify", str(file), "-", stdin=content)
        except ToolError:
            return ""
    valid = _VALID.search(told)
    return valid[1] if valid and "[GNUPG:] GOODSIG " in told else ""


def public_key(key: Path) -> str:
    """The public key of a private one, or what the file with the public one says. Raises InputError, ToolError."""
    beside = key if key.suffix == ".pub" else key.with_name(f"{key.name}.pub")
    try:
        return beside.read_text().strip()
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the key cannot be read", where=str(beside), mend="name another key with --key") from error
    if not key.exists():
        raise InputError("there is no such key", where=str(key), mend="name another key with --key")
    return process.run(_PROGRAM, "-y", "-f", str(key)).strip()


def fingerprint(key: str) -> str:
    """`SHA256:…` of a public key, as ssh-keygen and GitHub show it."""
    blob = base64.b64decode(key.split()[1] + "==")
    return f"SHA256:{base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}"


def configured_key(repository: Repository) -> Path:
    """The key that git signs with here (`gpg.format=ssh`, `user.signingKey`). Raises InputError if there is none."""
    mend = "name one with --key, or run `git config gpg.format ssh` and `git config user.signingKey ~/.ssh/KEY.pub`"
    if _setting(repository, "gpg.format") != "ssh":
        raise InputError("git signs with no SSH key here", where="git config gpg.format", mend=mend)
    named = _setting(repository, "user.signingKey", "--path")
    if not named or named.startswith(("key::", "ssh-", "ecdsa-", "sk-")):
        raise InputError("it names no file with an SSH key", where="git config user.signingKey", mend=mend)
    return Path(named)


def _setting(repository: Repository, name: str, *options: str) -> str:
    try:
        return repository.git("config", *options, "--get", name).strip()
    except ToolError:
        return ""
