"""GitHub's own OpenAPI description, asked about every request and every answer."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec

Json = Any
_FILE = Path(__file__).parents[1] / "node/node_modules/@octokit/openapi/generated/api.github.com.json"
_REFERENCE = "#/components/schemas/"
_DROPPED = frozenset({"nullable", "example", "examples", "description", "title", "deprecated", "discriminator"})
_ONE_SCHEMA = frozenset({"items", "not", "additionalProperties"})
_MANY_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf"})
# What the description allows in its prose ("you can also pass an array of labels directly"), but not in its schema.
_LABELS = "/repos/{owner}/{repo}/issues/{issue_number}/labels"
_NAMES = {"type": "array", "items": {"type": "string"}}
_BODIES_BY_PROSE = {f"POST {_LABELS}": _NAMES, f"PUT {_LABELS}": _NAMES}


@dataclass(frozen=True)
class Description:
    """The parsed description; operations are compiled when they are first asked for."""

    document: dict[str, Json]
    compiled: dict[str, "Operation"] = field(default_factory=dict)

    def operation(self, key: str) -> "Operation":
        """Give the validators of e.g. `GET /repos/{owner}/{repo}`; KeyError where GitHub has no such operation."""
        if key not in self.compiled:
            method, template = key.split(" ", 1)
            self.compiled[key] = _operation(self.document, template, method.lower(), _BODIES_BY_PROSE.get(key))
        return self.compiled[key]


@dataclass(frozen=True)
class Operation:
    """What one operation allows."""

    parameters: dict[tuple[str, str], dict[str, Json]]  # by place and name
    required: frozenset[str]
    body: Any
    body_properties: frozenset[str] | None
    body_required: bool
    answers: dict[str, Any]

    def faults_of_request(self, path: Mapping[str, str], query: Mapping[str, str], body: Json) -> list[str]:
        """List what GitHub's description says against a request."""
        faults = [f"query lacks {name}" for name in sorted(self.required - set(query))]
        for place, values in (("path", path), ("query", query)):
            for name, text in values.items():
                faults += self._faults_of_parameter(place, name, text)
        return faults + self._faults_of_body(body)

    def _faults_of_parameter(self, place: str, name: str, text: str) -> Iterator[str]:
        schema = self.parameters.get((place, name))
        if schema is None:
            yield f"{place} parameter {name} is not in the description"
            return
        for error in jsonschema_rs.validator_for(schema).iter_errors(_coerced(text, schema)):
            yield f"{place} parameter {name}: {error.message}"

    def _faults_of_body(self, body: Json) -> list[str]:
        if body is None:
            return ["a body is required"] if self.body_required else []
        if self.body is None:
            return [] if body == {} else ["this operation takes no body"]
        faults = [f"body{_pointer(error.instance_path)}: {error.message}" for error in self.body.iter_errors(body)]
        if self.body_properties is not None and isinstance(body, dict):
            faults += [f"body has no property {name}" for name in sorted(set(body) - self.body_properties)]
        return faults

    def faults_of_answer(self, status: int, body: Json) -> list[str]:
        """List what is wrong with an answer; a refusal that the description leaves out is allowed."""
        if str(status) not in self.answers:
            return [] if status >= 400 else [f"status {status} is not one of {sorted(self.answers)}"]
        validator = self.answers[str(status)]
        if validator is None:
            return [] if body is None or status >= 300 else [f"status {status} comes without a body"]
        return [f"answer{_pointer(error.instance_path)}: {error.message}" for error in validator.iter_errors(body)]


@cache
def githubs_description() -> Description:
    """Read the description, once a process."""
    assert _FILE.exists(), "GitHub's description is not installed: `make dev` (or `make test`) does it"
    document = msgspec.json.decode(_FILE.read_bytes())
    for name in ("pull-request", "pull-request-simple"):
        # A pull request outlives its fork; the description of webhooks says so, that of REST does not.
        head = document["components"]["schemas"][name]["properties"]["head"]["properties"]
        head["repo"] = {"anyOf": [head["repo"]], "nullable": True}
        # A label without a description has none in a list of pull requests, as it has none by itself.
        label = document["components"]["schemas"][name]["properties"]["labels"]["items"].get("properties", {})
        label.get("description", {})["nullable"] = True
    return Description(document)


