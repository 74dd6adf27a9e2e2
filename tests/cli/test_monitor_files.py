"""Profiles of plain files, and plain files against them: no repository anywhere."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
from click.testing import CliRunner, Result

from gitmlops.adapters.data import line_pieces
from gitmlops.cli.main import main

Run = Callable[..., Result]


def table(days: int = 30, *, rows: int = 1_500, seed: int = 1, start: str = "2024-01-01") -> pandas.DataFrame:
    """So many rows a day: a normal amount, a heavy-tailed one with an atom, whole hours, a flag, channels, a score."""
    numbers = numpy.random.default_rng(seed)
    n = days * rows
    frame = pandas.DataFrame(
        {
            "at": pandas.Timestamp(start, tz="UTC")
            + pandas.to_timedelta(numpy.repeat(numpy.arange(days), rows), unit="D"),
            "amount": numbers.normal(100, 15, n),
            "delay": numpy.where(numbers.random(n) < 0.4, 0.0, numbers.standard_t(2, n)),
            "hour": numbers.integers(0, 24, n),
            "member": numbers.random(n) < 0.3,
            "channel": numbers.choice(["web", "shop", "phone"], n, p=[0.6, 0.3, 0.1]),
            "customer": numbers.integers(0, 10**9, n).astype(str),
        }
    )
    frame["score"] = 1 / (1 + numpy.exp((100 - frame["amount"]) / 15))
    return frame


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["monitor", *arguments])

    return invoke


@pytest.fixture(scope="session")
def profiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profile of a month, with days, a slice, a prediction."""
    folder = tmp_path_factory.mktemp("profiled")
    table().to_parquet(folder / "month.parquet", index=False)
    arguments = ["--data", f"{folder}/month.parquet", "--output", f"{folder}/base.json", "--time", "at"]
    arguments += ["--slice", "channel", "--prediction", "score", "--leave-out", "customer"]
    result = CliRunner().invoke(main, ["monitor", "profile", *arguments])
    assert result.exit_code == 0, result.output
    return folder / "base.json"


def written(frame: pandas.DataFrame, name: str = "now.parquet") -> str:
    if name.endswith(".csv"):
        frame.to_csv(name, index=False)
    elif name.endswith(".jsonl"):
        frame.to_json(name, orient="records", lines=True, date_format="iso", double_precision=15)
    else:
        frame.to_parquet(name, index=False)
    return name


def week(seed: int = 2, rows: int = 1_500) -> pandas.DataFrame:
    return table(7, rows=rows, seed=seed, start="2024-02-01")


def test_data_that_has_not_changed_is_no_alarm(run: Run, profiled: Path) -> None:
    result = run("run", "--baseline", str(profiled), "--data", written(week()))
    assert result.exit_code == 0, result.output
    assert "0 of 6 columns moved beyond their thresholds; 10,500 rows, reference 45,000." in result.stdout
    assert "calibrated by 30 periods of a day" in result.stdout


def test_csv_json_lines_and_parquet_say_the_same(run: Run, profiled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_pieces, "_FEWEST", 300_000)  # several pieces
    frame = week().assign(amount=lambda rows: rows["amount"] + 5)
    found = []
    for name in ("now.parquet", "now.csv", "now.jsonl"):
        result = run("run", "--baseline", str(profiled), "--data", written(frame, name), "--format", "json")
        assert result.exit_code == 1
        found.append(json.loads(result.stdout)["tables"])
    assert found[0] == found[1] == found[2]


def test_profiles_of_json_lines_and_of_parquet_compare_alike_and_bad_lines_are_told(run: Run, tmp_path: Path) -> None:
    frame = week()
    for name in ("now.parquet", "now.jsonl"):
        run("profile", "--data", written(frame, name), "--output", f"{name}.json", "--time", "at", "--slice", "channel")
        result = run("run", "--baseline", f"{name}.json", "--data", "now.parquet", "--format", "json")
        assert result.exit_code == 0, result.output
    with (tmp_path / "now.jsonl").open("a") as lines:
        lines.write('oops\n{"amount": 1')
    result = run("run", "--baseline", "now.parquet.json", "--data", "now.jsonl", "--unique", "at")
    assert "left out: now.jsonl: 1 line is no JSON object, the first one is line 10501" in result.stderr
    assert "left out: now.jsonl: the last line is still being written" in result.stderr
    assert "now.jsonl: 1 line is no JSON object, the first one is line 10501" in " ".join(result.stdout.split())
    assert result.exit_code == 1, "by --unique"
    once = ("run", "--baseline", "now.parquet.json", "--data", "now.jsonl")
    assert run(*once).exit_code == 0, "one line of ten thousand"
    with (tmp_path / "now.jsonl").open("a") as lines:
        lines.write("\n" + '{"amount": NaN}\n' * 110)
    many = run(*once)
    assert many.exit_code == 1
    assert "now.jsonl: 112 lines are no JSON objects, the first one is line 10501" in " ".join(many.stdout.split())
    Path("empty.jsonl").write_text("\n")
    assert "empty.jsonl: no rows" in run("run", "--baseline", "now.parquet.json", "--data", "empty.jsonl").stderr


