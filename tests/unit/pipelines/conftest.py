"""Definitions from texts, without a repository."""

from dataclasses import dataclass, field

from gitmlops.definitions import Definitions, load_valid

SOURCE_OF_TEXT = """\
kind: component
name: words
version: v1
owner: us
description: Writes words
inputs:
  old: {type: table, description: Earlier words, optional: true}
params:
  many: {type: integer, description: How many}
  share: {type: number, default: 0.5, description: A share}
  loud: {type: boolean, optional: true, description: Capitals}
  set: {type: feature_set, optional: true, description: A feature set}
  model: {type: model_definition, optional: true, description: A model}
outputs:
  table: {type: table, description: A table}
  file: {type: model, description: A model}
  report: {type: json, cache: false, metric: true, description: Figures}
entry: words:run
"""
PIPELINE = """\
kind: pipeline
name: p
params: {n: 3, day: "2013-01-31", share: 0.1}
steps:
  one:
    uses: ./components/words
    with: {many: "${{ params.n }}"}
  two:
    uses: ./components/words
    with: {many: 2, old: "${{ steps.one.outputs.table }}"}
"""
MODEL = """\
kind: model
name: m
pipeline: p
artifact: build/p/two/file.skops
feature_set: s
owner: us
risk_tier: low
intended_use: "Costs ${5} or more: none"
not_intended_for: Anything else
task: {kind: binary, label: late}
evaluation: {data: data/e.parquet, labels: data/l.parquet, id: id}
"""
FEATURE_SET = "kind: feature_set\nname: s\nowner: us\ndescription: A set\nfeatures: [v@v1:f]\n"


@dataclass
class Files:
    contents: dict[str, str] = field(default_factory=dict)

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.contents))

    def read(self, path: str) -> bytes:
        return self.contents[path].encode()


def read(**changes: str) -> Definitions:
    """A project of one component, one pipeline, one model; keywords replace the text of one of them."""
    contents = {
        "components/words/component.yaml": changes.get("component", SOURCE_OF_TEXT),
        "pipelines/p.yaml": changes.get("pipeline", PIPELINE),
        "models/m.yaml": changes.get("model", MODEL),
        "features/sets/s.yaml": FEATURE_SET,
        "gitmlops.yaml": "project: p\n",
    }
    if "second" in changes:
        contents["pipelines/second.yaml"] = changes["second"]
    return load_valid(Files(contents))
