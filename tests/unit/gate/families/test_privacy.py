"""What a model knows of people is counted by the classification of its features, on both sides of a branch."""

from collections.abc import Callable

import pytest
from tests.gate_lab import DEFINITIONS, TOY
from tests.unit.gate.candidates import candidate, outcome, side

from gitmlops.gate.sides.base_and_head import Side

VIEW = str(DEFINITIONS["features/views/rows.yaml"])
PERSONAL = "metric: personal_features, op: '<=', threshold: 0"
PII = "metric: pii_features, op: '<=', threshold: 0"
RESTRICTED = "metric: restricted_features, op: '<=', threshold: 0"


def viewed(change: Callable[[str], str], **files: str) -> Side:
    return side(features__views__rows=change(VIEW), **files)


def classified(as_what: str) -> Side:
    return viewed(lambda text: text.replace("description: One", f"description: One, {as_what}"))


def test_features_that_tell_nothing_of_people_pass() -> None:
    for fields in (PERSONAL, PII, RESTRICTED):
        assert outcome(fields, candidate())[0] == "passed"


@pytest.mark.parametrize(
    ("as_what", "fails"),
    [
        ("classification: public", ()),
        ("classification: internal", ()),
        ("classification: personal", (PERSONAL,)),
        ("pii: true", (PERSONAL, PII)),
        ("classification: restricted", (PERSONAL, RESTRICTED)),
    ],
)
def test_each_classification_counts_where_it_should(as_what: str, fails: tuple[str, ...]) -> None:
    about = candidate(head=classified(as_what))
    failed = tuple(fields for fields in (PERSONAL, PII, RESTRICTED) if outcome(fields, about)[0] == "failed")
    assert failed == fails


def test_the_sentence_names_the_features() -> None:
    said = outcome(PERSONAL, candidate(head=classified("pii: true")))
    assert said == ("failed", "personal_features is 1 (rows@v1:a), policy asks <= 0")


@pytest.mark.parametrize(("as_what", "fields"), [("pii: true", PII), ("classification: restricted", RESTRICTED)])
def test_a_branch_that_calls_a_feature_harmless_is_judged_by_what_the_base_calls_it(as_what: str, fields: str) -> None:
    assert outcome(fields, candidate(base=classified(as_what), head=side()))[0] == "failed"


def protecting(names: str, **files: str) -> Side:
    return side(models__toy=f"{TOY}protected: [{names}]\n", **files)


def test_a_protected_attribute_in_the_feature_set_is_told_whatever_its_case() -> None:
    said = outcome(RESTRICTED, candidate(head=protecting("A, sex")))
    assert said == ("failed", "restricted_features is 1 (rows@v1:a), policy asks <= 0")
    assert outcome(RESTRICTED, candidate(head=protecting("sex")))[0] == "passed"


def test_a_branch_cannot_take_the_protection_off_an_attribute() -> None:
    assert outcome(RESTRICTED, candidate(base=protecting("a"), head=side()))[0] == "failed"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT row_id, at, sex * 2 AS a, b FROM rows", "rows@v1:a from sex"),
        ('SELECT row_id, at, CASE WHEN "Sex" = 1 THEN 0 END AS a, b FROM rows', "rows@v1:a from sex"),
        ("SELECT row_id, at, a, b FROM rows WHERE sex = 1", "rows@v1:a from sex, rows@v1:b from sex"),
        ("SELECT row_id, at, a, b, sex FROM rows", ""),
    ],
)
def test_what_is_computed_from_a_protected_attribute_counts_too(sql: str, said: str) -> None:
    view = VIEW.replace("features:\n", f"transform:\n  sql: |\n    {sql}\nfeatures:\n")
    head = protecting("sex", features__views__rows=view)
    found = outcome(RESTRICTED, candidate(head=head))
    assert (found[0] == "failed") == bool(said)
    assert said in found[1]


def test_a_python_transform_may_have_read_every_column_that_there_is() -> None:
    source = str(DEFINITIONS["features/sources/rows.yaml"]).replace("a: float64", "a: float64, sex: int64")
    view = VIEW.replace("features:\n", "transform: {python: 'code:made'}\nfeatures:\n")
    head = protecting("sex", features__views__rows=view, features__sources__rows=source)
    said = outcome(RESTRICTED, candidate(head=head))
    assert "restricted_features is 2 (rows@v1:a from sex, rows@v1:b from sex)" in said[1]


