"""Points of plots as DVC tells them."""

import pytest

from gitmlops.adapters.dvc.internal.differences import _plot

POINTS = [{"actual": 0, "predicted": 1}]


@pytest.mark.parametrize(
    ("template", "drawn"), [("confusion", ""), ("confusion_normalized", ""), ("simple", "predicted")]
)
def test_no_line_goes_through_the_rows_of_a_confusion_matrix(template: str, drawn: str) -> None:
    props = {"x": "actual", "y": "predicted", "template": template}
    found = _plot("c.json", None, {"props": props, "data": POINTS})
    assert (found.y, found.after) == (drawn, tuple(POINTS))
