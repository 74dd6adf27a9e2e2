"""What an engine is asked about predictions: SQL over evaluation rows, their labels and their scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitmlops.adapters.engines.engine import Engine
from gitmlops.errors import Refusal
from gitmlops.features.join.sql import identifier

BINS, COARSE, BUCKETS = 1 << 16, 200, 256
"""Of scores, from 0 to 1, for areas, and of those put together for their errors; of entities, by the first two digits
of their MD5."""
CALIBRATED = 10
"""Bins of scores for the calibration error, as the gate's."""
JOINED = "joined"
_EPSILON = 2.0**-52
_KEPT = f"least(greatest(score, {_EPSILON!r}), 1 - {_EPSILON!r})"
_SUMS = f"""count(*) AS n, sum((score - label) * (score - label)) AS brier, sum(score - label) AS calibration_gap,
sum(-ln(CASE WHEN label = 1 THEN {_KEPT} ELSE 1 - {_KEPT} END)) AS log_loss"""
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
_FLOATS = ("FLOAT", "DOUBLE", "BOOLEAN")


@dataclass(frozen=True)
class Files:
    """Where rows, labels and predictions are, each one or more Parquet files."""

    rows: Sequence[Path]
    labels: Sequence[Path]
    predictions: Sequence[Path]


@dataclass(frozen=True)
class Names:
    """Columns. entity: whose rows belong together; empty: each row is by itself. slices: of groups."""

    id: str
    label: str
    entity: str
    slices: Sequence[str]


def joined(engine: Engine, files: Files, names: Names, joined_as: str = JOINED) -> None:
    """Have the engine give rows, labels and scores together a name. Raises Refusal unless columns and types fit."""
    rows, labels, predictions = (engine.parquet(one) for one in (files.rows, files.labels, files.predictions))
    of = {"rows": engine.columns(rows), "labels": engine.columns(labels), "predictions": engine.columns(predictions)}
    id_, label = identifier(names.id), identifier(names.label)
    wanted = {"rows": [names.id, *names.slices, names.entity], "labels": [names.id, names.label],
              "predictions": [names.id, "score"]}  # fmt: skip
    paths = {"rows": files.rows[0], "labels": files.labels[0], "predictions": files.predictions[0]}
    for table, columns in wanted.items():
        if missing := [name for name in columns if name and name not in of[table]]:
            what = f"there is no column {missing[0]!r}"
            raise Refusal(what, where=str(paths[table]), mend="write it, or mend the model's definition")
    kinds = {table: _kind(columns[names.id]) for table, columns in of.items()}
    if len({*kinds.values()}) > 1 or "" in kinds.values():
        told = ", ".join(f"{of[table][names.id]} in the {table}" for table in kinds)
        raise Refusal(f"ids are {told}", where=str(paths["rows"]), mend="write whole numbers or text, in all the same")
    for table, name in (("labels", names.label), ("predictions", "score")):
        if not of[table][name].startswith((*_WHOLE, *_FLOATS, "DECIMAL")):
            raise Refusal(f"{name} is {of[table][name]}", where=str(paths[table]), mend="write numbers")
    belongs = identifier(names.entity or names.id)
    slices = "".join(f", r.{identifier(name)} AS {slice_name(place)}" for place, name in enumerate(names.slices))
    engine.keep(
        joined_as,
        f"""SELECT r.{id_} AS id, CAST(l.{label} AS DOUBLE) AS label, CAST(p.score AS DOUBLE) AS score,
        substr(md5(coalesce(CAST(r.{belongs} AS VARCHAR), '')), 1, 2) AS bucket{slices}
        FROM {rows} AS r JOIN {labels} AS l ON r.{id_} = l.{id_} JOIN {predictions} AS p ON r.{id_} = p.{id_}""",
    )
    _require_one_to_one(engine, joined_as, {"rows": rows, "labels": labels, "predictions": predictions}, paths)


def by_decision(joined_as: str, groups: Sequence[str], decision: float) -> str:
    """Rows and sums of losses by groups, label, decision and bucket."""
    keys = ", ".join((*groups, "label", f"score >= {decision!r}", "bucket"))
    return (
        f"SELECT {_named(groups)}label, score >= {decision!r} AS decided, bucket, {_SUMS} "
        f"FROM {joined_as} GROUP BY {keys}"
    )


