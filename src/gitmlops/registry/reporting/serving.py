"""What monitoring saw of a model beside what its tags say: a tag is intent, the prediction log is what served."""

from dataclasses import dataclass

from gitmlops.registry.tags.history import Artifact


@dataclass(frozen=True)
class Watched:
    """What the newest recorded run of monitoring thought. time, version, state: when, of which version, and what.

    since: the window in which the alarm that stands began, empty without one; serving, served: which version served
    the newest prediction, and when, both empty if the log had none; outcome: when the newest prediction was made whose
    outcome is known, empty if there is none; ended: what came and comes no more. Times as they are shown.
    """

    time: str
    version: str
    state: str
    since: str = ""
    serving: str = ""
    served: str = ""
    outcome: str = ""
    ended: tuple[str, ...] = ()


def facts(artifact: Artifact, watched: Watched, stage: str) -> tuple[tuple[str, str], ...]:
    """What people should know of it: the state, and whether what serves is what is tagged. stage: production's."""
    since = f" since {watched.since}" if watched.since else ""
    state = f"{watched.state}{since} ({watched.version or 'no version'}, judged at {watched.time})"
    placed = artifact.promotion(stage) if stage else None
    tagged = artifact.version_at(placed.tag.commit, placed).version if placed else ""
    if not watched.serving:
        return (("monitoring", state),)
    if tagged == watched.serving:
        said = f"{watched.serving}, as tagged; last seen at {watched.served}"
    else:
        said = f"tagged {tagged or 'nothing'}; last seen serving {watched.serving} at {watched.served}"
    outcomes = (("newest outcome", f"of a prediction at {watched.outcome}"),) if watched.outcome else ()
    ended = (("silence", f"{' and '.join(watched.ended)} came no more when it was judged"),) if watched.ended else ()
    return (("monitoring", state), ("serving", said), *outcomes, *ended)
