"""Types -> JSON Schema 2020-12, for editors and for whoever reads what we keep."""

from typing import Any

import msgspec

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(type_: Any, *, title: str) -> dict[str, Any]:
    """The JSON Schema of a msgspec Struct; docstrings are its descriptions."""
    schema = msgspec.json.schema(type_)
    return {"$schema": DRAFT, "title": title, **schema}
