"""The model card's facts as Markdown."""

from collections.abc import Iterable, Iterator

from gitmlops.records.card import Card, CardMetric


def markdown(card: Card) -> str:
    """The card as Markdown for people, with one newline at the end."""
    overall = [metric for metric in card.metrics if not metric.slice]
    sliced = [metric for metric in card.metrics if metric.slice]
    lines = [
        f"# {_text(card.model)}",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {_text(value)} |" for name, value in _facts(card)),
        "",
        "## How it does",
        "",
        f"On {card.evaluation_rows:,} rows that it did not learn from; intervals hold 95 %.",
        "",
        *_table(("metric", "value", "interval", "rows"), (_row(metric) for metric in overall)),
        *_slices(sliced),
        "",
        "## What it reads",
        "",
        *(f"- {_text(feature)}" for feature in card.features),
    ]
    return "\n".join(lines) + "\n"


def _facts(card: Card) -> Iterator[tuple[str, str]]:
    yield "Intended use", card.intended_use
    yield "Not intended for", card.not_intended_for
    yield "Owner", card.owner
    yield "Risk tier", card.risk_tier
    yield "Estimator", card.estimator
    yield "Learned from", f"{card.training_rows:,} rows, {card.trained_from} to {card.trained_until}"


def _slices(metrics: Iterable[CardMetric]) -> Iterator[str]:
    rows = [(_text(metric.slice), *_row(metric)) for metric in metrics]
    if rows:
        yield from ("", "## How it does by slice", "")
        yield from _table(("slice", "metric", "value", "interval", "rows"), rows)


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _row(metric: CardMetric) -> tuple[str, ...]:
    return metric.name, f"{metric.value:.4f}", _between(metric), f"{metric.n:,}"


def _between(metric: CardMetric) -> str:
    """Empty where there is no interval."""
    if metric.lower is None or metric.upper is None:
        return ""
    return f"{metric.lower:.4f} to {metric.upper:.4f}"


def _text(value: str) -> str:
    """Plain words: a value from the data must not become a heading, a link or a table's end."""
    escaped = "".join(f"\\{character}" if character in "\\`*_[]<>|#!" else character for character in value)
    return " ".join(escaped.split())
