"""What changes a feature's hashes and what does not."""

from collections.abc import Mapping

import pytest
from tests.memory_tree import Files

from gitmlops.definitions import load_valid
from gitmlops.errors import InputErrors
from gitmlops.features.versions import hashes
from gitmlops.features.versions.hashes import Hash

ENTITY = "kind: entity\nname: customer\nkeys: [{name: customer_id, dtype: int64}]\nowner: crm\ndescription: One\n"
SOURCE = """\
kind: source
name: tx
path: data/tx.parquet
timestamp: paid_at
created_timestamp: ingested_at
columns: {customer_id: int64, paid_at: timestamp, ingested_at: timestamp, amount: float64, shop: string}
owner: billing
description: Payments
"""
VIEW = """\
kind: feature_view
name: spend
version: 1
owner: crm
description: Spend
entities: [customer]
source: tx
ttl: 30d
transform:
  sql: SELECT customer_id, paid_at, ingested_at, amount, amount > 100 AS large FROM tx WHERE amount > 0
aggregations:
  - {name: amount_7d, column: amount, fn: sum, window: 7d}
features:
  - {name: amount_7d, dtype: float64, description: Spend of a week, unit: EUR}
  - {name: large, dtype: boolean, description: Whether it was large}
"""
ABOVE = """\
kind: feature_view
name: habits
version: 1
owner: crm
description: Habits
entities: [customer]
source: spend@v1
features:
  - {name: large, dtype: boolean, description: Whether the last one was large}
"""
RATIO = """\
kind: on_demand
name: ratio
owner: crm
description: The payment, against those of a week
inputs: ["spend@v1:amount_7d"]
request: {amount: float64}
sql: amount / nullif(amount_7d, 0)
dtype: float64
"""
FILES = {
    "features/entities/customer.yaml": ENTITY,
    "features/sources/tx.yaml": SOURCE,
    "features/views/spend.yaml": VIEW,
    "features/views/habits.yaml": ABOVE,
    "features/on_demand/ratio.yaml": RATIO,
}
PYTHON = "transform:\n  python: scripts.spend:clean\n"
CODE = '''\
"""What is done to payments."""
from scripts import money

FACTOR = 2


def clean(rows):
    """Doubled."""
    # twice
    return double(rows) * FACTOR


def double(rows):
    return money.times(rows, 2)


def other(rows):
    return rows
'''
MODULES = {
    "scripts/__init__.py": "",
    "scripts/spend.py": CODE,
    "scripts/money.py": "from . import rates\n\n\ndef times(rows, factor):\n    return rows * factor * rates.EUR\n",
    "scripts/rates.py": "EUR = 1.0\n",
}
SQL = VIEW[VIEW.index("transform") : VIEW.index("aggregations")]


def of(files: Mapping[str, str]) -> Mapping[str, Hash]:
    tree = Files(dict(files))
    return hashes.of(load_valid(tree), tree)


def edited(files: Mapping[str, str], path: str, old: str, new: str) -> dict[str, str]:
    assert old in files[path], old
    return {**files, path: files[path].replace(old, new)}


def differing(path: str, old: str, new: str, files: Mapping[str, str] = FILES) -> dict[str, str]:
    """Feature -> which hash an edit changes: `interface` (and with it the definition), or `definition` alone."""
    before, after = of(files), of(edited(files, path, old, new))
    assert before.keys() == after.keys()
    return {
        pin: "interface" if before[pin].interface != after[pin].interface else "definition"
        for pin in before
        if before[pin] != after[pin]
    }


def in_view(old: str, new: str) -> dict[str, str]:
    return differing("features/views/spend.yaml", old, new)


def in_sql(new: str) -> dict[str, str]:
    return in_view(SQL, f"transform:\n  sql: |-\n    {new}\n")


def in_code(path: str, old: str, new: str) -> dict[str, str]:
    return differing(path, old, new, {**FILES, **MODULES, "features/views/spend.yaml": VIEW.replace(SQL, PYTHON)})


AMOUNT, LARGE, ABOVE_LARGE, RATIO_PIN = "spend@v1:amount_7d", "spend@v1:large", "habits@v1:large", "ratio@v1"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("owner: crm", "owner: sales"),
        ("description: Spend\n", "description: What is spent\ntags: [a]\nstatus: deprecated\n"),
        ("description: Spend of a week", "description: Sum, pii: true, classification: personal, tests: [{min: 0}]"),
        ("ttl: 30d", "ttl: 720h"),
        ("window: 7d", "window: 1w"),
        ("ttl: 30d", "ttl: 30d\nfreshness: {warn_after: 2d}"),
    ],
)
def test_what_is_told_of_a_feature_and_how_a_duration_is_written_are_not_hashed(old: str, new: str) -> None:
    assert in_view(old, new) == {}


