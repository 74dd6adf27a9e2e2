"""SQL of definitions is DuckDB's: Spark answers the same, or says that it is not known to."""

import math
from datetime import UTC, datetime
from typing import Any

import pyarrow
import pytest

from gitmlops.adapters.engines import duckdb
from gitmlops.adapters.engines.spark_meaning import in_words_of_both
from gitmlops.errors import InputError

COLUMNS = {
    "n": "BIGINT",
    "m": "BIGINT",
    "x": "DOUBLE",
    "y": "DOUBLE",
    "s": "VARCHAR",
    "r": "VARCHAR",
    "b": "BOOLEAN",
    "t": "TIMESTAMPTZ",
    "u": "TIMESTAMPTZ",
}
TEXTS = [
    "",
    "abc",
    "Straße",
    "ÉCOLE",
    "é😀x",
    " \u00a0 padded \u3000",
    "a\\b",
    "it's `%_",
    "\t tab\n",
    "${env:HOME}",
    None,
]
NUMBERS = [0.0, -0.0, 1.0, 2.5, -2.5, 0.5, 1.5, 1e16, -1e300, 0.1 + 0.2, None]
# A leap day, before 1970, the last days of years that ISO counts to others, a moment's fraction.
TIMES = [
    datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
    datetime(2021, 1, 3, tzinfo=UTC),
    datetime(2024, 12, 30, 12, 30, 15, 500_000, tzinfo=UTC),
    datetime(1900, 3, 1, tzinfo=UTC),
    None,
]
EXPRESSIONS = [
    "n + m",
    "n - m * 2",
    "-n",
    "abs(n)",
    "n % 7",
    "n // 3",
    "n / 3",
    "x / 3",
    "n / nullif(m, 0)",
    "x * 1.5",
    "n * 0.1",
    "1.0 / 3 * n",
    "x + n",
    "CAST(n AS DOUBLE)",
    "CAST(y * 3 AS BIGINT)",
    "CAST(y AS BIGINT)",
    "y::int",
    "CAST(n * 0.5 AS BIGINT)",
    "TRY_CAST(x AS BIGINT)",
    "CAST(b AS BIGINT)",
    "CAST(n AS VARCHAR)",
    "CAST(b AS VARCHAR)",
    "CAST(t AS DATE)",
    "CAST(CAST(t AS DATE) AS TIMESTAMPTZ)",
    "DATE '2024-05-01'",
    "TIMESTAMP '2024-05-01 12:00:00'",
    "n = m",
    "x > n",
    "x = 2.5",
    "s = r",
    "s < r",
    "s IN ('abc', 'it''s `%_')",
    "n BETWEEN -1 AND 3",
    "x IS NULL",
    "s IS DISTINCT FROM r",
    "n IN (0, 3)",
    "NOT b",
    "b AND x > 0",
    "b OR n IS NULL",
    "t > '2000-01-01'",
    "t < u",
    "t BETWEEN '1969-01-01' AND '2022-01-01 00:00:00'",
    "CAST(t AS DATE) = '2021-01-03'",
    "CASE WHEN x > 1 THEN 'big' WHEN b THEN 'true' END",
    "CASE WHEN b THEN 1 ELSE 2.5 END",
    "if(b, n, m)",
    "coalesce(n, m, 0)",
    "coalesce(s, r, '-')",
    "nullif(n, 0)",
    "greatest(n, m)",
    "least(x, y, 1)",
    "ifnull(x, 0)",
    "sqrt(abs(x))",
    "ln(abs(x) + 1)",
    "exp(y / 10)",
    "floor(x)",
    "ceil(x)",
    "round(x)",
    "floor(y)",
    "ceil(n)",
    "round(n)",
    "lower(s)",
    "upper(r)",
    "length(s)",
    "trim(s)",
    "s || '-' || r",
    "concat(s, '/', r)",
    "left(s, 2)",
    "substring(s, 2, 3)",
    "substr(s, 1, 0)",
    "starts_with(s, 'a')",
    "ends_with(s, 'E')",
    "contains(s, 'a')",
    "s LIKE 'a%'",
    "s NOT LIKE '%b_'",
    "'\\'",
    "'it''s'",
    "'a\\'' OR TRUE --'",
    "'${env:HOME}'",
    "'`'",
    "'\\u0041'",
    "'\n'",
    "date_trunc('day', t)",
    "date_trunc('week', t)",
    "date_trunc('month', t)",
    "date_trunc('quarter', t)",
    "date_trunc('year', t)",
    "date_trunc('hour', t)",
    "date_trunc('minute', t)",
    "date_trunc('second', t)",
    "extract(year FROM t)",
    "extract(quarter FROM t)",
    "extract(month FROM t)",
    "extract(day FROM t)",
    "extract(hour FROM t)",
    "extract(minute FROM t)",
    "extract(second FROM t)",
    "extract(dow FROM t)",
    "extract(isodow FROM t)",
    "extract(doy FROM t)",
    "extract(week FROM t)",
    "year(t)",
    "month(t)",
    "day(t)",
    "hour(t)",
    "isodow(t - INTERVAL 5 HOUR)",
    "date_diff('day', t, u)",
    "datediff('hour', t, u)",
    "date_diff('minute', t, u)",
    "date_diff('second', t, u)",
    "epoch(t)",
    "t + INTERVAL 1 DAY",
    "t - INTERVAL 90 MINUTE",
    "t + INTERVAL 1 MONTH",
    "t - INTERVAL '2 hours'",
]
REFUSED = [
    "CAST(s AS BIGINT)",
    "TRY_CAST(s AS DOUBLE)",
    "CAST(x AS VARCHAR)",
    "CAST(t AS VARCHAR)",
    "CAST(n AS DECIMAL(9, 2))",
    "s = n",
    "x = s",
    "t > '1 May 2024'",
    "t > '2024'",
    "n + s",
    "s || n",
    "CASE n WHEN 1 THEN 2 END",
    "n IN ('1')",
    "CASE WHEN b THEN n ELSE s END",
    "coalesce(n, s)",
    "log(x)",
    "log10(x)",
    "pow(x, 2)",
    "x ** 2",
    "round(x, 2)",
    "substring(s, 0, 2)",
    "substring(s, -2)",
    "right(s, 2)",
    "s[1:2]",
    "left(s, n)",
    "left(s, -1)",
    "replace(s, '', 'x')",
    "s ILIKE 'A%'",
    "s LIKE r",
    "s LIKE 'a\\%'",
    "s SIMILAR TO 'a'",
    "regexp_matches(s, 'a')",
    "regexp_replace(s, 'a', 'b')",
    "strftime(t, '%Y')",
    "strptime(s, '%Y')",
    "date_part('year', t)",
    "extract(epoch FROM t)",
    "extract(millisecond FROM t)",
    "dayname(t)",
    "t - u",
    "age(t, u)",
    "date_diff('month', t, u)",
    "date_trunc('decade', t)",
    "t AT TIME ZONE 'Asia/Tokyo'",
    "timezone('UTC', t)",
    "to_timestamp(n)",
    "make_timestamp(n)",
    "hash(s)",
    "md5(s)",
    "n & 1",
    "n << 1",
    "xor(n, m)",
    "[n]",
    "{'a': n}",
    "list_value(n)",
    "reflect('java.lang.System', 'exit')",
    "java_method('a', 'b')",
    "n::hugeint::varchar[]",
    "strlen(s)",
    "reverse(s)",
    "ascii(s)",
    "format('{}', s)",
    "printf('%d', n)",
    "random()",
    "sum(b)",
    "trunc(x)",
    "n IS b",
    "EXISTS (SELECT 1 FROM rows)",
    "n = ANY (SELECT 1)",
    "COLUMNS('n')",
    "n.x",
    "try(n)",
]


