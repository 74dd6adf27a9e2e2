"""A prediction log of JSON Lines, read as one of Parquet is."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pyarrow.parquet
import pytest
from tests import serving

from gitmlops.adapters.data import json_lines, row_files
from gitmlops.errors import InputError
from gitmlops.monitor.observing.log import Predictions, read_predictions
from gitmlops.monitor.observing.observation import Observation, observe
from gitmlops.records.baseline import Baseline

MAY, JUNE = serving.rows("2020-05", n=1_200), serving.rows("2020-06", n=1_200)
ROW = serving.prediction(serving.log(MAY[:1]).to_dict("records")[0])


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return serving.baseline()


def put(root: Path, name: str, content: str | bytes) -> Path:
    path = root / serving.LOG / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(root: Path, log: str = serving.LOG) -> Predictions:
    return read_predictions(root / log, serving.MODEL)


def observed(root: Path, baseline: Baseline) -> Observation:
    (root / serving.OUTCOMES).mkdir(parents=True, exist_ok=True)
    pandas.concat([MAY, JUNE])[["row_id", "late"]].to_parquet(root / serving.OUTCOMES / "all.parquet")
    return observe(root, serving.MONITORING, read(root), {"v1.0.0": baseline}, until=serving.NOW)


def rows(*changes: dict[str, Any]) -> str:
    return "".join(json.dumps({**ROW, "prediction_id": i, **change}) + "\n" for i, change in enumerate(changes))


def test_lines_and_parquet_of_the_same_rows_count_alike_alone_and_mixed(
    tmp_path: Path, baseline: Baseline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "BLOCK", 10_000)  # many blocks, whose ends are within lines
    serving.serve_rows(tmp_path / "parquet", {"may": MAY, "june": JUNE})
    put(tmp_path / "lines", "served.jsonl", serving.lines(MAY) + serving.lines(JUNE))
    serving.serve_rows(tmp_path / "mixed", {"may": MAY})
    put(tmp_path / "mixed", "june.ndjson.gz", gzip.compress(serving.lines(JUNE).encode()))
    parquet, *others = [observed(tmp_path / name, baseline) for name in ("parquet", "lines", "mixed")]
    for other in others:
        assert [unit.rows for unit in other.units] == [1_200, 1_200]
        for one, two in zip(parquet.units, other.units, strict=True):
            assert one.mean_score == pytest.approx(two.mean_score)
            assert one.labels.tolist() == two.labels.tolist()
            assert {name: tally.counts.tolist() for name, tally in one.columns.items()} == {
                name: tally.counts.tolist() for name, tally in two.columns.items()
            }


def test_members_of_objects_and_flat_keys_are_the_same_columns(tmp_path: Path) -> None:
    flat = {"features": None, "feature.temp": 3, "feature.colour": "red"}
    path = put(tmp_path, "log.jsonl", rows({"features": {"temp": 2.5, "other": [1]}}, flat, {"features": {}}))
    (part,) = row_files.parts(row_files.found(path), ["feature.temp", "feature.colour", "feature.rain"])
    assert part.table.to_pydict() == {"feature.temp": [2.5, 3.0, None], "feature.colour": [None, "red", None]}


def test_objects_in_parquet_are_read_as_objects_of_lines_are(tmp_path: Path, baseline: Baseline) -> None:
    put(tmp_path / "lines", "served.jsonl", serving.lines(MAY))
    rows_ = [json.loads(line) for line in serving.lines(MAY).splitlines()]
    (tmp_path / "parquet" / serving.LOG).mkdir(parents=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows_), tmp_path / "parquet" / serving.LOG / "served.parquet")
    lines, parquet = (observed(tmp_path / name, baseline) for name in ("lines", "parquet"))
    for name, tally in lines.units[0].columns.items():
        assert parquet.units[0].columns[name].counts.tolist() == tally.counts.tolist()


def test_a_column_of_numbers_and_of_other_values_keeps_both_apart(tmp_path: Path) -> None:
    changes = ({"features": {"temp": value}} for value in (1, "hot", 2.5, None, {"c": 1}, True))
    path = put(tmp_path, "log.jsonl", rows(*changes))
    (part,) = row_files.parts(row_files.found(path), ["feature.temp"])
    assert part.table["feature.temp"].to_pylist() == [1, None, 2.5, None, None, 1]
    assert part.others["feature.temp"].values.to_pylist() == [None, "hot", None, None, '{"c":1}', None]
    assert part.others["feature.temp"].kind == "an object or text"


@pytest.mark.parametrize("line", ["nope", "[1]", '{"score": NaN}', '{"features": 3}', "[" * 100_000, '{"x": "\xff"}'])
def test_a_line_that_is_no_prediction_is_counted_told_by_its_line_and_left_out(tmp_path: Path, line: str) -> None:
    first, second = rows({}, {}).splitlines()
    put(tmp_path, "log.jsonl", f"{first}\n\n{line}\n{second}\n".encode("latin-1"))
    found = read(tmp_path)
    assert int(found.kept.sum()) == 2
    assert found.unread.lines == {"served/log.jsonl": (1, "served/log.jsonl:3")}
    assert found.where(1) == "served/log.jsonl:4"


def test_a_line_is_a_row_or_none_whichever_columns_are_asked_for(tmp_path: Path) -> None:
    first, last = rows({"features": {"temp": 1}}, {}).splitlines()
    huge = '{"prediction_id": 7, "features": {"temp": 1e999, "rain": ' + "9" * 5_000 + '}, "other": 1e999}'
    path = put(
        tmp_path, "log.jsonl", f'{first}\n{huge}\n{{"features": {{"temp": "\xff"}}}}\n{last}\n'.encode("latin-1")
    )
    for columns in (["prediction_id"], ["prediction_id", "feature.temp"], ["feature.rain", "other"]):
        (part,) = row_files.parts(row_files.found(path), columns)
        assert (part.lines.tolist(), part.bad) == ([1, 2, 4], (3,))
    (part,) = row_files.parts(row_files.found(path), ["feature.temp"])
    assert part.others["feature.temp"].values.to_pylist() == [None, "1e999", None]


def test_a_last_line_that_is_being_written_is_the_next_runs_and_a_whole_one_needs_no_line_break(tmp_path: Path) -> None:
    content = rows({}, {})
    path = put(tmp_path, "log.jsonl", content[:-10])
    torn = read(tmp_path)
    assert (int(torn.kept.sum()), torn.unread.torn, torn.unread.lines) == (1, ("served/log.jsonl",), {})
    path.write_text(content.rstrip("\n"))
    assert (int(read(tmp_path).kept.sum()), read(tmp_path).unread.torn) == (2, ())


def test_what_is_written_after_the_files_were_found_is_the_next_runs(tmp_path: Path, baseline: Baseline) -> None:
    path = put(tmp_path, "log.jsonl", serving.lines(MAY))
    predictions = read(tmp_path)
    with path.open("a") as file:
        file.write(serving.lines(JUNE))
    put(tmp_path, "also.jsonl", serving.lines(JUNE))

    (tmp_path / serving.OUTCOMES).mkdir()
    MAY[["row_id", "late"]].to_parquet(tmp_path / serving.OUTCOMES / "may.parquet")
    seen = observe(tmp_path, serving.MONITORING, predictions, {"v1.0.0": baseline}, until=serving.NOW)
    assert [(unit.window.label, unit.columns["feature.temp"].rows) for unit in seen.units] == [("2020-05", 1_200)]


def test_a_file_that_is_rotated_while_it_is_read_is_an_error_and_its_rotated_name_is_read_the_next_time(
    tmp_path: Path,
) -> None:
    path = put(tmp_path, "log.jsonl", rows({}))
    files = row_files.found(path.parent)
    path.rename(path.with_name("log.jsonl.1"))
    put(tmp_path, "log.jsonl", rows({}, {}))
    with pytest.raises(InputError, match="was rotated or replaced while it was read; run the command again"):
        list(row_files.parts(files, ["time"]))
    assert [file.name for file in row_files.found(path.parent).files] == ["served/log.jsonl", "served/log.jsonl.1"]
    assert len(read(tmp_path).times) == 3


def test_what_lies_in_the_folder_and_is_not_read_is_told(tmp_path: Path, baseline: Baseline) -> None:
    put(tmp_path, "may.jsonl", serving.lines(MAY))
    put(tmp_path, "june.csv", "a,b\n")
    put(tmp_path, "2020/july.jsonl", serving.lines(JUNE))
    put(tmp_path, ".gitignore", "*.parquet\n")
    put(tmp_path, "may.parquet.dvc", "outs: []\n")
    assert read(tmp_path).unread.files == ("served/2020/", "served/june.csv")
    assert sorted(file.name for file in read(tmp_path, "data/served/**/*.jsonl").log.files) == [
        "served/2020/july.jsonl",
        "served/may.jsonl",
    ]
    with pytest.raises(InputError, match=r"no such table: served/june\.csv is neither Parquet nor JSON Lines"):
        read(tmp_path, "data/served/*.csv")


def test_a_compressed_file_that_is_torn_is_an_error_with_its_name(tmp_path: Path) -> None:
    put(tmp_path, "log.jsonl.gz", gzip.compress(serving.lines(MAY).encode())[:-20])
    with pytest.raises(InputError, match=r"log\.jsonl\.gz: not readable as gzip"):
        read(tmp_path)


def test_ids_that_are_numbers_in_one_line_and_text_in_another_are_texts(tmp_path: Path) -> None:
    put(tmp_path, "log.jsonl", rows({}, {"prediction_id": "a"}, {"prediction_id": 2**70}, {"prediction_id": None}))
    found = read(tmp_path)
    assert (found.ids[found.kept].tolist()[:2], found.incomplete) == (["0", "a"], 1)


def test_outcomes_may_be_lines_too_and_a_bad_one_is_an_error(tmp_path: Path, baseline: Baseline) -> None:
    put(tmp_path, "may.jsonl", serving.lines(MAY))
    path = tmp_path / serving.OUTCOMES / "may.jsonl"
    path.parent.mkdir(parents=True)
    outcomes = MAY[["row_id", "late"]].to_dict("records")
    path.write_text("".join(json.dumps(row) + "\n" for row in outcomes))
    seen = observe(tmp_path, serving.MONITORING, read(tmp_path), {"v1.0.0": baseline}, until=serving.NOW)
    assert seen.units[0].labels.tolist() == MAY["late"].tolist()
    path.write_text('{"row_id": 1, "late": 0}\noops\n')
    with pytest.raises(InputError, match=r"may\.jsonl:2: the line is no JSON object"):
        observe(tmp_path, serving.MONITORING, read(tmp_path), {"v1.0.0": baseline}, until=serving.NOW)


def test_a_log_of_nothing_but_bad_lines_names_the_first(tmp_path: Path) -> None:
    put(tmp_path, "log.jsonl", "oops\n")
    with pytest.raises(InputError, match=r"the prediction log has no rows; served/log\.jsonl:1 is no JSON object"):
        read(tmp_path)
    os.truncate(tmp_path / serving.LOG / "log.jsonl", 0)
    with pytest.raises(InputError, match="the prediction log has no rows; log what the model predicts"):
        read(tmp_path)
