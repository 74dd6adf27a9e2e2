"""The contract of the join on Spark: the cases that say on DuckDB what it is, and what clocks of many zones show."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow
import pytest
from tests.unit.features import test_feature_sources as source
from tests.unit.features import test_known_at as known
from tests.unit.features import test_point_in_time as join

from gitmlops.adapters.engines import duckdb
from gitmlops.adapters.engines import spark as on_spark

CONTRACT: dict[str, tuple[Callable[[Any], None], ...]] = {
    "the entity row's own time": (
        join.test_a_row_at_exactly_the_entity_rows_time_counts,
        join.test_a_row_one_microsecond_later_does_not_count,
    ),
    "ttl": (
        join.test_a_value_exactly_as_old_as_the_ttl_counts_and_a_second_later_it_does_not,
        join.test_an_expired_newest_value_is_not_replaced_by_an_older_one,
        join.test_without_a_ttl_a_value_is_known_for_ever,
        join.test_one_set_may_hold_several_views_with_a_ttl_each,
    ),
    "every row stays": (
        join.test_rows_without_an_answer_stay_and_all_rows_keep_their_order,
        join.test_repeated_entity_rows_are_all_answered,
        join.test_no_entity_rows_give_no_rows_with_all_columns,
        join.test_an_empty_source_answers_null,
    ),
    "ties": (
        known.test_of_rows_of_one_time_the_last_created_answers,
        known.test_a_newer_event_beats_a_later_ingestion,
        known.test_which_of_two_alike_rows_answers_does_not_depend_on_what_is_asked,
    ),
    "nulls": (
        join.test_a_newer_row_with_a_null_answers_null,
        join.test_a_null_key_never_matches_a_null_key,
        join.test_source_rows_without_a_time_are_never_known,
        join.test_a_float_that_is_not_a_number_is_a_null,
    ),
    "late rows": (
        known.test_known_at_created_a_row_is_not_seen_before_it_was_ingested,
        known.test_known_at_created_a_row_without_an_ingestion_time_is_never_seen,
        known.test_known_at_created_a_value_ages_from_its_event_on,
        known.test_known_at_created_windows_leave_out_what_was_not_ingested_yet,
    ),
    "times": (
        join.test_what_is_finer_than_a_microsecond_is_cut_off_never_rounded_into_the_future,
        join.test_times_without_a_zone_are_utc_on_either_side,
        join.test_files_of_one_source_may_differ_in_unit_zone_and_width,
        known.test_times_without_a_zone_are_those_of_the_sources_zone,
        partial(known.test_times_without_a_zone_are_those_of_the_sources_zone_however_they_are_written, unit="us"),
        partial(known.test_times_without_a_zone_are_those_of_the_sources_zone_however_they_are_written, unit="int96"),
        known.test_times_with_a_zone_are_left_alone_by_the_sources_zone,
        known.test_of_a_csv_file_only_times_without_a_zone_are_those_of_the_sources_zone,
    ),
    "keys": (
        join.test_a_view_may_have_several_keys,
        join.test_a_view_of_no_entity_answers_every_row_alike,
        known.test_a_transform_may_rename_the_key,
        known.test_columns_of_the_rows_may_have_the_names_that_the_join_uses_inside,
    ),
    "windows": (
        join.test_a_window_begins_one_microsecond_after_its_length,
        join.test_an_empty_window_counts_zero_and_has_no_sum_mean_least_or_greatest,
        join.test_all_events_of_one_moment_are_in_the_window_and_null_keys_are_not,
        known.test_a_sum_of_infinities_of_both_signs_is_a_null,
        known.test_the_last_value_of_a_window_is_the_newest_rows_even_if_null,
    ),
    "types": (
        join.test_whole_numbers_that_a_float_would_change_stay_whole_beside_a_missing_one,
        join.test_text_booleans_and_times_are_features_too,
        join.test_the_mean_of_a_boolean_is_its_share_and_its_sum_a_number,
    ),
    "data that do not fit": (
        source.test_a_column_of_another_type_is_named_with_file_and_type,
        source.test_a_file_that_is_no_parquet_is_refused,
    ),
}


@pytest.mark.parametrize("point", CONTRACT)
def test_the_contract_of_the_join_holds_on_spark(store: Any, spark: Any, point: str, tmp_path: Path) -> None:
    files = dict(store.files)
    for i, case in enumerate(CONTRACT[point]):
        store.root, store.files, store.engine = tmp_path / str(i), dict(files), "spark"
        store.root.mkdir()
        case(store)


CLOCKS = {
    "America/New_York": (datetime(2024, 3, 10, 2), datetime(2024, 11, 3, 1)),
    "Europe/Paris": (datetime(2024, 3, 31, 2), datetime(2024, 10, 27, 2), datetime(1976, 9, 26, 0)),
    "Europe/Dublin": (datetime(2024, 3, 31, 1), datetime(2024, 10, 27, 1)),
    "Australia/Lord_Howe": (datetime(2024, 4, 7, 1, 30), datetime(2024, 10, 6, 2)),  # by half an hour
    "Antarctica/Troll": (datetime(2024, 3, 31, 1), datetime(2024, 10, 27, 1)),  # by two hours
    "Africa/Casablanca": (datetime(2024, 3, 10, 2), datetime(2024, 4, 14, 2)),  # back for a month
    "Pacific/Apia": (datetime(2011, 12, 30, 0), datetime(2011, 4, 2, 3)),  # without a day
    "Asia/Kolkata": (datetime(2024, 1, 1),),
}
AROUND = [timedelta(minutes=minutes) for minutes in range(-150, 151, 15)]
SECOND = timedelta(seconds=1)


def test_what_a_clock_shows_twice_is_the_later_moment_and_what_it_skips_is_as_if_nobody_had_set_it(spark: Any) -> None:
    shown = [
        (zone, change + step + tick)
        for zone, changes in CLOCKS.items()
        for change in changes
        for step in AROUND
        for tick in (-SECOND, 0 * SECOND)
    ]
    zones, times = zip(*shown, strict=True)
    table = pyarrow.table({"zone": zones, "shown": pyarrow.array(times, pyarrow.timestamp("us"))})
    found = {}
    for engine in (duckdb, on_spark):
        with engine.opened() as opened:
            opened.register("clocks", table)
            found[engine] = opened.table("SELECT epoch_us(timezone(zone, shown)) AS at FROM clocks")["at"].to_pylist()
    expected = [max(moment(zone, time, fold) for fold in (0, 1)) for zone, time in shown]
    assert found[duckdb] == expected
    assert found[on_spark] == expected


def moment(zone: str, shown: datetime, fold: int) -> int:
    """Microseconds since 1970, with the offset before (0) or after (1) a change of the clock."""
    at = shown.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
