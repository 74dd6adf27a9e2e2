from pathlib import Path
from typing import Any

import pandas
import pytest
from tests.conftest import GitRepo
from tests.unit.components.definition_files import FILES

from gitmlops.adapters.data import tables
from gitmlops.components.split.split import run
from gitmlops.errors import InputError, Refusal

PARAMS = {"id": "flight_id", "time": "scheduled_at", "label": "late", "train_until": "2013-01-20"}
PARTS = ("train", "evaluation", "evaluation_labels")


@pytest.fixture(autouse=True)
def _defined(project: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write(dict(FILES))
    monkeypatch.chdir(project.root)


def split(frame: pandas.DataFrame, folder: Path, **params: Any) -> list[pandas.DataFrame]:
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
        ({"gap_days": -1}, "a gap of -1 days"),
        ({"gap_days": 90}, "no row is later than train_until"),
        ({"method": "tiem"}, "there is no method 'tiem'; did you mean 'time'?"),
        ({"method": "grouped"}, "the method grouped needs 'group'"),
        ({"method": "grouped", "group": "orign"}, "there is no column 'orign'; did you mean 'origin'?"),
        ({"method": "random", "share": 1.0}, "the share 1.0 leaves a side empty"),
        ({"method": "random", "share": 0.00001}, "no row is left to evaluate on"),
        ({"train_until": "2013-01-03", "features": "wrods"}, "there is no feature set 'wrods'; did you mean 'words'?"),
        ({"label": "flight_id"}, "id, time, label and group must be columns of their own"),
    ],
)
def test_a_split_that_cannot_be_made_is_an_error(
    params: dict[str, Any], words: str, landed: pandas.DataFrame, tmp_path: Path
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


def test_rows_of_the_gap_are_on_no_side(landed: pandas.DataFrame, tmp_path: Path) -> None:
    train, evaluation, _ = split(landed, tmp_path, gap_days=3)
    assert train["scheduled_at"].max() < pandas.Timestamp("2013-01-21", tz="UTC")
    assert evaluation["scheduled_at"].min() >= pandas.Timestamp("2013-01-24", tz="UTC")
    assert len(train) + len(evaluation) < len(landed)


@pytest.mark.parametrize("method", ["random", "stratified"])
def test_a_share_of_the_rows_is_drawn_whatever_their_order(
    method: str, landed: pandas.DataFrame, tmp_path: Path
) -> None:
    train, evaluation, labels = split(landed, tmp_path, method=method, share=0.25)
    assert abs(len(evaluation) - len(landed) / 4) <= 1
    assert not set(train["flight_id"]) & set(evaluation["flight_id"])
    shuffled = landed.sample(frac=1, random_state=1)
    assert set(split(shuffled, tmp_path, method=method, share=0.25)[1]["flight_id"]) == set(evaluation["flight_id"])
    assert set(split(landed, tmp_path, method=method, share=0.25, seed=1)[1]["flight_id"]) != set(labels["flight_id"])


def test_strata_have_the_share_of_the_label_on_both_sides(landed: pandas.DataFrame, tmp_path: Path) -> None:
    train, _, labels = split(landed, tmp_path, method="stratified")
    assert abs(train["late"].mean() - labels["late"].mean()) < 0.0001


def test_a_group_is_on_one_side(landed: pandas.DataFrame, tmp_path: Path) -> None:
    frame = landed[landed["tailnum"].notna()]
    train, evaluation, _ = split(frame, tmp_path, method="grouped", group="tailnum", share=0.3)
    planes = set(train["tailnum"]), set(evaluation["tailnum"])
    assert not planes[0] & planes[1]
    assert abs(len(planes[1]) / frame["tailnum"].nunique() - 0.3) < 0.01
    with pytest.raises(InputError, match="rows have no 'tailnum'"):
        split(
            landed.assign(tailnum=landed["tailnum"].where(landed.index > 0)),
            tmp_path,
            method="grouped",
            group="tailnum",
        )


def test_a_feature_that_is_the_label_is_refused(landed: pandas.DataFrame, tmp_path: Path) -> None:
    leaking = landed.assign(carrier=landed["late"].map({0: "on time", 1: "late"}))
    with pytest.raises(Refusal, match="the feature 'carrier' gives the label away: each of its 2 values has one label"):
        split(leaking, tmp_path, features="words", most_alike=1.0)
    assert split(landed, tmp_path, features="words", most_alike=1.0)


def test_rows_with_a_twin_in_training_are_refused(landed: pandas.DataFrame, tmp_path: Path) -> None:
    words = "9406 of 9424 evaluation rows are alike in all features and label with one in training, more than .* 0.05"
    with pytest.raises(Refusal, match=words):
        split(landed, tmp_path, features="words")
    alone = landed.assign(miles=range(len(landed)))
    assert split(alone, tmp_path, features="words")