def test_a_folder_of_partitions_is_read_whole_and_an_address_is_told_how_to_get_here(run: Run, tmp_path: Path) -> None:
    rows, said = table(days=2), []
    for names in (("a", "b"), ("day=1", "day=2/of=all")):
        folder = tmp_path / "-".join(names).replace("/", "-")
        for name, part in zip(names, (rows[:1_500], rows[1_500:]), strict=True):
            path = folder / (f"{name}/0.parquet" if "=" in name else f"{name}.parquet")
            path.parent.mkdir(parents=True, exist_ok=True)
            part.to_parquet(path, index=False)
        assert run("profile", "--data", str(folder), "--output", "p.json").exit_code == 0
        said.append(Path("p.json").read_bytes())
    assert said[0] == said[1]
    result = run("profile", "--data", "s3://rows/january", "--output", "p.json")
    assert result.exit_code == 2
    assert "s3://rows/january is not on this machine; bring it here first, with `dvc import-url`" in " ".join(
        result.stderr.split()
    )


def test_identifiers_are_named_once_and_not_watched(run: Run) -> None:
    frame = week().assign(
        row=lambda rows: range(7, 7 + len(rows)), cents=lambda rows: (rows["amount"] * 1e9).astype(int)
    )
    result = run("profile", "--data", written(frame), "--output", "base.json", "--slice", "channel")
    assert "not watched, as identifiers or free texts: customer, row" in result.stderr
    lines = frame.assign(prediction_id=lambda rows: rows["row"] * 977)
    of_lines = run("profile", "--data", written(lines, "served.jsonl"), "--output", "lines.json", "--slice", "channel")
    assert "not watched, as identifiers or free texts: customer, row, prediction_id" in of_lines.stderr
    columns = [column["name"] for column in json.loads(Path("base.json").read_text())["columns"]]
    assert columns == ["amount", "delay", "hour", "member", "channel", "score", "cents"]
    now = run("run", "--baseline", "base.json", "--data", written(week(seed=3).assign(row=0, cents=frame["cents"])))
    assert now.exit_code == 0, now.output
    assert "too few values" not in now.stdout


def test_a_shift_is_an_alarm_that_names_column_size_and_direction(run: Run, profiled: Path) -> None:
    frame = week().assign(amount=lambda rows: rows["amount"] + 15)
    result = run("run", "--baseline", str(profiled), "--data", written(frame))
    assert result.exit_code == 1
    assert "amount moved by 0.39, threshold 0.10: median 99.86 → 115.6" in result.stdout
    assert "next: look at the columns at the top of the table" in result.stdout


def test_the_prediction_is_told_apart_from_inputs(run: Run, profiled: Path) -> None:
    result = run("run", "--baseline", str(profiled), "--data", written(week().assign(score=0.9)))
    assert result.exit_code == 1
    assert "prediction  score moved by" in result.stdout
    assert "score (prediction)" in result.stdout


def test_a_shift_within_a_slice_is_found_that_the_whole_hides(run: Run, profiled: Path) -> None:
    frame = week()
    frame.loc[frame["channel"] == "phone", "amount"] += 30
    result = run("run", "--baseline", str(profiled), "--data", written(frame))
    assert result.exit_code == 1
    assert "1 changes within slices, which the whole hides" in result.stdout
    assert "amount, channel = phone" in result.stdout
    assert "no column moved beyond its threshold" in result.stdout


