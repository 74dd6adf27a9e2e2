"""How `gitmlops model reproduce` works in its second work tree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gitmlops.adapters.data import tables
from gitmlops.adapters.dvc import cache, pointers, sharing, versions
from gitmlops.adapters.dvc import command as dvc
from gitmlops.adapters.dvc.internal import recorded as record
from gitmlops.adapters.git.trees import WorkTree
from gitmlops.adapters.system import environments, machine
from gitmlops.cli.pipeline.running import cpus, talk
from gitmlops.cli.progress import progress
from gitmlops.cli.show import say
from gitmlops.errors import InputError, Refusal, ToolError
from gitmlops.gate.evidence.scoring import Scoring
from gitmlops.pipelines.executing import failure
from gitmlops.pipelines.running.certificate import Certificate
from gitmlops.records.canonical import decode
from gitmlops.records.manifest import Manifest
from gitmlops.registry.files.contents import Contents, companion
from gitmlops.registry.reproduction import inputs, outputs, released, reporting, surroundings
from gitmlops.registry.reproduction.outputs import Files
from gitmlops.registry.reproduction.released import Released
from gitmlops.registry.reproduction.reporting import InputChange, Made, Reproduction
from gitmlops.registry.reproduction.surroundings import Difference, Surroundings
from gitmlops.registry.reproduction.values import Alike
from gitmlops.registry.reproduction.verdicts import Comparison, Tolerance, Verdict, shortened

if TYPE_CHECKING:
    from gitmlops.adapters.dvc.cache import Cache
    from gitmlops.adapters.dvc.internal.recorded import RecordedStage
    from gitmlops.adapters.dvc.pointers import Output
    from gitmlops.adapters.git.repository import Repository
    from gitmlops.registry.reproduction.subject import Subject
    from gitmlops.report import Report

_LOST = Comparison(Verdict.DIFFERENT, "other bytes; those that were released are neither in the cache nor at a remote")


@dataclass(frozen=True)
class Reproducing:
    """A version that is made again. second: a work tree of its commit, in a folder that nobody else uses."""

    repo: "Repository"
    second: "Repository"
    subject: "Subject"
    jobs: int | None

    def report(self, tolerance: Tolerance, *, recorded: bool) -> "Report":
        """What was found. recorded: whether to install what the lock file pins. Raises GitmlopsError."""
        own = sharing.isolate(self.repo, self.second, self._folder)
        stages = record.leading_to(self.second.root, self._artifact)
        with progress("bringing the data"):
            wrong = inputs.bring(self.repo, self.second, own, self._data(stages))
        if wrong:
            return reporting.refused(self.subject.version, wrong)
        caches = (cache.of(self.repo), own)
        checked, changes = self._changes(stages, caches)
        before = self._recorded_surroundings()
        programs = self._install(stages) if recorded else None
        now = _surroundings_here(programs)
        _tell(changes, _differences(before, now))
        self._run(stages[-1].name, programs)
        compared = self._compare(stages, caches, tolerance)
        held, unpinned = inputs.compare_pins(inputs.pins(self.subject.version, self._artifact), self._pinned_content)
        return Reproduction(
            version=self.subject.version,
            artifact=self._artifact,
            environment=f"{self.subject.lock_file}, installed anew" if recorded else "as it is here",
            tolerance=tolerance,
            inputs=checked,
            stages=sum(stage.runs for stage in stages),
            changes=(*changes, *unpinned),
            pinned=held,
            surroundings=_differences(before, self._manifest_now(stages) or now),
            outputs=compared,
        ).report()

    @property
    def _folder(self) -> Path:
        return self.second.root.parent

    @property
    def _artifact(self) -> str:
        return self.subject.model.artifact

    def _data(self, stages: "Sequence[RecordedStage]") -> "list[Output]":
        """What is not made again and not in git."""
        paths = [path for stage in stages if not stage.runs for path in stage.outputs]
        known = self.subject.outputs
        return [known[path] for path in paths if path in known and not self.subject.tree.held(path)]

    def _changes(
        self, stages: "Sequence[RecordedStage]", caches: "tuple[Cache, ...]"
    ) -> tuple[int, tuple[InputChange, ...]]:
        with progress("comparing the inputs with dvc.lock"):
            found = record.check(self.second.root, self._artifact)
        naming = inputs.Naming(self.repo, self.subject.version.commit, self.subject.lock_file, caches)
        made = [path for stage in stages if stage.runs for path in stage.outputs]
        return found.inputs, (*naming.named(found.changes), *inputs.edited(self.subject, made))

    def _install(self, stages: "Sequence[RecordedStage]") -> Path:
        """The folder of the programs of the recorded environment."""
        lock = self.subject.lock_file
        if not lock:
            mend = "run without --environment recorded; name the lock file as `environment:` in gitmlops.yaml"
            raise InputError("the version names no lock file of its environment", where="gitmlops.yaml", mend=mend)
        say(f"installing {lock}")
        programs = environments.make(self.second.root, lock, self._folder / "environment")
        ours = any(command.startswith("gitmlops ") for stage in stages if stage.runs for command in stage.commands)
        if ours and not (programs / "gitmlops").exists():
            mend = "use --environment here, and let later lock files hold gitmlops[ml]"
            raise InputError("it has no gitmlops, which the stages call", where=lock, mend=mend)
        return programs

    def _recorded_surroundings(self) -> Surroundings | None:
        """The manifest's, else the lock file's; None if there is neither."""
        path = companion(self._artifact, ".manifest.json")
        contents = Contents(self.repo, self.subject.version.commit)
        if contents.pin(path):
            return surroundings.of_manifest(decode(contents.read(path), Manifest, path=path))
        if lock := self.subject.lock_file:
            return surroundings.of_lock(lock, self.subject.tree.read(lock))
        return None

    def _manifest_now(self, stages: "Sequence[RecordedStage]") -> Surroundings | None:
        """What the manifest says that was written again; None if none was."""
        path = companion(self._artifact, ".manifest.json")
        if not any(path in stage.outputs for stage in stages if stage.runs):
            return None
        return surroundings.of_manifest(decode((self.second.root / path).read_bytes(), Manifest, path=path))

    def _run(self, stage: str, programs: Path | None) -> None:
        """Run a stage and all that it needs, nothing of them from a cache. Raises what a stage fails with."""
        targets = [stage]
        if not versions.tested():
            say(f"DVC {versions.installed()} was not tested with gitmlops: running plain `dvc repro`")
        if programs or not versions.tested():
            # Of another environment no process of ours can be forked.
            dvc.reproduce(self.second, targets, force=True, programs=programs)
            return
        from gitmlops.pipelines.running.run import Options
        from gitmlops.pipelines.running.session import run

        outcome = run(
            self.second.root,
            targets,
            Options(self.jobs or cpus(), force=True),
            certificate=Certificate(self.second.root, targets),
            definitions=(),
            talk=talk,
        )
        for name, words in outcome.failures.items():
            known = failure.of(self.second.root, name)
            mend = "the version's commit does not run here as it is; look at what differs above"
            raise known.error() if known else ToolError(f"stage {name!r} failed: {words}", mend=mend)

    def _compare(
        self, stages: "Sequence[RecordedStage]", caches: "tuple[Cache, ...]", tolerance: Tolerance
    ) -> tuple[Made, ...]:
        """Each output that was made again."""
        made = {path: stage for stage in stages if stage.runs for path in stage.outputs}
        now = pointers.read(WorkTree(self.second))
        unlike = [path for path in made if self.subject.outputs[path].md5 != now[path].md5]
        before = self._released(unlike, caches)
        after = {path: released.made(self.second.root / path) for path in unlike}
        pairs = (pair for path, files in before.items() if files for pair in released.digests(files, after[path]))
        alike = Alike(tolerance, dict(pairs))
        found = {path: self._compared(path, before[path], after[path], alike) for path in unlike}
        same = Comparison(Verdict.IDENTICAL)
        return tuple(
            Made(path, stage.name, found.get(path, same), stage.deterministic) for path, stage in sorted(made.items())
        )

    def _released(self, paths: Sequence[str], caches: "tuple[Cache, ...]") -> Mapping[str, Files | None]:
        """The files of each output as they were released, fetched where they are not here."""
        place = Released(self.subject.tree, caches)
        known = self.subject.outputs
        found = {path: place.files(known[path]) for path in paths}
        away = [path for path, files in found.items() if files is None]
        if away:
            locks = [path for path in self.subject.tree.paths() if path.rpartition("/")[2] == pointers.LOCK]
            self.second.git("checkout", "--quiet", "--", *locks)  # DVC fetches what they name
            inputs.fetch(self.second, [known[path] for path in away])
            found |= {path: place.files(known[path]) for path in away}
        return found

    def _compared(self, path: str, before: Files | None, after: Files, alike: Alike) -> Comparison:
        if before is None:
            return _LOST
        return outputs.compare(path, before, after, alike, score=self._score, scratch=self._folder)

    def _score(self, model: bytes) -> Sequence[float]:
        """What a model says of the evaluation rows. Raises Refusal without rows, or if it cannot be scored."""
        evaluation, task = self.subject.model.evaluation, self.subject.model.task
        rows = self.second.root / evaluation.data
        if not rows.is_file():
            raise Refusal(f"the evaluation rows {evaluation.data} were not made again")
        scored = Scoring(model, tables.read(rows), evaluation.id, task).scores()
        found: list[float] = scored[[*task.predicted]].to_numpy().ravel().tolist()
        return found

    def _pinned_content(self, path: str) -> bytes | None:
        """A file as it was recorded, from wherever it can be had: its digest is compared."""
        recorded_as = self.subject.outputs.get(path)
        file = self.second.root / path
        try:
            return Contents(self.repo, self.subject.version.commit).read(path)
        except ToolError:
            content = file.read_bytes() if file.is_file() else None
        same = content is not None and recorded_as is not None and pointers.md5_of(content) == recorded_as.md5
        return content if same else None


def _surroundings_here(programs: Path | None) -> Surroundings:
    """What is installed and what it runs on, as far as it is known before anything ran."""
    python, packages = environments.installed(programs)
    return Surroundings(packages, {"python": python, "cpu": machine.processor()})


def _differences(before: Surroundings | None, now: Surroundings) -> tuple[Difference, ...] | None:
    return None if before is None else surroundings.differences(before, now)


def _tell(changes: Sequence[InputChange], found: Sequence[Difference] | None) -> None:
    """Say what is not as it was before the stages run: that may take long."""
    for change in changes:
        talk(change.message)
    if found:
        talk(f"the environment is not the recorded one: {shortened(map(str, found), most=20)}")
