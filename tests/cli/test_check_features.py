"""`gitmlops check` on features: every mistake at its line and column, with its mend, and no data read."""

import json
import shutil
import subprocess
import sys
from typing import Any

import pytest

ENTITY, SOURCE = "features/entities/customer.yaml", "features/sources/tx.yaml"
VIEW, TOP = "features/views/spend.yaml", "features/views/top.yaml"
RATIO, SET = "features/on_demand/ratio.yaml", "features/sets/churn.yaml"
CODE = "lab/clean.py"
FILES = {
    ENTITY: """\
kind: entity
name: customer
keys: [{name: customer_id, dtype: int64}]
owner: crm
description: One paying customer
""",
    SOURCE: """\
kind: source
name: tx
path: data/tx.parquet
timestamp: paid_at
columns: {customer_id: int64, paid_at: timestamp, stored_at: timestamp, amount: float64}
owner: billing
description: Payments
""",
    VIEW: """\
kind: feature_view
name: spend
owner: crm
description: Spend of a customer
entities: [customer]
source: tx
ttl: 30d
transform:
  sql: |
    SELECT customer_id, paid_at, amount,
           amount > 100 AS large
    FROM tx
aggregations:
  - {name: total, column: amount, fn: sum, window: 7d}
features:
  - {name: total, dtype: float64, description: Spend of 7 days}
  - {name: large, dtype: boolean, description: Whether the last payment was large}
""",
    TOP: """\
kind: feature_view
name: top
owner: crm
description: Whether a customer spends much
entities: [customer]
source: spend@v1
transform: {sql: "SELECT customer_id, paid_at, total > 1000 AS top FROM spend"}
features:
  - {name: top, dtype: boolean, description: Whether it is much}
""",
    "features/views/cleaned.yaml": """\
kind: feature_view
name: cleaned
owner: crm
description: Payments without mistakes
entities: [customer]
source: tx
transform: {python: "lab.clean:run"}
features:
  - {name: amount, dtype: float64, description: Last payment}
""",
    CODE: "def run(rows):\n    return rows\n",
    RATIO: """\
kind: on_demand
name: ratio
owner: crm
description: The payment beside the week's
inputs: [spend@v1:total]
request: {price: float64}
sql: price / nullif(total, 0)
dtype: float64
""",
    SET: """\
kind: feature_set
name: churn
owner: crm
description: What churn learns from
features: [spend@v1:total, top@v1:top, cleaned@v1:amount, ratio@v1]
""",
    "data/tx.parquet": "this is no Parquet: nothing may read it",
}
for _path in (VIEW, TOP, "features/views/cleaned.yaml", RATIO):
    FILES[_path] += "version: 1\n"


@pytest.fixture
def shop(project: Any) -> Any:
    project.commit(FILES)
    return project


def edit(shop: Any, path: str, old: str, new: str) -> None:
    text = (shop.root / path).read_text()
    assert old in text
    shop.write({path: text.replace(old, new, 1)})


def said(shop: Any) -> list[str]:
    result = shop.run("check", "--format", "json")
    findings = json.loads(result.stdout)["findings"]
    assert result.exit_code == (3 if any(one["severity"] == "error" for one in findings) else 0), result.output
    return [_line(one) for one in findings]


def _line(finding: Any) -> str:
    return f"{finding['path']}:{finding['line']}:{finding['column']}: {finding['message']}; {finding['mend']}"