@pytest.mark.parametrize(
    "sql",
    [
        "select customer_id, paid_at,\n      ingested_at, amount,amount>100 as large --\n    from tx where amount>0;",
        "SELECT customer_id, paid_at, ingested_at, (amount), ((amount) > 100) AS large FROM tx WHERE (amount > 0)",
        "(SELECT Customer_ID, paid_at, ingested_at, Amount, amount > 100 AS Large /* EUR */ FROM TX WHERE amount > 0)",
    ],
)
def test_comments_formatting_case_and_parentheses_that_change_nothing_are_not_hashed(sql: str) -> None:
    assert in_sql(sql) == {}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT customer_id, paid_at, ingested_at, amount, amount > 100 AS large FROM tx WHERE amount > 1",
        'SELECT "customer_id", paid_at, ingested_at, amount, amount > 100 AS large FROM tx WHERE amount > 0',
        "SELECT customer_id, paid_at, ingested_at, amount, amount > 100 AS large FROM tx WHERE shop <> 'A'",
        "SELECT DISTINCT customer_id, paid_at, ingested_at, amount, amount > 100 AS large FROM tx WHERE amount > 0",
    ],
)
def test_what_decides_about_rows_changes_every_feature_and_all_that_is_computed_from_it(sql: str) -> None:
    assert in_sql(sql) == dict.fromkeys((AMOUNT, LARGE, ABOVE_LARGE, RATIO_PIN), "definition")


def test_parentheses_that_change_the_order_are_hashed() -> None:
    tail = "AS large, customer_id, paid_at, ingested_at, amount FROM tx WHERE amount > 0"
    plain = {
        **FILES,
        "features/views/spend.yaml": VIEW.replace(SQL, f"transform:\n  sql: SELECT 1 + amount * 2 > 3 {tail}\n"),
    }
    assert differing("features/views/spend.yaml", "1 + amount * 2", "(1 + amount) * 2", plain) == {
        LARGE: "definition",
        ABOVE_LARGE: "definition",
    }
    assert differing("features/views/spend.yaml", "1 + amount * 2", "1 + (amount * 2)", plain) == {}


@pytest.mark.parametrize("query", ["SELECT * FROM Pay", "SELECT * FROM pay WHERE ok", "SELECT * FROM `pay`"])
def test_what_a_snapshot_asks_its_warehouse_changes_every_feature_and_how_it_is_written_does_not(query: str) -> None:
    path, asked = "features/sources/tx.yaml", "snapshot: {connection: SHOP_URL, query: 'SELECT * FROM pay'}\n"
    files = {**FILES, path: SOURCE + asked}
    assert differing(path, "SELECT * FROM pay", query, files).keys() == of(FILES).keys()
    assert differing(path, "SELECT * FROM pay", "SELECT  * /* all */ FROM pay", files) == {}
    assert differing(path, "SHOP_URL", "WAREHOUSE_URL", files) == {}


def test_a_column_of_the_sql_changes_the_features_that_rest_on_it_alone() -> None:
    assert in_view("amount > 100", "amount > 200") == {LARGE: "definition", ABOVE_LARGE: "definition"}


@pytest.mark.parametrize("more", ["shop", "upper(shop) AS place", "sum(amount) OVER (PARTITION BY shop) AS total"])
def test_one_more_column_of_the_sql_leaves_the_features_that_were_there(more: str) -> None:
    assert in_view("amount > 100 AS large", f"amount > 100 AS large, {more}") == {}


@pytest.mark.parametrize("more", ["unnest([1, 2]) AS twice", "some_function(shop) AS place", "max(amount) AS most"])
def test_one_more_column_that_may_change_the_rows_changes_every_feature(more: str) -> None:
    assert len(in_view("amount > 100 AS large", f"amount > 100 AS large, {more}")) == 4


def test_a_column_that_another_one_uses_counts_for_both() -> None:
    sql = "SELECT customer_id, paid_at, ingested_at, amount, amount * 2 AS twice, twice > 100 AS large FROM tx"
    files = {**FILES, "features/views/spend.yaml": VIEW.replace(SQL, f"transform:\n  sql: {sql}\n")}
    assert differing("features/views/spend.yaml", "amount * 2", "amount * 3", files).keys() == {LARGE, ABOVE_LARGE}


@pytest.mark.parametrize(
    "call", ["date_trunc(grain, paid_at)", "paid_at + to_days(date_diff(grain, paid_at, paid_at))"]
)
def test_a_column_that_says_the_unit_of_time_counts_for_what_uses_it(call: str) -> None:
    sql = f"SELECT customer_id, paid_at, ingested_at, amount, 'day' AS grain, {call} < paid_at AS large FROM tx"
    files = edited(FILES, "features/views/spend.yaml", SQL, f"transform:\n  sql: {sql}\n")
    changed = differing("features/views/spend.yaml", "'day'", "'month'", files)
    assert {"spend@v1:large", "habits@v1:large"} <= changed.keys()
    assert differing("features/views/spend.yaml", f"{call} <", f"{call.replace('grain', repr('grain'))} <", files)


