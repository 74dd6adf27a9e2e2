"""Definitions of another repository under the names that they have here: `central/customer_spend@v2`.

A component is taken alone, at a commit of its own: it lies in `imports/_COMMIT/components/NAME`.
"""

from typing import TypeVar

from msgspec.structs import replace

from gitmlops.specs.base import Spec
from gitmlops.specs.component import Component
from gitmlops.specs.feature import Entity, FeatureView, OnDemand, Source, Transform

FOLDER = "imports"
COMPONENTS = "components"
S = TypeVar("S", bound=Spec)


def prefixed(spec: S, name: str) -> S:
    """The definition as this repository calls it; what it refers to lies in the same import.

    name: the import's. The SQL stays as it was written: it names a source by its name in its own repository.
    """
    if isinstance(spec, Entity):
        return replace(spec, name=f"{name}/{spec.name}")
    if isinstance(spec, Component):
        return replace(spec, name=f"{name}/{spec.name}")
    if isinstance(spec, Source):
        return replace(spec, name=f"{name}/{spec.name}", path=f"{FOLDER}/{name}/{spec.path}")
    if isinstance(spec, FeatureView):
        return replace(
            spec,
            name=f"{name}/{spec.name}",
            entities=[f"{name}/{entity}" for entity in spec.entities],
            source=f"{name}/{spec.source}",
            replaced_by=spec.replaced_by and f"{name}/{spec.replaced_by}",
            transform=spec.transform and _transform(spec.transform, name),
        )
    if isinstance(spec, OnDemand):
        return replace(
            spec,
            name=f"{name}/{spec.name}",
            inputs=[f"{name}/{pin}" for pin in spec.inputs],
            replaced_by=spec.replaced_by and f"{name}/{spec.replaced_by}",
        )
    return spec


def import_of(name: str) -> str:
    """The import that a definition's name belongs to; empty for one of this repository."""
    return name.partition("/")[0] if "/" in name else ""


def _transform(transform: Transform, name: str) -> Transform:
    if transform.python is None:
        return transform
    return replace(transform, python=f"{FOLDER}.{name}.{transform.python}")
