"""Locks, `feature diff`, `feature impact` and the gate's refusal: a shared feature changes, on real git and tags."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from click.testing import Result
from tests.conftest import GitRepo
from tests.gate_lab import Lab, good, other_good, says
from tests.memory_tree import TEMPLATE, template

WEATHER = "features/views/airport_weather.yaml"
TIMETABLE = "features/views/timetable.yaml"
ROWS = "features/views/rows.yaml"
TOUCHED = "airport_weather@v1:temp"


@pytest.fixture
def flights(repo: GitRepo) -> GitRepo:
    """The example project, whose one feature set two models of two owners learn from; one is in production."""
    files = template().files
    crew = files["models/flight-delay.yaml"].replace("name: flight-delay", "name: crew-planning", 1)
    crew = crew.replace("owner: data-scientists", "owner: crew-desk").replace(
        "models/flight-delay", "models/crew-planning"
    )
    repo.commit({**files, "models/crew-planning.yaml": crew})
    for tag in ("flight-delay@v1.0.0", "flight-delay#staging#1", "flight-delay#prod#2", "crew-planning@v2.1.0"):
        repo.git("tag", "-a", "-m", "release", tag)
    return repo


def edit(repo: GitRepo, path: str, old: str, new: str) -> None:
    text = (repo.root / path).read_text()
    assert old in text, text
    repo.write({path: text.replace(old, new)})


def rows(result: Result) -> list[Mapping[str, Any]]:
    assert result.exit_code == 0, result.output
    found: list[Mapping[str, Any]] = json.loads(result.stdout)["tables"][0]["rows"]
    return found


def classes(repo: GitRepo, *arguments: str) -> dict[str, tuple[str, str]]:
    told = rows(repo.run("feature", "diff", *arguments, "--format", "json"))
    return {row["feature"]: (row["class"], row["what changed"]) for row in told}


def run(repo: GitRepo, *arguments: str) -> str:
    result = repo.run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_one_definition_edited_on_a_branch_names_both_models_and_the_tag_in_production(flights: GitRepo) -> None:
    flights.git("checkout", "-q", "-b", "warmer")
    edit(flights, WEATHER, "ttl: 6h", "ttl: 12h")
    flights.commit()
    told = classes(flights)
    assert len(told) == 7
    assert told[TOUCHED] == ("behaviour", "ttl: 6h -> 12h")
    users = [row for row in rows(flights.run("feature", "impact", "--format", "json")) if row["feature"] == TOUCHED]
    assert [(row["model"], row["release"], row["stage"], row["owner"]) for row in users] == [
        ("crew-planning", "", "", "crew-desk"),
        ("flight-delay", "", "", "data-scientists"),
        ("crew-planning", "crew-planning@v2.1.0", "", "crew-desk"),
        ("flight-delay", "flight-delay@v1.0.0", "prod, staging", "data-scientists"),
    ]
    assert {row["class"] for row in users} == {"behaviour"}
    assert {row["set"] for row in users} == {"flight-delay"}


def test_a_change_is_docs_additive_behaviour_or_breaking(flights: GitRepo) -> None:
    edit(flights, WEATHER, "description: Temperature", "description: How warm it is")
    edit(flights, TIMETABLE, "miles AS distance", "miles * 2 AS distance, upper(origin) AS place")
    edit(flights, TIMETABLE, "features:\n", "features:\n  - {name: place, dtype: string, description: Airport}\n")
    edit(flights, TIMETABLE, "  - {name: hour, dtype: int64,", "  - {name: hour, dtype: float64,")
    edit(flights, "features/views/aircraft.yaml", "name: seats", "name: places")
    told = classes(flights)
    assert told.pop(TOUCHED)[0] == "docs"
    assert told.pop("timetable@v1:place") == ("additive", "new")
    assert told.pop("timetable@v1:distance") == ("behaviour", "sql")
    assert told.pop("timetable@v1:hour") == ("breaking", "dtype: int64 -> float64")
    assert told.pop("aircraft@v1:seats") == ("breaking", "removed")
    assert told.pop("aircraft@v1:places") == ("additive", "new")
    assert told == {}


def test_formatting_is_no_change(flights: GitRepo) -> None:
    edit(flights, TIMETABLE, "miles AS distance", "-- in miles\n           miles  as distance")
    assert classes(flights) == {}
    assert "No feature differs." in run(flights, "feature", "diff")


def test_diff_reads_ranges_branches_and_the_work_tree(flights: GitRepo) -> None:
    flights.git("checkout", "-q", "-b", "other")
    edit(flights, WEATHER, "ttl: 6h", "ttl: 7h")
    flights.commit()
    flights.git("checkout", "-q", "main")
    edit(flights, TIMETABLE, "miles AS", "miles * 2 AS")
    flights.commit()
    assert {pin.partition("@")[0] for pin in classes(flights, "main..other")} == {"airport_weather", "timetable"}
    assert {pin.partition("@")[0] for pin in classes(flights, "main...other")} == {"airport_weather"}
    assert {pin.partition("@")[0] for pin in classes(flights, "HEAD~1..")} == {"timetable"}
    assert {pin.partition("@")[0] for pin in classes(flights, "flight-delay@v1.0.0")} == {"timetable"}
    assert classes(flights) == {}
    says(flights.run("feature", "diff", "nowhere..HEAD"), "there is no commit 'nowhere' here", exit_code=3)


def test_a_wrong_definition_of_the_work_tree_is_told_and_one_of_the_base_is_mended_by_the_branch(
    flights: GitRepo,
) -> None:
    edit(flights, WEATHER, "source: weather", "source: wether")
    says(flights.run("feature", "diff"), f"{WEATHER}:8:9: there is no source 'wether'", exit_code=3)
    flights.commit()
    edit(flights, WEATHER, "source: wether", "source: weather")
    assert classes(flights, "HEAD")[TOUCHED] == ("additive", "new")


def test_impact_of_a_source_a_view_or_a_feature_names_who_uses_it(flights: GitRepo) -> None:
    for name, features in (("weather", 7), ("airport_weather", 7), ("airport_weather@v1", 7), (TOUCHED, 1)):
        told = rows(flights.run("feature", "impact", name, "--format", "json"))
        assert len({row["feature"] for row in told}) == features
        assert {row["release"] for row in told} == {"", "crew-planning@v2.1.0", "flight-delay@v1.0.0"}
    summary = "7 features, 2 models, 1 live release; owners: crew-desk, data-scientists"
    assert summary in " ".join(run(flights, "feature", "impact", "weather").split())


def test_a_release_pins_what_its_own_commit_says(flights: GitRepo) -> None:
    text = (flights.root / "features/sets/flight-delay.yaml").read_text()
    kept = "\n".join(line for line in text.splitlines() if "airport_weather@v1:temp" not in line) + "\n"
    assert kept != text
    flights.commit({"features/sets/flight-delay.yaml": kept})
    told = rows(flights.run("feature", "impact", TOUCHED, "--format", "json"))
    assert [row["release"] for row in told] == ["crew-planning@v2.1.0", "flight-delay@v1.0.0"]


def test_a_release_whose_commit_does_not_define_its_model_is_told(flights: GitRepo) -> None:
    flights.git("tag", "-a", "-m", "by hand", "churn@v1.0.0")
    assert "churn@v1.0.0: its commit does not define the model 'churn'" in " ".join(
        run(flights, "feature", "impact", "weather").split()
    )


def test_a_deployed_release_that_does_not_tell_what_it_pins_is_named_beside_the_refusals(flights: GitRepo) -> None:
    for tag in ("churn@v1.0.0", "churn#prod#1"):
        flights.git("tag", "-a", "-m", "by hand", tag)
    edit(flights, WEATHER, "ttl: 6h", "ttl: 12h")
    told = flights.run("feature", "diff", "--check", "--format", "json").stdout
    assert "churn@v1.0.0 is in prod" in told and "whether it uses a feature that changes here is unknown" in told


def test_what_changes_under_the_same_version_is_refused_and_names_models_releases_and_owners(flights: GitRepo) -> None:
    edit(flights, WEATHER, "ttl: 6h", "ttl: 12h")
    result = flights.run("feature", "diff", "--check", "--format", "markdown")
    says(
        result,
        "`airport_weather@v1` is pinned, and changes under the same version: dewp, humid, precip",
        "ttl: 6h -\\> 12h",
        "models: crew-planning, flight-delay",
        "owners: crew-desk, data-scientists",
        "`version: 2`",
    )
    assert "flight-delay@&#8203;v1.0.0 in prod, staging" in result.output


def test_a_change_in_a_file_and_version_of_its_own_passes(flights: GitRepo) -> None:
    text = (flights.root / WEATHER).read_text().replace("version: 1", "version: 2").replace("ttl: 6h", "ttl: 12h")
    flights.write({"features/views/airport_weather_v2.yaml": text})
    told = classes(flights)
    assert set(told.values()) == {("additive", "new")}
    run(flights, "feature", "diff", "--check")


def test_a_feature_that_nobody_pins_may_change(flights: GitRepo) -> None:
    text = (flights.root / WEATHER).read_text().replace("version: 1", "version: 2")
    flights.commit({"features/views/airport_weather_v2.yaml": text})
    edit(flights, "features/views/airport_weather_v2.yaml", "ttl: 6h", "ttl: 12h")
    assert classes(flights)["airport_weather@v2:temp"][0] == "behaviour"
    run(flights, "feature", "diff", "--check")


def test_a_view_may_go_once_no_set_names_it_and_no_live_release_pins_it(flights: GitRepo) -> None:
    sets = "features/sets/flight-delay.yaml"
    edit(flights, WEATHER, "version: 1", "version: 2")
    edit(flights, sets, "airport_weather@v1", "airport_weather@v2")
    flights.commit(branch="work")
    says(
        flights.run("feature", "diff", "--check"),
        "`airport_weather@v1` is pinned by a live release, and loses",
        "flight-delay@v1.0.0 in prod, staging",
        f"keep `{WEATHER}` as it was until no live release pins it",
    )
    for tag in ("flight-delay#prod!#3", "flight-delay#staging!#4"):
        flights.git("tag", "-a", "-m", "taken out", tag, "flight-delay@v1.0.0^{}")
    run(flights, "feature", "diff", "--check")


def test_the_gate_refuses_a_pinned_feature_that_changes_under_the_same_version(lab: Lab) -> None:
    lab.release()
    text = (lab.root / ROWS).read_text()
    lab.candidate(other_good(), **{ROWS: text.replace("source: rows", "source: rows\nttl: 7d")})
    says(
        lab.run("gate", "--dry-run"),
        "`rows@v1` is pinned, and changes under the same version: a, b (behaviour; ttl: none -> 7d)",
        "models toy, live releases toy@v1.0.0 in prod, owners data-scientists",
        "write the change to a new file with `version: 2`",
    )


def test_the_gate_passes_the_same_change_as_a_version_of_its_own(lab: Lab) -> None:
    lab.release()
    text = (lab.root / ROWS).read_text()
    changed = text.replace("source: rows", "source: rows\nttl: 7d\nversion: 2")
    sets = (lab.root / "features/sets/toy.yaml").read_text().replace("@v1", "@v2")
    files = {"features/views/rows_v2.yaml": changed, "features/sets/toy.yaml": sets}
    lab.candidate(good(), **files)
    says(lab.run("gate", "--dry-run"), "passed", exit_code=0)


def test_the_gate_refuses_the_removal_of_a_view_that_a_live_release_pins(lab: Lab) -> None:
    lab.release()
    text = (lab.root / ROWS).read_text()
    sets = (lab.root / "features/sets/toy.yaml").read_text().replace("@v1", "@v2")
    lab.candidate(good(), **{ROWS: text + "version: 2\n", "features/sets/toy.yaml": sets})
    says(lab.run("gate", "--dry-run"), "`rows@v1` is pinned by a live release, and loses a, b")


def test_locks_are_written_checked_and_removed_with_their_view(flights: GitRepo) -> None:
    says(flights.run("feature", "lock", "--check"), "airport_weather@v1.lock:1:1: there is no lock")
    run(flights, "feature", "lock", "--dry-run")
    assert not (flights.root / "features/locks").exists()
    run(flights, "feature", "lock")
    run(flights, "feature", "lock", "--check")
    edit(flights, TIMETABLE, "miles AS", "miles * 2 AS")
    says(flights.run("feature", "lock", "--check"), "timetable@v1.lock:1:1: not what the definitions say of distance")
    edit(flights, TIMETABLE, "version: 1", "version: 3")
    edit(flights, "features/sets/flight-delay.yaml", "timetable@v1", "timetable@v3")
    says(flights.run("feature", "lock", "--check"), "timetable@v1.lock:1:1: there is no such view")
    run(flights, "feature", "lock")
    run(flights, "feature", "lock", "--check")
    assert not (flights.root / "features/locks/timetable@v1.lock").exists()


def with_driver(flights: GitRepo) -> None:
    driver = f"{sys.executable} -m gitmlops merge-driver %O %A %B %P"
    flights.git("config", "merge.gitmlops.driver", driver)
    flights.write({".gitattributes": "features/locks/*.lock merge=gitmlops\n"})


@pytest.mark.parametrize("driver", [True, False])
def test_branches_that_change_different_features_of_a_view_merge(flights: GitRepo, driver: bool) -> None:
    """Without the driver, too: where pull requests are merged, nobody has configured one."""
    if driver:
        with_driver(flights)
    edit(flights, "features/views/carrier_delays.yaml", "features:\n", "\nfeatures:\n")
    run(flights, "feature", "lock")
    flights.commit(message="locks")
    for branch, name in (("one", "carrier_delay_24h"), ("two", "carrier_late_24h")):
        flights.git("checkout", "-q", "-B", branch, "main")
        edit(
            flights,
            "features/views/carrier_delays.yaml",
            f"name: {name}, dtype: float64,",
            f"name: {name}, dtype: float64, nullable: false,",
        )
        run(flights, "feature", "lock")
        flights.commit(message=branch)
    flights.git("merge", "--no-edit", "one")
    run(flights, "feature", "lock", "--check")


def test_only_sql_that_changed_is_parsed_again(flights: GitRepo) -> None:
    code = "import atexit, sys; atexit.register(lambda: print('sqlglot' in sys.modules)); "
    code += "from gitmlops.cli.main import main; main(['feature', *sys.argv[1:]])"

    def parses(*command: str) -> str:
        call = [sys.executable, "-c", code, *command]
        return subprocess.run(call, cwd=flights.root, capture_output=True, text=True, check=True).stdout.split()[-1]

    run(flights, "feature", "lock")
    edit(flights, WEATHER, "description: ", "description: The ")
    assert [parses("lock", "--check"), parses("search", "weather")] == ["False", "False"]
    edit(flights, TIMETABLE, "miles AS", "miles * 2 AS")
    assert parses("search", "weather") == "True"


def test_whatever_lies_where_parsed_sql_is_kept_the_locks_are_the_same(flights: GitRepo) -> None:
    run(flights, "feature", "lock")
    kept = flights.root / ".git/gitmlops/canonical-sql"
    assert kept.exists()
    kept.write_bytes(kept.read_bytes()[:-9] + b"otherwise")
    edit(flights, WEATHER, "description: ", "description: The ")
    assert "passed" in run(flights, "feature", "lock", "--check")


def test_one_feature_changed_by_both_sides_is_left_to_the_next_lock(flights: GitRepo) -> None:
    with_driver(flights)
    run(flights, "feature", "lock")
    flights.commit(message="locks")
    for branch, old, new in (("one", "ttl: 6h", "ttl: 7h"), ("two", "tags: [weather]", "known_at: created")):
        flights.git("checkout", "-q", "-B", branch, "main")
        edit(flights, WEATHER, old, new)
        run(flights, "feature", "lock")
        flights.commit(message=branch)
    with pytest.raises(
        AssertionError, match=r"both sides changed .*temp.*; merge the definitions, run `gitmlops feature lock`"
    ):
        flights.git("merge", "--no-edit", "one")
    assert "<<<<" not in (flights.root / "features/locks/airport_weather@v1.lock").read_text()
    run(flights, "feature", "lock")
    run(flights, "feature", "lock", "--check")


def test_the_merge_driver_is_for_locks_alone(flights: GitRepo) -> None:
    result = flights.run("merge-driver", "gitmlops.yaml", "gitmlops.yaml", "gitmlops.yaml", "gitmlops.yaml")
    says(result, "gitmlops.yaml is neither a dvc.lock nor a feature lock", exit_code=2)


def test_the_examples_locks_are_what_its_definitions_say(flights: GitRepo) -> None:
    for path in (TEMPLATE / "features/locks").iterdir():
        flights.write({f"features/locks/{path.name}": path.read_bytes()})
    run(flights, "feature", "lock", "--check")


def test_what_was_found_right_is_not_parsed_again_and_whatever_changes_is(flights: GitRepo) -> None:
    run(flights, "feature", "lock")
    assert "5 locks" in run(flights, "feature", "lock", "--check")
    assert "nothing changed since they were found right" in run(flights, "feature", "lock", "--check")
    lock = "features/locks/timetable@v1.lock"
    text = (flights.root / lock).read_text()
    edit(flights, lock, "distance iface", "distances iface")
    says(flights.run("feature", "lock", "--check"), f"{lock}:1:1: not what the definitions say of distance, distances")
    flights.write({lock: text, "scripts/new.py": "X = 1\n"})
    assert "5 locks" in run(flights, "feature", "lock", "--check")
    edit(flights, WEATHER, "ttl: 6h", "ttl: 6x")
    says(flights.run("feature", "lock", "--check"), f"{WEATHER}:9:6", exit_code=3)


def test_locks_are_those_of_a_project(repo: GitRepo) -> None:
    says(repo.run("feature", "lock", "--check"), "not a gitmlops project", exit_code=3)