def test_new_levels_missing_values_and_sentinels_are_told_each_for_itself(run: Run, profiled: Path) -> None:
    frame = week()
    frame["channel"] = numpy.where(numpy.arange(len(frame)) % 4 == 0, "chat", frame["channel"])
    frame.loc[::5, "delay"] = numpy.nan
    frame.loc[:9, "amount"] = 999_999
    result = run("run", "--baseline", str(profiled), "--data", written(frame))
    assert result.exit_code == 1
    assert "channel (levels) moved by 0.25, threshold 0.10: other levels (mostly 'chat') 0.0% → 25.0%" in result.stdout
    assert "delay (missing) moved by 0.20, threshold 0.10: missing 0.0% → 20.0%" in result.stdout
    assert "10 of them 999999: does that stand for something?" in result.stdout


def test_a_column_that_is_gone_new_or_of_another_type_is_told(run: Run, profiled: Path) -> None:
    frame = week().drop(columns="hour").assign(colour="red", member="yes", channel=3)
    result = run("run", "--baseline", str(profiled), "--data", written(frame))
    assert result.exit_code == 1
    assert "the column hour is gone; mend what writes it" in result.stdout
    assert "member is string" in result.stdout or "member is large_string" in result.stdout
    assert "channel is int64, the reference has text" in result.stdout
    assert "not in the reference, and not watched: colour, customer" in result.stdout


def test_a_column_without_any_value_is_an_alarm(run: Run, profiled: Path) -> None:
    result = run("run", "--baseline", str(profiled), "--data", written(week().assign(amount=None)))
    assert result.exit_code == 1
    assert "amount (missing) moved by 1.00, threshold 0.10: missing 0.0% → 100.0%" in result.stdout


def test_a_column_of_one_value_is_told_to_be_under_it(run: Run) -> None:
    first, then = (
        written(week().assign(one=one)[["one", "amount"]], f"{name}.parquet") for one, name in ((1.0, "a"), (0.0, "b"))
    )
    run("profile", "--data", first, "--output", "one.json")
    result = run("run", "--baseline", "one.json", "--data", then)
    assert "one moved by 1.00, threshold 0.10: median 1 → under 1;" in result.stdout
    assert "one: share of rows by bin" not in result.stdout


def test_columns_that_a_profile_cannot_have_are_named(run: Run) -> None:
    rows = week().assign(parts=[b"x"] * len(week()))[["at", "amount", "customer", "parts"]]
    told = run("profile", "--data", written(rows), "--output", "base.json", "--leave-out", "customer").stderr
    assert "not watched, neither numbers nor text: at, parts\n" in told


def test_one_row_and_no_row_cannot_be_decided(run: Run, profiled: Path) -> None:
    one = run("run", "--baseline", str(profiled), "--data", written(week()[:1]))
    assert one.exit_code == 3
    assert "now.parquet: 1 rows are too few to decide about any column; bring more rows" in one.stderr
    none = run("run", "--baseline", str(profiled), "--data", written(week()[:0]))
    assert none.exit_code == 3
    assert "now.parquet: no rows; see whether the window has any data" in none.stderr
    assert none.stdout == ""


def test_few_rows_are_an_alarm_only_if_chance_cannot_be_it(run: Run, profiled: Path) -> None:
    few = week(rows=20)[:120]
    shifted = few.assign(amount=few["amount"] + 30)
    assert run("run", "--baseline", str(profiled), "--data", written(few)).exit_code == 3
    result = run("run", "--baseline", str(profiled), "--data", written(shifted))
    assert result.exit_code == 1
    assert "amount moved by" in result.stdout


def test_the_order_of_times_does_not_matter_and_the_future_is_told(run: Run, profiled: Path) -> None:
    frame = week()
    tables = []
    for name, rows in (("a.parquet", frame), ("b.parquet", frame.sample(frac=1, random_state=1))):
        result = run("run", "--baseline", str(profiled), "--data", written(rows, name), "--format", "json")
        assert result.exit_code == 0
        tables.append(json.loads(result.stdout)["tables"])
    assert tables[0] == tables[1]
    early = run("run", "--baseline", str(profiled), "--data", "a.parquet", "--until", "2024-02-05")
    assert "3,000 rows are of 2024-02-06 00:00 UTC or later" in early.stdout


def test_stale_and_doubled_rows_are_alarms_where_that_is_asked(run: Run, profiled: Path) -> None:
    frame = week()
    data = written(pandas.concat([frame, frame[:100]]))
    result = run("run", "--baseline", str(profiled), "--data", data, "--unique", "customer", "--fresh", "2d")
    assert result.exit_code == 1
    assert "100 rows have a customer that was there before" in result.stdout
    assert "the newest row is of 2024-02-07 00:00 UTC" in result.stdout
    fresh = ("--until", "2024-02-07", "--fresh", "2d")
    assert run("run", "--baseline", str(profiled), "--data", data, *fresh).exit_code == 0


