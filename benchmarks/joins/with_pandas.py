"""The join with pandas.merge_asof."""

import pandas

VIEWS = ("calls", "visits", "orders")


def main() -> None:
    rows = pandas.read_parquet("rows.parquet")
    rows = rows.sort_values("event_timestamp", kind="stable")
    for view in VIEWS:
        known = pandas.read_parquet(f"data/{view}.parquet").sort_values(["at", "created"])
        known = known.drop_duplicates(["customer_id", "at"], keep="last").drop(columns="created")
        known = known.rename(columns={"a": f"{view}__a", "b": f"{view}__b"})
        ttl = pandas.Timedelta("7d")
        index = rows.index
        rows = pandas.merge_asof(
            rows, known, left_on="event_timestamp", right_on="at", by="customer_id", tolerance=ttl
        ).drop(columns="at")
        rows.index = index
    rows.sort_index().to_parquet("pandas.parquet", index=False)


if __name__ == "__main__":
    main()
