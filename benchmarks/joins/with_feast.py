"""The join with an offline store of Feast, `duckdb` or `file`, its default; run by an environment that has Feast."""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pandas
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
from feast.types import Float64, Int64
from feast.value_type import ValueType

VIEWS = ("calls", "visits", "orders")


def view_of(name: str, customer: Entity) -> FeatureView:
    path = str(Path(f"data/{name}.parquet").resolve())
    source = FileSource(name=name, path=path, timestamp_field="at", created_timestamp_column="created")
    schema = [Field(name="a", dtype=Float64), Field(name="b", dtype=Int64)]
    return FeatureView(name=name, entities=[customer], ttl=timedelta(days=7), schema=schema, source=source)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = RepoConfig(
            project="benchmark",
            provider="local",
            registry=f"{folder}/registry.db",
            online_store={"type": "sqlite", "path": f"{folder}/online.db"},
            offline_store={"type": sys.argv[1]},
            entity_key_serialization_version=3,
        )
        store = FeatureStore(config=config)
        customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.INT64)
        store.apply([customer, *(view_of(name, customer) for name in VIEWS)])
        rows = pandas.read_parquet("rows.parquet")
        features = [f"{view}:{name}" for view in VIEWS for name in "ab"]
        found = store.get_historical_features(rows, features, full_feature_names=True).to_df()
        found.to_parquet(f"feast-{sys.argv[1]}.parquet", index=False)


if __name__ == "__main__":
    main()