def test_definitions_that_fit_pass_although_the_data_cannot_be_read(shop: Any) -> None:
    assert said(shop) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (
            VIEW,
            "FROM tx",
            "FORM tx",
            f'{VIEW}:9:8: syntax error at or near "FORM" (line 3 of the SQL); '
            "the source 'tx' has: customer_id, paid_at, stored_at, amount",
        ),
        (
            VIEW,
            "amount > 100",
            "amuont > 100",
            f'{VIEW}:9:8: Referenced column "amuont" not found in FROM clause (line 2 of the SQL); '
            "the source 'tx' has: customer_id, paid_at, stored_at, amount",
        ),
        (
            VIEW,
            "FROM tx",
            "FROM payments",
            f"{VIEW}:9:8: Table with name payments does not exist (line 3 of the SQL); "
            "the source 'tx' has: customer_id, paid_at, stored_at, amount",
        ),
        (
            VIEW,
            "amount > 100",
            "amount",
            f"{VIEW}:17:12: the transform of spend@v1 gives 'large' as float64, a feature that is boolean; "
            "make one of them boolean",
        ),
        (
            VIEW,
            "paid_at, amount",
            "amount",
            f"{VIEW}:9:8: the transform gives no column 'paid_at', its timestamp, and a window needs one; "
            "select it: `... AS paid_at`",
        ),
        (
            VIEW,
            "SELECT customer_id, paid_at",
            "SELECT paid_at",
            f"{VIEW}:5:11: the transform gives no column 'customer_id'; select it: `... AS customer_id`",
        ),
        (
            TOP,
            "total >",
            "totl >",
            f'{TOP}:7:18: Referenced column "totl" not found in FROM clause (line 1 of the SQL); '
            "the view spend@v1 has: customer_id, paid_at, total, large",
        ),
        (
            TOP,
            "source: spend@v1",
            "source: spend",
            f"{TOP}:6:9: 'spend' is a feature view; pin its version: `source: spend@v1`",
        ),
        (
            TOP,
            "source: spend@v1",
            "source: spent@v1",
            f"{TOP}:6:9: there is no feature view 'spent@v1'; did you mean 'spend@v1'?",
        ),
        (
            SOURCE,
            "paid_at: timestamp",
            "paid_at: string",
            f"{SOURCE}:5:40: the timestamp 'paid_at' is declared as string; write `timestamp`",
        ),
        (
            SOURCE,
            "path: data/tx.parquet",
            'path: "*.parquet"',
            f"{SOURCE}:3:7: the pattern '*.parquet' begins at the repository's root; "
            "put the files into a folder, and write e.g. `data/tx/*.parquet`",
        ),
        (
            SOURCE,
            "timestamp: paid_at",
            "timestamp: paid_at\ntimezone: Europe/Pariss",
            f"{SOURCE}:5:11: there is no time zone 'Europe/Pariss'; did you mean 'Europe/Paris'?",
        ),
        (
            SOURCE,
            "timestamp: paid_at",
            "timestamp: paid_at\ncreated_timestamp: amount",
            f"{SOURCE}:6:81: the created timestamp 'amount' is declared as float64; write `timestamp`",
        ),
        (
            SOURCE,
            "timestamp: paid_at",
            "timestamp: paid_at\ncreated_timestamp: stord_at",
            f"{SOURCE}:5:20: the created timestamp 'stord_at' is not one of the columns; "
            "add `stord_at: timestamp` to `columns`, or name another",
        ),
        (
            SOURCE,
            "timestamp: paid_at",
            "timestamp: paid_at\ncreated_timestamp: paid_at",
            f"{SOURCE}:5:20: the created timestamp 'paid_at' is the timestamp; "
            "name the column that says when a row was ingested",
        ),
        (
            VIEW,
            "ttl: 30d",
            "known_at: created",
            f"{VIEW}:7:11: `known_at: created` cannot be kept: the source 'tx' does not say when a row was ingested; "
            "name its column under `created_timestamp` of the source, or write `known_at: event`",
        ),
        (
            VIEW,
            "ttl: 30d",
            "ttl: 30x",
            f"{VIEW}:7:6: '30x' is not of the right form; write a whole number and a unit of",
        ),
        (
            VIEW,
            "transform:",
            'transform:\n  python: "lab.clean:run"',
            f"{VIEW}:9:3: the transform has both `sql` and `python`; "
            "write one SELECT under `sql`, or module:function under `python`",
        ),
        (
            "features/views/cleaned.yaml",
            '{python: "lab.clean:run"}',
            "{}",
            "features/views/cleaned.yaml:7:12: the transform has neither `sql` nor `python`; "
            "write one SELECT under `sql`, or module:function under `python`",
        ),
        (
            "features/views/cleaned.yaml",
            "lab.clean:run",
            "lab.clean:rnu",
            f"features/views/cleaned.yaml:7:21: {CODE} has no function 'rnu'; did you mean 'run'?",
        ),
        (
            "features/views/cleaned.yaml",
            "lab.clean:run",
            "os.path:join",
            "features/views/cleaned.yaml:7:21: the repository has no module 'os.path'; "
            "write the function in os/path.py",
        ),
        (CODE, "return rows", "return (", f"{CODE}:2:12: not Python: '(' was never closed; mend the syntax"),
        (
            VIEW,
            "ttl: 30d",
            "status: deprecated\nreplaced_by: spnd@v2",
            f"{VIEW}:8:14: there is no 'spnd@v2' that replaces the view; did you mean 'spend@v1'?",
        ),
        (
            RATIO,
            "spend@v1:total",
            "spend@v1:totl",
            f"{RATIO}:5:10: the view spend@v1 has no feature 'totl'; did you mean 'total'?",
        ),
        (
            RATIO,
            "price / nullif",
            "prize / nullif",
            f'{RATIO}:7:6: Referenced column "prize" not found in FROM clause (line 1 of the SQL); '
            "ratio@v1 has: total, price",
        ),
        (
            RATIO,
            "request: {price",
            "request: {total",
            f"{RATIO}:6:18: the request's 'total' has the name of the input spend@v1:total; "
            "rename the field of the request",
        ),
        (
            RATIO,
            "dtype: float64",
            "dtype: boolean",
            f"{RATIO}:8:8: the SQL gives float64, the feature says boolean; write `dtype: float64`",
        ),
        (
            SET,
            "ratio@v1",
            "ratoi@v1",
            f"{SET}:5:59: there is no on-demand feature 'ratoi@v1'; did you mean 'ratio@v1'?",
        ),
    ],
)
def test_a_mistake_is_told_at_its_place(shop: Any, path: str, old: str, new: str, expected: str) -> None:
    edit(shop, path, old, new)
    errors = [line for line in said(shop) if " is deprecated; " not in line]
    assert errors[0].startswith(expected)


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("now() > paid_at", "now()"),
        ("current_timestamp > paid_at", "current_timestamp"),
        ("current_date > paid_at", "current_date"),
        ("age(paid_at) > INTERVAL 1 DAY", "age()"),
        ("random() > 0.5", "random()"),
        ("uuid() IS NOT NULL", "uuid()"),
        ("current_setting('TimeZone') = 'UTC'", "current_setting()"),
        ("(SELECT count(*) FROM tx WHERE paid_at > today()) > 1", "today()"),
    ],
)
def test_sql_that_asks_the_clock_the_dice_or_the_machine_is_refused(shop: Any, expression: str, name: str) -> None:
    edit(shop, VIEW, "amount > 100", expression)
    (line,) = said(shop)
    assert line.startswith(f"{VIEW}:9:8: {name} is not reproducible: it ")
    assert line.endswith("; take it from a column, so that the same data gives the same features")


