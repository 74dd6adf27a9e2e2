"""What the gate judges on, made by itself: the candidate's and released versions' scores of the evaluation rows.

Content comes from DVC's cache by the digests of a commit; nothing is pulled, checked out or taken from the work tree.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import pandas
from numpy.typing import NDArray

from gitmlops.adapters.data import strangers_tables
from gitmlops.adapters.dvc import pointers
from gitmlops.adapters.dvc.cache import Cache
from gitmlops.adapters.git.trees import CommitTree
from gitmlops.adapters.scoring import predicted
from gitmlops.definitions import load
from gitmlops.errors import InputError, Refusal
from gitmlops.features.wiring.selection import read_by
from gitmlops.gate.evidence import predictions, scoring
from gitmlops.gate.evidence.labels import of_rows
from gitmlops.gate.evidence.samples import Kind, Reference, Sample
from gitmlops.gate.evidence.times import times_of
from gitmlops.gate.sides.base_and_head import Side
from gitmlops.records.receipt import Digest
from gitmlops.registry.tags.history import Version
from gitmlops.specs.model import Evaluation, Model
from gitmlops.statistics.classification import Array, Unmeasurable
from gitmlops.statistics.periods import Times

MISSING = "(missing)"
"""The group of the rows that have none."""


@dataclass(frozen=True)
class File:
    """A file under DVC, with its content."""

    digest: Digest
    content: bytes


@dataclass(frozen=True)
class Files:
    """What the evidence is made from, pinned. predictions: where they are not the gate's own."""

    artifact: File
    rows: File
    labels: File
    predictions: File | None = None

    @property
    def data(self) -> tuple[Digest, ...]:
        """The evaluation rows, their labels, and the predictions that somebody brought."""
        brought = (self.predictions.digest,) if self.predictions else ()
        return (self.rows.digest, self.labels.digest, *brought)


@dataclass(frozen=True)
class Incumbent:
    """A released version to compare with: its model file, the columns of its feature set, and the predictions that its
    commit has where the gate does not score it.
    """

    kind: Kind
    version: str
    artifact: File
    columns: tuple[str, ...]
    predictions: File | None = None


def files(side: Side, model: Model, cache: Cache) -> Files:
    """The model, the evaluation rows, their labels and the predictions that count at a commit.

    Raises Refusal for what DVC does not track there, ToolError for what is not in the cache or has other content.
    """
    evaluation = model.evaluation
    return Files(
        file(side, model.artifact, cache),
        file(side, evaluation.data, cache),
        file(side, evaluation.labels, cache),
        _predictions(side, evaluation, cache),
    )


def incumbent(side: Side, kind: Kind, version: Version, cache: Cache) -> Incumbent:
    """The model that a version's commit holds. Raises Refusal if that commit does not define it."""
    tree = CommitTree(side.tree.repository, version.commit)
    definitions = load(tree)
    placed = definitions.all(Model).get(version.name)
    if placed is None:
        mend = "promote a version whose commit defines it"
        raise Refusal(f"{kind} ({version.version}) has no definition at its commit", where=version.tag, mend=mend)
    then = Side(version.commit, tree, definitions, pointers.read(tree))
    return Incumbent(
        kind,
        version.version,
        file(then, placed.spec.artifact, cache),
        read_by(definitions, placed.spec),
        _predictions(then, placed.spec.evaluation, cache),
    )


def sample(
    side: Side,
    model: Model,
    found: Files,
    released: Sequence[Incumbent],
    *,
    slices: Iterable[str],
    entities: Iterable[str] = (),
) -> Sample:
    """Labels, the candidate's scores and those of released versions, row by row; see `Unscored`."""
    return Unscored(side, model, found).sample(released, slices=slices, entities=entities)


class Unscored:
    """The rows that a model is judged on, while it scores them; `sample` waits for that.

    Raises Refusal if the rows carry the label, ids do not match one to one, or the model cannot be scored.
    """

    def __init__(self, side: Side, model: Model, found: Files) -> None:
        self._model, self._found = model, found
        self._rows = table(found.rows)
        _require_task_columns(model, self._rows)
        self._labels = of_rows(model, self._rows, table(found.labels))
        features = read_by(side.definitions, model)
        self._candidate = _predicting(found.artifact, found.predictions, self._rows, features, model)

    def sample(self, released: Sequence[Incumbent], *, slices: Iterable[str], entities: Iterable[str] = ()) -> Sample:
        """Labels, the candidate's scores and those of released versions, row by row.

        slices, entities: columns of groups, and columns whose rows belong together; those that are not there are left
        out. Raises Refusal as the class says.
        """
        model, found, rows = self._model, self._found, self._rows
        candidate = self._candidate()
        references = tuple(
            Reference(one.kind, one.version, _released_scores(one, found, candidate, rows, model)) for one in released
        )
        groups = {column: _groups(rows[column]) for column in slices if column in rows.columns}
        # Rows whose entity nobody wrote are one entity: too few independent rows are the safe mistake.
        units = {
            column: pandas.factorize(rows[column], use_na_sentinel=False)[0].astype(numpy.int64)
            for column in {*entities, *filter(None, (model.task.query,))}
            if column in rows.columns
        }
        pins = f"{found.rows.digest.sha256} {found.labels.digest.sha256}"
        digest = hashlib.sha256(pins.encode()).hexdigest()
        return Sample(self._labels, candidate, groups, references, digest, units, model.task, _times(model, rows))


