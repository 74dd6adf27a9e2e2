from dataclasses import dataclass

from gitmlops.pipelines.running.schedule import End, Schedule


@dataclass(frozen=True)
class Stage:
    name: str
    needs: tuple[str, ...] = ()
    cpus: int = 1


def schedule(*stages: Stage, places: int = 2, keep_going: bool = False) -> Schedule:
    return Schedule({stage.name: stage for stage in stages}, places, keep_going)


def started(of: Schedule) -> list[str]:
    names = []
    while name := of.next():
        of.start(name)
        names.append(name)
    return names


DIAMOND = (Stage("top"), Stage("left", ("top",)), Stage("right", ("top",)), Stage("bottom", ("left", "right")))


def test_a_stage_starts_when_all_that_it_needs_has_ended_well() -> None:
    this = schedule(*DIAMOND)
    assert started(this) == ["top"]
    this.end("top", End.CLEAN)
    assert started(this) == ["left", "right"]
    this.end("right", End.RESTORED)
    assert started(this) == []
    this.end("left", End.RAN)
    assert started(this) == ["bottom"]


def test_no_more_cpus_are_in_use_than_there_are_places() -> None:
    this = schedule(Stage("a"), Stage("b", cpus=2), Stage("c"), places=2)
    assert started(this) == ["a", "c"]
    this.end("a", End.RAN)
    assert started(this) == []
    this.end("c", End.RAN)
    assert started(this) == ["b"]


def test_a_stage_that_asks_for_more_than_there_is_runs_alone() -> None:
    this = schedule(Stage("large", cpus=64), Stage("small"), places=2)
    assert started(this) == ["large"]
    this.end("large", End.RAN)
    assert started(this) == ["small"]


def test_after_a_failure_nothing_starts() -> None:
    this = schedule(*DIAMOND, Stage("other"), places=1)
    started(this)
    this.end("top", End.FAILED)
    assert started(this) == []
    assert this.with_end(End.SKIPPED) == ("left", "right", "bottom")


def test_what_does_not_need_the_failed_stage_goes_on_if_asked_to() -> None:
    this = schedule(*DIAMOND, Stage("other"), places=1, keep_going=True)
    started(this)
    this.end("top", End.FAILED)
    assert started(this) == ["other"]
    assert this.failed == ("top",)
