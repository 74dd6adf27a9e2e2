from pathlib import Path

import pandas
import pytest

from gitmlops.adapters import tables
from gitmlops.components.split.split import run
from gitmlops.errors import InputError

PARAMS = {"id": "flight_id", "time": "scheduled_at", "label": "late", "train_until": "2013-01-20"}
PARTS = ("train", "evaluation", "evaluation_labels")


def split(frame: pandas.DataFrame, folder: Path, **params: str) -> list[pandas.DataFrame]:
    tables.write(frame, folder / "frame.parquet")
    outputs = {name: folder / f"{name}.parquet" for name in PARTS}
    run({"frame": folder / "frame.parquet"}, {**PARAMS, **params}, outputs)
    return [tables.read(path) for path in outputs.values()]


def test_every_row_is_on_one_side_and_the_last_day_of_training_is_whole(
    landed: pandas.DataFrame, tmp_path: Path
) -> None:
    train, evaluation, labels = split(landed, tmp_path)
    assert len(train) + len(evaluation) == len(landed)
    assert not set(train["flight_id"]) & set(evaluation["flight_id"])
    assert train["scheduled_at"].max().date().isoformat() == "2013-01-20"
    assert evaluation["scheduled_at"].min() >= pandas.Timestamp("2013-01-21", tz="UTC")
    assert labels["flight_id"].equals(evaluation["flight_id"])


def test_the_rows_to_judge_by_do_not_carry_the_label(landed: pandas.DataFrame, tmp_path: Path) -> None:
    train, evaluation, labels = split(landed, tmp_path)
    assert set(train) - set(evaluation) == {"late"}
    assert list(labels) == ["flight_id", "late"]
    assert labels["late"].tolist() == landed.set_index("flight_id")["late"].loc[evaluation["flight_id"]].tolist()


def test_midnight_belongs_to_the_day_that_begins(tmp_path: Path) -> None:
    times = pandas.to_datetime(["2013-01-20T23:59:59.999999Z", "2013-01-21T00:00:00.000000Z"])
    frame = pandas.DataFrame({"flight_id": [1, 2], "scheduled_at": times, "late": [0, 1]})
    train, evaluation, _ = split(frame, tmp_path)
    assert (list(train["flight_id"]), list(evaluation["flight_id"])) == ([1], [2])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"label": "lat"}, "there is no column 'lat'; did you mean 'late'?"),
        ({"train_until": "2013-12-31"}, "no row is later than train_until"),
        ({"train_until": "2012-12-31"}, "no row is up to train_until"),
        ({"train_until": "31.1.2013"}, "train_until: '31.1.2013' is no day"),
        ({"train_until": "2013-02-30"}, "train_until: '2013-02-30' is no day"),
        ({"time": "origin"}, "the time 'origin' is"),
        ({"label": "flight_id"}, "id, time and label must be three columns"),
    ],
)
def test_a_split_that_cannot_be_made_is_an_error(
    params: dict[str, str], words: str, landed: pandas.DataFrame, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as wrong:
        split(landed.head(5000), tmp_path, **params)
    assert words in str(wrong.value)


@pytest.mark.parametrize(
    ("column", "words"),
    [("flight_id", "a row has no 'flight_id'"), ("late", "1 rows have no 'late'"), ("scheduled_at", "1 rows have no")],
)
def test_rows_with_gaps_are_not_split(column: str, words: str, landed: pandas.DataFrame, tmp_path: Path) -> None:
    frame = landed.astype({"flight_id": "float64", "late": "float64"})
    frame.loc[0, column] = None
    with pytest.raises(InputError, match=words):
        split(frame, tmp_path)


def test_an_id_that_is_there_twice_could_be_on_both_sides(landed: pandas.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 rows share their 'flight_id' with another"):
        split(pandas.concat([landed, landed.tail(1)]), tmp_path)
