"""Definitions from texts, without a repository."""

from dataclasses import dataclass

from gitmlops.definitions import Definitions, load_valid
from gitmlops.errors import InputError


@dataclass(frozen=True)
class Texts:
    files: dict[str, str]

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise InputError("no such file", where=path)
        return self.files[path].encode()


def model(name: str = "toy", *, tags: str = "[toys]", tier: str = "medium", threshold: float = 0.5) -> str:
    return (
        f"kind: model\nname: {name}\npipeline: train\nartifact: models/{name}.skops\nfeature_set: toy\nowner: us\n"
        f"risk_tier: {tier}\ntags: {tags}\nintended_use: Tests.\nnot_intended_for: Else.\n"
        f"task: {{kind: binary, label: late, threshold: {threshold}}}\n"
        "evaluation: {data: data/rows.parquet, labels: data/labels.parquet, id: row_id}\n"
    )


def policy(*checks: str, id_: str = "quality", scope: str = "{}", version: str = "1.0.0") -> str:
    listed = "".join(f"- {{{check}}}\n" for check in checks)
    head = f"kind: policy\nid: {id_}\nversion: {version}\ntitle: T\nowner: us\nscope: {scope}\n"
    return head + (f"checks:\n{listed}" if checks else "checks: []\n")


def check(fields: str, *, id_: str = "one", enforcement: str = "hard-mandatory") -> str:
    return f"id: {id_}, enforcement: {enforcement}, {fields}"


ACCURATE = check("metric: accuracy, op: '>=', threshold: 0.7")
RANKS = check("metric: roc_auc, op: '>=', threshold: 0.7", id_="auc")


def definitions(*, models: dict[str, str] | None = None, policies: dict[str, str] | None = None) -> Definitions:
    files = {"gitmlops.yaml": "project: test\n"}
    files |= {f"models/{name}.yaml": text for name, text in (models or {}).items()}
    files |= {f"policies/{name}.yaml": text for name, text in (policies or {}).items()}
    return load_valid(Texts(files))
