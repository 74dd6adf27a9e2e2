"""Definitions of what customers paid, which the tests of features begin with."""

ENTITY = """\
kind: entity
name: customer
keys: [{name: customer_id, dtype: string}]
owner: crm
description: One paying customer
"""
SOURCE = """\
kind: source
name: tx
path: data/tx.csv
timestamp: paid_at
columns: {customer_id: string, paid_at: timestamp, amount: float64}
owner: billing
description: Payments
"""
VIEW = """\
kind: feature_view
name: spend
version: 2
owner: crm
description: Spend of a customer
entities: [customer]
source: tx
transform: {sql: "SELECT *, amount > 100 AS large FROM tx"}
aggregations:
  - {name: amount_7d, column: amount, fn: sum, window: 7d}
features:
  - {name: amount_7d, dtype: float64, description: Spend of the last 7 days, unit: EUR}
  - {name: large, dtype: boolean, description: Whether the last payment was large}
"""
DEFINITIONS = {
    "features/entities/customer.yaml": ENTITY,
    "features/sources/tx.yaml": SOURCE,
    "features/views/spend.yaml": VIEW,
}