def test_a_day_with_a_tenth_of_its_rows_is_told(run: Run, profiled: Path) -> None:
    frame = week()
    thin = frame[(frame["at"] != "2024-02-03T00:00:00Z") | (frame.index % 10 == 0)]
    result = run("run", "--baseline", str(profiled), "--data", written(thin))
    assert "day of 2024-02-03: 150 rows, the reference had 1,500 to 1,500" in result.stdout


def test_drift_that_each_new_baseline_hides_is_seen_from_the_anchor(run: Run, profiled: Path) -> None:
    later = written(table(5, seed=3).assign(amount=lambda rows: rows["amount"] + 4), "later.parquet")
    assert run("profile", "--data", later, "--output", "later.json", "--leave-out", "customer").exit_code == 0
    now = written(week().drop(columns="customer").assign(amount=lambda rows: rows["amount"] + 6))
    assert run("run", "--baseline", "later.json", "--data", now).exit_code == 0
    result = run("run", "--baseline", "later.json", "--data", now, "--anchor", str(profiled))
    assert result.exit_code == 1
    assert "slow drift: amount moved by 0.1" in result.stdout


def test_neither_pandas_nor_scipy_is_loaded(run: Run, profiled: Path) -> None:
    script = (
        "import sys; from gitmlops.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: assert end.code == 0, end\n"
        "sys.exit(f'loaded {found}' if (found := {'pandas', 'scipy', 'sklearn'} & set(sys.modules)) else 0)"
    )
    command = ["monitor", "run", "--baseline", str(profiled), "--data", written(week())]
    done = subprocess.run([sys.executable, "-c", script, *command], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_other_measures_are_shown_by_choice(run: Run, profiled: Path) -> None:
    arguments = ("--also", "jensen-shannon", "--also", "hellinger", "--format", "json")
    result = run("run", "--baseline", str(profiled), "--data", written(week()), *arguments)
    row = json.loads(result.stdout)["tables"][0]["rows"][0]
    assert {"jensen-shannon", "hellinger", "PSI", "rank Wasserstein"} <= set(row)


@pytest.mark.parametrize("format_", ["text", "markdown", "json", "junit", "sarif", "html"])
def test_every_format_shows_an_alarm(run: Run, profiled: Path, format_: str) -> None:
    data = written(week().assign(amount=lambda rows: rows["amount"] + 15))
    first, second = (run("run", "--baseline", str(profiled), "--data", data, "--format", format_) for _ in range(2))
    assert (first.exit_code, first.stdout) == (1, second.stdout)
    assert "amount" in first.stdout


def test_profiles_of_ten_shards_merge_to_exactly_that_of_the_whole(run: Run, profiled: Path) -> None:
    frame = table(20, seed=9, start="2024-03-01")
    frame.loc[:40, "amount"] = numpy.inf
    frame.loc[50:90, "delay"] = numpy.nan
    shuffled = frame.sample(frac=1, random_state=3)
    bins = ("--bins-of", str(profiled))
    parts = []
    for index in range(10):
        part = written(shuffled[index::10], f"part{index}.parquet")
        assert run("profile", "--data", part, "--output", f"{index}.json", *bins).exit_code == 0
        parts += ["--merge", f"{index}.json"]
    assert run("profile", *parts, "--output", "merged.json").exit_code == 0
    assert run("profile", "--data", written(frame), "--output", "whole.json", *bins).exit_code == 0
    assert Path("merged.json").read_bytes() == Path("whole.json").read_bytes()
    several = [argument for index in range(10) for argument in ("--data", f"part{index}.parquet")]
    assert run("profile", *several, "--output", "files.json", *bins).exit_code == 0
    assert Path("files.json").read_bytes() == Path("whole.json").read_bytes()


def test_profiles_of_parts_are_judged_as_their_rows_are(run: Run, profiled: Path) -> None:
    frame = week().assign(amount=lambda rows: rows["amount"] + 5)
    frame.loc[frame["channel"] == "phone", "amount"] += 30
    frame["delay"] = frame["delay"].where(frame.index % 4 > 0)
    Path("parts").mkdir()
    for day, rows in frame.groupby("at"):
        part = written(rows)
        arguments = ("--bins-of", str(profiled), "--output", f"parts/{day:%d}.json")
        assert run("profile", "--data", part, *arguments).exit_code == 0
    found = []
    for data in (("--profiles", "parts"), ("--data", written(frame))):
        result = run("run", "--baseline", str(profiled), *data, "--fresh", "1d", "--format", "json")
        assert result.exit_code == 1
        report = json.loads(result.stdout)
        findings = [one for one in report["findings"] if one["rule"] not in ("schema", "range")]  # told by rows alone
        found.append((findings, report["tables"], report["charts"], report["facts"], report["summary"]))
    assert found[0] == found[1]


def test_profiles_on_other_bins_than_the_baseline_s_are_not_judged(run: Run, profiled: Path) -> None:
    assert run("profile", "--data", written(week()), "--output", "own.json").exit_code == 0
    result = run("run", "--baseline", str(profiled), "--profiles", "own.json")
    assert result.exit_code == 3
    assert f"own.json: the bins of amount are others than in {profiled}" in result.stderr


def test_a_folder_without_profiles_is_an_error_that_names_it(run: Run, profiled: Path) -> None:
    Path("parts").mkdir()
    result = run("run", "--baseline", str(profiled), "--profiles", "parts")
    assert result.exit_code == 3
    assert "parts: no profiles; name a folder of .json" in result.stderr


def test_the_first_row_of_merged_parts_is_the_earliest(run: Run) -> None:
    frame = pandas.DataFrame(
        {"at": pandas.to_datetime(["2024-01-01T10:00:00.5Z", "2024-01-01T10:00:00Z"], format="ISO8601"), "x": [1, 2]}
    )
    assert run("profile", "--data", written(frame), "--time", "at", "--output", "bins.json").exit_code == 0
    Path("parts").mkdir()
    for place in (0, 1):
        part = written(frame[place : place + 1])
        assert (
            run("profile", "--data", part, "--bins-of", "bins.json", "--output", f"parts/{place}.json").exit_code == 0
        )
    assert run("profile", "--merge", "parts", "--output", "merged.json").exit_code == 0
    assert Path("merged.json").read_bytes() == Path("bins.json").read_bytes()


def test_parts_on_other_bins_do_not_merge(run: Run, profiled: Path) -> None:
    assert run("profile", "--data", written(week()), "--output", "own.json").exit_code == 0
    result = run("profile", "--merge", str(profiled), "--merge", "own.json", "--output", "merged.json")
    assert result.exit_code == 3
    assert "own.json: the bins of amount are others than in the first profile; profile each part with" in result.stderr
    assert not Path("merged.json").exists()


def test_a_profile_is_about_people_only_as_far_as_it_must(run: Run) -> None:
    frame = table(3)
    frame.loc[:4, "channel"] = "fax of J. Doe"
    frame.loc[0, "amount"] = 1e6
    assert run("profile", "--data", written(frame), "--output", "p.json", "--personal", "amount").exit_code == 0
    kept = Path("p.json").read_text()
    assert "J. Doe" not in kept
    amount = json.loads(kept)["columns"][0]
    assert (amount["name"], amount["minimum"], amount["maximum"], len(amount["edges"])) == ("amount", None, None, 19)


def test_numbers_of_any_size_are_profiled_and_their_order_does_not_matter(run: Run) -> None:
    values = numpy.array([-0.0, 0.0, 0.0, -0.0, 1e308, -1e308, 5e-324, 3.0])
    for name in ("one", "two"):
        data = written(pandas.DataFrame({"x": values, "tiny": values * 1e-308, "zero": values * 0}))
        assert run("profile", "--data", data, "--output", f"{name}.json").exit_code == 0
        values = values[::-1]
    assert Path("one.json").read_bytes() == Path("two.json").read_bytes()
    x, tiny, _ = json.loads(Path("one.json").read_text())["columns"]
    assert (x["mean"], x["sd"], tiny["sd"]) == (0.375, pytest.approx(5e307), pytest.approx(0.5))


def test_a_profile_of_many_rows_is_small_and_the_same_twice(run: Run, profiled: Path) -> None:
    data = written(table())
    for name in ("one.json", "two.json"):
        assert run("profile", "--data", data, "--output", name).exit_code == 0
    assert Path("one.json").read_bytes() == Path("two.json").read_bytes()
    assert Path("one.json").stat().st_size < 20_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("profile", "--output", "p.json"), "what to profile?"),
        (("run", "--baseline", "base.json"), "files are judged against a baseline"),
        (("run", "--data", "now.parquet"), "files are judged against a baseline"),
        (("run", "tiny", "--baseline", "base.json", "--data", "now.parquet"), "without MODEL"),
        (("run", "--baseline", "base.json", "--data", "now.parquet", "--profiles", "base.json"), "files are judged"),
        (("run", "--baseline", "base.json", "--profiles", "base.json", "--unique", "hour"), "profiles have no rows"),
        (("run", "--baseline", "base.json", "--data", "now.parquet", "--fresh", "soon"), "--fresh soon is no duration"),
    ],
)
def test_a_call_that_means_nothing_is_a_usage_error(
    run: Run, profiled: Path, arguments: tuple[str, ...], said: str
) -> None:
    Path("base.json").write_bytes(profiled.read_bytes())
    written(week())
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}\n", "base.json: "),
        (b"not json", "base.json: not JSON"),
        (b'{"schema":"gitmlops/profile/9","rows":1,"columns":[]}', "upgrade gitmlops"),
    ],
)
def test_a_baseline_that_is_none_is_an_error_with_its_file(run: Run, content: bytes, said: str) -> None:
    Path("base.json").write_bytes(content)
    result = run("run", "--baseline", "base.json", "--data", written(week()))
    assert result.exit_code == 3
    assert said in result.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda profile: profile["columns"][0]["counts"].pop(), "amount has 201 edges and 201 counts"),
        (lambda profile: profile["columns"][0].update(rows=7), "the counts of amount do not add up to its rows"),
        (lambda profile: profile["columns"][0]["edges"].reverse(), "the edges of amount do not ascend"),
        (lambda profile: profile["columns"][0]["coarse"].append(9_999), "the coarse bins of amount are not among"),
        (lambda profile: profile["columns"].append(profile["columns"][0]), "a column is there twice"),
        (lambda profile: profile["columns"][-1].update(missing=-1), "has a count below 0"),
        (lambda profile: profile["subsets"][0]["counts"].update(amount=[1, 2]), "does not fit the column amount"),
        (lambda profile: profile["columns"][0]["moments"].update(total="1/0"), "matching regex"),
    ],
)
@pytest.mark.parametrize("command", [("run", "--baseline"), ("profile", "--output", "out.json", "--bins-of")])
def test_a_profile_that_does_not_fit_together_is_an_error_with_its_file(
    run: Run, profiled: Path, change: Callable[[dict[str, Any]], None], said: str, command: tuple[str, ...]
) -> None:
    broken = json.loads(profiled.read_bytes())
    change(broken)
    Path("broken.json").write_text(json.dumps(broken))
    result = run(*command, "broken.json", "--data", written(week()))
    assert result.exit_code == 3, result.output
    assert "broken.json: " in result.stderr
    assert said in result.stderr


