"""What CODEOWNERS and .gitattributes of a repository leave open."""

from collections.abc import Iterator, Sequence

from gitmlops.definitions import Tree
from gitmlops.hosting.owned_paths import Line, lines, matches
from gitmlops.report import Finding, Location, Severity
from gitmlops.specs.project import Project

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks, in this order: the first that is there counts, the others for nothing."""
_RULES = ("policies/a.yaml", "policies/waivers/a.yaml")
_PLATFORM = (".github/workflows/gate.yml", ".github/CODEOWNERS", ".gitattributes", ".gitmodules")
_SHOWN = ("policies/a.yaml", "models/a.yaml", "gitmlops.yaml", ".github/workflows/gate.yml")
_FOLDED = ("linguist-generated", "linguist-generated=true", "linguist-vendored", "-diff", "binary")


def of_code(tree: Tree, project: Project | None) -> Iterator[Finding]:
    """What is wrong with who owns the code, by CODEOWNERS alone; that all is well is one finding, too."""
    there = [place for place in PLACES if place in tree.paths()]
    if not there:
        what = "nobody owns the code: there is no CODEOWNERS, so no review by its owners can be required"
        yield _finding(Severity.WARNING, what, None, "run `gitmlops github files`")
        return
    said = [*lines(_text(tree, there[0]))]
    found = [*_ignored(there), *_ownerless(there[0], said), *_sensitive(there[0], said, project)]
    yield from found or [_finding(Severity.PASS, f"{there[0]} has an owner in each of its {len(said)} lines", None)]


def of_attributes(tree: Tree) -> Iterator[Finding]:
    """Attributes that fold away, in a pull request, what people must see of it."""
    for place in tree.paths():
        folder, _, name = place.rpartition("/")
        for line in lines(_text(tree, place)) if name == ".gitattributes" else ():
            about = [
                path
                for path in _SHOWN
                if _in_folder(folder, path) and matches(line.pattern, path[len(folder) :].lstrip("/"))
            ]
            if about and (folding := [word for word in line.words if word in _FOLDED]):
                what = (
                    f"`{folding[0]}` hides changes of {about[0].rpartition('/')[0] or about[0]} from who reviews them"
                )
                yield Finding("doctor/attributes", Severity.ERROR, what, Location(place, line.number), "take it away")


def _in_folder(folder: str, path: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _ignored(there: Sequence[str]) -> Iterator[Finding]:
    for place in there[1:]:
        what = f"counts for nothing, because there is {there[0]}"
        yield _finding(Severity.WARNING, what, Location(place), "remove it")


def _ownerless(place: str, said: Sequence[Line]) -> Iterator[Finding]:
    for line in said:
        if not line.words:
            what = f"{line.pattern} has no owner: whatever stood before it is undone, and nobody is asked"
            yield _finding(Severity.ERROR, what, Location(place, line.number), "name an owner, or remove the line")


def _sensitive(place: str, said: Sequence[Line], project: Project | None) -> Iterator[Finding]:
    """Rules and platform must be owned by those whom gitmlops.yaml names for them, and by nobody else."""
    if project is None:
        return
    for paths, role in ((_RULES, project.reviewers.rules), (_PLATFORM, project.reviewers.platform)):
        members = set(project.roles.get(role, ()))
        for path in paths if members else ():
            last = next((line for line in reversed(said) if matches(line.pattern, path)), None)
            shown = path.replace("/a.yaml", "/")
            if last is None:
                yield _finding(Severity.ERROR, f"{shown} has no owner; it should be {role}'s", Location(place))
            elif others := sorted({*last.words} - members):
                what = f"{shown} is owned by {', '.join(others)}, who is not of the role {role}: the last line counts"
                yield _finding(Severity.ERROR, what, Location(place, last.number), "let a line for it stand last")


def _text(tree: Tree, path: str) -> str:
    return tree.read(path)[: 1 << 20].decode(errors="replace")


def _finding(severity: Severity, what: str, place: Location | None, mend: str = "") -> Finding:
    return Finding("doctor/codeowners", severity, what, place, mend)
