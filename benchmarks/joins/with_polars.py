"""The join with polars.join_asof."""

import polars

VIEWS = ("calls", "visits", "orders")


def main() -> None:
    rows = polars.read_parquet("rows.parquet").with_row_index("place").sort("event_timestamp")
    for view in VIEWS:
        known = polars.read_parquet(f"data/{view}.parquet").sort("at", "created")
        known = known.unique(["customer_id", "at"], keep="last").sort("at")
        known = known.select("customer_id", "at", polars.col("a", "b").name.prefix(f"{view}__"))
        joined = rows.join_asof(known, left_on="event_timestamp", right_on="at", by="customer_id", tolerance="7d")
        rows = joined.drop("at")
    rows.sort("place").drop("place").write_parquet("polars.parquet")


if __name__ == "__main__":
    main()