def test_a_sample_is_refused(shop: Any) -> None:
    edit(shop, VIEW, "FROM tx", "FROM tx USING SAMPLE 10%")
    (line,) = said(shop)
    assert "a sample is not reproducible: it draws other rows each time" in line


@pytest.mark.parametrize("table", ["duckdb_settings()", "information_schema.tables", "sqlite_master", "main.tx"])
def test_a_table_that_is_not_the_source_is_refused(shop: Any, table: str) -> None:
    edit(shop, VIEW, "FROM tx", f"FROM tx, (SELECT 1 AS one FROM {table}) AS other")
    (line,) = said(shop)
    assert f"{VIEW}:9:8: {table} is not what the view reads from" in line


def test_a_part_of_the_select_may_have_a_name(shop: Any) -> None:
    edit(shop, VIEW, "FROM tx", "FROM (WITH Part AS (SELECT * FROM TX), tx AS (FROM part) SELECT * FROM tx, range(1))")
    assert said(shop) == []


@pytest.mark.parametrize("column", ["current_date", "age", "today"])
def test_a_column_may_be_called_like_a_clock(shop: Any, column: str) -> None:
    edit(shop, SOURCE, "amount: float64", f"amount: float64, {column}: float64")
    edit(shop, VIEW, "amount > 100", f"{column} > 100")
    assert said(shop) == []


