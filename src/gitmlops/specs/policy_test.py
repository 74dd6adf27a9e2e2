"""policies/tests/<policy>.yaml: what the checks of a policy must come to, case by case."""

from typing import Annotated, Literal

from msgspec import Meta

from gitmlops.specs.base import Spec
from gitmlops.specs.fields import Count, Name, Share, Text, Threshold

Expected = Literal["passed", "failed", "insufficient_evidence", "not_applicable"]
Area = Annotated[float, Meta(ge=0.5, le=0.9999, description="write an area under the ROC curve, 0.5 to 0.9999")]
Shift = Annotated[float, Meta(ge=-1, le=1, description="write how much too high every score is, e.g. 0.1")]


class Scored(Spec, frozen=True, kw_only=True):
    """How a model scores the rows of a group, in one of four ways; said in none of them, every score is 0.

    selected: that many rows get the decision 1 (a score of 0.75, the others 0.25), of them `true_positives` have the
    label 1, as many as can have it if that is not said. score: every row has it. roc_auc: calibrated scores that rank
    with about this area; `shift` is added to each, and a `seed` orders the rows of each label by chance, so that two
    models with different seeds err on different rows. positive_scores, negative_scores: the scores themselves, of the
    rows with the label 1 and of those with 0.
    """

    selected: Count | None = None
    true_positives: Count | None = None
    score: Share | None = None
    roc_auc: Area | None = None
    shift: Shift = 0.0
    seed: Count = 0
    positive_scores: list[Share] = []
    negative_scores: list[Share] = []


class Group(Scored, frozen=True, kw_only=True):
    """Rows of one group: where they are in the slices (column: value), how many, how many with the label 1.

    production, anchor: how released versions score the same rows; facts: what is measured of this group beside scores.
    """

    slice: dict[Name, Text] = {}
    rows: Count = 0
    positives: Count = 0
    production: Scored | None = None
    anchor: Scored | None = None
    facts: dict[Text, Threshold] = {}


class Case(Spec, frozen=True, kw_only=True):
    """One situation, and what each check that it is about must come to: check id -> outcome.

    groups: the evaluation rows; facts: what is measured of the model beside its scores, by metric, e.g.
    `pii_features: 2`; missing: nothing was measured: no score, no group, no fact.
    """

    name: Text
    groups: list[Group] = []
    facts: dict[Text, Threshold] = {}
    missing: bool = False
    expect: dict[Name, Expected]


class PolicyTest(Spec, frozen=True, kw_only=True):
    """The cases of one policy; `gitmlops policy test` judges them by the checks as the gate does."""

    kind: Literal["policy_test"]
    policy: Name
    cases: list[Case]

    @property
    def name(self) -> str:
        """What tells test files apart: there is one for a policy."""
        return self.policy
