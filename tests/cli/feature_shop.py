"""A shop under git and DVC: payments with a country and a note that is personal."""

import subprocess
import sys
from typing import Any

from tests.payments import ENTITY, SOURCE

FILES = {
    "features/entities/customer.yaml": ENTITY,
    "features/sources/tx.yaml": SOURCE.replace("float64", "float64, country: string, phone: string"),
    "features/views/spend.yaml": """\
kind: feature_view
name: spend
version: 1
owner: crm
description: Spend of a customer
entities: [customer]
source: tx
ttl: 30d
freshness: {warn_after: 2d, error_after: 7d}
aggregations:
  - {name: amount_7d, column: amount, fn: sum, window: 7d}
  - {name: paid_7d, fn: count, window: 7d}
features:
  - {name: amount, dtype: float64, description: Last payment, tests: [{min: 0}, {max: 1000}]}
  - {name: country, dtype: string, description: Where to, nullable: false, tests: [{categories: [FR, DE]}]}
  - {name: phone, dtype: string, description: Number, pii: true, tests: [{unique: true}, {max_null_fraction: 0.5}]}
  - {name: amount_7d, dtype: float64, description: Spend of a week}
  - {name: paid_7d, dtype: int64, description: Payments of a week}
""",
    "features/sets/churn.yaml": """\
kind: feature_set
name: churn
owner: crm
description: What churn learns from
features: ["spend@v1:amount", "spend@v1:country", "spend@v1:amount_7d", "spend@v1:paid_7d"]
""",
    "data/tx.csv": """\
customer_id,paid_at,amount,country,phone
007,2024-05-01T12:00:00,60,FR,0190
007,2024-06-05,150,DE,0191
NA,2024-06-05,20,FR,
NA,2024-06-06,22,FR,
""",
}
HEADER = "customer_id,paid_at,amount,country,phone\n"


def dvc(project: Any, *arguments: str) -> str:
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=project.root, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def open_shop(project: Any) -> Any:
    """The project with the shop in it, under DVC."""
    dvc(project, "init", "--quiet")
    project.commit(FILES)
    return project
