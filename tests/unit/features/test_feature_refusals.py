"""What is told of deployed releases that do not say what they pin."""

import pytest

from gitmlops.features.versions import refusals
from gitmlops.features.versions.changes import Change, Changed
from gitmlops.features.versions.comparison import Comparison
from gitmlops.features.versions.impact import Release


def comparison(change: Change) -> Comparison:
    return Comparison((Changed("spend@v1:amount", change, (), None, None),), (), (), {})


DEPLOYED = Release("churn", "churn@v1.0.0", "0" * 40, ("prod",))
ENDED = Release("churn", "churn@v0.9.0", "0" * 40, ())


@pytest.mark.parametrize("change", [Change.BEHAVIOUR, Change.BREAKING])
def test_a_deployed_release_that_may_pin_what_changes_is_named(change: Change) -> None:
    (finding,) = refusals.unknown(comparison(change), [DEPLOYED, ENDED])
    assert finding.message == (
        "churn@v1.0.0 is in prod, and its commit does not define the model 'churn': "
        "whether it uses a feature that changes here is unknown"
    )


@pytest.mark.parametrize("change", [Change.DOCS, Change.ADDITIVE])
def test_nothing_is_said_of_it_where_no_value_changes(change: Change) -> None:
    assert refusals.unknown(comparison(change), [DEPLOYED]) == ()