def by_score(joined_as: str, groups: Sequence[str]) -> str:
    """Rows by groups, label and bin of their score, with the least and the greatest of each bin."""
    bin_ = _bin(BINS)
    return (
        f"SELECT {_named(groups)}label, {bin_} AS bin, count(*) AS n, min(score) AS least, max(score) AS greatest "
        f"FROM {joined_as} GROUP BY {', '.join((*groups, 'label', bin_))}"
    )


def by_score_and_bucket(joined_as: str, groups: Sequence[str], edges: Sequence[int]) -> str:
    """Rows by groups, label, bucket and a wider bin of their score. edges: the first bin of each but the first."""
    fine = f"SELECT *, {_bin(BINS)} AS fine FROM {joined_as}"
    wide = f"SELECT *, {_wide(edges, 0, len(edges))} AS wide FROM ({fine}) AS binned"
    keys = ", ".join((*groups, "label", "bucket", "wide"))
    return f"SELECT {_named(groups)}label, bucket, wide AS bin, count(*) AS n FROM ({wide}) AS parted GROUP BY {keys}"


def by_tenth(joined_as: str, groups: Sequence[str]) -> str:
    """Sums of scores and of labels by groups and bin of their score, for the calibration error."""
    bin_ = _bin(CALIBRATED)
    return (
        f"SELECT {_named(groups)}{bin_} AS bin, sum(score) AS said, sum(label) AS happened "
        f"FROM {joined_as} GROUP BY {', '.join((*groups, bin_))}"
    )


def slice_name(place: int) -> str:
    """What a slice's column is called in `joined`."""
    return f"slice_{place}"


def _bin(bins: int) -> str:
    return f"CAST(least(floor(score * {bins}), {bins - 1}) AS INTEGER)"


def _wide(edges: Sequence[int], lowest: int, highest: int) -> str:
    """The wider bin of `fine` between two of them, by halves."""
    if lowest == highest:
        return str(lowest)
    middle = (lowest + highest + 1) // 2
    below, above = _wide(edges, lowest, middle - 1), _wide(edges, middle, highest)
    return f"CASE WHEN fine < {edges[middle - 1]} THEN {below} ELSE {above} END"


def _named(groups: Sequence[str]) -> str:
    return "".join(f"{name}, " for name in groups)


def _kind(type_: str) -> str:
    return "whole" if type_ in _WHOLE else "text" if type_ == "VARCHAR" else ""


def _require_one_to_one(engine: Engine, joined_as: str, relations: dict[str, str], paths: dict[str, Path]) -> None:
    """Raises Refusal unless each row has one label and one score, a label is 0 or 1, and a score in 0..1."""
    counts = {table: _number(engine, f"SELECT count(*) AS n FROM {one}") for table, one in relations.items()}
    found = engine.table(
        f"""SELECT count(*) AS n, count(DISTINCT id) AS ids,
        count(*) - count(CASE WHEN label = 0 OR label = 1 THEN 1 END) AS labels,
        count(*) - count(CASE WHEN score >= 0 AND score <= 1 THEN 1 END) AS scores FROM {joined_as}"""
    ).to_pylist()[0]
    if not counts["rows"]:
        raise Refusal("there are no rows", where=str(paths["rows"]), mend="evaluate on some")
    for table in ("labels", "predictions"):
        if counts[table] != counts["rows"]:
            what = f"{counts[table]:,} {table} for {counts['rows']:,} rows"
            raise Refusal(what, where=str(paths[table]), mend="write one for each row")
    if not found["n"] == found["ids"] == counts["rows"]:
        what = f"ids do not match one to one: {counts['rows']:,} rows, {found['ids']:,} ids that all three have"
        raise Refusal(what, where=str(paths["rows"]), mend="write each id once, everywhere")
    if found["labels"]:
        what = f"{found['labels']:,} labels are neither 0 nor 1"
        raise Refusal(what, where=str(paths["labels"]), mend="write 0 or 1 for every row")
    if found["scores"]:
        what = f"{found['scores']:,} scores are no probabilities"
        raise Refusal(what, where=str(paths["predictions"]), mend="write a number from 0 to 1 for every row")


def _number(engine: Engine, select: str) -> int:
    return int(engine.table(select).column(0)[0].as_py())
