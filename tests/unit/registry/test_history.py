"""What tags tell, without a repository."""

import pytest
from msgspec import structs

from gitmlops.adapters.git.tag_reading import Tag
from gitmlops.errors import InputError, Refusal
from gitmlops.registry.changing import retirement, transitions
from gitmlops.registry.changing.transitions import Motive
from gitmlops.registry.reporting import reports
from gitmlops.registry.tags import history, references
from gitmlops.registry.tags.history import CLOCKS_APART, History
from gitmlops.registry.tags.moments import parse, shown
from gitmlops.registry.tags.production import production_version
from gitmlops.registry.tags.references import Reference
from gitmlops.registry.verifying import oddities
from gitmlops.specs.project import DeploymentStage

A, B, C = "a" * 40, "b" * 40, "c" * 40
NOW = 100


def tag(name: str, commit: str, time: int, message: str = "", *, annotated: bool = True) -> Tag:
    return Tag(name, f"object of {name}", commit, time, "Ann", "ann@example.com", message, annotated)


def renamed(one: Tag) -> Tag:
    """The same, as a ref on a tag's object that was written under another name."""
    return structs.replace(one, named_otherwise=True)


def replay(tags: list[Tag]) -> History:
    return history.replay(tags, now=NOW)


def released() -> History:
    """v1.0.0 in prod at 2, v1.1.0 at 4, rolled back at 5 and 6."""
    return replay(
        [
            tag("m@v1.0.0", A, 1),
            tag("m#prod#1", A, 2),
            tag("m@v1.1.0", B, 3),
            tag("m#prod#2", B, 4),
            tag("m#prod!#3", B, 5),
            tag("m#prod#4", A, 6),
        ]
    )


@pytest.mark.parametrize(
    ("at", "expected"),
    [(0, None), (1, None), (2, "v1.0.0"), (3, "v1.0.0"), (4, "v1.1.0"), (5, "v1.0.0"), (6, "v1.0.0"), (None, "v1.0.0")],
)
def test_what_was_in_a_stage_at_a_moment(at: int | None, expected: str | None) -> None:
    version = released().artifact("m").in_stage("prod", at)
    assert (version.version if version else None) == expected


def test_what_a_rollback_put_into_a_stage_rests_on_the_promotion_that_it_went_back_to() -> None:
    back = "Roll back\n\nRollback-From: v1.1.0\n"
    told = [tag("m@v1.0.0", A, 1), tag("m#prod#1", A, 2), tag("m@v1.1.0", B, 3), tag("m#prod#2", B, 4)]
    told += [tag("m#prod!#3", B, 5, back), tag("m#prod#4", A, 6, back), tag("m#prod#5", A, 7, back)]
    grounds = replay(told).artifact("m").grounds("prod")
    assert grounds is not None
    assert grounds.tag.name == "m#prod#1"
    assert replay(told[:4]).artifact("m").grounds("prod") == replay(told[:4]).artifact("m").promotion("prod")
    assert replay(told).artifact("m").grounds("staging") is None


def test_nothing_goes_back_to_a_version_that_was_taken_out_of_the_stage() -> None:
    forged = tag("m#prod#9", B, 9, "Roll back\n\nRollback-From: v1.0.0\n")
    grounds = replay([*released().tags, forged]).artifact("m").grounds("prod")
    assert grounds is not None
    assert grounds.tag.name == "m#prod#9"


@pytest.mark.parametrize("forged", [tag("m#prod#9", B, 4_102_444_800), renamed(tag("m#prod#9", B, 7))])
def test_a_tag_that_cannot_be_true_is_in_no_answer(forged: Tag) -> None:
    told = replay([*released().tags, forged])
    placed = told.artifact("m").in_stage("prod")
    assert placed is not None
    assert placed.version == "v1.0.0"
    later = told.artifact("m").in_stage("prod", 4_102_444_801)
    assert later == placed
    assert [event.tag for event in told.artifact("m").unverified] == [forged]
    [first, *_] = reports.log(told.artifact("m")).tables[0].rows
    assert first[1] == "unverified: promoted"


def test_clocks_may_differ_a_little() -> None:
    told = replay([*released().tags, tag("m#prod#9", B, NOW + CLOCKS_APART)])
    assert told.artifact("m").in_stage("prod") == told.artifact("m").version("v1.1.0")


