"""Keys and passwords in files of every kind: patterns that are somebody's by their form, not any long random text.

A secret is never printed: what is told is its kind and its place.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitmlops.hooks.personal_data import DATA, in_data, in_notebook
from gitmlops.hooks.staged import StagedFile
from gitmlops.report import Finding, Location, Report, Severity

HEAD = 256 << 10
"""So many bytes of a data file or a notebook are read, and MOST of any other."""
MOST = 1 << 20
ALLOWED = re.compile(rb"pragma: allowlist secret|gitleaks:allow")
"""A line that says so keeps what it has: the words of detect-secrets and of gitleaks."""
_PLACEHOLDER = re.compile(
    rb"example|dummy|placeholder|changeme|your[-_]|<|x{5}|\*{3}|\.{3}|0{8}|1234567|:(?:pass(?:word)?|secret|postgres)@",
    re.IGNORECASE,
)
_MEND = "take it out, and change it where it is valid: what was committed is read by whoever clones"
_ALLOW = "a line that must keep it says `pragma: allowlist secret`"


@dataclass(frozen=True)
class Kind:
    """A kind of secret. begins: bytes of which every one has one, so that most files are not searched; random: bits of
    entropy a character that its group `secret` has at least.
    """

    name: str
    begins: tuple[bytes, ...]
    pattern: re.Pattern[bytes]
    random: float = 3.0


def _kind(name: str, begins: Sequence[bytes], pattern: bytes, random: float = 3.0) -> Kind:
    return Kind(name, tuple(begins), re.compile(pattern), random)


_EDGE, _END = rb"(?<![A-Za-z0-9_/+-])", rb"(?![A-Za-z0-9_/+-])"
_PEM = rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s)+(?P<secret>[A-Za-z0-9+/=:, -]{16,})"
_SLACK = rb"hooks\.slack\.com/services/(?P<secret>T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,})"
_ADDRESS = rb"[a-z][a-z0-9+.-]{0,20}://[^\s:/@'\"<>{}$]{1,64}:(?P<secret>[^\s:/@'\"<>{}$]{6,64})@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"


def _token(begin: bytes, rest: bytes) -> bytes:
    return _EDGE + rb"(?P<secret>" + begin + rest + rb")" + _END


KINDS = (
    _kind("private key", [b"PRIVATE KEY"], _PEM),
    _kind("AWS access key", [b"AKIA", b"ASIA"], _token(rb"(?:AKIA|ASIA)", rb"[A-Z2-7]{16}")),
    _kind(
        "GitHub token", [b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"], _token(rb"gh[pousr]_", rb"[A-Za-z0-9]{36,255}")
    ),
    _kind("GitHub token", [b"github_pat_"], _token(rb"github_pat_", rb"[A-Za-z0-9]{22}_[A-Za-z0-9]{59}")),
    _kind("GitLab token", [b"glpat-"], _token(rb"glpat-", rb"[A-Za-z0-9_-]{20,}")),
    _kind("Slack token", [b"xox"], _token(rb"xox[abeoprs]-", rb"[0-9A-Za-z-]{20,}")),
    _kind("Slack webhook", [b"hooks.slack.com"], _SLACK),
    _kind("Google API key", [b"AIza"], _token(rb"AIza", rb"[0-9A-Za-z_-]{35}")),
    _kind("Stripe key", [b"k_live_"], _token(rb"[rs]k_live_", rb"[0-9A-Za-z]{16,}")),
    _kind("Hugging Face token", [b"hf_"], _token(rb"hf_", rb"[A-Za-z]{34,}")),
    _kind("OpenAI key", [b"T3BlbkFJ"], _token(rb"sk-", rb"[A-Za-z0-9_-]{16,}T3BlbkFJ[A-Za-z0-9_-]{16,}")),
    _kind("Anthropic key", [b"sk-ant-"], _token(rb"sk-ant-", rb"[a-z]+[0-9]{2}-[A-Za-z0-9_-]{80,}")),
    _kind("PyPI token", [b"pypi-AgE"], _token(rb"pypi-AgE", rb"[A-Za-z0-9_-]{50,}")),
    _kind("npm token", [b"npm_"], _token(rb"npm_", rb"[A-Za-z0-9]{36}")),
    _kind("Azure storage key", [b"AccountKey="], rb"AccountKey=(?P<secret>[A-Za-z0-9+/]{86}==)"),
    _kind("password in an address", [b"://"], _ADDRESS, 2.0),
)
_DVC = re.compile(
    rb"(?m)^\s*(?:secret_access_key|access_key_id|session_token|password|sse_customer_key|account_key|sas_token|"
    rb"connection_string|client_secret|gdrive_client_secret|oss_key_secret|token)\s*=\s*(?P<secret>\S.*)$"
)
"""Credentials of remotes, which belong to .dvc/config.local."""


def check(files: Sequence[StagedFile]) -> Report:
    """A finding for each line that holds a secret, and for each column of personal data."""
    findings = tuple(finding for file in files if file.content for finding in _found(file, file.content))
    return Report("Secrets and personal data", findings, summary=(f"{len(files)} files, {len(findings)} findings",))


def in_text(content: bytes) -> Iterator[tuple[int, str]]:
    """Line and kind of each secret in a text."""
    for kind in KINDS:
        if any(begin in content for begin in kind.begins):
            yield from _places(content, kind.pattern, kind.name, kind.random)


def _found(file: StagedFile, content: bytes) -> Iterator[Finding]:
    name = file.path.lower()
    data, notebook = name.endswith(DATA), name.endswith(".ipynb")
    head = content[: HEAD if data or notebook else MOST]
    if b"\0" in head[:1024] and not name.endswith((".pem", ".key")):
        return
    places = [*in_text(head), *(_places(head, _DVC, "credential of a remote", 0.0) if name == ".dvc/config" else ())]
    for line, kind in dict.fromkeys(sorted(places)):
        mend = "run `dvc remote modify --local`, which writes .dvc/config.local" if name == ".dvc/config" else _MEND
        yield Finding(
            "secret", Severity.ERROR, f"{kind}; it is not shown here", Location(file.name, line), f"{mend}; {_ALLOW}"
        )
    found = in_data(name, head) if data else in_notebook(head) if notebook else ()
    for what in found:
        mend = "give the file to DVC, in a storage that may hold such data, or leave the column out"
        yield Finding("personal-data", Severity.ERROR, what, Location(file.name), mend)


def _places(content: bytes, pattern: re.Pattern[bytes], kind: str, random: float) -> Iterator[tuple[int, str]]:
    for match in pattern.finditer(content):
        secret = match["secret"]
        start = content.rfind(b"\n", 0, match.start("secret")) + 1
        end = content.find(b"\n", match.end())
        line = content[start : end if end >= 0 else len(content)]
        if not _PLACEHOLDER.search(match[0]) and not ALLOWED.search(line) and _entropy(secret) >= random:
            yield content.count(b"\n", 0, match.start()) + 1, kind


def _entropy(secret: bytes) -> float:
    """Bits a character, by the shares of its characters; 0 where all are the same, 6 for much random base64."""
    shares = [count / len(secret) for count in Counter(secret).values()]
    return -sum(share * math.log2(share) for share in shares)
