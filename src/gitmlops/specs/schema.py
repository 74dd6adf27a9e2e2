"""Types -> JSON Schema 2020-12, for editors and for whoever reads what we keep."""

import inspect
from typing import Any

import msgspec

from gitmlops.specs.fields import WRITTEN_AS

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(type_: Any, *, title: str) -> dict[str, Any]:
    """The JSON Schema of a msgspec Struct, as an editor sees the YAML file; docstrings are its descriptions."""
    schema: dict[str, Any] = _as_written(msgspec.json.schema(type_))
    return {"$schema": DRAFT, "title": title, **schema}


def _as_written(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_as_written(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    types = {"type": schema[WRITTEN_AS]} if WRITTEN_AS in schema else {}
    found = {key: _as_written(item) for key, item in {**schema, **types}.items() if key != WRITTEN_AS}
    if isinstance(described := found.get("description"), str):
        # Some releases of msgspec and Python take a docstring's indentation away, others leave it.
        found["description"] = inspect.cleandoc(described)
    return found
