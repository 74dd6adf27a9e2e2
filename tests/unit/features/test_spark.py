"""On Spark the feature store answers what it answers on DuckDB."""

from typing import Any

import pytest


@pytest.fixture
def on_spark(store: Any, spark: Any) -> Any:
    store.engine = "spark"
    return store


def test_rows_come_back_in_their_order_with_what_was_known(on_spark: Any) -> None:
    on_spark.payments((1, 0, 5.0), (1, 10, 6.0), (2, 5, None), (None, 0, 1.0))
    asked = [(2, 9), (1, 10), (1, 9), (None, 9), (3, 9), (1, -1), (1, 10)]
    assert on_spark.amounts(*asked) == [None, 6.0, 5.0, None, None, None, 6.0]
