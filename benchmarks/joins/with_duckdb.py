"""The join as one would write it by hand for DuckDB."""

import duckdb

VIEWS = ("calls", "visits", "orders")


def known(view: str) -> str:
    newest = 'row_number() OVER (PARTITION BY customer_id, "at" ORDER BY created DESC) = 1'
    return f"(SELECT * FROM read_parquet('data/{view}.parquet') QUALIFY {newest})"


def main() -> None:
    age = 'e.event_timestamp - {view}."at" <= INTERVAL 7 DAY'
    columns = ", ".join(
        f"CASE WHEN {age.format(view=view)} THEN {view}.{name} END AS {view}__{name}" for view in VIEWS for name in "ab"
    )
    joins = " ".join(
        f"ASOF LEFT JOIN {known(view)} {view} "
        f'ON e.customer_id = {view}.customer_id AND e.event_timestamp >= {view}."at"'
        for view in VIEWS
    )
    query = (
        f"SELECT e.* EXCLUDE (file_row_number), {columns} "
        f"FROM read_parquet('rows.parquet', file_row_number = true) e {joins} ORDER BY e.file_row_number"
    )
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO 'duckdb.parquet' (FORMAT parquet, COMPRESSION zstd)")


if __name__ == "__main__":
    main()
