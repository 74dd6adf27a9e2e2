"""A feature store in a folder: customers, what they paid, and rows to get features for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pyarrow.parquet
import pytest

from gitmlops.definitions import Definitions, load
from gitmlops.features.join import retrieval
from gitmlops.features.wiring import check as wiring
from gitmlops.specs.engine import EngineName

ENTITY = """\
kind: entity
name: customer
keys: [{name: customer_id, dtype: int64}]
owner: crm
description: One paying customer
"""
SOURCE = """\
kind: source
name: tx
path: data/tx.parquet
timestamp: paid_at
columns:
  customer_id: int64
  paid_at: timestamp
  amount: float64
owner: crm
description: Payments
"""
VIEW = """\
kind: feature_view
name: spend
owner: crm
description: Spend of a customer
entities: [customer]
source: tx
features:
  - {name: amount, dtype: float64, description: Last payment}
version: 1
"""
SET = """\
kind: feature_set
name: churn
owner: crm
description: What churn learns from
features:
  - spend@v1:amount
"""
T0 = datetime(2024, 5, 1, 12, tzinfo=UTC)


@dataclass
class Store:
    """Definitions in memory, data on disk."""

    root: Path
    files: dict[str, str] = field(default_factory=dict)
    engine: EngineName = "duckdb"

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def read(self, path: str) -> bytes:
        return self.files[path].encode()

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a definition; the old text must be there."""
        assert old in self.files[path], old
        self.files[path] = self.files[path].replace(old, new)

    def definitions(self) -> Definitions:
        definitions = load(self)
        assert not definitions.findings, [str(finding.error()) for finding in definitions.findings]
        return definitions

    def check(self, *present: str) -> list[str]:
        """What `wiring.check` finds, as the user reads it; `present`: paths that exist beside data/tx.parquet."""
        there = {"data/tx.parquet", *present}
        return [str(finding.error()) for finding in wiring.check(self.definitions(), there.__contains__)]

    def arrow(self, path: str, table: pyarrow.Table) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(table, self.root / path)

    def payments(self, *rows: tuple[Any, Any, Any], path: str = "data/tx.parquet", unit: str = "us") -> None:
        """Write (customer, minutes after T0, amount) as Parquet."""
        customers, minutes, amounts = zip(*rows, strict=True) if rows else ((), (), ())
        times = pyarrow.array([_time(minute) for minute in minutes], pyarrow.timestamp("us", "UTC"))
        columns = {
            "customer_id": pyarrow.array(customers, pyarrow.int64()),
            "paid_at": times.cast(pyarrow.timestamp(unit, "UTC")),
            "amount": pyarrow.array(amounts, pyarrow.float64()),
        }
        self.arrow(path, pyarrow.table(columns))

    def get(self, rows: pandas.DataFrame, *, time: str = "asked_at") -> pandas.DataFrame:
        definitions, engine = self.definitions(), self.engine
        return retrieval.retrieve(self.root, definitions, rows, feature_set="churn", time=time, engine=engine)

    def amounts(self, *rows: tuple[Any, Any], column: str = "amount") -> list[Any]:
        """The feature for (customer, minutes after T0) rows, None for null."""
        return self.values(self.get(self.asked(*rows))[column])

    def amounts_of(self, rows: pandas.DataFrame) -> list[Any]:
        """The feature for these rows, None for null."""
        return self.values(self.get(rows)["amount"])

    @staticmethod
    def asked(*rows: tuple[Any, Any], **columns: Sequence[Any]) -> pandas.DataFrame:
        """Entity rows (customer, minutes after T0)."""
        customers = pandas.array([customer for customer, _ in rows], dtype="Int64")
        times = pandas.Series([_time(minute) for _, minute in rows], dtype="datetime64[us, UTC]")
        return pandas.DataFrame({"customer_id": customers, "asked_at": times, **columns})

    @staticmethod
    def values(column: "pandas.Series[Any]") -> list[Any]:
        return [None if pandas.isna(value) else value for value in column]


def _time(minutes: float | None) -> datetime | None:
    return None if minutes is None else T0 + timedelta(minutes=minutes)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    definitions = {
        "gitmlops.yaml": "project: test\n",
        "features/entities/customer.yaml": ENTITY,
        "features/sources/tx.yaml": SOURCE,
        "features/views/spend.yaml": VIEW,
        "features/sets/churn.yaml": SET,
    }
    return Store(tmp_path, definitions)
