"""When two contents of one output say the same."""

import json
import math
from pathlib import Path

import pandas
import pytest

from gitmlops.errors import Refusal
from gitmlops.records.canonical import encode
from gitmlops.records.manifest import Manifest
from gitmlops.registry.reproduction.outputs import compare
from gitmlops.registry.reproduction.values import Alike
from gitmlops.registry.reproduction.verdicts import Comparison, Tolerance, Verdict, worst

IDENTICAL, WITHIN, DIFFERENT = Verdict


def no_score(model: bytes) -> list[float]:
    raise Refusal("there are no rows")


def compared(path: str, before: bytes, after: bytes, folder: Path, **options: object) -> Comparison:
    alike = Alike(Tolerance(1e-6), options.pop("digests", {}))
    return compare(path, {".": before}, {".": after}, alike, score=options.pop("score", no_score), scratch=folder)


@pytest.mark.parametrize(
    ("before", "after", "distance"),
    [
        (0.5, 0.5, 0.0),
        (0.5, 0.6, 0.1),
        (1000.0, 1001.0, 1 / 1001),
        (-1.0, 1.0, 2.0),
        (math.nan, math.nan, 0.0),
        (math.nan, 1.0, math.inf),
        (math.inf, math.inf, 0.0),
        (math.inf, 1.0, math.inf),
        (3, 3.0, 0.0),
        (10_000_000, 10_000_001, math.inf),
    ],
)
def test_a_distance_is_relative_above_one_and_absolute_below(before: float, after: float, distance: float) -> None:
    assert Tolerance().distance(before, after) == pytest.approx(distance)
    assert Tolerance().distance(after, before) == pytest.approx(distance)


@pytest.mark.parametrize(
    ("before", "after", "verdict", "detail"),
    [
        ('{"a": 1.0}', '{"a":1.0}', WITHIN, "the same values in other bytes"),
        ('{"a": 0.5, "b": "x"}', '{"a": 0.50000001, "b": "x"}', WITHIN, "1 of 2 values differ, by at most 1e-08"),
        ('{"a": {"b": [1, 2.5]}}', '{"a": {"b": [1, 2.6]}}', DIFFERENT, "a.b[1]: 2.5 -> 2.6"),
        ('{"n": 7}', '{"n": 8}', DIFFERENT, "n: 7 -> 8"),
        ('{"a": 1}', '{"a": 1, "b": 2}', DIFFERENT, "b: none -> 2"),
        ('{"a": [1]}', '{"a": []}', DIFFERENT, "a[0]: 1 -> none"),
        ('{"a": true}', '{"a": 1}', DIFFERENT, "a: True -> 1"),
        ('{"a": "0.5"}', '{"a": 0.5}', DIFFERENT, "a: 0.5 -> 0.5"),
        ('{"a": NaN}', '{"a": NaN }', WITHIN, "the same values in other bytes"),
        (
            '{"a": 1}',
            "no json",
            DIFFERENT,
            "other bytes (8 bytes then, 7 now), of a kind that is not compared any nearer",
        ),
    ],
)
def test_json_is_compared_value_by_value(
    tmp_path: Path, before: str, after: str, verdict: Verdict, detail: str
) -> None:
    assert compared("m.json", before.encode(), after.encode(), tmp_path) == Comparison(verdict, detail)


def test_what_differs_most_is_named_first_and_not_all_of_it(tmp_path: Path) -> None:
    before = json.dumps({f"k{n}": 1.0 for n in range(9)}).encode()
    after = json.dumps({f"k{n}": 1.0 + n for n in range(9)}).encode()
    detail = compared("m.json", before, after, tmp_path).detail
    assert detail.startswith("k8: 1.0 -> 9.0, k7: 1.0 -> 8.0")
    assert detail.endswith(" and 3 more")


def test_the_digest_of_an_output_stands_for_the_output(tmp_path: Path) -> None:
    before, after = b'{"model_sha256": "aa"}', b'{"model_sha256": "bb"}'
    assert compared("b.json", before, after, tmp_path).verdict is DIFFERENT
    assert compared("b.json", before, after, tmp_path, digests={"aa": "bb"}).verdict is WITHIN


def test_a_manifest_is_compared_without_its_machine(tmp_path: Path) -> None:
    then = Manifest("m", "p", 7, ("a",), (), (), "3.11.1", "Linux", ("numpy==1",))
    now = Manifest("m", "p", 7, ("a",), (), (), "3.12.1", "Linux", ("numpy==2",))
    other = Manifest("m", "p", 8, ("a",), (), (), "3.11.1", "Linux", ("numpy==1",))
    assert compared("m.json", encode(then), encode(now), tmp_path).verdict is WITHIN
    assert compared("m.json", encode(then), encode(other), tmp_path).detail == "seed: 7 -> 8"


@pytest.mark.parametrize(
    ("before", "after", "verdict", "detail"),
    [
        ("a: 0.5\nb: [x]\n", "a: 0.5000000001\nb: [x]\n", WITHIN, "1 of 2 values differ, by at most 1e-10"),
        ("a: 0.5\n", "a: 0.6\n", DIFFERENT, "a: 0.5 -> 0.6"),
    ],
)
def test_yaml_is_compared_value_by_value(
    tmp_path: Path, before: str, after: str, verdict: Verdict, detail: str
) -> None:
    assert compared("m.yaml", before.encode(), after.encode(), tmp_path) == Comparison(verdict, detail)


