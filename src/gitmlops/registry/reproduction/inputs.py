"""What a version was made from, brought to another place, and where it is not what dvc.lock and the tag say."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitmlops.adapters.dvc import cache, command, pointers
from gitmlops.adapters.dvc.cache import Cache
from gitmlops.adapters.dvc.internal.recorded import Change
from gitmlops.adapters.dvc.pointers import Output, md5_of
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.adapters.system import environments
from gitmlops.errors import GitmlopsError, InputErrors, ToolError
from gitmlops.registry.files.contents import companion, sha256
from gitmlops.registry.reproduction.reporting import InputChange
from gitmlops.registry.reproduction.subject import Subject
from gitmlops.registry.reproduction.surroundings import Surroundings, differences
from gitmlops.registry.reproduction.verdicts import shortened
from gitmlops.registry.tags.history import Version


def bring(repository: Repository, second: Repository, own: Cache, wanted: Sequence[Output]) -> tuple[InputChange, ...]:
    """Put data into the second tree, from the repository's cache or its remotes; what is not what it was called.

    Nothing is changed in the repository or its cache. Raises ToolErrors with every path that is nowhere.
    """
    shared = cache.of(repository)
    changes: list[InputChange] = []
    away: list[Output] = []
    for output in wanted:
        try:
            if shared.holds(output):
                own.take(output, shared)
            else:
                away.append(output)
        except ToolError as error:
            changes.append(_other_bytes(error))
    changes += _fetch(second, own, away)
    if not changes and wanted:
        command.checkout(second, [output.path for output in wanted])
    return tuple(changes)


def _fetch(second: Repository, own: Cache, away: Sequence[Output]) -> Iterator[InputChange]:
    failed = fetch(second, away)
    missing: list[GitmlopsError] = []
    for output in away:
        try:
            if own.holds(output):
                own.require(output)
            else:
                mend = failed or "ask whoever has it to run `dvc push`"
                missing.append(
                    ToolError("neither in the cache nor, with these bytes, at a remote", where=output.path, mend=mend)
                )
        except ToolError as error:
            yield _other_bytes(error)
    if missing:
        raise missing[0] if len(missing) == 1 else _Missing(missing)


class _Missing(InputErrors):
    """Data that are nowhere: nobody's file is wrong."""

    exit_code = ToolError.exit_code


def fetch(second: Repository, outputs: Sequence[Output]) -> str:
    """Fetch what a remote has of these; what to do about a remote that is not there or failed, else empty."""
    if not outputs:
        return ""
    if not command.has_remote(second):
        return "there is no remote: run `dvc remote add --default NAME URL`"
    try:
        command.fetch(second, [output.path for output in outputs])
    except ToolError as error:
        return f"see whether the remote is there, or ask for a `dvc push` ({error.what.splitlines()[-1]})"
    return ""


def _other_bytes(error: ToolError) -> InputChange:
    return InputChange("data", f"{error.where}: {error.what}", mend=error.mend)


def edited(subject: Subject, paths: Iterable[str]) -> tuple[InputChange, ...]:
    """Outputs that git keeps and that are not what dvc.lock recorded: somebody wrote into them after the run."""
    tree = subject.tree
    wrong = (path for path in paths if tree.digest(path) and md5_of(tree.read(path)) != subject.outputs[path].md5)
    mend = "run the pipeline again, commit what it writes and release that"
    return tuple(InputChange("file", f"{path}: git has other bytes than its stage wrote", mend) for path in wrong)


def pins(version: Version, artifact: str) -> Mapping[str, str]:
    """Path -> SHA-256 of every file that a version's tag pins."""
    said = version.trailers
    found = {artifact: said.one("Model"), companion(artifact, ".baseline.json"): said.one("Baseline")}
    found |= {path: digest for path, _, digest in (line.rpartition(" ") for line in said.all("Data"))}
    return {path: digest for path, digest in found.items() if digest}


def compare_pins(
    wanted: Mapping[str, str], read: Callable[[str], bytes | None]
) -> tuple[tuple[str, ...], tuple[InputChange, ...]]:
    """The paths that are as the tag pins them, and what is not. read: None for a file that cannot be had."""
    held, changes = [], []
    for path, digest in wanted.items():
        content = read(path)
        if content is None:
            continue
        found = sha256(content)
        if found == digest:
            held.append(path)
        else:
            message = f"{path}: its sha256 is {found[:12]}…, the tag pins {digest[:12]}…"
            changes.append(InputChange("data", message, mend="find out who wrote the tag or the storage"))
    return tuple(held), tuple(changes)


@dataclass(frozen=True)
class Naming:
    """Names what changed since dvc.lock was written. environment: the lock file of packages, if there is one."""

    repository: Repository
    commit: str
    environment: str
    caches: tuple[Cache, ...]

    def named(self, changes: Sequence[Change]) -> tuple[InputChange, ...]:
        """Each change once, however many stages it concerns."""
        stages: dict[tuple[str, str, str, str], list[str]] = {}
        for change in changes:
            key = (change.path, change.key, change.before, change.after)
            stages.setdefault(key, []).append(change.stage)
        return tuple(
            told
            for (path, key, before, after), names in stages.items()
            for told in self._named(path, key, before, after, shortened(names))
        )

    def _named(self, path: str, key: str, before: str, after: str, stages: str) -> Iterator[InputChange]:
        mend = "run the pipeline, commit dvc.lock and release that"
        if key == "cmd":
            yield InputChange("command", f"{path}: stage {stages} has another command than in dvc.lock", mend)
        elif key:
            yield InputChange("parameter", f"{path}: {key}: {before} -> {after} (stage {stages})", mend)
        elif path == self.environment:
            yield from self._packages(path, stages, mend)
        else:
            kind = (
                "data" if pointers.covering(path, pointers.read(CommitTree(self.repository, self.commit))) else "file"
            )
            names = self._files(path) or [path]
            for name in names:
                yield InputChange(kind, f"{name}: not what dvc.lock recorded (stage {stages})", mend)

    def _packages(self, path: str, stages: str, mend: str) -> Iterator[InputChange]:
        old, new = (self._pinned(commit, path) for commit in (self._locked, self.commit))
        found = differences(old, new) if old and new else ()
        for each in found:
            yield InputChange("package", f"{path}: {each} (stage {stages})", mend)
        if not found:
            yield InputChange("package", f"{path}: not what dvc.lock recorded (stage {stages})", mend)

    def _pinned(self, commit: str, path: str) -> Surroundings | None:
        tree = CommitTree(self.repository, commit)
        if not tree.digest(path):
            return None
        return Surroundings(environments.pinned(path, tree.read(path)))

    @property
    def _locked(self) -> str:
        """The commit that wrote dvc.lock as it is."""
        return self.repository.git("log", "-1", "--format=%H", self.commit, "--", "*dvc.lock").strip()

    def _files(self, path: str) -> list[str]:
        """The files at a path that changed since then, as far as git or the caches know."""
        diff = ("diff", "--no-ext-diff", "--name-only", "--no-renames", "-z", self._locked, self.commit, "--")
        found = [name for name in self.repository.git(*diff, f":(literal){path}").split("\0") if name]
        return found or self._files_under_dvc(path)

    def _files_under_dvc(self, path: str) -> list[str]:
        sides = []
        for commit in (self._locked, self.commit):
            output = pointers.read(CommitTree(self.repository, commit)).get(path)
            if output is None or not output.md5.endswith(".dir"):
                return []
            holding = next((one for one in self.caches if one.has(output)), None)
            if holding is None:
                return []
            sides.append(holding.listing(output))
        old, new = sides
        return [f"{path}/{name}" for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