def rows() -> pyarrow.Table:
    """Every text beside every other, numbers and times in turn."""
    pairs = [(i, j) for i in range(len(TEXTS)) for j in range(len(TEXTS))]
    whole = [0, 1, -1, 7, -7, 3, 10**12, None]
    small = [0.0, 0.5, 1.5, 2.5, -0.5, -2.5, 3.7, None]
    columns: dict[str, Any] = {
        "n": [whole[i % len(whole)] for i, _ in pairs],
        "m": [whole[(i + j) % len(whole)] for i, j in pairs],
        "x": [NUMBERS[i % len(NUMBERS)] for i, _ in pairs],
        "y": [small[j % len(small)] for _, j in pairs],
        "s": [TEXTS[i] for i, _ in pairs],
        "r": [TEXTS[j] if TEXTS[j] != "Straße" else "STRASSE" for _, j in pairs],
        "b": [(True, False, None)[(i * 7 + j) % 3] for i, j in pairs],
        "t": [TIMES[i % len(TIMES)] for i, _ in pairs],
        "u": [TIMES[j % len(TIMES)] for _, j in pairs],
    }
    types = {"BIGINT": pyarrow.int64(), "DOUBLE": pyarrow.float64(), "VARCHAR": pyarrow.string()}
    types |= {"BOOLEAN": pyarrow.bool_(), "TIMESTAMPTZ": pyarrow.timestamp("us", "UTC")}
    arrays = {name: pyarrow.array(columns[name], types[type_]) for name, type_ in COLUMNS.items()}
    return pyarrow.table({"id": pyarrow.array(range(len(pairs)), pyarrow.int64()), **arrays})


