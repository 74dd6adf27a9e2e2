"""What it takes to run a model, against what a policy allows."""

from tests.gate_lab import rows
from tests.unit.gate.candidates import candidate, outcome, results
from tests.unit.gate.families.trying import tried


def test_a_model_file_of_exactly_the_allowed_size_passes() -> None:
    about = candidate(artifact=b"x" * 1_500_000)
    said = outcome("metric: model_megabytes, op: '<=', threshold: 1.5", about)
    assert said == ("passed", "model_megabytes is 1.5 (models/toy.skops has 1,500,000 bytes), policy asks <= 1.5")
    assert outcome("metric: model_megabytes, op: '<', threshold: '3/2'", about)[0] == "failed"


def test_one_byte_too_many_fails_and_does_not_look_like_the_limit() -> None:
    said = outcome("metric: model_megabytes, op: '<=', threshold: 1.5", candidate(artifact=b"x" * 1_500_001))
    assert said[0] == "failed"
    assert "model_megabytes is 1.500001 " in said[1]


def test_a_number_of_the_model_is_of_no_rows() -> None:
    (judged,) = results("metric: model_megabytes, op: '<=', threshold: 1", candidate())
    assert (judged.result.n, judged.result.interval) == (0, None)


def test_the_time_of_one_row_is_told_but_not_kept() -> None:
    (judged,) = results("metric: latency_ms, op: '<=', threshold: 10000", tried())
    assert (judged.result.outcome, judged.result.value) == ("passed", "")
    assert "(median of 100 rows scored one by one, 95 % within " in judged.reason
    assert outcome("metric: latency_ms, op: '<=', threshold: 0.000000001", tried())[0] == "failed"


def test_few_rows_are_scored_again_and_again() -> None:
    assert outcome("metric: latency_ms, op: '<=', threshold: 10000", tried(table=rows().head(3)))[0] == "passed"
