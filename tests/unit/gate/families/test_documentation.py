"""A model card is complete if it says what the definition says, and true if the gate finds its numbers."""

import pytest
from tests.gate_lab import TOY, frame, rows
from tests.unit.gate.candidates import candidate, outcome, side

from gitmlops.components.measures import measure_all
from gitmlops.components.package.markdown import markdown
from gitmlops.gate.families.candidate import Candidate
from gitmlops.records.card import Card

GAPS = "metric: card_gaps, op: '<=', threshold: 0"
UNTRUE = "metric: untrue_card_values, op: '<=', threshold: 0"
PATH = "models/toy.card.md"


def packaged(table: object = None) -> str:
    """The card as the `package` step writes it, of the very rows and scores that are judged."""
    about = candidate()
    known = frame() if table is None else table
    return markdown(
        Card(
            model="toy",
            owner="data-scientists",
            risk_tier="medium",
            intended_use="Tests.",
            not_intended_for="Anything else.",
            features=("a", "b"),
            training_rows=10,
            trained_from="2026-01-01",
            trained_until="2026-01-31",
            evaluation_rows=1200,
            estimator="LogisticRegression",
            metrics=measure_all(known, about.sample.labels, about.sample.scores, about.model),
        )
    )


def carded(text: str) -> Candidate:
    return candidate(head=side({PATH: text}))


def test_a_card_as_package_writes_it_is_complete_and_true() -> None:
    about = carded(packaged())
    assert outcome(GAPS, about) == ("passed", "card_gaps is 0, policy asks <= 0")
    assert outcome(UNTRUE, about) == ("passed", "untrue_card_values is 0, policy asks <= 0")


def test_a_slice_whose_name_markdown_must_escape_is_found() -> None:
    starred = frame().assign(place="*New* York | 5_th\n[x](y)")
    about = candidate(head=side({PATH: packaged(starred)}), table=rows().assign(place=starred["place"]))
    assert outcome(UNTRUE, about)[0] == "passed"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("| Intended use | Tests. |", "| Intended use | Everything. |", "(intended use)"),
        ("| Intended use | Tests. |\n", "", "(intended use)"),
        ("| Owner | data-scientists |", "| Owner | nobody |", "(owner)"),
        ("| Risk tier | medium |", "| Risk tier | low |", "(risk tier)"),
        ("| Learned from | 10 rows, 2026-01-01 to 2026-01-31 |", "| Learned from | |", "(learned from)"),
        ("- b\n", "", "(what it reads (b))"),
        ("- b\n", "- b\n- sex\n", "(what it reads (sex))"),
        ("| slice | metric |", "| part | metric |", "(how it does by place)"),
    ],
)
def test_what_a_card_lacks_or_says_otherwise_is_named(before: str, after: str, said: str) -> None:
    text = packaged()
    assert before in text
    result, reason = outcome(GAPS, carded(text.replace(before, after)))
    assert result == "failed"
    assert said in reason


def test_a_card_without_a_metric_is_incomplete_and_no_evidence_of_truth() -> None:
    about = carded(packaged().partition("## How it does")[0] + "## What it reads\n\n- a\n- b\n")
    assert "(how it does; how it does by place)" in outcome(GAPS, about)[1]
    said = outcome(UNTRUE, about)
    assert said == ("insufficient_evidence", "untrue_card_values is not measured: the card tells no metric")


def declared(metric: str) -> str:
    (line, *_) = (line for line in packaged().splitlines() if line.startswith(f"| {metric} |"))
    return line.split(" | ")[1]


def test_a_value_that_was_edited_is_named_with_the_gates_own() -> None:
    true = declared("roc_auc")
    result, reason = outcome(UNTRUE, carded(packaged().replace(f"| roc_auc | {true} |", "| roc_auc | 0.9999 |", 1)))
    assert result == "failed"
    assert f"untrue_card_values is 1 (roc_auc: 0.9999, the gate finds {true})" in reason


def test_a_value_may_be_rounded_but_only_rightly() -> None:
    true = declared("accuracy")
    for text, expected in ((f"{float(true):.2f}", "passed"), (f"{float(true) + 0.01:.2f}", "failed")):
        changed = packaged().replace(f"| accuracy | {true} |", f"| accuracy | {text} |", 1)
        assert outcome(UNTRUE, carded(changed))[0] == expected


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("| lift | 3.0 | | 1,200 |", "lift: the gate does not measure it on rows"),
        ("| impact_ratio | 1 | | |", "impact_ratio: the gate does not measure it on rows"),
        ("| roc_auc | good | | |", "roc_auc: 'good' is no number"),
        ("| roc_auc | nan | | |", "roc_auc: 'nan' is no number"),
        ("| roc_auc | 1e-3 | | |", "roc_auc: '1e-3' is no number"),
        ("| accuracy | | | |", "accuracy: '' is no number"),
        ("| accuracy | 0.5 | | 7 |", "accuracy: of 7 rows, the gate finds 1,200"),
    ],
)
def test_a_row_that_cannot_be_true_is_told(line: str, said: str) -> None:
    text = f"# Toy\n\n| metric | value | interval | rows |\n|---|---|---|---|\n{line}\n"
    result, reason = outcome(UNTRUE, carded(text))
    assert result == "failed"
    assert said in reason


@pytest.mark.parametrize("slice_", ["place=LGA", "sex=F", "nothing"])
def test_a_slice_that_is_not_there_is_told(slice_: str) -> None:
    text = f"| slice | metric | value |\n|---|---|---|\n| {slice_} | accuracy | 0.5 |\n"
    assert f"(accuracy at {slice_}: there are no such rows)" in outcome(UNTRUE, carded(text))[1]


def test_no_card_is_one_gap_and_nothing_that_could_be_true() -> None:
    assert outcome(GAPS, candidate()) == ("failed", f"card_gaps is 1 (there is no {PATH}), policy asks <= 0")
    assert outcome(UNTRUE, candidate())[0] == "insufficient_evidence"


def test_a_card_written_by_hand_in_a_looser_table_is_read() -> None:
    text = packaged().replace("|---|---|---|---|", "| :--- | ---: | :-: | --- |").replace("| metric |", "|  Metric  |")
    assert outcome(UNTRUE, carded(text))[0] == "passed"


def test_intended_use_over_several_lines_is_the_same_use() -> None:
    definition = TOY.replace("intended_use: Tests.", "intended_use: |\n  Tests\n  and   more.")
    card = packaged().replace("| Tests. |", "| Tests and more. |")
    assert outcome(GAPS, candidate(head=side({PATH: card}, models__toy=definition)))[0] == "passed"


def test_what_a_card_says_is_not_told_at_any_length() -> None:
    text = f"| metric | value |\n|---|---|\n| {'x' * 5000} | {'y' * 5000} |\n"
    assert len(outcome(UNTRUE, carded(text))[1]) < 250
