"""Whether a model was trained on the rows that it is evaluated on, by what the lock says that it was made from."""

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import pandas
import pytest
from tests.gate_lab import MODEL, TOY, good, parquet, rows
from tests.unit.gate.candidates import candidate, outcome, results, side

from gitmlops.errors import ToolError
from gitmlops.gate.families.candidate import Candidate

IDS = "metric: overlapping_ids, op: '<=', threshold: 0"
TWINS = "metric: repeated_rows, op: '<=', threshold: 0"
TRAIN = "build/train.parquet"
OTHERS = rows().assign(row_id=lambda table: table["row_id"] + 10_000, a=lambda table: table["a"] + 100)


class Locked:
    """A cache and a lock that names what is in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, path: str, content: bytes, ending: str = "") -> dict[str, object]:
        md5 = hashlib.md5(content).hexdigest() + ending
        place = self.folder / "files" / "md5" / md5[:2] / md5[2:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return {"path": path, "md5": md5, "size": len(content)}

    def candidate(self, stages: dict[str, tuple[list[object], list[object]]], **files: str) -> Candidate:
        told = {name: {"cmd": name, "deps": deps, "outs": outs} for name, (deps, outs) in stages.items()}
        lock = json.dumps({"schema": "2.0", "stages": told})
        return candidate(head=side({"dvc.lock": lock}, **files), cache=self.folder)

    def trained_on(self, table: pandas.DataFrame, **files: str) -> Candidate:
        """What `split`, `train` and `package` leave: the last has the model as an input, too."""
        train, everything = self.put(TRAIN, parquet(table)), self.put("data/all.parquet", parquet(rows()))
        made, model = self.put("build/model.skops", good()), self.put(MODEL, good())
        evaluated = self.put("data/evaluation.parquet", parquet(rows()))
        stages = {
            "split": ([everything], [train, evaluated]),
            "train": ([train, everything], [made]),
            "package": ([made, train, evaluated], [model]),
        }
        return self.candidate(stages, **files)


@pytest.fixture
def locked(tmp_path: Path) -> Locked:
    return Locked(tmp_path / "cache")


def test_a_model_that_was_trained_on_other_rows_passes(locked: Locked) -> None:
    about = locked.trained_on(OTHERS)
    assert outcome(IDS, about)[0] == "passed"
    said = outcome(TWINS, about)
    assert said == ("passed", "repeated_rows is 0 (0 of 1,200 rows have a twin in training), policy asks <= 0")


def test_a_model_that_was_trained_on_three_of_its_evaluation_rows_is_told(locked: Locked) -> None:
    about = locked.trained_on(pandas.concat([OTHERS, rows().head(3)]))
    said = outcome(IDS, about)
    assert said == ("failed", "overlapping_ids is 3 (of 1,200 row_id, 1,203 in training), policy asks <= 0")
    assert "3 of 1,200 rows have a twin in training" in outcome(TWINS, about)[1]


def test_evaluation_rows_that_were_numbered_anew_are_found_by_their_values(locked: Locked) -> None:
    renumbered = rows().head(12).assign(row_id=range(50_000, 50_012))
    about = locked.trained_on(pandas.concat([OTHERS, renumbered]))
    assert outcome(IDS, about)[0] == "passed"
    assert outcome(TWINS, about)[0] == "failed"
    assert outcome("metric: repeated_rows, op: '<=', threshold: '1/100'", about)[0] == "passed"
    assert outcome("metric: repeated_rows, op: '<', threshold: '1/100'", about)[0] == "failed"


def test_twins_are_told_group_by_group(locked: Locked) -> None:
    places = rows()
    about = locked.trained_on(places[places["place"] == "JFK"].assign(row_id=lambda table: table["row_id"] + 10_000))
    judged = results("metric: repeated_rows, op: '<=', threshold: 0, slice: {by: place}", about)
    assert [(one.result.slice, one.result.value) for one in judged] == [("place=EWR", "0"), ("place=JFK", "1")]


def test_ids_that_are_kept_as_floats_are_the_same_ids(locked: Locked) -> None:
    about = locked.trained_on(rows().head(2).astype({"row_id": "float64"}))
    assert "overlapping_ids is 2 " in outcome(IDS, about)[1]


def test_entities_may_not_be_on_both_sides(locked: Locked) -> None:
    toy = TOY.replace("id: row_id,", "id: row_id, entity: place,")
    said = outcome("metric: overlapping_entities, op: '<=', threshold: 0", locked.trained_on(OTHERS, models__toy=toy))
    assert said[1].startswith("overlapping_entities is 2 (of 2 place, 2 in training)")


@pytest.mark.parametrize(
    ("metric", "table", "said"),
    [
        ("overlapping_entities", OTHERS, "the model names no `entity` of its evaluation rows"),
        ("overlapping_ids", OTHERS.drop(columns="row_id"), "the training rows have no column 'row_id'"),
        ("overlapping_ids", OTHERS.drop(columns="a"), "dvc.lock names no Parquet table with every feature"),
        ("repeated_rows", OTHERS.drop(columns="a"), "dvc.lock names no Parquet table with every feature"),
    ],
)
def test_what_cannot_be_compared_is_no_evidence(
    locked: Locked, metric: str, table: pandas.DataFrame, said: str
) -> None:
    result, reason = outcome(f"metric: {metric}, op: '<=', threshold: 0", locked.trained_on(table))
    assert result == "insufficient_evidence"
    assert said in reason


def test_a_model_that_no_stage_made_was_trained_on_nobody_knows_what() -> None:
    assert outcome(IDS, candidate())[0] == "insufficient_evidence"


def test_without_tables_of_stages_the_sources_are_the_training_rows(locked: Locked) -> None:
    source, model = locked.put("data/all.parquet", parquet(rows())), locked.put(MODEL, good())
    assert "overlapping_ids is 1200 " in outcome(IDS, locked.candidate({"train": ([source], [model])}))[1]


def test_a_folder_of_tables_is_read_whole(locked: Locked) -> None:
    parts = [locked.put(f"{part}.parquet", parquet(OTHERS.iloc[part::2])) for part in (0, 1)]
    note = locked.put("README.md", b"no table")
    entries = [{"relpath": str(part["path"]), "md5": part["md5"]} for part in (*parts, note)]
    folder = locked.put("build/train", json.dumps(entries).encode(), ".dir")
    model = locked.put(MODEL, good())
    about = locked.candidate({"split": ([], [folder]), "train": ([folder], [model])})
    assert len(about.training) == len(OTHERS)
    assert outcome(IDS, about)[0] == "passed"


def test_a_training_table_that_is_no_table_is_no_evidence(locked: Locked) -> None:
    broken, model = locked.put(TRAIN, b"nothing"), locked.put(MODEL, good())
    result, reason = outcome(IDS, locked.candidate({"split": ([], [broken]), "train": ([broken], [model])}))
    assert result == "insufficient_evidence"
    assert f"{TRAIN}: " in reason


def test_a_training_table_that_is_not_on_this_machine_is_an_error_and_no_verdict(locked: Locked) -> None:
    about = locked.trained_on(OTHERS)
    md5 = hashlib.md5(parquet(OTHERS)).hexdigest()
    (locked.folder / "files" / "md5" / md5[:2] / md5[2:]).unlink()
    with pytest.raises(ToolError, match="not in the DVC cache"):
        outcome(IDS, about)


def test_the_share_of_twins_is_exact(locked: Locked) -> None:
    (judged,) = results("metric: repeated_rows, op: '<=', threshold: '1/3'", locked.trained_on(rows().head(400)))
    assert (judged.result.outcome, judged.shortfall) == ("passed", Fraction(0))
