"""The project's own component: rows to learn from, with their outcome."""

from typing import Any

import duckdb


def run(inputs: dict[str, Any], params: dict[str, Any], outputs: dict[str, Any]) -> None:
    """Write one row a landed flight that left between two days (UTC), both included."""
    duckdb.execute(
        """
        COPY (
            SELECT f.flight_id, f.scheduled_at, f.origin, f.carrier, f.tailnum, a.late
            FROM read_parquet($flights) f JOIN read_parquet($arrivals) a USING (flight_id)
            WHERE CAST(f.scheduled_at AT TIME ZONE 'UTC' AS DATE) BETWEEN CAST($from AS DATE) AND CAST($until AS DATE)
            ORDER BY f.scheduled_at, f.flight_id
        ) TO '{rows}' (FORMAT parquet)
        """.format(rows=str(outputs["rows"]).replace("'", "''")),
        {
            "flights": f"{inputs['flights']}/*.parquet",
            "arrivals": f"{inputs['arrivals']}/*.parquet",
            "from": params["from"],
            "until": params["until"],
        },
    )
