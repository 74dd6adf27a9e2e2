"""Workflow and action files read as data: jobs, steps and the places of their texts, for the rules of `workflows`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitmlops.specs.yaml import MappingNode, Node, ScalarNode, SequenceNode, compose

_OURS = re.compile(r"gitmlops/gitmlops(/[^@]*)?@.*", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """A step of a job, or of a composite action."""

    node: MappingNode

    @property
    def uses(self) -> ScalarNode | None:
        """What `uses:` names."""
        return scalar(self.node, "uses")

    def inputs(self, name: str) -> ScalarNode | None:
        """The value under `with:`."""
        return scalar(child(self.node, "with"), name)

    @property
    def scripts(self) -> Iterator[ScalarNode]:
        """Text that is run: by a shell, or by actions/github-script."""
        if (run := scalar(self.node, "run")) is not None:
            yield run
        if self.is_of("actions/github-script"):
            script = self.inputs("script")
            yield from (script,) if script is not None else ()

    def runs(self, command: re.Pattern[str]) -> bool:
        """Whether a script has a command that fits."""
        return any(command.search(script.value) for script in self.scripts)

    def is_of(self, *actions: str) -> bool:
        """Whether it uses one of these actions, at whatever commit; GitHub finds it in large letters and in small."""
        return self.uses is not None and self.uses.value.lower().partition("@")[0] in actions

    @property
    def is_our_action(self) -> bool:
        """Whether it uses the action of gitmlops, which is the gate."""
        return self.uses is not None and bool(_OURS.fullmatch(self.uses.value))


@dataclass(frozen=True)
class Job:
    """A job and where its name stands."""

    name: ScalarNode
    node: MappingNode

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its steps, in order."""
        return tuple(steps_of(self.node))


@dataclass(frozen=True)
class WorkflowFile:
    """A workflow, or an action where `jobs` is empty. triggers: by their names, what stands below them."""

    root: MappingNode
    triggers: Mapping[str, Node]
    jobs: tuple[Job, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, of a composite action, too."""
        runs = child(self.root, "runs")
        own = tuple(steps_of(runs)) if isinstance(runs, MappingNode) else ()
        return (*own, *(step for job in self.jobs for step in job.steps))


def read(content: bytes, path: str) -> WorkflowFile | None:
    """The file; None where it is empty or no mapping. Raises InputError where it cannot be read as YAML."""
    roots = compose(content, path=path)
    if len(roots) != 1 or not isinstance(roots[0], MappingNode):
        return None
    root = roots[0]
    jobs = child(root, "jobs")
    found = jobs.value.values() if isinstance(jobs, MappingNode) else ()
    return WorkflowFile(
        root,
        _triggers(child(root, "on")),
        tuple(Job(key, node) for key, node in found if isinstance(node, MappingNode)),
    )


def environments(content: bytes, path: str) -> set[str]:
    """Names of the environments of its jobs, as text or as `name:`; those that an expression makes are left out."""
    workflow = read(content, path)
    nodes = [child(job.node, "environment") for job in workflow.jobs] if workflow else []
    said = [node if isinstance(node, ScalarNode) else scalar(node, "name") for node in nodes]
    return {one.value for one in said if one is not None and "${{" not in one.value}


def _triggers(node: Node | None) -> Mapping[str, Node]:
    if isinstance(node, MappingNode):
        return {name: value for name, (_, value) in node.value.items()}
    if isinstance(node, SequenceNode):
        return {one.value: one for one in node.value if isinstance(one, ScalarNode)}
    return {node.value: node} if isinstance(node, ScalarNode) else {}


def steps_of(node: MappingNode) -> Iterator[Step]:
    """The steps below a job, or below `runs:` of an action."""
    listed = child(node, "steps")
    if isinstance(listed, SequenceNode):
        yield from (Step(one) for one in listed.value if isinstance(one, MappingNode))


def child(node: Node | None, key: str) -> Node | None:
    """What stands under a key; None where there is no such key."""
    return node.value[key][1] if isinstance(node, MappingNode) and key in node.value else None


def scalar(node: Node | None, key: str) -> ScalarNode | None:
    """The text under a key; None where there is none."""
    found = child(node, key)
    return found if isinstance(found, ScalarNode) else None


def texts(node: Node | None) -> tuple[str, ...]:
    """A text, or the texts of a list."""
    if isinstance(node, SequenceNode):
        return tuple(one.value for one in node.value if isinstance(one, ScalarNode))
    return (node.value,) if isinstance(node, ScalarNode) and node.value else ()