def test_an_aggregation_rests_on_its_column() -> None:
    view = VIEW.replace("- {name: a,", "- {name: mean_sex,").replace(
        "features:\n", "aggregations: [{name: mean_sex, fn: mean, window: 7d, column: sex}]\nfeatures:\n"
    )
    chosen = str(DEFINITIONS["features/sets/toy.yaml"]).replace("rows@v1:a", "rows@v1:mean_sex")
    source = str(DEFINITIONS["features/sources/rows.yaml"]).replace("a: float64", "a: float64, sex: int64")
    head = protecting("sex", features__views__rows=view, features__sets__toy=chosen, features__sources__rows=source)
    assert "(rows@v1:mean_sex from sex)" in outcome(RESTRICTED, candidate(head=head))[1]


def test_an_on_demand_feature_is_what_its_inputs_and_the_fields_of_its_request_are() -> None:
    on_demand = (
        "kind: on_demand\nname: twice\nowner: us\ndescription: Twice\ninputs: ['rows@v1:a']\nrequest: {sex: int64}\n"
        "sql: a * sex\ndtype: float64\n"
    )
    chosen = str(DEFINITIONS["features/sets/toy.yaml"]).replace("'rows@v1:a', ", "'twice@v1', ")
    files = {"features__on_demand__twice": on_demand, "features__sets__toy": chosen}
    assert "(twice@v1 from sex)" in outcome(RESTRICTED, candidate(head=protecting("sex", **files)))[1]
    personal = VIEW.replace("description: One", "description: One, classification: personal")
    assert "(twice@v1)" in outcome(PERSONAL, candidate(head=side(**files, features__views__rows=personal)))[1]


def test_many_features_are_told_in_one_line() -> None:
    names = [f"f{number}" for number in range(8)]
    view = (
        VIEW.partition("features:\n")[0]
        + "features:\n"
        + "".join(f"- {{name: {name}, dtype: float64, description: D, pii: true}}\n" for name in names)
    )
    chosen = f"kind: feature_set\nname: toy\nowner: us\ndescription: All\nfeatures: {['rows@v1:' + n for n in names]}\n"
    said = outcome(PII, candidate(head=side(features__views__rows=view, features__sets__toy=chosen)))
    assert "pii_features is 8 (rows@v1:f0, rows@v1:f1, rows@v1:f2, rows@v1:f3, rows@v1:f4 and 3 more)" in said[1]


OTHER = VIEW.replace("name: rows\n", "name: people\n").replace("name: a,", "name: sex, classification: restricted,")
RENAMED = VIEW.replace("features:\n", "transform: {sql: 'SELECT row_id, at, sex AS a, b FROM rows'}\nfeatures:\n")


def test_a_column_that_another_view_of_the_source_restricts_does_not_come_in_under_another_name() -> None:
    about = candidate(head=side(features__views__rows=RENAMED, features__views__people=OTHER))
    assert "restricted_features is 1 (rows@v1:a from sex)" in outcome(RESTRICTED, about)[1]


def test_a_column_of_the_same_name_in_another_source_is_another_column() -> None:
    source = str(DEFINITIONS["features/sources/rows.yaml"]).replace("name: rows\n", "name: people\n")
    other = OTHER.replace("source: rows", "source: people")
    files = {"features__sources__people": source, "features__views__people": other}
    assert outcome(RESTRICTED, candidate(head=side(features__views__rows=RENAMED, **files)))[0] == "passed"


def test_an_on_demand_feature_may_be_restricted_itself() -> None:
    on_demand = (
        "kind: on_demand\nname: twice\nowner: us\ndescription: Twice\ninputs: ['rows@v1:b']\nsql: b * 2\n"
        "dtype: float64\nclassification: restricted\n"
    )
    chosen = str(DEFINITIONS["features/sets/toy.yaml"]).replace("'rows@v1:a', ", "'twice@v1', ")
    about = candidate(head=side(features__on_demand__twice=on_demand, features__sets__toy=chosen))
    assert "restricted_features is 1 (twice@v1)" in outcome(RESTRICTED, about)[1]
