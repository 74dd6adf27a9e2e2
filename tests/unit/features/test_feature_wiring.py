"""Definitions that do not fit together are named with their place and the mend."""

import subprocess
import sys
from typing import Any

import pytest

from gitmlops.features.wiring import check as wiring
from gitmlops.specs.feature import FeatureView

ENTITY, SOURCE = "features/entities/customer.yaml", "features/sources/tx.yaml"
VIEW, SET = "features/views/spend.yaml", "features/sets/churn.yaml"
AGGREGATED = """\
aggregations:
  - {name: total, column: amount, fn: sum, window: 7d}
features:
  - {name: total, dtype: float64, description: Sum}
"""


def test_definitions_that_fit_are_left_in_peace(store: Any) -> None:
    assert store.check() == []


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        (VIEW, "[customer]", "[custmer]", f"{VIEW}:5:12: there is no entity 'custmer'; did you mean 'customer'?"),
        (VIEW, "source: tx", "source: xt", f"{VIEW}:6:9: there is no source 'xt'; known: tx"),
        (
            VIEW,
            "[customer]",
            "[customer, customer]",
            f"{VIEW}:5:22: the entity 'customer' is here twice (case does not count); keep one, or rename it",
        ),
        (
            VIEW,
            "name: amount",
            "name: amuont",
            f"{VIEW}:8:12: the source 'tx' gives no column 'amuont', a feature; did you mean 'amount'?",
        ),
        (
            VIEW,
            "dtype: float64",
            "dtype: int64",
            f"{VIEW}:8:12: the source 'tx' gives 'amount' as float64, a feature that is int64; make one of them int64",
        ),
        (
            VIEW,
            "name: amount",
            "name: customer_id",
            f"{VIEW}:8:12: the feature 'customer_id' has the name of a key; "
            "the rows have it already: leave it out, or rename it",
        ),
        (
            VIEW,
            "name: amount, dtype: float64",
            "name: paid_at, dtype: timestamp",
            f"{VIEW}:8:12: the feature 'paid_at' has the name of the timestamp; "
            "the rows have it already: leave it out, or rename it",
        ),
        (
            VIEW,
            "features:",
            "features:\n  - {name: Amount, dtype: float64, description: d}",
            f"{VIEW}:9:12: the feature 'amount' is here twice (case does not count); keep one, or rename it",
        ),
        (
            VIEW,
            "features:\n  - {name: amount, dtype: float64, description: Last payment}",
            "features: []",
            f"{VIEW}:7:11: the view has no features; name at least one",
        ),
        (
            ENTITY,
            "customer_id",
            "client_id",
            f"{VIEW}:5:11: the source 'tx' gives no column 'client_id', a key of its entities; "
            "known: amount, customer_id, paid_at",
        ),
        (
            ENTITY,
            "int64",
            "string",
            f"{VIEW}:5:11: the source 'tx' gives 'customer_id' as int64, a key of its entities that is string; "
            "make one of them string",
        ),
        (
            ENTITY,
            "[{name: customer_id, dtype: int64}]",
            "[]",
            f"{ENTITY}:3:7: the entity has no keys; name at least one: {{name: id, dtype: int64}}",
        ),
        (
            SOURCE,
            "timestamp: paid_at",
            "timestamp: paid",
            f"{SOURCE}:4:12: the timestamp 'paid' is not one of the columns; "
            "add `paid: timestamp` to `columns`, or name another",
        ),
        (
            SOURCE,
            "paid_at: timestamp",
            "paid_at: string",
            f"{SOURCE}:7:12: the timestamp 'paid_at' is declared as string; write `timestamp`",
        ),
        (
            SOURCE,
            "  amount: float64",
            "  amount: float64\n  AMOUNT: int64",
            f"{SOURCE}:9:11: the column 'AMOUNT' is here twice (case does not count); keep one, or rename it",
        ),
        (SET, "spend@v1:amount", "amount", f"{SET}:6:5: 'amount' does not pin a feature; write view@v1:feature"),
        (SET, "spend@v1", "spnd@v1", f"{SET}:6:5: there is no feature view 'spnd'; did you mean 'spend'?"),
        (
            SET,
            "v1:amount",
            "v1:amuont",
            f"{SET}:6:5: the view spend@v1 has no feature 'amuont'; did you mean 'amount'?",
        ),
        (
            SET,
            "spend@v1",
            "spend@v2",
            f"{SET}:6:5: the view 'spend' has no version 2; there is v1 in {VIEW}; write spend@v1",
        ),
        (
            SET,
            "spend@v1:amount",
            "spend@v1:amount\n  - spend@v1:amount",
            f"{SET}:7:5: 2 entries would give the column 'amount'; keep one of them",
        ),
        (
            SET,
            "features:\n  - spend@v1:amount",
            "features: []",
            f"{SET}:5:11: the set has no features; pin one: view@v1:feature",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_place_and_mend(
    store: Any, path: str, old: str, new: str, said: str
) -> None:
    store.edit(path, old, new)
    assert said in store.check()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "column: amount",
            "column: amuont",
            "8:27: the source 'tx' gives no column 'amuont' to aggregate; did you mean 'amount'?",
        ),
        (", column: amount", "", "8:5: the sum 'total' names no column; add `column:`"),
        (
            "column: amount",
            "column: paid_at",
            "8:27: there is no sum of 'paid_at', which is timestamp; name a column of numbers",
        ),
        ("float64", "int64", "10:26: the sum 'total' is float64, the feature says int64; write `dtype: float64`"),
        ("fn: sum", "fn: count", None),
        (
            "features:",
            "  - {name: total, fn: count, window: 1d}\nfeatures:",
            "9:12: the aggregation 'total' is here twice (case does not count); keep one, or rename it",
        ),
    ],
)
def test_aggregations_need_a_column_of_numbers(store: Any, old: str, new: str, said: str | None) -> None:
    store.files[VIEW] = store.files[VIEW].partition("features:")[0] + AGGREGATED.replace(old, new)
    store.edit(SET, "amount", "total")
    assert store.check() == ([f"{VIEW}:{said}"] if said else [])