def test_a_version_or_a_number_that_a_doubtful_tag_has_taken_is_not_written_again() -> None:
    forged = [tag("m@v1.2.0", C, 4_102_444_800), renamed(tag("m#prod#9", B, 7))]
    artifact = replay([*released().tags, *forged]).artifact("m")
    assert transitions.next_version(artifact, bump="minor") == "v1.2.0"
    with pytest.raises(Refusal, match=r"m@v1\.2\.0 is there, but unverified: its date lies in the future"):
        transitions.require_free(artifact, "v1.2.0", C)
    plan = transitions.rollback(
        replay([*released().tags[:4], *forged]), name="m", stage="prod", to="", motive=Motive("worse"), now=8
    )
    assert [new.name for new in plan.tags] == ["m#prod!#10", "m#prod#11"]


def test_a_model_of_which_only_doubtful_tags_speak_is_in_no_list() -> None:
    told = replay([tag("m@v1.0.0", A, 4_102_444_800)])
    report = reports.listing(told, at=None)
    assert report.tables[0].rows == ()
    [finding] = report.findings
    assert finding.message.startswith("m@v1.0.0: unverified")


def test_tags_count_in_the_order_of_their_time_not_of_their_names() -> None:
    told = replay([tag("m#prod#9", A, 9), tag("m#prod#10", B, 8), tag("m@v1.0.0", A, 1), tag("m@v1.1.0", B, 2)])
    version = told.artifact("m").in_stage("prod")
    assert version is not None
    assert version.version == "v1.0.0"


def test_the_latest_version_is_the_highest_not_the_youngest() -> None:
    told = replay([tag("m@v1.10.0", A, 1), tag("m@v1.9.1", B, 2), tag("m@v1.10.0-rc.1", C, 3)])
    latest = told.artifact("m").latest
    assert latest is not None
    assert latest.version == "v1.10.0"


def test_a_deregistered_version_is_in_no_stage_and_cannot_be_named() -> None:
    told = replay([*released().tags, tag("m@v1.0.0!", A, 7)])
    artifact = told.artifact("m")
    assert artifact.in_stage("prod") is None
    assert [version.version for version in artifact.versions] == ["v1.1.0"]
    with pytest.raises(InputError, match=r"v1\.0\.0 of m was deregistered"):
        artifact.version("v1.0.0")


def test_a_deprecated_model_lives_again_with_its_next_version() -> None:
    tags = [*released().tags, tag("m@deprecated#5", B, 7)]
    assert replay(tags).artifact("m").deprecated
    assert not replay([*tags, tag("m@v2.0.0", C, 8)]).artifact("m").deprecated


def test_a_deprecated_model_stays_where_it_is_and_is_named_for_it() -> None:
    told = replay([*released().tags, tag("m@deprecated#5", B, 7, "x\n\nReason: nobody asks\nReplaced-By: n\n")])
    listed = reports.listing(told, at=None)
    assert listed.tables[0].rows == ()
    assert [finding.message for finding in listed.findings] == [
        "m: it is deprecated, and listed no more, but is in a stage still"
    ]
    artifact = told.artifact("m")
    shown_ = dict(reports.version(artifact, artifact.version("v1.0.0"), at=None).facts)
    assert shown_["deprecated"] == "since 1970-01-01T00:00:07Z: nobody asks"
    assert shown_["use instead"] == "n"
    before = dict(reports.version(artifact, artifact.version("v1.0.0"), at=6).facts)
    assert "deprecated" not in before


def test_a_deprecation_comes_after_all_and_is_said_once() -> None:
    plan = retirement.deprecate(released(), name="m", reason="old", instead="", now=3)
    assert [(new.name, new.commit, new.time) for new in plan.tags] == [("m@deprecated#5", B, 7)]
    told = replay([*released().tags, tag("m@deprecated#5", B, 7, plan.tags[0].message)])
    with pytest.raises(Refusal, match=r"m is deprecated: old; register another version"):
        retirement.deprecate(told, name="m", reason="older", instead="", now=9)
    with pytest.raises(Refusal, match=r"m is deprecated: old"):
        transitions.promote(told, [DeploymentStage("prod")], name="m", version="v1.1.0", to="prod", now=9)


def test_a_commit_that_was_promoted_without_a_version_stands_for_itself() -> None:
    version = replay([tag("m#prod#1", A, 1)]).artifact("m").in_stage("prod")
    assert version is not None
    assert (version.version, version.gated) == (A, False)


def test_a_registration_after_the_promotion_names_the_version_that_is_in_the_stage() -> None:
    told = replay([tag("m#prod#1", A, 1), tag("m@v1.0.0", A, 2)]).artifact("m")
    before, now = told.in_stage("prod", 1), told.in_stage("prod")
    assert before is not None
    assert now is not None
    assert (before.version, now.version) == (A, "v1.0.0")