def test_a_column_is_not_taken_for_one_whose_name_it_begins(run: Run) -> None:
    numbers = numpy.random.default_rng(1).normal(0, 1, (2, 2_000))
    assert run("profile", "--data", written(pandas.DataFrame({"a.b": numbers[0] + 9, "a": numbers[1]})), "--output",
               "p.json").exit_code == 0  # fmt: skip
    means = {column["name"]: round(column["mean"]) for column in json.loads(Path("p.json").read_text())["columns"]}
    assert means == {"a.b": 9, "a": 0}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("now.parquet", b"PAR1 and nothing", "now.parquet: not readable as Parquet"),
        ("now.csv", b"amount,amount\n1,2\n", "now.csv: the column 'amount' is there twice"),
        ("now.csv", b"", "now.csv: not readable as CSV"),
        ("now.csv", b"at,channel,amount\n2024-01-01T00:00:00Z,web\n", "now.csv: not readable as CSV"),
        ("now.txt", b"amount\n1\n", "now.txt: neither Parquet nor CSV"),
    ],
)
def test_data_that_cannot_be_read_is_an_error_with_its_file(
    run: Run, profiled: Path, name: str, content: bytes, said: str
) -> None:
    Path(name).write_bytes(content)
    result = run("run", "--baseline", str(profiled), "--data", name)
    assert result.exit_code == 3
    assert said in result.stderr


def test_a_name_that_no_column_has_is_told_the_nearest(run: Run) -> None:
    result = run("profile", "--data", written(week()), "--output", "p.json", "--slice", "chanel")
    assert result.exit_code == 3
    assert "there is no column 'chanel'; did you mean 'channel'?" in result.stderr
