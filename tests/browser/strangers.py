"""What somebody who means ill writes wherever a definition or a tag takes text."""

import json

MARKUP = """<img src=x onerror="window.hacked=1"></script><script>window.hacked=1</script><!--"""
TURNED = "safe\u202egnp.exe"
INVISIBLE = "ad\u200bmin"
EVE = '<b onmouseover="window.hacked=1">Eve</b>'
REASON = f"worse {MARKUP}"
SCRIPT_URL = "javascript:window.hacked=1"
_TEXT = json.dumps(f"{MARKUP} {TURNED} {INVISIBLE} `{MARKUP}` {{{{ 7 * 7 }}}}")

DEFINITIONS: dict[str, str | bytes] = {
    "features/entities/plane.yaml": f"""
kind: entity
name: plane
keys: [{{name: tailnum, dtype: string}}]
owner: {_TEXT}
description: {_TEXT}
""",
    "features/sources/flights.yaml": f"""
kind: source
name: flights
path: data/flights.parquet
timestamp: time
columns: {{time: timestamp, tailnum: string, departure_delay: float64, wind_speed: float64}}
owner: {_TEXT}
description: {_TEXT}
""",
    "features/views/plane_delays.yaml": f"""
kind: feature_view
name: plane_delays
owner: {_TEXT}
description: {_TEXT}
tags: [operations]
entities: [plane]
source: flights
features:
- {{name: departure_delay, dtype: float64, description: {_TEXT}, unit: {json.dumps(MARKUP)}}}
- {{name: wind_speed, dtype: float64, description: How hard the wind blew}}
""",
    "features/sets/churn.yaml": f"""
kind: feature_set
name: churn
owner: team
description: {_TEXT}
features: ["plane_delays@v1:departure_delay", "plane_delays@v1:wind_speed"]
""",
    "policies/hostile.yaml": f"""
kind: policy
id: hostile
version: 1.0.0
title: {_TEXT}
owner: {_TEXT}
source: {{citation: {_TEXT}, url: {json.dumps(SCRIPT_URL)}}}
checks:
- {{id: auc, metric: roc_auc, op: ">=", threshold: 0.5, enforcement: advisory, title: {_TEXT}}}
""",
}
