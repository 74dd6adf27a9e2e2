"""What adopting a project writes, what it leaves to its people, and what stands in its way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from gitmlops import __version__
from gitmlops.definitions import PROJECT_FILE, Files, kind_of, load_valid
from gitmlops.errors import InputError, InputErrors
from gitmlops.report import Finding, Location, Severity
from gitmlops.scaffold import github
from gitmlops.scaffold.adopting import drafts
from gitmlops.scaffold.adopting.drafts import Draft
from gitmlops.scaffold.adopting.project import Project
from gitmlops.scaffold.templates import NewFile, render

_MERGING = PurePosixPath(".gitattributes")
_HOOKS = PurePosixPath(".pre-commit-config.yaml")
_HOOK_LINE = (
    f"- {{repo: https://github.com/gitmlops/gitmlops, rev: v{__version__}, "
    "hooks: [{id: gitmlops-check}, {id: gitmlops-large-file}]}"
)


@dataclass(frozen=True)
class Plan:
    """The files to write, none of which is there, and what people should know."""

    files: tuple[NewFile, ...]
    drafts: tuple[Draft, ...]
    findings: tuple[Finding, ...]


def plan(found: Project, name: str) -> Plan:
    """What to write beside a project, which is to be called `name`.

    Raises InputErrors with every file that would become something else by what is written, InputError for a project
    that is one already.
    """
    if PROJECT_FILE in found.paths:
        mend = "see `gitmlops check`; `gitmlops init .` adds what a new project has"
        raise InputError("is a gitmlops project already", where=PROJECT_FILE, mend=mend)
    own = drafts.drafts(found.models)
    definitions = drafts.files(name, own, found.stages, found.branch)
    wanted = (*definitions, *_of_github(definitions), *_hooks(name))
    new = tuple(file for file in wanted if not _is_there(found, file))
    if obstacles := [*_taken_for_definitions(found), *_in_the_way(found, new)]:
        raise InputErrors(obstacles)
    kept = tuple(file for file in wanted if file not in new)
    return Plan(new, own, (*_of_models(found, own), *_of_stages(found), *_of_kept(kept)))


def _of_github(definitions: Sequence[NewFile]) -> tuple[NewFile, ...]:
    """Workflows, rulesets and settings, as the drafted gitmlops.yaml has them."""
    return github.files(load_valid(Files({str(file.path): file.content for file in definitions})))


def _hooks(name: str) -> Iterator[NewFile]:
    """The hooks that a new project has."""
    yield from (file for file in render("blank", {"project": name, "owner": "your-org"}) if file.path == _HOOKS)


def _is_there(found: Project, file: NewFile) -> bool:
    return (found.repository.root / file.path).exists()


def _taken_for_definitions(found: Project) -> Iterator[InputError]:
    """Files of the project that lie where definitions do: they would be read as such, and be wrong."""
    for path in found.paths:
        stem, dot, suffix = path.rpartition(".")
        if suffix in ("yaml", "yml") and (kind := kind_of(f"{stem}{dot}yaml")):
            mend = "move it to another folder first, in a commit of its own"
            yield InputError(f"would be taken for a {kind.replace('_', ' ')}", where=path, mend=mend)


def _in_the_way(found: Project, new: Sequence[NewFile]) -> Iterator[InputError]:
    """Folders that DVC tracks or stages read, which a new file would change, and those that git ignores."""
    told = set()
    for file in new:
        around = [str(place) for place in (file.path, *file.path.parents)]
        held = next((place for place in around if place in found.outputs or place in found.read), None)
        if held and held not in told:
            told.add(held)
            what = f"is tracked by DVC or read by a stage: {file.path} would change it"
            yield InputError(what, where=held, mend="name the files in it, not the folder, in dvc.yaml")
        elif not held and found.repository.ignores(found.repository.root / file.path):
            yield InputError(
                "is ignored by git", where=str(file.path), mend="mend the .gitignore that names its folder"
            )


def _of_models(found: Project, own: Sequence[Draft]) -> Iterator[Finding]:
    for draft in own:
        yield from _of_model(found, draft)
    for artifact in found.elsewhere:
        what = f"{artifact.name}: its file {artifact.written!r} is not in this repository, so nothing is drafted for it"
        yield _warning(what, artifact.location, "let a stage or `dvc import-url` bring it, then write models/NAME.yaml")
    known = {draft.candidate.tagged for draft in own} | {artifact.name for artifact in found.elsewhere}
    for name, versions in sorted(found.tagged.items()):
        if versions and name not in known:
            what = f"{name}: {_counted(versions, 'version')} in the tags, and no artifact of that name in a dvc.yaml"
            yield _warning(
                what, None, f"`gitmlops model show {name}` reads them; a model of that name goes on from them"
            )
    if not own:
        what = "no artifact of the type model is in this repository, and no output that looks like one"
        yield _warning(what, None, "write models/NAME.yaml for what a stage makes, then a policy")


def _of_model(found: Project, draft: Draft) -> Iterator[Finding]:
    candidate, place = draft.candidate, Location(draft.path)
    output = found.outputs.get(candidate.path)
    if output is None:
        what = f"{draft.name}: {candidate.path} is not under DVC, where the gate reads models"
        yield _warning(what, place, f"`git rm --cached {candidate.path}`, then `dvc add` it or let a stage write it")
    elif output.md5.endswith(".dir"):
        what = f"{draft.name}: {candidate.path} is a folder, the gate reads single files"
        yield _warning(what, place, "name the model file in it, as an output of its own")
    if draft.name != candidate.name:
        what = f"{draft.name}: the artifact is called {candidate.name}, which no definition can be called here"
        yield _warning(what, place, "rename the definition if you like; versions go by its name")
    if draft.name != candidate.tagged and candidate.tagged in found.tagged:
        what = f"{draft.name}: its versions are tagged as {candidate.tagged}, new ones will be as {draft.name}"
        yield _warning(what, place, f"`gitmlops model show {candidate.tagged}` reads the old ones")


def _of_stages(found: Project) -> Iterator[Finding]:
    if found.stages and not {"prod", "production"} & {*found.stages}:
        what = f"the tags have the stages {', '.join(found.stages)}: none of them is taken for production"
        yield _warning(what, Location(PROJECT_FILE), "write `production: true` where users are served")


def _of_kept(kept: Sequence[NewFile]) -> Iterator[Finding]:
    """Files that are there and are left as they are, with what to add to them."""
    for file in kept:
        mend = "it stays as it is; take the action into it, see docs/how-to/gate-pull-requests.md"
        if file.path == _MERGING:
            mend = "add `dvc.lock merge=gitmlops`, so that branches that both ran a stage can be merged"
        elif file.path == _HOOKS:
            mend = f"add to its `repos:` the line `{_HOOK_LINE}`"
        yield Finding("adopt", Severity.NOTE, "is there already", Location(str(file.path)), mend)


def _warning(what: str, place: Location | None, mend: str) -> Finding:
    return Finding("adopt", Severity.WARNING, what, place, mend)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"
