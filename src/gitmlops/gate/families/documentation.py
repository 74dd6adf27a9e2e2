"""documentation: whether the model card beside the model file is complete, and says what the gate finds itself."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy
from numpy.typing import NDArray

from gitmlops.gate.evidence.samples import Sample
from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.registry.files import written_card
from gitmlops.registry.files.contents import companion
from gitmlops.registry.files.written_card import DeclaredValue, WrittenCard
from gitmlops.statistics.classification import Unmeasurable

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
_ROUNDING = Fraction(1, 10**12)
_SHOWN = 3
_LONGEST = 120


def _gaps(candidate: Candidate, _: Rows) -> Measured:
    try:
        written = _card(candidate)
    except Unmeasurable as error:
        return Measured(Fraction(1), error.what)
    return _listed(tuple(_missing(candidate, written)))


def _missing(candidate: Candidate, written: WrittenCard) -> Iterator[str]:
    yield from written_card.missing(candidate.model, written)
    if different := sorted({*candidate.features} ^ {*written.features}):
        yield f"what it reads ({', '.join(different[:_SHOWN])})"


def _untrue(candidate: Candidate, _: Rows) -> Measured:
    written = _card(candidate)
    if not written.values:
        raise Unmeasurable("the card tells no metric")
    return _listed(tuple(f"{one.named}: {why}" for one in written.values if (why := _why_not(candidate, one))))


def _card(candidate: Candidate) -> WrittenCard:
    path = companion(candidate.model.artifact, ".card.md")
    try:
        return written_card.read(candidate.content(path).decode())
    except UnicodeDecodeError as error:
        raise Unmeasurable(f"{path} is not UTF-8") from error


def _why_not(candidate: Candidate, declared: DeclaredValue) -> str:
    """Why a declared value is not what the gate finds; empty if it is, in every digit that is written."""
    if not _NUMBER.fullmatch(declared.value):
        return f"{declared.value!r} is no number"
    part = _part(candidate.sample, declared.slice)
    if part is None or not len(part.labels):
        return "there are no such rows"
    if declared.rows and declared.rows.replace(",", "") != str(len(part.labels)):
        return f"of {declared.rows} rows, the gate finds {len(part.labels):,}"
    try:
        found = candidate.value(declared.metric, part)
    except Unmeasurable as error:
        return error.what
    digits = len(declared.value.partition(".")[2])
    if abs(found - Fraction(declared.value)) <= Fraction(1, 2 * 10**digits) + _ROUNDING:
        return ""
    return f"{declared.value}, the gate finds {float(found):.{digits}f}"


def _part(sample: Sample, slice_: str) -> Sample | None:
    if not slice_:
        return sample
    column, _, value = slice_.partition("=")
    if column not in sample.groups:
        return None
    # Written as Markdown writes it: white space in a value of the data is one blank.
    chosen: NDArray[numpy.bool_] = numpy.array([" ".join(str(one).split()) == value for one in sample.groups[column]])
    return sample.where(chosen)


def _listed(found: tuple[str, ...]) -> Measured:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return Measured(Fraction(len(found)), "; ".join(map(_short, found[:_SHOWN])) + more)


def _short(text: str) -> str:
    """Whoever writes the card also writes what is told of it."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


MEASURES: Mapping[str, Measure] = {"card_gaps": _gaps, "untrue_card_values": _untrue}
