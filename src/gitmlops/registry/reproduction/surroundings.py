"""With what a version was made, as its manifest and its lock file say, and with what it is made again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gitmlops.adapters.system import environments
from gitmlops.adapters.system.environments import Versions, canonical
from gitmlops.records.manifest import Manifest

ABSENT = "none"


@dataclass(frozen=True)
class Surroundings:
    """What decides on the last digits of a result: packages by version; machine: what else, by what it is called.

    present: whether every package that is named was there; complete: whether no other one was.
    """

    packages: Versions
    machine: Mapping[str, str] = field(default_factory=dict)
    present: bool = True
    complete: bool = True


@dataclass(frozen=True)
class Difference:
    """A package (or part of the machine) that is another one now."""

    name: str
    before: str
    after: str
    is_package: bool = True

    def __str__(self) -> str:
        return f"{self.name}: {self.before} -> {self.after}"


def of_manifest(manifest: Manifest) -> Surroundings:
    """What a manifest says."""
    pairs = (each.partition("==") for each in manifest.packages)
    blas = {f"blas of {name}": version.strip() for name, _, version in (each.partition(":") for each in manifest.blas)}
    machine = {
        "python": manifest.python,
        "platform": manifest.platform,
        "cpu": manifest.cpu,
        **blas,
        "threads": str(manifest.threads),
    }
    packages = {canonical(name): version for name, _, version in pairs}
    return Surroundings(packages, {name: value for name, value in machine.items() if value})


def of_lock(path: str, content: bytes) -> Surroundings:
    """What a lock file says: a `uv.lock` names packages of groups and extras, too, that nobody need have installed.

    Raises InputError.
    """
    needed = not path.endswith("uv.lock")
    return Surroundings(environments.pinned(path, content), present=needed, complete=False)


def differences(before: Surroundings, after: Surroundings) -> tuple[Difference, ...]:
    """What differs, the machine first. Of the machine, only what both know."""
    machine = (
        Difference(name, value, after.machine[name], is_package=False)
        for name, value in before.machine.items()
        if name in after.machine and after.machine[name] != value
    )
    return (*machine, *_packages(before, after))


def _packages(before: Surroundings, after: Surroundings) -> Iterator[Difference]:
    then, now = before.packages.keys(), after.packages.keys()
    for name in sorted((then if before.present else then & now) | (now if before.complete else set())):
        old, new = before.packages.get(name, ABSENT), after.packages.get(name, ABSENT)
        if old != new:
            yield Difference(name, old, new)
