"""The project's own component: applicants with the interview's finding and their categories."""

from typing import Any

import duckdb


def run(inputs: dict[str, Any], params: dict[str, Any], outputs: dict[str, Any]) -> None:
    """Write one row an applicant. A feature set reads nothing of it; what nobody said is missing."""
    duckdb.execute(
        """
        COPY (
            SELECT applicant_id, applied_at, sex, race_ethnicity, suitable
            FROM read_csv($applicants) a JOIN read_csv($interviews) i USING (applicant_id)
            ORDER BY applicant_id
        ) TO '{rows}' (FORMAT parquet)
        """.format(rows=str(outputs["rows"]).replace("'", "''")),
        {"applicants": str(inputs["applicants"]), "interviews": str(inputs["interviews"])},
    )
