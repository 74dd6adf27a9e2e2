"""The evaluation set as the base pins it: ids and labels that judge are those of its tip, whatever a branch brings."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pandas

from gitmlops.adapters.dvc.cache import Cache
from gitmlops.errors import Refusal, ToolError
from gitmlops.gate.evidence import making
from gitmlops.gate.evidence.making import Files
from gitmlops.gate.sides.base_and_head import Side
from gitmlops.specs.model import Model


@dataclass(frozen=True)
class Pin:
    """The evaluation set of the base, where the branch has other bytes.

    model: the branch's, with the evaluation set and the label of the base; files: the branch's model file, and the
    rows and labels of the base, None if they cannot be read; differences: how the branch's set judges otherwise, as
    clauses: none of them where ids, labels and groups are the same and features alone changed.
    """

    model: Model
    files: Files | None
    differences: tuple[str, ...]


def pinned(base: Side, head: Side, model: Model, found: Files, cache: Cache, *, groups: Collection[str]) -> Pin | None:
    """What the base pins for a model, None if the branch has the same, or if the base does not know the model.

    groups: columns that rows are grouped by. Raises ToolError if the cache lacks the base's, Refusal if the branch's
    cannot be read.
    """
    placed = base.definitions.all(Model).get(model.name)
    if placed is None:
        return None
    before, after = placed.spec, model
    moved = any(
        base.content(one) != head.content(other)
        for one, other in (
            (before.evaluation.data, after.evaluation.data),
            (before.evaluation.labels, after.evaluation.labels),
        )
    )
    if not moved and (before.evaluation.id, before.task.label) == (after.evaluation.id, after.task.label):
        return None
    evaluation = msgspec.structs.replace(
        before.evaluation, evidence=after.evaluation.evidence, predictions=after.evaluation.predictions
    )
    task = msgspec.structs.replace(after.task, label=before.task.label)
    as_before = msgspec.structs.replace(after, evaluation=evaluation, task=task)
    try:
        files = _files(base, before, found, cache)
        known = _Set(before, files)
    except Refusal as refused:
        where = f"{refused.where}: " if refused.where else ""
        return Pin(as_before, None, (f"what the base has cannot be read ({where}{refused.what})",))
    return Pin(as_before, files, tuple(_differences(known, _Set(after, found), groups)))


def _files(base: Side, before: Model, found: Files, cache: Cache) -> Files:
    """The branch's model file beside the evaluation set of the base. Raises Refusal, ToolError."""
    try:
        rows, labels = (making.file(base, path, cache) for path in (before.evaluation.data, before.evaluation.labels))
    except ToolError as error:
        mend = f"run `dvc fetch` at the base, {base.commit[:12]}"
        raise ToolError(error.what, where=f"{error.where} of the base", mend=mend) from error
    return Files(found.artifact, rows, labels, found.predictions)


class _Set:
    """Rows and labels by id; ids that are there twice once: whether they match is judged elsewhere.

    Raises Refusal if they cannot be read.
    """

    def __init__(self, model: Model, files: Files) -> None:
        self.rows = _by_id(making.table(files.rows), model.evaluation.id, model.evaluation.data)
        labels = _by_id(making.table(files.labels), model.evaluation.id, model.evaluation.labels)
        if model.task.label not in labels.columns:
            raise Refusal(f"there is no column {model.task.label!r}", where=model.evaluation.labels)
        self.labels = labels[model.task.label]


def _by_id(table: pandas.DataFrame, id_column: str, path: str) -> pandas.DataFrame:
    if id_column not in table.columns:
        raise Refusal(f"there is no column {id_column!r}", where=path)
    return table.drop_duplicates(id_column).set_index(id_column)


def _differences(before: _Set, after: _Set, groups: Collection[str]) -> Iterator[str]:
    was, now = before.rows.index, after.rows.index
    if was.inferred_type != now.inferred_type:
        yield f"its ids are {now.inferred_type}, not {was.inferred_type}"
        return
    common = was.intersection(now)
    for count, what in ((len(was) - len(common), "are gone"), (len(now) - len(common), "are new")):
        if count:
            yield f"{count} of {len(was)} rows {what}"
    if others := _unequal(before.labels.reindex(common), after.labels.reindex(common)):
        yield f"{others} of {len(common)} rows have another label"
    for column in sorted({*groups} & {*before.rows.columns}):
        if column not in after.rows.columns:
            yield f"the column {column!r} is gone"
        elif others := _unequal(before.rows.loc[common, column], after.rows.loc[common, column]):
            yield f"{others} of {len(common)} rows have another {column}"


def _unequal(one: "pandas.Series[Any]", other: "pandas.Series[Any]") -> int:
    """In how many rows two columns of the same ids differ; two that both have nothing are alike."""
    first, second = one.astype(object), other.astype(object)
    return int(((first != second) & ~(first.isna() & second.isna())).sum())
