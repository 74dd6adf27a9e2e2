"""What DuckDB itself calls volatile is known here, so that a new version's functions are not missed."""

from gitmlops.adapters.engines.duckdb import opened
from gitmlops.features.wiring.reproducible import CLOCKS, DICE, MACHINE


def test_every_function_that_duckdb_calls_volatile_is_refused() -> None:
    with opened() as engine:
        # What is steady within a query alone is so because of the session's time zone, which our engine sets: DuckDB 2
        # says that of the forms of `+` or `year` for times with a zone. A function of which no form is steady is none.
        volatile = """SELECT function_name FROM duckdb_functions() WHERE stability IS NOT NULL GROUP BY function_name
            HAVING bool_or(stability = 'VOLATILE') OR bool_and(stability <> 'CONSISTENT')"""
        named = {str(name) for name in engine.table(volatile)["function_name"].to_pylist()}
        assert named >= {"now", "random"}
        macros = """SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'macro'
            AND regexp_matches(macro_definition, '\\b(current_timestamp|now|random|today|uuid)\\b')"""
        named |= {str(name) for name in engine.table(macros)["function_name"].to_pylist()}
    assert named - (CLOCKS | DICE | MACHINE) == set()