def _operation(document: dict[str, Json], template: str, method: str, prose: dict[str, Json] | None) -> Operation:
    path = document["paths"][template]
    operation = path[method]
    parameters = [_resolved(document, one) for one in [*path.get("parameters", []), *operation.get("parameters", [])]]
    content = _resolved(document, operation.get("requestBody", {}))
    schema = content.get("content", {}).get("application/json", {}).get("schema")
    if prose:
        schema = {"anyOf": [schema, prose]}
    return Operation(
        parameters={(one["in"], one["name"]): bundle(document, one["schema"]) for one in parameters},
        required=frozenset(one["name"] for one in parameters if one["in"] == "query" and one.get("required")),
        body=_compiled(document, schema) if schema else None,
        body_properties=_properties(document, schema) if schema else None,
        body_required=bool(content.get("required")),
        answers={status: _answer(document, answer) for status, answer in operation["responses"].items()},
    )


def _answer(document: dict[str, Json], answer: dict[str, Json]) -> Any:
    schema = _resolved(document, answer).get("content", {}).get("application/json", {}).get("schema")
    return _compiled(document, schema) if schema else None


def _compiled(document: dict[str, Json], schema: dict[str, Json]) -> Any:
    return jsonschema_rs.Draft202012Validator(bundle(document, schema), validate_formats=True)


def _properties(document: dict[str, Json], schema: dict[str, Json]) -> frozenset[str] | None:
    """All names that a body may have, None for any: GitHub ignores unknown ones, which hides typing errors."""
    schema = _resolved(document, schema)
    if schema.get("additionalProperties") or not schema.get("properties"):
        return None
    return frozenset(schema["properties"])


def bundle(document: dict[str, Json], schema: dict[str, Json]) -> dict[str, Json]:
    """Give a self-contained JSON Schema (2020-12) for a schema of an OpenAPI 3.0 document."""
    definitions: dict[str, Json] = {}
    converted = _converted(schema)
    waiting = sorted(_references(converted))
    while waiting:
        name = waiting.pop()
        if name not in definitions:
            definitions[name] = _converted(document["components"]["schemas"][name])
            waiting += sorted(_references(definitions[name]))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": [converted], "$defs": definitions}


def _converted(schema: Json) -> Json:
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace(_REFERENCE, "#/$defs/")}
    # The alternatives that GitHub describes overlap, e.g. its plain errors and those that have more fields.
    names = {"oneOf": "anyOf"}
    plain = {names.get(key, key): _converted_part(key, value) for key, value in schema.items() if key not in _DROPPED}
    # GitHub answers "" where it has no address, and describes that as the default of a "uri".
    others: list[Json] = [{"const": schema["default"]}] if {"default", "format"} <= schema.keys() else []
    others += [{"type": "null"}] if schema.get("nullable") else []
    return {"anyOf": [*others, plain]} if others else plain


def _converted_part(key: str, value: Json) -> Json:
    if key == "properties":
        return {name: _converted(one) for name, one in value.items()}
    if key in _ONE_SCHEMA:
        return _converted(value)
    if key in _MANY_SCHEMAS:
        return [_converted(one) for one in value]
    return value


def _references(schema: Json) -> set[str]:
    if isinstance(schema, dict):
        own = {schema["$ref"].removeprefix("#/$defs/")} if isinstance(schema.get("$ref"), str) else set()
        return own.union(*map(_references, schema.values()))
    return set().union(*map(_references, schema)) if isinstance(schema, list) else set()


def _resolved(document: dict[str, Json], value: dict[str, Json]) -> dict[str, Json]:
    while "$ref" in value:
        found: Json = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def _coerced(text: str, schema: dict[str, Json]) -> Json:
    """A parameter's text as the type that its schema asks for."""
    types = {one.get("type") for one in (schema, *schema["allOf"], *schema["allOf"][0].get("oneOf", []))}
    if "integer" in types and re.fullmatch(r"-?\d+", text):
        return int(text)
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    return text


def _pointer(path: list[Any]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