GIVEN = {"id": "BIGINT", **COLUMNS}
SELECTS = [
    "SELECT s, count(*) AS c, count(x) AS d, sum(n) AS e, avg(n) AS f, min(s) AS g, max(t) AS h, stddev_samp(y) AS i, "
    "count(DISTINCT r) AS j, bool_or(b) AS l, bool_and(b) AS m, "
    "sum(x) FILTER (WHERE x < 1e10 AND x > -1e10) AS k FROM rows GROUP BY s ORDER BY s",
    "SELECT date_trunc('month', t) AS month, sum(n) AS total FROM rows GROUP BY 1 HAVING sum(n) > 0 ORDER BY 1",
    "SELECT id, row_number() OVER (PARTITION BY s ORDER BY n DESC, id) AS a, lag(n) OVER (ORDER BY t, id) AS b, "
    "sum(n) OVER (PARTITION BY s ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS c, "
    "rank() OVER (ORDER BY x) AS d, dense_rank() OVER (ORDER BY x DESC) AS e, "
    "last_value(x IGNORE NULLS) OVER (ORDER BY id) AS f, first_value(n) OVER (PARTITION BY b ORDER BY n, id) AS g, "
    "count(*) OVER (ORDER BY t RANGE BETWEEN INTERVAL 400 DAY PRECEDING AND CURRENT ROW) AS h FROM rows ORDER BY id",
    "WITH rows AS (SELECT * FROM rows WHERE n > 0), other AS (SELECT id, n AS k FROM rows) "
    "SELECT a.id, a.n, o.k FROM rows AS a LEFT JOIN other AS o ON a.id = o.id AND o.k > 3 ORDER BY a.id",
    "SELECT * EXCLUDE (s, r) REPLACE (n * 2 AS n) FROM rows WHERE b "
    "QUALIFY row_number() OVER (PARTITION BY t ORDER BY id) = 1 ORDER BY id",
    'SELECT id AS "Row Number", n AS N2 FROM ROWS WHERE id < 5 '
    "UNION ALL SELECT id, -n FROM rows WHERE ID > 110 ORDER BY 1",
    "SELECT id, n FROM rows WHERE n = (SELECT max(n) FROM rows) ORDER BY id",
    "SELECT DISTINCT b, n FROM rows ORDER BY b, n",
    "SELECT id, o.m FROM rows JOIN (SELECT id, m FROM rows WHERE m > 0) o USING (id) ORDER BY id",
]


@pytest.mark.parametrize("expression", REFUSED)
def test_what_spark_may_answer_otherwise_is_refused(expression: str) -> None:
    with pytest.raises(InputError, match=r"Spark is not known to answer|Spark cannot be asked this"):
        in_words_of_both(f"SELECT id, {expression} AS v FROM rows", {"rows": GIVEN})


def test_what_is_refused_is_told_with_its_line() -> None:
    with pytest.raises(InputError) as error:
        in_words_of_both("SELECT id,\n  CAST(s AS BIGINT) AS v\nFROM rows", {"rows": GIVEN})
    assert "Spark is not known to answer 'CAST(" in str(error.value) and "(line 2 of the SQL)" in str(error.value)


@pytest.mark.parametrize(
    "select",
    [
        "SELECT * FROM rows LIMIT 3",
        "SELECT * FROM rows USING SAMPLE 3",
        "SELECT * FROM rows, range(3)",
        "SELECT * FROM (VALUES (1)) t(a)",
        "SELECT * FROM rows a ASOF JOIN rows b ON a.t >= b.t",
        "SELECT * FROM rows a POSITIONAL JOIN rows b",
        "SELECT * FROM rows a SEMI JOIN rows b USING (id)",
        "SELECT n, sum(m) AS m FROM rows GROUP BY ALL",
        "SELECT n FROM rows UNION ALL BY NAME SELECT n FROM rows",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r",
        "PIVOT rows ON s USING sum(n)",
        "FROM rows SELECT DISTINCT ON (s) s, n",
        "SELECT n + 1 AS n, count(*) AS c FROM rows GROUP BY n",
        "SELECT unnest([1, 2]) AS n FROM rows",
        "SELECT array_agg(n) AS n FROM rows",
        "SELECT first(n) AS n FROM rows",
        "SELECT sum(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) AS n FROM rows",
        "SELECT sum(n) OVER (ORDER BY id GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) AS n FROM rows",
    ],
)
def test_a_select_that_spark_may_understand_otherwise_is_refused(select: str) -> None:
    with pytest.raises(InputError):
        in_words_of_both(select, {"rows": GIVEN})


