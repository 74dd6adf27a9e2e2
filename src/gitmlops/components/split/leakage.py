"""Whether one side of a split knows of the other, or a feature of the label."""

from collections.abc import Iterator, Sequence

import pandas

from gitmlops.errors import Refusal

_FEWEST_ROWS = 20
"""With fewer rows, a column may give the label away by chance."""


def require_none(
    train: pandas.DataFrame, evaluation: pandas.DataFrame, *, features: Sequence[str], label: str, most_alike: float
) -> None:
    """Raises Refusal if more than a share of the evaluation rows has a twin in training, or a feature is the label.

    A twin is alike in every feature and in the label. train, evaluation: rows with the features and the label.
    """
    wrong = [*_given_away(train, features, label), *_twins(train, evaluation, [*features, label], most_alike)]
    if wrong:
        raise Refusal("; ".join(wrong), where="split", mend="take out what leaks, or raise most_alike")


def _given_away(train: pandas.DataFrame, features: Sequence[str], label: str) -> Iterator[str]:
    if len(train) < _FEWEST_ROWS or train[label].nunique() < 2:
        return
    for name in features:
        # One label for each value, and few values: a column of ids or times has one for each row, too.
        values = train.groupby(name, dropna=False, observed=True)[label].nunique()
        if (values == 1).all() and len(values) <= max(2, train[label].nunique()):
            yield f"the feature {name!r} gives the label away: each of its {len(values)} values has one label"


def _twins(
    train: pandas.DataFrame, evaluation: pandas.DataFrame, columns: Sequence[str], most_alike: float
) -> Iterator[str]:
    known = pandas.util.hash_pandas_object(train[list(columns)], index=False)
    seen = pandas.util.hash_pandas_object(evaluation[list(columns)], index=False).isin(known)
    if seen.mean() > most_alike:
        share = f"{int(seen.sum())} of {len(seen)} evaluation rows"
        yield f"{share} are alike in all features and label with one in training, more than the share {most_alike:g}"
