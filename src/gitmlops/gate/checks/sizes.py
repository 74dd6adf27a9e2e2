"""Whether there are rows enough: what a policy asks, and what a method was shown to need."""

from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.rules.policies import Rule
from gitmlops.statistics.auc import SMALLEST_CLASS

_OF_A_GROUP = 100


def least_rows(rule: Rule) -> int:
    """The rows that a check asks of all together, or of each group where it has a slice."""
    if rule.check.min_n is not None:
        return rule.check.min_n
    return _OF_A_GROUP if rule.check.slice else 0


def shortage(rule: Rule, sample: Sample, at: str = "") -> str:
    """What there is too little of; empty if there is enough. at: ` at sex=F`, as sentences say where."""
    return shortage_of(rule, len(sample.labels), sample.positives, at)


def shortage_of(rule: Rule, rows: int, positives: int, at: str) -> str:
    """The same of rows that are counted already."""
    asked = (
        (rows, least_rows(rule), "n is {}"),
        (positives, rule.check.min_positives, "positives are {}"),
        (rows - positives, rule.check.min_negatives, "negatives are {}"),
    )
    if short := next(
        (f"{words.format(found)}{at}, {least} are asked" for found, least, words in asked if found < least), ""
    ):
        return short
    if rule.check.metric == "roc_auc" and min(positives, rows - positives) < SMALLEST_CLASS:
        return f"{positives} positives and {rows - positives} negatives{at}, {SMALLEST_CLASS} of each are asked"
    return ""
