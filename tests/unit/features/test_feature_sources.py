"""Data is read as it is declared, or refused with file, column and the type that was found."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from gitmlops.errors import InputError

SOURCE = "features/sources/tx.yaml"
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def refused(store: Any) -> str:
    with pytest.raises(InputError) as error:
        store.get(store.asked((1, 1)))
    return str(error.value)


def csv(store: Any, text: str) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/tx.csv")
    (store.root / "data").mkdir()
    (store.root / "data/tx.csv").write_text(text)


def test_a_missing_file_is_refused_with_the_way_to_get_it(store: Any) -> None:
    assert refused(store) == "data/tx.parquet: no such table; run `dvc pull`, or the pipeline that writes it"


def test_a_folder_without_parquet_files_is_refused_alike(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/tx")
    (store.root / "data/tx").mkdir(parents=True)
    assert refused(store).startswith("data/tx: no such table; run `dvc pull`")


def test_a_folder_of_folders_is_refused_with_the_pattern_that_names_their_files(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/tx")
    store.payments((1, 0, 5.0), path="data/tx/month=2024-05/part-0.parquet")
    said = "data/tx: no table, but folders that have some; name their files: `data/tx/*/*.parquet`"
    assert refused(store) == said
    store.edit(SOURCE, "data/tx", "data/tx/*/*.parquet")
    assert store.amounts((1, 1)) == [5.0]


def test_a_column_that_only_the_names_of_folders_have_is_refused_with_what_to_do(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/tx/*/*.parquet")
    store.edit(SOURCE, "amount: float64", "amount: float64\n  month: string")
    store.payments((1, 0, 5.0), path="data/tx/month=2024-05/part-0.parquet")
    assert refused(store) == (
        f"data/tx/month=2024-05/part-0.parquet: there is no column 'month', which {SOURCE}:9:10 declares; "
        "a folder's name is no column: write it into the files, too, or declare it no more"
    )


def test_an_address_is_refused_with_the_way_to_bring_its_data_here(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "s3://acme/tx")
    said = (
        f"{SOURCE}:3:7: the path 's3://acme/tx' is an address, and data of features are versioned; "
        "bring it here under DVC, which can fetch it again: `dvc import-url s3://acme/tx data/tx`"
    )
    assert store.check() == [said]
    assert refused(store) == said


def test_all_parquet_files_of_a_folder_are_one_table(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/tx")
    store.payments((1, 0, 5.0), path="data/tx/year=1900.parquet")
    store.payments((2, 0, 6.0), path="data/tx/b [1]*.parquet")
    (store.root / "data/tx/README.md").write_text("not a table")
    assert store.amounts((1, 1), (2, 1)) == [5.0, 6.0]


def test_columns_that_are_not_declared_are_not_read(store: Any) -> None:
    times = pyarrow.array([NOON], pyarrow.timestamp("us", "UTC"))
    columns = {"extra": [[1, 2]], "customer_id": [1], "paid_at": times, "amount": [5.0]}
    store.arrow("data/tx.parquet", pyarrow.table(columns))
    assert store.amounts((1, 1)) == [5.0]


def test_a_missing_column_is_named_with_its_declaration_and_the_nearest(store: Any) -> None:
    times = pyarrow.array([NOON], pyarrow.timestamp("us", "UTC"))
    store.arrow("data/tx.parquet", pyarrow.table({"customer_id": [1], "paid_at": times, "Amount": [5.0]}))
    assert refused(store) == (
        f"data/tx.parquet: there is no column 'amount', which {SOURCE}:8:11 declares; did you mean 'Amount'?"
    )


def test_a_column_of_another_type_is_named_with_file_and_type(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/tx")
    store.payments((1, 0, 5.0), path="data/tx/a.parquet")
    columns = {"customer_id": ["1"], "paid_at": ["2024-05-01"], "amount": [5.0]}
    store.arrow("data/tx/b.parquet", pyarrow.table(columns))
    assert refused(store).splitlines() == [
        f"data/tx/b.parquet: the column 'customer_id' is VARCHAR, {SOURCE}:6:16 says int64; "
        "write the data again, or mend the declaration",
        f"data/tx/b.parquet: the column 'paid_at' is VARCHAR, {SOURCE}:7:12 says timestamp; "
        "write the data again, or mend the declaration",
    ]


def test_a_file_that_is_no_parquet_is_refused(store: Any) -> None:
    (store.root / "data").mkdir()
    (store.root / "data/tx.parquet").write_text("customer_id,paid_at,amount\n")
    assert refused(store).startswith("data/tx.parquet: ") and refused(store).endswith("; write it again as Parquet")


def test_whole_numbers_beyond_64_bits_are_refused(store: Any) -> None:
    times = pyarrow.array([NOON], pyarrow.timestamp("us", "UTC"))
    keys = pyarrow.array([2**64 - 1], pyarrow.uint64())
    store.arrow("data/tx.parquet", pyarrow.table({"customer_id": keys, "paid_at": times, "amount": [5.0]}))
    assert "out of range" in refused(store)


def test_a_csv_file_is_read_in_the_declared_types(store: Any) -> None:
    csv(store, 'paid_at,amount,customer_id,note\n2024-05-01 12:00:00,1e3,1,"a, b"\n2024-05-01T14:00:00+02:00,,2,\n')
    assert store.amounts((1, 0), (2, 0), (1, -1)) == [1000.0, None, None]


def test_text_of_a_csv_file_stays_text(store: Any) -> None:
    store.edit(SOURCE, "customer_id: int64", "customer_id: string")
    store.edit("features/entities/customer.yaml", "int64", "string")
    csv(store, "customer_id,paid_at,amount\n007,2024-05-01,7\nNA,2024-05-01,8\n")
    rows = store.asked((1, 1), (2, 1), (3, 1)).assign(customer_id=["007", "NA", "7"])
    assert store.values(store.get(rows)["amount"]) == [7.0, 8.0, None]


def test_lines_of_a_csv_file_that_begin_with_a_sign_are_rows_not_comments(store: Any) -> None:
    store.edit(SOURCE, "customer_id: int64", "customer_id: string")
    store.edit("features/entities/customer.yaml", "int64", "string")
    csv(store, "customer_id,note,paid_at,amount\na,#x,2024-05-01,1\n#b,#,2024-05-01,2\n#c,,2024-05-01,3\n")
    rows = store.asked((1, 1), (2, 1), (3, 1)).assign(customer_id=["#c", "#b", "a"])
    assert store.values(store.get(rows)["amount"]) == [3.0, 2.0, 1.0]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1.5,2024-05-01,1", "'1.5' in the column 'customer_id' is no int64"),
        ("1,yesterday,1", "'yesterday' in the column 'paid_at' is no timestamp"),
        ("1,2024-05-01,much", "'much' in the column 'amount' is no float64"),
    ],
)
def test_a_value_of_a_csv_file_that_is_not_of_the_declared_type_is_named(store: Any, row: str, said: str) -> None:
    csv(store, f"customer_id,paid_at,amount\n1,2024-05-01,1\n{row}\n")
    assert refused(store) == f"data/tx.csv: {said}; mend it"


def test_a_csv_file_without_a_declared_column_is_refused(store: Any) -> None:
    csv(store, "customer_id,paid_at\n1,2024-05-01\n")
    assert "data/tx.csv: there is no column 'amount'" in refused(store)


def test_a_link_that_leaves_the_repository_is_refused(store: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere: Path = tmp_path_factory.mktemp("elsewhere")
    store.payments((1, 0, 5.0))
    (store.root / "data/tx.parquet").rename(elsewhere / "tx.parquet")
    (store.root / "data/tx.parquet").symlink_to(elsewhere / "tx.parquet")
    assert refused(store) == (
        "data/tx.parquet: a link that leaves the repository; put the data itself here and `dvc add` it"
    )


def test_all_csv_files_of_a_folder_are_one_table_whatever_the_order_of_their_columns(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/tx")
    (store.root / "data/tx").mkdir(parents=True)
    (store.root / "data/tx/a.csv").write_text("customer_id,paid_at,amount\n1,2024-05-01,5\n")
    (store.root / "data/tx/b.CSV").write_text("note,amount,paid_at,customer_id\nx,6,2024-05-01,2\n")
    assert store.amounts((1, 1), (2, 1)) == [5.0, 6.0]


def test_a_wrong_value_in_a_folder_of_csv_files_is_named_with_its_file(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/tx")
    (store.root / "data/tx").mkdir(parents=True)
    (store.root / "data/tx/a.csv").write_text("customer_id,paid_at,amount\n1,2024-05-01,5\n")
    (store.root / "data/tx/b.csv").write_text("customer_id,paid_at,amount\n1,2024-05-01,much\n")
    assert refused(store) == "data/tx/b.csv: 'much' in the column 'amount' is no float64; mend it"


def test_a_pattern_names_files_of_folders(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/*/2024-*.parquet")
    store.payments((1, 0, 5.0), path="data/north/2024-01.parquet")
    store.payments((2, 0, 6.0), path="data/south/2024-02.parquet")
    store.payments((3, 0, 7.0), path="data/south/2023-12.parquet")
    assert store.amounts((1, 1), (2, 1), (3, 1)) == [5.0, 6.0, None]


def test_a_pattern_that_no_file_has_is_refused(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/*.parquet")
    assert refused(store) == "data/*.parquet: no such table; run `dvc pull`, or the pipeline that writes it"


def test_a_folder_with_both_kinds_of_file_is_refused(store: Any) -> None:
    store.edit(SOURCE, "data/tx.parquet", "data/tx")
    store.payments((1, 0, 5.0), path="data/tx/a.parquet")
    (store.root / "data/tx/b.csv").write_text("customer_id,paid_at,amount\n")
    assert refused(store) == "data/tx: both CSV and other files; name one kind, e.g. `data/tx/*.parquet`"


def test_a_link_out_of_the_repository_is_refused_in_a_pattern_too(
    store: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere: Path = tmp_path_factory.mktemp("elsewhere")
    store.edit(SOURCE, "data/tx.parquet", "data/*.parquet")
    store.payments((1, 0, 5.0))
    (store.root / "data/tx.parquet").rename(elsewhere / "tx.parquet")
    (store.root / "data/tx.parquet").symlink_to(elsewhere / "tx.parquet")
    assert "a link that leaves the repository" in refused(store)


@pytest.mark.parametrize("again", ["amount", "Amount"])
def test_a_csv_file_with_a_column_twice_is_refused_with_file_and_column(store: Any, again: str) -> None:
    csv(store, f"customer_id,paid_at,amount,{again}\n1,2024-05-01,1,2\n")
    said = f"data/tx.csv: the column '{again}' is there twice (case does not count); keep one, or rename it"
    assert refused(store) == said
