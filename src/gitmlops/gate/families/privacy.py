"""privacy: what the feature set knows of people, by the classification of its features.

Both sides count: a branch that calls a personal feature public, or a protected attribute unprotected, is judged by
what the base calls it.
"""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from gitmlops.definitions import Definitions, Placed
from gitmlops.errors import InputError
from gitmlops.features.versions.ancestry import columns_read
from gitmlops.features.wiring import upstream
from gitmlops.features.wiring.selection import Choice, Computed, stored
from gitmlops.gate.families.candidate import Candidate, Measure, Measured, Rows
from gitmlops.specs.feature import Feature, FeatureView, OnDemand
from gitmlops.specs.model import Model

Classified = Feature | OnDemand


def _counted(counts: Callable[[Classified], bool]) -> Measure:
    def of_candidate(candidate: Candidate, _: Rows) -> Measured:
        found = [
            chosen.pin
            for chosen in candidate.chosen
            if any(counts(known) for side in _sides(candidate) for known in _classified(side, chosen))
        ]
        return _listed(found)

    return of_candidate


def _restricted(candidate: Candidate, _: Rows) -> Measured:
    """Features that are restricted or protected, and those that are computed from what is."""
    found = []
    for chosen in candidate.chosen:
        names = {name for side in _sides(candidate) for name in _forbidden(side, candidate, chosen)}
        if read := sorted(columns_read(candidate.head.definitions, chosen) & names):
            found.append(chosen.pin if read == [chosen.column.lower()] else f"{chosen.pin} from {', '.join(read)}")
    return _listed(found)


def _sides(candidate: Candidate) -> tuple[Definitions, Definitions]:
    return candidate.base.definitions, candidate.head.definitions


def _classified(side: Definitions, chosen: Choice) -> Iterator[Classified]:
    """What a side says of a feature, if it has it; of an on-demand feature what it says of the inputs, too."""
    if isinstance(chosen, Computed):
        yield from (placed.spec for name, placed in side.all(OnDemand).items() if name == chosen.pin)
        for one in chosen.inputs:
            yield from _classified(side, one)
        return
    view = side.all(FeatureView).get(chosen.view.spec.id)
    yield from (one for one in (view.spec.features if view else ()) if one.name == chosen.feature.name)


def _forbidden(side: Definitions, candidate: Candidate, chosen: Choice) -> Iterator[str]:
    """In lower case, the columns that a feature must not be made of, as a side sees it.

    The model's protected attributes by their names wherever they come from; what is restricted in a view of the same
    source, as another source may have a column of that name that is about something else.
    """
    placed = side.all(Model).get(candidate.model.name)
    yield from (name.lower() for name in (placed.spec.protected if placed else ()))
    if isinstance(chosen, Computed) and any(one.classification == "restricted" for one in _classified(side, chosen)):
        yield chosen.column.lower()
    sources = {_source(candidate.head.definitions, one.view) for one in stored([chosen])}
    for view in side.all(FeatureView).values():
        restricted = [one.name.lower() for one in view.spec.features if one.classification == "restricted"]
        if restricted and _source(side, view) in sources:
            yield from restricted


def _source(side: Definitions, view: Placed[FeatureView]) -> str:
    """The name of the source at the end of a view's line; empty if the line is broken, as it may be on the base."""
    try:
        return upstream.source_of(side, view).spec.name
    except InputError:
        return ""


def _listed(found: list[str]) -> Measured:
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return Measured(Fraction(len(found)), ", ".join(found[:5]) + more)


MEASURES: Mapping[str, Measure] = {
    "personal_features": _counted(lambda feature: feature.is_personal),
    "pii_features": _counted(lambda feature: feature.pii),
    "restricted_features": _restricted,
}