@pytest.mark.parametrize(
    "expression",
    [
        "sum(price)",
        "row_number() OVER ()",
        "price FROM other",
        "1) FROM range(3) AS t(price",
        "(SELECT 1)",
        "price, total",
    ],
)
def test_on_demand_sql_is_one_expression_over_one_row(shop: Any, expression: str) -> None:
    edit(shop, RATIO, "price / nullif(total, 0)", f'"{expression}"')
    (line,) = said(shop)
    assert line.startswith((f"{RATIO}:7:6: ", f"{RATIO}:8:8: the SQL gives TUPLE"))


def test_compiled_code_beside_a_transform_is_refused(shop: Any) -> None:
    shop.write({"lab/clean.so": "", "lab/unrelated.so": ""})
    (line,) = said(shop)
    assert line == "lab/clean.so:1:1: compiled code, which Python may take for the module; commit its text alone"


def test_a_module_that_is_called_like_one_of_python_is_refused(shop: Any) -> None:
    shop.write({"statistics.py": "def run(rows):\n    return rows\n"})
    edit(shop, "features/views/cleaned.yaml", "lab.clean", "statistics")
    assert said(shop) == [
        "features/views/cleaned.yaml:7:21: the module 'statistics' has the name of one that Python or a library has; "
        "rename it"
    ]


def test_views_that_go_in_a_circle_are_told_each_with_the_way_around(shop: Any) -> None:
    edit(shop, VIEW, "source: tx", "source: top@v1")
    expected = "the views go in a circle: spend@v1 -> top@v1 -> spend@v1; let one of them read a source"
    assert f"{VIEW}:6:9: {expected}" in said(shop)
    assert f"{TOP}:6:9: {expected.replace('spend@v1 -> top@v1 -> spend', 'top@v1 -> spend@v1 -> top')}" in said(shop)


def test_a_view_on_itself_is_a_circle(shop: Any) -> None:
    edit(shop, TOP, "source: spend@v1", "source: top@v1")
    assert f"{TOP}:6:9: the views go in a circle: top@v1 -> top@v1; let one of them read a source" in said(shop)


def test_a_view_that_leads_into_a_circle_is_told_the_circle(shop: Any) -> None:
    edit(shop, VIEW, "source: tx", "source: top@v1")
    edit(shop, "features/views/cleaned.yaml", "source: tx", "source: spend@v1")
    expected = "features/views/cleaned.yaml:6:9: the views go in a circle: spend@v1 -> top@v1 -> spend@v1; "
    assert any(line.startswith(expected) for line in said(shop))


def test_a_line_of_views_has_an_end(shop: Any) -> None:
    text = FILES[TOP].replace('transform: {sql: "SELECT customer_id, paid_at, total > 1000 AS top FROM spend"}\n', "")
    for number in range(40):
        above = f"line{number - 1}@v1" if number else "top@v1"
        view = text.replace("name: top\nowner", f"name: line{number}\nowner").replace("spend@v1", above)
        shop.write({f"features/views/line{number}.yaml": view})
    found = said(shop)
    assert "features/views/line31.yaml:6:9: more than 32 views read from each other; put some of them into one" in found
    assert len(found) == 10


def test_a_transform_that_drops_the_ingestion_time_cannot_be_known_at_it(shop: Any) -> None:
    edit(shop, SOURCE, "timestamp: paid_at", "timestamp: paid_at\ncreated_timestamp: stored_at")
    edit(shop, VIEW, "ttl: 30d", "known_at: created")
    (line,) = said(shop)
    assert line == (
        f"{VIEW}:7:11: `known_at: created` cannot be kept: the transform drops 'stored_at', when a row was ingested; "
        "select stored_at"
    )


def test_a_pinned_feature_that_is_deprecated_is_a_warning_that_names_what_replaces_it(shop: Any) -> None:
    edit(shop, VIEW, "ttl: 30d", "status: deprecated\nreplaced_by: top@v1")
    assert said(shop) == [
        f"{SET}:5:12: spend@v1 is deprecated; pin top@v1",
        f"{SET}:5:59: spend@v1 is deprecated; pin top@v1",
        f"{TOP}:6:9: spend@v1 is deprecated; read tx",
    ]