def test_sql_that_cannot_be_parsed_counts_as_it_is_written() -> None:
    files = {**FILES, "features/views/spend.yaml": VIEW.replace("WHERE amount > 0", "WHERE WHERE >")}
    assert len(differing("features/views/spend.yaml", "WHERE WHERE >", "WHERE  WHERE >", files)) == 4


@pytest.mark.parametrize(
    ("old", "new", "touched"),
    [
        ("window: 7d", "window: 8d", {AMOUNT, RATIO_PIN}),
        ("fn: sum", "fn: mean", {AMOUNT, RATIO_PIN}),
        ("ttl: 30d", "ttl: 31d", {AMOUNT, LARGE, ABOVE_LARGE, RATIO_PIN}),
        ("ttl: 30d", "known_at: created", {AMOUNT, LARGE, ABOVE_LARGE, RATIO_PIN}),
    ],
)
def test_window_function_ttl_and_known_at_change_the_definition(old: str, new: str, touched: set[str]) -> None:
    assert in_view(old, new) == dict.fromkeys(touched, "definition")


@pytest.mark.parametrize("new", ["unit: USD", "unit: EUR, nullable: false"])
def test_unit_and_nullability_are_the_interface(new: str) -> None:
    assert in_view("unit: EUR", new) == {AMOUNT: "interface", RATIO_PIN: "definition"}


def test_keys_are_the_interface_of_every_feature() -> None:
    touched = differing("features/entities/customer.yaml", "dtype: int64", "dtype: string")
    assert touched == dict.fromkeys((AMOUNT, LARGE, ABOVE_LARGE, RATIO_PIN), "interface")


def test_fields_of_the_request_are_the_interface_of_an_on_demand_feature() -> None:
    path = "features/on_demand/ratio.yaml"
    assert differing(path, "{amount: float64}", "{amount: int64}") == {RATIO_PIN: "interface"}
    assert differing(path, "amount / nullif", "amount  /  NULLIF") == {}
    assert differing(path, "amount / nullif", "2 * amount / nullif") == {RATIO_PIN: "definition"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("path: data/tx.parquet", "path: data/other.parquet"),
        ("created_timestamp: ingested_at\n", ""),
        ("timestamp: paid_at", "timezone: Europe/Paris\ntimestamp: paid_at"),
        ("amount: float64", "amount: int64"),
    ],
)
def test_what_a_source_says_of_values_changes_every_feature(old: str, new: str) -> None:
    assert len(differing("features/sources/tx.yaml", old, new)) == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("owner: billing", "owner: sales"),
        ("shop: string", "shop: int64"),
        ("shop: string", "shop: string, till: int64"),
    ],
)
def test_a_sources_owner_and_columns_that_nobody_reads_change_nothing(old: str, new: str) -> None:
    assert differing("features/sources/tx.yaml", old, new) == {}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("scripts/spend.py", "# twice", "# two times"),
        ("scripts/spend.py", '    """Doubled."""\n', ""),
        ("scripts/spend.py", "return double(rows) * FACTOR", "return (\n        double(rows)\n        * FACTOR\n    )"),
        ("scripts/spend.py", "def other(rows):\n    return rows", "def other(rows):\n    return None"),
        ("scripts/rates.py", "EUR = 1.0", '"""Rates."""\nEUR = 1.0  # so far'),
    ],
)
def test_docstrings_comments_formatting_and_functions_beside_it_do_not_change_python(
    path: str, old: str, new: str
) -> None:
    assert in_code(path, old, new) == {}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("scripts/spend.py", "* FACTOR", "+ FACTOR"),
        ("scripts/spend.py", "FACTOR = 2", "FACTOR = 3"),
        ("scripts/spend.py", "money.times(rows, 2)", "money.times(rows, 3)"),
        ("scripts/money.py", "rows * factor", "rows + factor"),
        ("scripts/rates.py", "EUR = 1.0", "EUR = 1.1"),
        ("scripts/__init__.py", "", "print()"),
    ],
)
def test_what_a_function_uses_here_and_in_modules_that_it_imports_changes_its_view(
    path: str, old: str, new: str
) -> None:
    assert set(in_code(path, old, new).values()) == {"definition"}