def test_one_key_name_has_one_type_in_all_entities(store: Any) -> None:
    store.files["features/entities/payer.yaml"] = (
        store.files[ENTITY].replace("name: customer\n", "name: payer\n").replace("int64", "string")
    )
    said = f"the key 'customer_id' is string here and int64 in {ENTITY}; give it one type"
    assert store.check() == [f"features/entities/payer.yaml:3:35: {said}"]


def test_a_pin_of_a_missing_version_says_which_versions_there_are(store: Any) -> None:
    store.files["features/views/spend3.yaml"] = store.files[VIEW].replace("version: 1", "version: 3")
    store.edit(SET, "spend@v1", "spend@v2")
    assert store.check() == [
        f"{SET}:6:5: the view 'spend' has no version 2; "
        f"there is v1 in {VIEW}, v3 in features/views/spend3.yaml; write spend@v3"
    ]


def test_several_sets_are_checked_each(store: Any) -> None:
    store.files["features/sets/b.yaml"] = store.files[SET].replace("churn\n", "b\n").replace("amount", "x")
    store.files["features/sets/c.yaml"] = store.files[SET].replace("churn\n", "c\n").replace("amount", "y")
    assert [line.partition(":")[0] for line in store.check()] == ["features/sets/b.yaml", "features/sets/c.yaml"]


@pytest.mark.parametrize(
    ("sql", "missing"),
    [
        ("SELECT customer_id, paid_at, amount FROM tx", []),
        ("SELECT * FROM tx", []),
        ("FROM tx SELECT CUSTOMER_ID, max(paid_at) paid_at, sum(x) AS amount", []),
        ("SELECT COLUMNS(c -> true) FROM tx", []),
        ("SELECT customer_id, paid_at, amounts FROM tx", ["8:12: the transform gives no column 'amount'"]),
        ("SELECT customer_id, amount FROM tx", ["10:18: the transform gives no column 'paid_at', its timestamp"]),
        ("SELECT paid_at, amount FROM tx", ["5:11: the transform gives no column 'customer_id'"]),
    ],
)
def test_a_transform_is_read_not_run_for_the_columns_it_can_give(store: Any, sql: str, missing: list[str]) -> None:
    store.files[VIEW] += f'transform: {{sql: "{sql}"}}\n'
    assert store.check() == [f"{VIEW}:{said}; select it: `... AS {said.split(chr(39))[1]}`" for said in missing]


def test_an_aggregation_over_a_column_that_the_transform_cannot_give_is_named(store: Any) -> None:
    aggregated = AGGREGATED.replace("column: amount", "column: euros")
    store.files[VIEW] = store.files[VIEW].partition("features:")[0] + aggregated
    store.files[VIEW] += 'transform: {sql: "SELECT * FROM tx"}\n'
    store.edit(SET, "amount", "total")
    assert store.check() == [f"{VIEW}:8:27: the transform gives no column 'euros'; select it: `... AS euros`"]


def test_data_that_is_nowhere_is_named_with_the_ways_to_get_it(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/gone")
    assert store.check() == [
        f"{SOURCE}:3:7: there is no data/gone, no data/gone.dvc and no step that writes it; "
        "run `dvc pull`, write it with a pipeline, or put the data there and run `dvc add data/gone`"
    ]


@pytest.mark.parametrize("present", ["data/gone", "data/gone.dvc", "data.dvc"])
def test_data_is_there_as_a_file_or_as_a_pointer_of_dvc(store: Any, present: str) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/gone")
    assert store.check(present) == []


def test_data_may_be_what_a_pipeline_will_write(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/made/tx.parquet")
    store.files["pipelines/make.yaml"] = (
        "kind: pipeline\nname: make\nsteps: {clean: {uses: ./components/clean, outputs: {table: data/made}}}\n"
    )
    assert store.check() == []


def test_data_may_be_a_folder_that_the_runs_of_a_step_will_fill(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/made")
    step = "{run: make, matrix: {month: [a, b]}, outputs: {t: 'data/made/of-${{ matrix.month }}.parquet'}}"
    store.files["pipelines/make.yaml"] = f"kind: pipeline\nname: make\nsteps: {{clean: {step}}}\n"
    assert store.check() == []


def test_checks_and_overviews_load_no_data_engine() -> None:
    heavy = "{'duckdb', 'pandas', 'pyarrow', 'numpy'} & set(sys.modules)"
    ours = "gitmlops.features.discovery.overview, gitmlops.features.wiring.check, gitmlops.features.wiring.selection"
    code = f"import sys, {ours}; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_check_of_one_view_leaves_other_views_out(store: Any) -> None:
    store.files["features/views/other.yaml"] = store.files[VIEW].replace("spend", "other").replace("tx", "nowhere")
    definitions = store.definitions()
    assert wiring.check_views(definitions, [definitions.get(FeatureView, "spend@v1")]) == ()
    assert len(wiring.check_views(definitions, [definitions.get(FeatureView, "other@v1")])) == 1
