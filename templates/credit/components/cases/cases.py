"""The project's own component: applications with their outcome and their groups."""

from typing import Any

import duckdb


def run(inputs: dict[str, Any], params: dict[str, Any], outputs: dict[str, Any]) -> None:
    """Write one row an application. A feature set reads nothing of it; sex and age_band are slices of the evaluation."""
    duckdb.execute(
        """
        COPY (
            SELECT application_id, applied_at, sex, CASE WHEN age <= 25 THEN 'up to 25' ELSE 'over 25' END AS age_band,
                   repaid
            FROM read_csv($applicants) a JOIN read_csv($outcomes) o USING (application_id)
            ORDER BY application_id
        ) TO '{rows}' (FORMAT parquet)
        """.format(rows=str(outputs["rows"]).replace("'", "''")),
        {"applicants": str(inputs["applicants"]), "outcomes": str(inputs["outcomes"])},
    )