@pytest.mark.parametrize(
    "statement",
    [
        "def unused(x=(FACTOR := 5)):\n    return x",
        "def unused(x=money.set_rate(2)):\n    return x",
        "class Unused:\n    global FACTOR\n    FACTOR = 5",
        "class Unused(money.Base):\n    rate = 5",
        "class Unused:\n    money.rates.EUR = 5",
        "_ = setattr(money.rates, 'EUR', 5)",
        "_: money.set_rate(5) = 1",
        "money.rates.EUR = 5",
    ],
)
def test_what_is_done_when_a_module_is_imported_counts_though_no_name_leads_to_it(statement: str) -> None:
    beside = "\n\ndef other(rows):"
    assert in_code("scripts/spend.py", beside, f"\n\n{statement}\n{beside}")


@pytest.mark.parametrize(
    "statement",
    [
        "LIMIT: int = 5",
        "def unused(x: int = 2) -> int:\n    return len(x)",
        "class Unused:\n    '''One.'''\n\n    rate = 5\n\n    def twice(self):\n        return self.rate * int(2)",
        "class Unused:\n    pass",
    ],
)
def test_a_name_that_is_bound_beside_a_function_does_not_count(statement: str) -> None:
    beside = "\n\ndef other(rows):"
    assert in_code("scripts/spend.py", beside, f"\n\n{statement}\n{beside}") == {}


def test_a_function_that_can_reach_any_name_counts_with_its_whole_module() -> None:
    reaching = CODE.replace("return double(rows) * FACTOR", 'return globals()["other"](rows)')
    files = {**FILES, **MODULES, "scripts/spend.py": reaching, "features/views/spend.yaml": VIEW.replace(SQL, PYTHON)}
    assert differing("scripts/spend.py", "def other(rows):\n    return rows", "def other(rows):\n    return 0", files)


@pytest.mark.parametrize(
    "statement",
    [
        'rates = importlib.import_module("scripts.rates")',
        'rates = load(".rates", __package__)',
        'rates = import_module(name="scripts.rates")',
        'rates = __import__("scripts.rates")',
    ],
)
def test_a_module_that_is_imported_by_a_text_counts(statement: str) -> None:
    code = "import importlib\nfrom importlib import import_module\nfrom importlib import import_module as load\n"
    code += f"def clean(rows):\n    {statement}\n    return rows\n"
    files = {**FILES, **MODULES, "scripts/spend.py": code, "features/views/spend.yaml": VIEW.replace(SQL, PYTHON)}
    assert of(files)[AMOUNT] != of(edited(files, "scripts/rates.py", "1.0", "2.0"))[AMOUNT]


@pytest.mark.parametrize(
    "path",
    ["scripts/rates.so", "scripts/rates.cpython-311-x86_64-linux-gnu.so", "scripts/spend.pyd", "scripts/rates.pyc"],
)
def test_compiled_code_in_the_place_of_a_module_has_no_hash(path: str) -> None:
    files = {**FILES, **MODULES, "features/views/spend.yaml": VIEW.replace(SQL, PYTHON)}
    assert of({**files, "scripts/other.so": "nobody imports it"}) == of(files)
    with pytest.raises(InputErrors, match=f"{path}:1:1: compiled code, which Python may take for the module"):
        of({**files, path: ""})


def test_python_is_read_and_never_imported() -> None:
    files = {**FILES, **MODULES, "features/views/spend.yaml": VIEW.replace(SQL, PYTHON)}
    assert of({**files, "scripts/rates.py": "EUR = 1 / 0\nraise SystemExit\n"})


@pytest.mark.parametrize(
    ("modules", "told"),
    [
        ({}, "features/views/spend.yaml:10:11: there is no module 'scripts.spend'; write it in scripts/spend.py"),
        ({**MODULES, "scripts/spend.py": "def clear(): ...\n"}, "there is no function 'clean'; did you mean 'clear'?"),
        ({**MODULES, "scripts/rates.py": "def (:\n"}, "scripts/rates.py:1:5: not Python: "),
        ({**MODULES, "scripts/rates.py": f"X = {'(' * 500}\n"}, "scripts/rates.py"),
    ],
)
def test_python_that_is_not_there_or_is_none_is_an_error_at_its_place(modules: Mapping[str, str], told: str) -> None:
    with pytest.raises(InputErrors) as wrong:
        of({**FILES, **modules, "features/views/spend.yaml": VIEW.replace(SQL, PYTHON)})
    assert told in str(wrong.value)
    assert len(wrong.value.errors) == 1


def test_features_without_what_they_draw_on_are_told_and_others_have_their_hashes() -> None:
    tree = Files({**FILES, "features/views/habits.yaml": ABOVE.replace("spend@v1", "spend@v7")})
    described, errors = hashes.describe(load_valid(tree), tree)
    assert [*described] == [RATIO_PIN, AMOUNT, LARGE]
    assert [str(error).split(";")[0] for error in errors] == [
        "features/views/habits.yaml:7:9: there is no feature view 'spend@v7'"
    ]
