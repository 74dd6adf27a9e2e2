"""Definitions of other repositories, as they are called here."""

import pytest
from tests.memory_tree import Files

from gitmlops.definitions import kind_of, load, load_valid
from gitmlops.errors import InputErrors
from gitmlops.specs.feature import Entity, FeatureSet, FeatureView, OnDemand, Source

ENTITY = "kind: entity\nname: customer\nkeys: [{name: id, dtype: int64}]\nowner: crm\ndescription: d\n"
SOURCE = "kind: source\nname: tx\npath: data/tx.csv\ntimestamp: at\ncolumns: {id: int64, at: timestamp}\nowner: crm\ndescription: d\n"  # noqa: E501
VIEW = """\
kind: feature_view
name: spend
version: 2
status: deprecated
replaced_by: spend@v3
owner: crm
description: d
entities: [customer]
source: tx
transform: {python: "transforms.spend:clean"}
features: [{name: amount, dtype: float64, description: d}]
"""
ON_DEMAND = """\
kind: on_demand
name: ratio
owner: crm
description: d
inputs: ["spend@v2:amount"]
sql: amount / 2
dtype: float64
"""
FILES = {
    "gitmlops.yaml": "project: p\n",
    "imports/central/features/entities/customer.yaml": ENTITY,
    "imports/central/features/sources/tx.yaml": SOURCE,
    "imports/central/features/views/spend.yaml": VIEW,
    "imports/central/features/on_demand/ratio.yaml": ON_DEMAND,
}


def test_what_is_imported_carries_the_name_of_the_import() -> None:
    known = load_valid(Files(FILES))
    assert set(known.all(Entity)) == {"central/customer"}
    assert known.all(Source)["central/tx"].spec.path == "imports/central/data/tx.csv"
    view = known.all(FeatureView)["central/spend@v2"].spec
    assert (view.entities, view.source, view.replaced_by) == (["central/customer"], "central/tx", "central/spend@v3")
    assert view.transform and view.transform.python == "imports.central.transforms.spend:clean"
    assert known.all(OnDemand)["central/ratio@v1"].spec.inputs == ["central/spend@v2:amount"]


def test_an_imported_definition_and_one_of_our_own_may_have_one_name() -> None:
    known = load_valid(Files({**FILES, "features/entities/customer.yaml": ENTITY}))
    assert set(known.all(Entity)) == {"customer", "central/customer"}


def test_only_features_are_read_of_an_import_never_its_sets_models_pipelines_components_and_policies() -> None:
    for path in ("features/sets/a.yaml", "models/a.yaml", "pipelines/a.yaml", "components/a/component.yaml"):
        assert kind_of(path) is not None
        assert kind_of(f"imports/central/{path}") is None
    assert kind_of("imports/central/policies/loose.yaml") is None
    assert kind_of("imports/central/imports/base/features/views/a.yaml") is None


def test_a_mistake_in_an_imported_file_is_told_with_its_path_here() -> None:
    files = {**FILES, "imports/central/features/entities/customer.yaml": ENTITY.replace("owner", "ovner")}
    (wrong, *_) = load(Files(files)).findings
    assert str(wrong.location) == "imports/central/features/entities/customer.yaml:4:1"


def test_a_set_pins_imported_features_and_a_view_describes_imported_entities() -> None:
    own = VIEW.replace("[customer]", "[central/customer]").replace("source: tx", "source: central/tx")
    pinned = "kind: feature_set\nname: s\nowner: o\ndescription: d\nfeatures: ['central/spend@v2:amount']\n"
    known = load_valid(Files({**FILES, "features/views/own.yaml": own, "features/sets/s.yaml": pinned}))
    assert known.all(FeatureView)["spend@v2"].spec.entities == ["central/customer"]
    assert known.all(FeatureSet)["s"].spec.features == ["central/spend@v2:amount"]


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/features.git",
        "https://git.acme.example:8443/features",
        "ssh://git@github.com/acme/features.git",
        "git@github.com:acme/features.git",
        "file:///srv/git/features",
    ],
)
def test_repositories_are_named_by_addresses_that_git_fetches_safely(url: str) -> None:
    files = {"gitmlops.yaml": f"project: p\nimports: [{{name: central, git: '{url}', rev: v3.1.0}}]\n"}
    project = load_valid(Files(files)).project
    assert project and project.imports[0].git == url


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c id",
        "fd::17",
        "http://github.com/acme/features.git",
        "git://github.com/acme/features.git",
        "https://token@github.com/acme/features.git",
        "https://me:secret@github.com/acme/features.git",
        "ssh://git:secret@github.com/acme/features.git",
        "ssh://-oProxyCommand=id/x",
        "-oProxyCommand=id@host:x",
        "--upload-pack=id",
        "../features",
        "/srv/git/features",
        "file://host/srv",
        "https://github.com/a b",
    ],
)
def test_other_addresses_are_refused_where_they_stand(url: str) -> None:
    files = {"gitmlops.yaml": f"project: p\nimports: [{{name: central, git: '{url}', rev: main}}]\n"}
    with pytest.raises(InputErrors) as caught:
        load_valid(Files(files))
    assert "gitmlops.yaml:2:32: " in str(caught.value)
    assert "write https://HOST/PATH" in str(caught.value)


@pytest.mark.parametrize("rev", ["-f", "a..b", "main^{tree}", "a b", "refs/heads/x.lock", "@{u}", "a:b", ""])
def test_revisions_that_are_no_tag_branch_or_commit_are_refused(rev: str) -> None:
    files = {"gitmlops.yaml": f"project: p\nimports: [{{name: a, git: 'file:///srv/x', rev: '{rev}'}}]\n"}
    with pytest.raises(InputErrors, match="write a tag, a branch or a whole commit SHA"):
        load_valid(Files(files))
