"""Definition files of a tree -> typed values with their places."""

import pytest
from tests.memory_tree import Files, template

from gitmlops.definitions import kind_of, load, load_project, load_valid, name_of
from gitmlops.errors import InputError, InputErrors
from gitmlops.report import Severity
from gitmlops.specs.feature import Entity, FeatureView
from gitmlops.specs.policy import Policy

ENTITY = "kind: entity\nname: {name}\nkeys: [{{name: id, dtype: int64}}]\nowner: team\ndescription: A thing\n"


def told(files: dict[str, str]) -> list[str]:
    return [str(finding.error()) for finding in load(Files(files)).findings]


def test_the_template_has_no_mistake_and_one_definition_a_file():
    definitions = load_valid(template())
    assert definitions.project.project == "flights"
    assert set(definitions.all(Policy)) == {"fairness", "performance"}
    assert definitions.get(FeatureView, "aircraft@v1").path == "features/views/aircraft.yaml"


def test_a_definition_knows_the_place_of_each_of_its_values():
    placed = load(Files({"features/entities/a.yaml": ENTITY.format(name="a")})).get(Entity, "a")
    assert str(placed.at("keys", 0, "dtype")) == "features/entities/a.yaml:3:26"
    assert str(placed.at("name")) == "features/entities/a.yaml:2:7"


def test_the_place_of_what_is_not_there_is_the_nearest_parent_that_is():
    placed = load(Files({"features/entities/a.yaml": ENTITY.format(name="a")})).get(Entity, "a")
    parent = placed.at("keys")
    assert placed.at("keys", 7) == placed.at("keys", "nothing") == placed.at("keys", "nothing", "name") == parent
    assert str(placed.at("nothing", "name")) == "features/entities/a.yaml:1:1"


def test_a_name_twice_is_a_finding_and_the_first_file_keeps_it():
    files = Files({f"features/entities/{stem}.yaml": ENTITY.format(name="same") for stem in ("a", "b")})
    definitions = load(files)
    assert definitions.get(Entity, "same").path == "features/entities/a.yaml"
    (finding,) = definitions.findings
    assert str(finding.error()) == (
        "features/entities/b.yaml:2:7: the entity 'same' is defined in features/entities/a.yaml too; rename one of them"
    )


def test_mistakes_of_all_files_are_told_at_once():
    found = told(
        {"features/entities/a.yaml": "kind: entity\n", "models/m.yaml": "[", "policies/p.yaml": "a: 1\n---\nb: 2\n"}
    )
    assert {line.split(":")[0] for line in found} == {"features/entities/a.yaml", "models/m.yaml", "policies/p.yaml"}
    assert "policies/p.yaml: 2 documents, a definition file has one; one object a file" in [
        line.replace(":1:1:", ":") for line in found
    ]


def test_an_empty_definition_file_is_a_finding():
    assert told({"models/m.yaml": "# nothing\n"}) == [
        "models/m.yaml:1:1: 0 documents, a definition file has one; one object a file"
    ]


def test_a_path_with_colons_keeps_its_place():
    path = "models/a:1:2.yaml"
    (finding,) = load(Files({path: "a: b: c\n"})).findings
    assert (finding.location.path, finding.location.line, finding.location.column) == (path, 1, 5)
    (finding,) = load(Files({path: ""})).findings
    assert (finding.location.path, finding.location.line) == (path, 1)


@pytest.mark.parametrize("name", ["p.yml", "p.YAML", "p.YML"])
def test_a_file_that_nobody_would_read_is_a_finding(name):
    (found,) = told({f"policies/{name}": "kind: policy\n"})
    assert found == f"policies/{name}:1:1: a definition file ends in .yaml, this one would be passed over; rename it"


def test_other_files_are_no_definitions():
    paths = (
        "policies/drafts/p.yaml",
        "models/readme.md",
        "x/models/m.yaml",
        "components/a/b/component.yaml",
        "models/.yaml/x",
    )
    assert [kind_of(path) for path in paths] == [None] * 5
    assert told(dict.fromkeys(paths, "x")) == []
    assert kind_of("components/a/component.yaml") == "component"


def test_without_a_project_file_there_is_a_finding_and_no_project():
    files = Files({})
    del files.files["gitmlops.yaml"]
    definitions = load(files)
    assert definitions.project is None
    assert [finding.severity for finding in definitions.findings] == [Severity.ERROR]


def test_an_unknown_name_is_told_with_the_nearest_one():
    definitions = load(Files({"features/entities/plane.yaml": ENTITY.format(name="plane")}))
    with pytest.raises(InputError, match="there is no entity 'plan'; did you mean 'plane'"):
        definitions.get(Entity, "plan")


def test_wrong_definitions_are_raised_all_together():
    with pytest.raises(InputErrors) as caught:
        load_valid(Files({"models/m.yaml": "[", "policies/p.yaml": "["}))
    assert len(str(caught.value).splitlines()) == 2


def test_the_project_can_be_read_although_other_files_are_wrong():
    assert load_project(Files({"models/m.yaml": "["})).project == "test"
    with pytest.raises(InputErrors, match=r"gitmlops.yaml:1:1: unknown key 'projet'"):
        load_project(Files({"gitmlops.yaml": "projet: x\n"}))


def test_the_project_has_two_deployment_stages_unless_it_names_its_own():
    assert [stage.name for stage in load_project(Files({})).stages] == ["staging", "prod"]
    assert load_project(Files({"gitmlops.yaml": "project: x\nstages: [{name: live}]\n"})).stages[0].name == "live"


def test_policies_and_views_are_called_by_their_id():
    definitions = load(template())
    assert {name_of(placed.spec) for placed in definitions.all(Policy).values()} == set(definitions.all(Policy))
    assert "timetable@v1" in definitions.all(FeatureView)