@pytest.mark.parametrize(
    ("before", "after", "verdict", "detail"),
    [
        ("| AUC | 0.71 |\nend\n", "| AUC | 0.7100000001 |\nend\n", WITHIN, "1 of 1 values differ, by at most 1e-10"),
        ("| AUC | 0.71 |\n", "| AUC | 0.72 |\n", DIFFERENT, "line 1: | AUC | 0.71 | -> | AUC | 0.72 |"),
        ("26,398 rows\n", "26,399 rows\n", DIFFERENT, "line 1: 26,398 rows -> 26,399 rows"),
        ("a\n", "a\nb\n", DIFFERENT, "line 2: none -> b"),
        ("a\r\n", "a\n", WITHIN, "the same values in other bytes"),
        ("v1.0.0\n", "v1.0.1\n", DIFFERENT, "line 1: v1.0.0 -> v1.0.1"),
    ],
)
def test_text_is_compared_line_by_line(tmp_path: Path, before: str, after: str, verdict: Verdict, detail: str) -> None:
    assert compared("card.md", before.encode(), after.encode(), tmp_path) == Comparison(verdict, detail)


def parquet(folder: Path, **columns: object) -> bytes:
    file = folder / "written.parquet"
    pandas.DataFrame(columns).to_parquet(file, index=False, compression=None)
    return file.read_bytes()


@pytest.mark.parametrize(
    ("after", "verdict", "detail"),
    [
        (
            {"id": [1, 2], "s": [0.1, 0.2000000001], "t": ["a", None]},
            WITHIN,
            "column s: 1 of 2 values differ, by at most 1e-10",
        ),
        (
            {"id": [1, 2], "s": [0.1, 0.3], "t": ["a", None]},
            DIFFERENT,
            "column s: 1 of 2 values differ, by at most 0.1",
        ),
        ({"id": [1, 3], "s": [0.1, 0.2], "t": ["a", None]}, DIFFERENT, "column id: 1 of 2 values differ"),
        ({"id": [1, 2], "s": [0.1, 0.2], "t": ["a", "b"]}, DIFFERENT, "column t: 1 of 2 values differ"),
        ({"id": [1], "s": [0.1], "t": ["a"]}, DIFFERENT, "2 rows of id, s, t -> 1 rows of id, s, t"),
        ({"id": [1, 2], "s": [1, 2], "t": ["a", None]}, DIFFERENT, "column s: float64 -> int64"),
    ],
)
def test_tables_are_compared_column_by_column(
    tmp_path: Path, after: dict[str, object], verdict: Verdict, detail: str
) -> None:
    before = parquet(tmp_path, id=[1, 2], s=[0.1, 0.2], t=["a", None])
    assert compared("t.parquet", before, parquet(tmp_path, **after), tmp_path) == Comparison(verdict, detail)


def test_a_table_that_another_release_wrote_says_the_same(tmp_path: Path) -> None:
    frame = pandas.DataFrame({"s": [0.1, 0.2]})
    files = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for file, compression in zip(files, ("zstd", "gzip"), strict=True):
        frame.to_parquet(file, compression=compression)
    found = compared("t.parquet", files[0].read_bytes(), files[1].read_bytes(), tmp_path)
    assert found == Comparison(WITHIN, "the same values in other bytes")


def test_what_is_no_table_is_different_and_says_so(tmp_path: Path) -> None:
    found = compared("t.parquet", b"one", b"two", tmp_path)
    assert found.verdict is DIFFERENT
    assert "not readable as Parquet" in found.detail


def test_models_are_compared_by_what_they_predict(tmp_path: Path) -> None:
    answers = {b"then": [0.1, 0.2], b"near": [0.1, 0.2000000001], b"far": [0.1, 0.3], b"same": [0.1, 0.2]}
    words = {
        b"same": Comparison(WITHIN, "other bytes; the same predictions"),
        b"near": Comparison(WITHIN, "other bytes; 1 of 2 predictions differ, by at most 1e-10"),
        b"far": Comparison(DIFFERENT, "other bytes; 1 of 2 predictions differ, by at most 0.1"),
    }
    for content, expected in words.items():
        assert compared("m.skops", b"then", content, tmp_path, score=answers.__getitem__) == expected


def test_a_model_whose_predictions_cannot_be_had_is_different_and_says_why(tmp_path: Path) -> None:
    found = compared("m.skops", b"then", b"now", tmp_path)
    assert found == Comparison(DIFFERENT, "other bytes; predictions could not be compared: there are no rows")


def test_a_folder_is_as_good_as_its_worst_file(tmp_path: Path) -> None:
    before = {"a.txt": b"1.0", "b.txt": b"x", "c.bin": b"1"}
    after = {"a.txt": b"1.0000000001", "b.txt": b"y", "c.bin": b"1"}
    found = compare("d", before, after, Alike(Tolerance()), score=no_score, scratch=tmp_path)
    assert found == Comparison(DIFFERENT, "b.txt: line 1: x -> y")
    found = compare("d", before, {"a.txt": b"1.0", "e": b""}, Alike(Tolerance()), score=no_score, scratch=tmp_path)
    assert found == Comparison(DIFFERENT, "b.txt is missing, c.bin is missing, e is new")


def test_nothing_compared_is_identical() -> None:
    assert worst([]).verdict is IDENTICAL
