"""CODEOWNERS from the roles of gitmlops.yaml: the last line that matches decides, so what is sensitive stands last."""

from collections.abc import Iterator

from gitmlops.specs.project import Project

_RULES, _PLATFORM = "rules", "platform"
"""Not roles, but whom `reviewers:` names for them."""
_LINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/features/", ("data-scientist", "data-engineer")),
    ("/features/entities/", ("data-engineer",)),
    ("/features/sources/", ("data-engineer",)),
    ("/data/", ("data-engineer",)),
    ("/scripts/", ("data-engineer",)),
    ("/pipelines/", ("data-scientist",)),
    ("/components/", ("ml-engineer",)),
    ("/dvc.yaml", ("data-scientist", "ml-engineer")),
    ("/dvc.lock", ("data-scientist", "ml-engineer")),
    ("/models/", ("data-scientist", "ml-engineer")),
    ("/models/documents/", (_RULES,)),
    ("/releases/", ("ml-engineer", _RULES)),
    ("/deploy/", (_PLATFORM,)),
    ("/.dvc/", ("ml-engineer",)),
    ("/.pre-commit-config.yaml", (_PLATFORM,)),
    (".gitattributes", (_PLATFORM,)),
    ("/.gitmodules", (_PLATFORM,)),
    ("/gitmlops.yaml", (_RULES, _PLATFORM)),
    ("/policies/", (_RULES,)),
    ("/.github/", (_PLATFORM,)),
)
_HEAD = """\
# Who reviews what, from the roles of gitmlops.yaml: written by `gitmlops github files`.
# The last line that matches decides, so what is sensitive stands last.
"""


def text(project: Project) -> str:
    """The content of .github/CODEOWNERS; empty where gitmlops.yaml names nobody.

    A line whose roles name nobody is left out: what it is about is then of those of the line before that matches.
    """
    everybody = _first(project, "ml-engineer", _PLATFORM, *project.roles)
    if not everybody:
        return ""
    lines = [("*", everybody), *_lines(project)]
    width = max(len(pattern) for pattern, _ in lines)
    return _HEAD + "".join(f"{pattern:<{width}} {' '.join(owners)}\n" for pattern, owners in lines)


def _lines(project: Project) -> Iterator[tuple[str, tuple[str, ...]]]:
    for pattern, roles in _LINES:
        owners = tuple(dict.fromkeys(owner for role in roles for owner in _members(project, role)))
        if owners:
            yield pattern, owners


def _first(project: Project, *roles: str) -> tuple[str, ...]:
    return next(filter(None, (_members(project, role) for role in roles)), ())


def _members(project: Project, role: str) -> tuple[str, ...]:
    named = {_RULES: project.reviewers.rules, _PLATFORM: project.reviewers.platform}.get(role, role)
    return tuple(project.roles.get(named, ()))
