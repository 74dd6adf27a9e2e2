"""Make up 4,000 applications for a job. Nobody in them exists.

Usage: python scripts/make_data.py

Writes data/applications.csv (what was in them), data/applicants.csv (sex, race or ethnicity, which no model may read) and
data/interviews.csv (whether whoever was interviewed was found suitable). The same bytes each time.
"""

import csv
import random
from pathlib import Path

SEED = 144
ROWS = 4000
RACES = {
    "White": 0.36,
    "Black or African American": 0.19,
    "Hispanic or Latino": 0.21,
    "Asian": 0.13,
    "Two or More Races": 0.06,
    "Native Hawaiian or Pacific Islander": 0.016,
    "Native American or Alaska Native": 0.012,
    "": 0.022,  # they did not say
}
REFERRED = {"White": 0.3, "Asian": 0.24}  # who knows somebody inside is not the same in every group
APPLIED_AT = "2026-01-05T09:00:00Z"


def main() -> None:
    generator = random.Random(SEED)
    rows = [applicant(generator, number) for number in range(1, ROWS + 1)]
    write("applications", ["applicant_id", "applied_at", "years", "test_score", "degree", "referred"], rows)
    write("applicants", ["applicant_id", "applied_at", "sex", "race_ethnicity"], rows)
    write("interviews", ["applicant_id", "suitable"], rows)


def applicant(generator: random.Random, number: int) -> dict[str, object]:
    """One application: what is in it, who wrote it, and what an interview found."""
    race = generator.choices([*RACES], [*RACES.values()])[0]
    sex = generator.choices(["Female", "Male", ""], [0.47, 0.52, 0.01])[0]
    years = round(abs(generator.gauss(0, 1)) * (6 if sex == "Male" else 5), 1)
    referred = generator.random() < REFERRED.get(race, 0.17)
    degree = generator.choices(["none", "bachelor", "master"], [0.35, 0.45, 0.2])[0]
    score = round(min(100.0, max(0.0, generator.gauss(58, 14) + (5 if degree == "master" else 0))), 1)
    merit = 0.055 * (score - 60) + 0.09 * min(years, 12) + (0.5 if referred else 0) + generator.gauss(0, 0.9)
    return {
        "applicant_id": number,
        "applied_at": APPLIED_AT,
        "years": years,
        "test_score": score,
        "degree": degree,
        "referred": int(referred),
        "sex": sex,
        "race_ethnicity": race,
        "suitable": int(merit > 0.55),
    }


def write(name: str, columns: list[str], rows: list[dict[str, object]]) -> None:
    """Write a table: the same bytes wherever and whenever."""
    path = Path(f"data/{name}.csv")
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{path}: {len(rows):,} rows")


if __name__ == "__main__":
    main()
