"""The generated reference: schemas that are schemas, and pages that the code still says."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML
from tests.memory_tree import template

from gitmlops.definitions import PROJECT_FILE, kind_of

ROOT = Path(__file__).parents[3]
SCHEMAS = sorted((ROOT / "docs" / "reference" / "schemas").glob("*.json"))


def schema(name: str) -> dict:
    return json.loads((ROOT / "docs" / "reference" / "schemas" / f"{name}.json").read_text())


def problems(name: str, text: str) -> list[str]:
    """What an editor, which reads YAML 1.2, would underline."""
    validator = jsonschema.Draft202012Validator(schema(name))
    return [error.message for error in validator.iter_errors(YAML(typ="safe", pure=True).load(text))]


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_every_schema_is_a_json_schema(path):
    found = json.loads(path.read_text())
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(found)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_descriptions_have_no_indentation_of_the_code(path):
    assert "\\n    " not in path.read_text()


def test_every_file_of_the_template_is_valid_by_its_schema():
    files = template().files
    kinds = {path: "gitmlops" if path == PROJECT_FILE else kind_of(path) for path in files}
    checked = {path: problems(kind, files[path]) for path, kind in kinds.items() if kind}
    assert len(checked) > 15
    assert {path: found for path, found in checked.items() if found} == {}


def test_a_schema_refuses_what_the_reader_refuses():
    text = template().files["models/flight-delay.yaml"]
    assert "'modell' was unexpected" in problems("model", text + "modell: x\n")[0]
    assert problems("model", text.replace("risk_tier: medium", "risk_tier: some"))
    assert problems("policy", template().files["policies/fairness.yaml"].replace("threshold: 0.12", "threshold: 1/0"))


def test_schemas_say_what_things_are_for():
    assert schema("model")["$defs"]["Model"]["description"].startswith("One model")
    assert "pattern" in schema("model")["$defs"]["Model"]["properties"]["name"]
    assert schema("receipt")["$defs"]["Receipt"]["properties"]["schema"] == {"enum": ["gitmlops/receipt/2"]}


def test_the_reference_says_what_the_code_says():
    done = subprocess.run([sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
