"""What may not be merged: a feature that somebody pins becomes another one under the same version."""

from collections.abc import Iterable, Iterator, Sequence

from gitmlops.features.versions.changes import Change, Changed
from gitmlops.features.versions.comparison import Comparison
from gitmlops.features.versions.impact import Release, Use, touched
from gitmlops.report import Cell, Finding, Severity
from gitmlops.specs.imported import import_of


def find(comparison: Comparison, releases: Iterable[Use]) -> tuple[Finding, ...]:
    """An error for each view or on-demand feature that changes for those who pin it, naming them and their owners.

    Whoever pins it before or after counts, and every release that is in a deployment stage. What is removed may go
    once no set names it and no such release does.
    """
    live = [use for use in releases if use.live]
    groups: dict[tuple[str, bool, tuple[Use, ...]], list[Changed]] = {}
    for change in comparison.changed:
        users = (*(comparison.before if change.after else ()), *comparison.after, *live)
        pinning = _each_once(touched(change.pin, users))
        if pinning and change.alters:
            groups.setdefault((_id(change), change.after is None, pinning), []).append(change)
    taken = {pin.partition(":")[0] for pin in comparison.described}
    return tuple(_refusal(changed, users, taken) for (_, _, users), changed in groups.items())


def unknown(comparison: Comparison, silent: Iterable[Release]) -> tuple[Finding, ...]:
    """A warning for each deployed release that may pin what changes: its own commit does not tell."""
    if not any(change.alters for change in comparison.changed):
        return ()
    return tuple(
        Finding(
            "features",
            Severity.WARNING,
            f"{release.tag} is in {', '.join(release.stages)}, and its commit does not define the model "
            f"{release.model!r}: whether it uses a feature that changes here is unknown",
            mend="ask its owner",
        )
        for release in silent
        if release.stages
    )


def _id(change: Changed) -> str:
    return change.pin.partition(":")[0]


def _each_once(users: Iterable[Use]) -> tuple[Use, ...]:
    """One of both sides' uses of the same set by the same model."""
    return tuple({(use.feature_set, use.model, use.release): use for use in users}.values())


def _refusal(changed: Sequence[Changed], users: Sequence[Use], taken: Iterable[str]) -> Finding:
    id_, first = _id(changed[0]), changed[0].described
    names = ", ".join(one.pin.partition(":")[2] or id_ for one in changed)
    import_, version = import_of(id_), _next(id_, taken)
    if changed[0].after is None:
        message = f"`{id_}` is pinned by a live release, and loses {names}"
        mend = f"keep `{first.placed.path}` as it was until no live release pins it"
    else:
        message = f"`{id_}` is pinned, and changes under the same version: {names} ({_what(changed)})"
        mend = f"leave `{id_}` as it was, and write the change to a new file with `version: {version}`"
    if import_:
        mend = (
            f"keep `rev:` of {import_} as it was, and ask its owners to keep this version beside `version: {version}`"
        )
    return Finding("features", Severity.ERROR, message, first.place, mend, tuple(_who(users)))


def _what(changed: Sequence[Changed]) -> str:
    worst = Change.BREAKING if any(one.change is Change.BREAKING for one in changed) else Change.BEHAVIOUR
    details = dict.fromkeys(detail for one in changed for detail in one.details)
    return f"{worst.value}; {', '.join(details)}"


def _next(id_: str, taken: Iterable[str]) -> int:
    name, _, _ = id_.rpartition("@v")
    versions = [known.rpartition("@v") for known in (*taken, id_)]
    return 1 + max(int(version) for other, _, version in versions if other == name)


def _who(users: Sequence[Use]) -> Iterator[tuple[str, Cell]]:
    live = (f"{use.release.tag} in {', '.join(use.release.stages)}" for use in users if use.release)
    yield "feature sets", _listed(use.feature_set for use in users)
    yield "models", _listed(use.model for use in users) or "none"
    yield "live releases", _listed(live) or "none"
    yield "owners", _listed(use.owner for use in users)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted({word for word in words if word}))