def test_a_view_that_reads_a_deprecated_one_is_a_warning_that_names_what_replaces_it(shop: Any) -> None:
    edit(shop, VIEW, "ttl: 30d", "status: deprecated\nreplaced_by: cleaned@v1")
    assert f"{TOP}:6:9: spend@v1 is deprecated; read cleaned@v1" in said(shop)
    edit(shop, VIEW, "replaced_by: cleaned@v1\n", "")
    assert f"{TOP}:6:9: spend@v1 is deprecated; ask its owner, crm" in said(shop)
    edit(shop, TOP, "owner: crm", "owner: crm\nstatus: deprecated")
    assert not any(line.startswith(TOP) for line in said(shop))


def test_a_lock_that_cannot_be_read_is_told_once(shop: Any) -> None:
    shop.write({"gitmlops.lock": "<<<<<<< ours\n"})
    (line,) = said(shop)
    assert line.startswith("gitmlops.lock:1:1: a merge conflict")


def test_sql_that_was_bound_is_not_bound_again_until_it_changes(shop: Any) -> None:
    code = "import atexit, sys; atexit.register(lambda: print('duckdb' in sys.modules)); "
    code += "from gitmlops.cli.main import main; main(['check'])"

    def loads_duckdb() -> str:
        done = subprocess.run([sys.executable, "-c", code], cwd=shop.root, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()[-1]

    assert [loads_duckdb(), loads_duckdb()] == ["True", "False"]
    edit(shop, SOURCE, "amount: float64", "amount: float64, fee: float64")
    assert [loads_duckdb(), loads_duckdb()] == ["True", "False"]
    assert shop.git("status", "--porcelain", "--", ".git", "gitmlops").strip() == ""


def test_a_mistake_in_a_file_that_was_read_before_is_told_at_its_place(shop: Any) -> None:
    assert said(shop) == []
    edit(shop, SOURCE, "name: tx", "name: payments")
    (shop.root / SOURCE).rename((shop.root / SOURCE).with_name("payments.yaml"))
    first = said(shop)
    assert f"{VIEW}:6:9: there is no source 'tx'; known: payments" in first
    shutil.rmtree(shop.root / ".git/gitmlops")
    assert said(shop) == first


@pytest.mark.parametrize("left", [b"", b"\x00garbage", None])
def test_whatever_lies_where_files_that_were_read_are_kept_check_says_the_same(shop: Any, left: bytes | None) -> None:
    edit(shop, VIEW, "amount > 100", "amuont > 100")
    first, kept = said(shop), shop.root / ".git/gitmlops/definitions"
    assert len(first) == 1
    kept.unlink()
    if left is None:
        kept.mkdir()
    else:
        kept.write_bytes(left)
    assert said(shop) == first


def test_without_duckdb_the_sql_is_left_to_the_gate_and_that_is_said(shop: Any) -> None:
    code = "import sys; sys.modules['duckdb'] = None; from gitmlops.cli.main import main; main(['check'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=shop.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "the SQL of 3 definitions was not bound: DuckDB is not installed here; install gitmlops[ml]" in said


def test_a_pull_request_with_sql_that_does_not_bind_is_not_judged(shop: Any) -> None:
    edit(shop, VIEW, "amount > 100", "amuont > 100")
    shop.commit(branch="change")
    result = shop.run("gate", "--base", "main", "--head", "change")
    assert result.exit_code == 3
    assert f'{VIEW}:9:8: Referenced column "amuont" not found in FROM clause (line 2 of the SQL)' in result.output


def test_where_nothing_can_be_remembered_the_sql_is_bound_each_time(shop: Any) -> None:
    shop.write({".git/gitmlops": "a file where a folder would be"})
    assert said(shop) == said(shop) == []


def test_wrong_sql_is_told_again_at_every_check(shop: Any) -> None:
    edit(shop, VIEW, "amount > 100", "amuont > 100")
    assert said(shop) == said(shop) != []