def file(side: Side, path: str, cache: Cache) -> File:
    """A file that DVC tracks at a commit. Raises Refusal if there is none, ToolError as the cache does."""
    output = side.outputs.get(path)
    if output is None or output.md5.endswith(".dir"):
        what = "a folder, the gate reads single files" if output else f"not under DVC at {side.commit[:12]}"
        raise Refusal(
            what, where=path, mend="run its pipeline and commit dvc.lock, or `dvc add` it and commit the pointer"
        )
    content = cache.read(output)
    return File(Digest(path, hashlib.sha256(content).hexdigest(), len(content)), content)


def _predictions(side: Side, evaluation: Evaluation, cache: Cache) -> File | None:
    """The predictions that somebody brought. Raises Refusal where they are what counts and are not there."""
    if evaluation.evidence == "scored":
        return None
    if evaluation.predictions is None:
        what, mend = f"the evidence is {evaluation.evidence}, of no file", "name it: `predictions:` of `evaluation:`"
        raise Refusal(what, where="evaluation", mend=mend)
    return file(side, evaluation.predictions, cache)


def table(found: File) -> pandas.DataFrame:
    """The rows of a Parquet file, whose footer is weighed first. Raises Refusal."""
    try:
        frame = strangers_tables.decode(found.content, path=found.digest.path)
    except InputError as error:
        raise Refusal(error.what, where=found.digest.path, mend=error.mend) from error
    if doubled := sorted(map(str, frame.columns[frame.columns.duplicated()])):
        raise Refusal(f"the column {doubled[0]!r} is there twice", where=found.digest.path, mend="keep one")
    return frame


def _require_task_columns(model: Model, rows: pandas.DataFrame) -> None:
    """Raises Refusal unless each row says of which query, or for which time, it is."""
    for key, column in (("query", model.task.query), ("time", model.task.time)):
        if column is None:
            continue
        where = model.evaluation.data
        if column not in rows.columns:
            mend = f"write the {key} of every row, or mend `task.{key}`"
            raise Refusal(f"there is no column {column!r}, the {key} of the task", where=where, mend=mend)
        if missing := int(rows[column].isna().sum()):
            raise Refusal(f"{missing} of {len(rows)} rows have no {column!r}", where=where, mend=f"write their {key}")


def _times(model: Model, rows: pandas.DataFrame) -> Times | None:
    """Raises Refusal if the model names a time that the rows do not have."""
    split = model.evaluation.time_split
    try:
        return times_of(rows, split.time, of="evaluation") if split else None
    except Unmeasurable as error:
        mend = "write timestamps, or mend `time_split`"
        raise Refusal(error.what, where=model.evaluation.data, mend=mend) from error


def _groups(values: "pandas.Series[Any]") -> NDArray[numpy.object_]:
    """The name of each row's group; rows without one are a group of their own, so that none gets lost."""
    return values.astype(object).where(values.notna(), MISSING).map(str).to_numpy(dtype=object)


def _predicting(
    artifact: File, brought: File | None, rows: pandas.DataFrame, features: tuple[str, ...], model: Model
) -> Callable[[], Array]:
    """What waits for a model's predictions in the order of the rows: the scorer's, or those that somebody brought."""
    if brought:
        found = _brought(brought, rows, model)
        return lambda: found
    begun = _begun(artifact, rows, features, model)
    return lambda: _scores(begun, artifact, rows, model)


def _begun(artifact: File, rows: pandas.DataFrame, features: tuple[str, ...], model: Model) -> scoring.Scoring:
    """The scorer at work. It gets the id and the features: no labels, no slices."""
    if missing := sorted(set(features) - set(rows.columns)):
        what = f"the evaluation rows lack features: {', '.join(missing[:5])}"
        raise Refusal(what, where=artifact.digest.path, mend="write every feature of the set into them")
    id_column = model.evaluation.id
    given = rows[list(dict.fromkeys((id_column, *features)))]
    return scoring.Scoring(artifact.content, given, id_column, model.task)


def _scores(begun: scoring.Scoring, artifact: File, rows: pandas.DataFrame, model: Model) -> Array:
    """The scorer's scores in the order of the rows."""
    id_column = model.evaluation.id
    try:
        scored = begun.scores()
        found = predicted.from_table(scored, model.task)
    except Refusal as refused:
        raise Refusal(refused.what, where=artifact.digest.path, mend=refused.mend) from refused
    if not scored[id_column].equals(rows[id_column].reset_index(drop=True)):
        raise Refusal("its scores are of other rows", where=artifact.digest.path, mend="look at the model file")
    return found


def _brought(found: File, rows: pandas.DataFrame, model: Model) -> Array:
    """The predictions that somebody brought, in the order of the rows."""
    return predictions.joined(
        found.content, rows[model.evaluation.id], path=found.digest.path, columns=model.task.predicted
    )


def _released_scores(
    released: Incumbent, found: Files, candidate: Array, rows: pandas.DataFrame, model: Model
) -> Array:
    if released.artifact.content == found.artifact.content:
        return candidate
    try:
        return _predicting(released.artifact, released.predictions, rows, released.columns, model)()
    except Refusal as refused:
        lacks = set(released.columns) - set(rows.columns)
        until = "another version is in production" if released.kind == "production" else "another major is released"
        mend = f"keep its features in the evaluation rows until {until}" if lacks else refused.mend
        raise Refusal(refused.what, where=f"{released.kind} ({released.version})", mend=mend) from refused
