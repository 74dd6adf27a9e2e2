"""What adopting a repository finds in it: gathered once, before anything is decided."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gitmlops.adapters.dvc import described, pointers, projects
from gitmlops.adapters.dvc.described import Artifact, DvcFile
from gitmlops.adapters.dvc.pointers import Output
from gitmlops.adapters.files import read_regular
from gitmlops.adapters.git.repository import Repository
from gitmlops.adapters.git.trees import WorkTree
from gitmlops.errors import InputError
from gitmlops.registry.tags import history
from gitmlops.scaffold.adopting import numbers
from gitmlops.scaffold.adopting.numbers import Measured

MODEL_ENDINGS = (".skops", ".pkl", ".pickle", ".joblib", ".onnx", ".pt", ".pth", ".h5", ".keras", ".cbm", ".bst")


@dataclass(frozen=True)
class Candidate:
    """A model file. name: as its artifact has it, else of its tags or the file; declared: the artifact that says so.

    size: in bytes, 0 if it is not known; project: the folder of the DVC project that it is in.
    """

    name: str
    path: str
    size: int
    project: str
    numbers: tuple[Measured, ...]
    declared: Artifact | None = None

    @property
    def folder(self) -> str:
        """Where the dvc.yaml that tells of it is, or else the file itself."""
        return str(PurePosixPath(self.declared.location.path if self.declared else self.path).parent)

    @property
    def tagged(self) -> str:
        """What GTO calls it in tags."""
        return self.name if self.folder == "." else f"{self.folder}:{self.name}"


@dataclass(frozen=True)
class Project:
    """A repository as it is. branch: the one that others build on; read: files and folders that stages read.

    elsewhere: artifacts that are models of which no file is here; tagged: model -> how many versions its tags have;
    stages: deployment stages of the tags.
    """

    repository: Repository
    branch: str
    paths: tuple[str, ...]
    folders: tuple[str, ...]
    files: tuple[DvcFile, ...]
    outputs: Mapping[str, Output]
    read: frozenset[str]
    models: tuple[Candidate, ...]
    elsewhere: tuple[Artifact, ...]
    tagged: Mapping[str, int]
    stages: tuple[str, ...]


def gather(repository: Repository) -> Project:
    """All that adopting goes by. Raises InputError without DVC, or where a file of DVC's is not as it can be read."""
    tree = WorkTree(repository)
    roots = projects.folders(repository)
    files, outputs = described.read(tree), pointers.read(tree)
    tags = history.read(repository)
    tagged = {name: len(artifact.registrations()) for name, artifact in tags.artifacts.items()}
    folders = tuple(str(root.relative_to(repository.root)) for root in roots)
    declared = [one for file in files for one in file.artifacts if one.kind == "model"]
    places: list[tuple[str, str, Artifact | None]] = [
        (one.name, _single_file(one.path, outputs), one) for one in declared if one.path
    ]
    places += [(name, path, None) for folder in folders for name, path in _undeclared(files, folder, tagged)]
    found = [_candidate(repository.root, folders, files, outputs, *place) for place in places]
    return Project(
        repository,
        _branch(repository),
        tree.paths(),
        folders,
        files,
        outputs,
        frozenset(read.path for stage in pointers.stages(tree) for read in stage.dependencies),
        tuple(found),
        tuple(one for one in declared if not one.path),
        tagged,
        tuple(dict.fromkeys(stage for artifact in tags.artifacts.values() for stage in artifact.stages)),
    )


def _branch(repository: Repository) -> str:
    try:
        return repository.default_branch()
    except InputError:
        return repository.branch() or "main"


def _single_file(path: str, outputs: Mapping[str, Output]) -> str:
    """The one model file in a folder that an artifact names; the path itself if it is a file, or there are several."""
    inside = [other for other in pointers.held(path, outputs) if other.endswith(MODEL_ENDINGS)]
    return inside[0] if path not in outputs and len(inside) == 1 else path


def _undeclared(files: Sequence[DvcFile], folder: str, tagged: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Name and path of outputs that look like models, of a DVC project in which no artifact says that it is one.

    The only model that its tags know is the only one that it makes.
    """
    own = [file for file in files if PurePosixPath(file.path).is_relative_to(folder)]
    if any(one.kind == "model" for file in own for one in file.artifacts):
        return
    paths = dict.fromkeys(path for file in own for path in file.outputs if path.endswith(MODEL_ENDINGS))
    prefix = "" if folder == "." else f"{folder}:"
    names = [name.removeprefix(prefix) for name in tagged if name.startswith(prefix) and ":" not in name[len(prefix) :]]
    for path in paths:
        yield names[0] if len(names) == len(paths) == 1 else PurePosixPath(path).stem, path


def _candidate(
    root: Path,
    folders: Sequence[str],
    files: Sequence[DvcFile],
    outputs: Mapping[str, Output],
    name: str,
    path: str,
    declared: Artifact | None,
) -> Candidate:
    file = root / path
    size = outputs[path].size if path in outputs else file.stat().st_size if file.is_file() else 0
    around = [folder for folder in folders if PurePosixPath(path).is_relative_to(folder)]
    folder = PurePosixPath(declared.location.path if declared else path).parent
    measured = tuple(_numbers(root, _near(files, folder)))
    return Candidate(name, path, size, max(around, key=len, default="."), measured, declared)


def _near(files: Sequence[DvcFile], folder: PurePosixPath) -> Iterator[str]:
    """The metrics files of the dvc.yaml files in the nearest folder around a model that has any, or below that."""
    for around in (folder, *folder.parents):
        inside = [file for file in files if PurePosixPath(file.path).is_relative_to(around)]
        if any(file.metrics for file in inside):
            yield from (path for file in inside for path in file.metrics)
            return


def _numbers(root: Path, paths: Iterator[str]) -> Iterator[Measured]:
    """What the files say that are here, each metric once."""
    seen: set[str] = set()
    for path in paths:
        try:
            content = read_regular(root / path, numbers.MAX_BYTES)
        except InputError:
            continue  # under DVC and not brought, or none
        for one in numbers.measured(content, path):
            if one.known.metric not in seen:
                seen.add(one.known.metric)
                yield one