@pytest.fixture(scope="module")
def both(spark: Any) -> Any:
    """DuckDB and Spark with the same rows."""
    from gitmlops.adapters.engines import spark as on_spark

    with duckdb.opened() as one, on_spark.opened() as other:
        for engine in (one, other):
            engine.create_schema("s")
            engine.register("given", rows())
            engine.create_view("s", "rows", "SELECT * FROM given")
        yield one, other


def test_expressions_have_the_values_on_spark_that_they_have_on_duckdb(both: Any) -> None:
    selected = ", ".join(f"{expression} AS v{i}" for i, expression in enumerate(EXPRESSIONS))
    found = answers(both, f"SELECT id, {selected} FROM rows ORDER BY id")
    for i, expression in enumerate(EXPRESSIONS):
        pairs = enumerate(zip(*(table[f"v{i}"] for table in found), strict=True))
        assert [(expression, row, duck, spark) for row, (duck, spark) in pairs if not same(duck, spark)] == []


@pytest.mark.parametrize("select", SELECTS)
def test_statements_have_the_rows_on_spark_that_they_have_on_duckdb(both: Any, select: str) -> None:
    duck, spark = answers(both, select)
    assert list(duck) == list(spark)
    for name in duck:
        assert len(duck[name]) == len(spark[name])
        assert all(map(same, duck[name], spark[name])), (name, duck[name], spark[name])


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("x / n", "Division by zero"),
        ("n // m", "Division by zero"),
        ("n * 1000000000 * 1000000000", "overflow"),
        ("sqrt(x)", "sqrt of a number that has none"),
        ("ln(x)", "ln of a number that has none"),
        ("lower(s || 'Σ')", "a letter whose lower case Spark writes otherwise than DuckDB"),
        ("CAST(x * 1e10 AS BIGINT)", "overflow"),
    ],
)
def test_where_spark_has_no_answer_it_is_an_error_at_the_sql(both: Any, expression: str, said: str) -> None:
    _, spark = both
    with pytest.raises(InputError) as error, spark.blaming("features/views/v.yaml:3:4", "mend it"):
        spark.adopt("s", "failing", f"SELECT {expression} AS v FROM rows", {"rows": GIVEN})
        spark.table("SELECT * FROM s.failing")
    assert str(error.value).startswith("features/views/v.yaml:3:4: ") and said in str(error.value)


def test_letters_that_are_written_otherwise_are_all_known(both: Any) -> None:
    from gitmlops.adapters.engines import spark_meaning

    letters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    letters = [one for one in letters if one.lower() != one or one.upper() != one or one.isspace()]
    table = pyarrow.table({"s": letters})
    pattern = f"[{spark_meaning.LOWER_DIFFERS}{spark_meaning.UPPER_DIFFERS}]"
    duck, spark = both
    select = f"SELECT s, lower(s) AS l, upper(s) AS u FROM letters WHERE NOT regexp_matches(s, '{pattern}') ORDER BY s"
    for engine in both:
        engine.register("letters", table)
    one, other = (engine.table(select).to_pydict() for engine in (duck, spark))
    assert len(one["s"]) > 2500 and one == other


def answers(both: Any, select: str) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    found = []
    for engine in both:
        name = f"answers_{abs(hash(select))}"
        if not engine.has_schema(name):
            engine.create_schema(name)
        engine.create_view(name, "rows", "SELECT * FROM s.rows")
        with engine.blaming("here", ""):
            engine.adopt(name, "result", select, {"rows": GIVEN})
            order = ", ".join(f'"{column}"' for column in engine.columns(f"{name}.result"))
            found.append(engine.table(f"SELECT * FROM {name}.result ORDER BY {order}").to_pydict())
    return found[0], found[1]


def same(duck: Any, spark: Any) -> bool:
    if isinstance(duck, float) and isinstance(spark, float):
        return math.isclose(duck, spark, rel_tol=1e-14, abs_tol=0.0)
    return (duck is None) == (spark is None) and bool(duck == spark)