def test_lightweight_tags_and_tags_on_something_else_say_nothing() -> None:
    told = replay(
        [tag("m@v1.0.0", A, 0, annotated=False), tag("m@v1.1.0", "", 1), tag("m@created", A, 1), tag("v1", A, 1)]
    )
    assert told.artifacts == {}


def test_the_production_version_is_the_one_in_the_stage_that_is_marked() -> None:
    stages = [DeploymentStage(name="prod"), DeploymentStage(name="live", production=True)]
    told = replay([*released().tags, tag("m#live#5", B, 7)])
    version = production_version(told, stages, "m", lambda _: True)
    assert version is not None
    assert version.version == "v1.1.0"
    assert production_version(told, stages, "other", lambda _: True) is None
    assert production_version(told, stages[:1], "m", lambda _: True) is None


def test_an_unknown_model_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'flights'"):
        replay([tag("flights@v1.0.0", A, 1)]).artifact("flight")
    with pytest.raises(InputError, match="git fetch --tags"):
        replay([]).artifact("m")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m", Reference("m")),
        ("m@v1.0.0", Reference("m", "v1.0.0")),
        ("teams/a:m#prod", Reference("teams/a:m", "", "prod")),
    ],
)
def test_a_version_is_named_by_itself_or_by_its_stage(text: str, expected: Reference) -> None:
    assert references.parse(text) == expected


@pytest.mark.parametrize("text", ["", "@v1", "m@", "m#", "m@v1#prod", "m n"])
def test_what_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="names no model; write NAME"):
        references.parse(text)


def test_a_bare_name_means_what_is_in_production_else_the_highest_version() -> None:
    artifact = released().artifact("m")
    assert references.pick(artifact, Reference("m"), production="prod").version == "v1.0.0"
    assert references.pick(artifact, Reference("m"), production="prod", at=4).version == "v1.1.0"
    assert references.pick(artifact, Reference("m"), production="").version == "v1.1.0"


def test_an_empty_stage_is_answered_with_the_stages_that_are_not() -> None:
    with pytest.raises(InputError, match="no version of m is in 'prd'; did you mean 'prod'"):
        references.pick(released().artifact("m"), Reference("m", stage="prd"), production="prod")


def test_before_its_first_version_a_model_has_none() -> None:
    with pytest.raises(InputError, match="m has no version"):
        references.pick(released().artifact("m"), Reference("m"), production="prod", at=0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-03", "2026-03-03T23:59:59Z"),
        ("2026-03-03T09:00", "2026-03-03T09:00:00Z"),
        ("2026-03-03T09:00:00+02:00", "2026-03-03T07:00:00Z"),
        ("2026-03-03T09:00:00Z", "2026-03-03T09:00:00Z"),
    ],
)
def test_a_date_is_its_last_second_and_a_time_is_utc(text: str, expected: str) -> None:
    seconds = parse(text)
    assert seconds is not None
    assert shown(seconds) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "3/3/2026", "2026-13-01", "2026-02-30", "main"])
def test_what_is_no_date_is_no_moment(text: str) -> None:
    assert parse(text) is None


def findings(*tags: Tag) -> list[str]:
    return [finding.message for finding in oddities.find(replay(tags))]


def test_a_tidy_registry_has_no_oddities() -> None:
    assert findings(*released().tags, tag("v1.0", A, 0, annotated=False)) == []


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (tag("m@created", A, 1), "m@created: `@created` counts for nothing, and gto fails on it"),
        (tag("m#prod#9", A, 0, annotated=False), "m#prod#9: a lightweight tag counts for nothing"),
        (tag("m#prod#9", "", 1), "m#prod#9: counts for nothing: it is not on a commit"),
        (
            tag("m#prod#9", A, NOW + CLOCKS_APART + 1),
            "m#prod#9: unverified, counts for nothing: its date lies in the fut",
        ),
        (
            renamed(tag("m#prod#9", A, 9)),
            "m#prod#9: unverified, counts for nothing: the tag carries another name inside",
        ),
        (tag("m#prod#9", C, 9), "m: m#prod#9 promotes a commit that is no version"),
        (tag("m@v3.0.0", A, 9), f"m: commit {A[:12]} is 2 versions, which gto refuses to read"),
        (tag("m#prod#9", A, 9, "x\n\nReason: a\nReason: b"), "m: m#prod#9 says Reason twice, so neither is believed"),
    ],
)
def test_tags_that_nobody_should_have_written_are_named(odd: Tag, words: str) -> None:
    [message] = findings(*released().tags, odd)
    assert message.startswith(words)
