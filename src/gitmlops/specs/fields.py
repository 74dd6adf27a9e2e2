"""Types of fields that several kinds of definition share: a type, its pattern, and how to mend a miss."""

import re
from fractions import Fraction
from typing import Annotated, Any

from msgspec import Meta

WRITTEN_AS = "x-written-as"
"""Key of a Meta's extra_json_schema: the JSON types that an editor sees where a file has the value."""

Json = Any
"""A value that a component, not we, gives a meaning to: null, text, number, boolean, list or mapping."""

Name = Annotated[
    str,
    Meta(
        pattern=r"^[a-zA-Z]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9])?$",
        description="use letters, digits, `-` and `_`, starting with a letter, at most 64",
    ),
]
Reference = Annotated[
    str,
    Meta(
        pattern=r"^([a-zA-Z]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9])?/)?[a-zA-Z]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9])?$",
        description="write a name, or import/name for what is imported",
    ),
]
GitUrl = Annotated[
    str,
    Meta(
        pattern=(
            r"^(https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?/[^\s\x00-\x1f\x7f\\@?#]+"
            r"|ssh://([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?/[^\s\x00-\x1f\x7f\\?#]+"
            r"|[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?!/)[^\s\x00-\x1f\x7f\\?#]+"
            r"|file:///[^\s\x00-\x1f\x7f\\?#]+)$"
        ),
        description="write https://HOST/PATH, ssh://git@HOST/PATH, git@HOST:PATH or file:///PATH, without a password: "
        "git's credential helpers know it",
    ),
]
Revision = Annotated[
    str,
    Meta(
        pattern=r"^(?!.*(\.\.|//|@\{|\.lock$|/$|\.$))[A-Za-z0-9_][A-Za-z0-9_.+/@#-]{0,199}$",
        description="write a tag, a branch or a whole commit SHA",
    ),
]
Text = Annotated[str, Meta(min_length=1, description="write some text")]
RepositoryPath = Annotated[
    str,
    Meta(
        pattern=r"^(?!/)(?!.*(^|/)\.\.?(/|$))(?!.*(^|/)\.(git|dvc)(/|$))(?!.*[\x00-\x1f\x7f\\]).+$",
        description="write a path relative to the repository's root, without `..`",
    ),
]
Duration = Annotated[
    str,
    Meta(
        pattern=r"^[1-9][0-9]{0,5}[smhdw]$",
        description="write a whole number and a unit of s, m, h, d or w, e.g. 30d",
    ),
]
Day = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        description='write a day in quotes, e.g. "2026-11-23"',
    ),
]
Threshold = Annotated[
    str,
    Meta(
        pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,9}|/0{0,8}[1-9][0-9]{0,8})?$",
        description='write a decimal or a ratio, e.g. 0.12 or "4/5"',
        # 0.12 is a number to an editor; here the digits count, so that 0.12 is twelve hundredths exactly.
        extra_json_schema={WRITTEN_AS: ["string", "number"]},
    ),
]
Share = Annotated[float, Meta(ge=0, le=1, description="write a share between 0 and 1")]
Count = Annotated[int, Meta(ge=0, description="write a whole number, 0 or more")]
SemanticVersion = Annotated[
    str,
    Meta(pattern=r"^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$", description="write e.g. 1.0.0"),
]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def seconds(duration: str) -> int:
    """Length of a Duration in seconds."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def exact(threshold: str) -> Fraction:
    """A Threshold as the exact number that was written: `4/5` is four fifths, 0.8 too, neither is a float."""
    match = re.fullmatch(r"(-?[0-9]+)/([0-9]+)", threshold)
    return Fraction(int(match[1]), int(match[2])) if match else Fraction(threshold)
