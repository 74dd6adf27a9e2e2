"""Statistics of a built view, counted when it is built."""

import hashlib
import math
from pathlib import Path

from gitmlops.adapters.engines.duckdb import Engine, blaming, opened
from gitmlops.adapters.files import write_atomic
from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.features.building import build as building
from gitmlops.features.building import sql_statistics
from gitmlops.features.building.statistics_file import path
from gitmlops.features.join import sql
from gitmlops.features.wiring import upstream
from gitmlops.records.canonical import decode, encode
from gitmlops.records.feature_build import FILE
from gitmlops.records.feature_statistics import FeatureStatistics, Frequency, ViewStatistics
from gitmlops.specs.feature import Feature, FeatureView

_ROWS = '"built rows"'


def write(root: Path, definitions: Definitions, view: Placed[FeatureView]) -> None:
    """Count what `building.build` has made, unless the statistics are of just that. Raises InputError, ToolError."""
    folder, file = root / building.folder(view.spec), root / path(view.spec.id)
    build = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
    if not _is_current(file, build, view.spec):
        write_atomic(file, encode(_count(folder, definitions, view, build)))


def _is_current(file: Path, build: str, view: FeatureView) -> bool:
    try:
        there: ViewStatistics = decode(file.read_bytes(), ViewStatistics, path=str(file))
    except (FileNotFoundError, InputError):
        return False
    # What is personal may be said at any time, and is not part of a build.
    withheld = {one.name: one.withheld for one in there.features}
    return there.build == build and withheld == {one.name: one.is_personal for one in view.features}


def _count(folder: Path, definitions: Definitions, view: Placed[FeatureView], build: str) -> ViewStatistics:
    files = [file.resolve() for file in sorted(folder.glob("*.parquet"))]
    if not files:
        nothing = (
            FeatureStatistics(one.name, one.dtype, 0, 0, 0, withheld=one.is_personal) for one in view.spec.features
        )
        return ViewStatistics(view.spec.id, 0, "", build, tuple(nothing))
    timestamp = upstream.of(definitions, view).timestamp
    with opened(files, threads=1) as engine, blaming(str(folder), "remove the folder, and build the view again"):
        engine.run(f"CREATE VIEW {_ROWS} AS {sql.everything(engine.parquet(files))}")
        (overall,) = engine.table(sql_statistics.overall(timestamp, _ROWS)).to_pylist()
        features = tuple(_feature(engine, feature) for feature in view.spec.features)
    return ViewStatistics(view.spec.id, overall["rows"], overall["newest"] or "", build, features)


def _feature(engine: Engine, feature: Feature) -> FeatureStatistics:
    (counts,) = engine.table(sql_statistics.counts(feature.name, _ROWS)).to_pylist()
    if feature.is_personal:
        return FeatureStatistics(feature.name, feature.dtype, **counts, withheld=True)
    (values,) = engine.table(sql_statistics.values(feature.name, feature.dtype, _ROWS)).to_pylist()
    quantiles = {share: _number(values.get(f"q{i}")) for i, share in enumerate(sql_statistics.QUANTILES)}
    top: tuple[Frequency, ...] = ()
    if feature.dtype in ("string", "boolean"):
        top = tuple(Frequency(**one) for one in engine.table(sql_statistics.top(feature.name, _ROWS)).to_pylist())
    return FeatureStatistics(
        feature.name,
        feature.dtype,
        **counts,
        min=values["min"] or "",
        max=values["max"] or "",
        mean=_number(values.get("mean")),
        std=_number(values.get("std")),
        quantiles={share: value for share, value in quantiles.items() if value},
        top=top,
    )


def _number(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.12g}"
