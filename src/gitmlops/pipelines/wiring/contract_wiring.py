"""What is wrong with a component's contract, whoever uses it."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from gitmlops.definitions import Placed
from gitmlops.errors import InputError
from gitmlops.pipelines.wiring import values
from gitmlops.report import Finding, Severity
from gitmlops.specs.component import Component, Input, Output, Parameter


def check(placed: Placed[Component]) -> Iterator[Finding]:
    """Findings about a contract: its name, its entry, its parameters and what it says of its files."""
    spec, folder = placed.spec, PurePosixPath(placed.path).parent.name
    if spec.name.rpartition("/")[2] != folder:
        yield _wrong(placed, "name", what=f"the component is in the folder {folder!r}", mend=f"name it {folder}")
    for name in sorted(set(spec.inputs) & set(spec.params)):
        what = f"{name!r} is an input and a parameter"
        yield _wrong(placed, "params", name, what=what, mend="rename one of them: a step gives both in `with`")
    module, _, function = spec.entry.partition(":")
    if not module.isidentifier() or not function.isidentifier():
        mend = f"write module:function, e.g. {folder.replace('-', '_')}:run"
        yield _wrong(placed, "entry", what=f"{spec.entry!r} names no function", mend=mend)
    for name, parameter in spec.params.items():
        yield from _parameter(placed, name, parameter)
    for section, files in (("inputs", spec.inputs), ("outputs", spec.outputs)):
        for name, file in files.items():
            yield from _file(placed, section, name, file)


def _parameter(placed: Placed[Component], name: str, parameter: Parameter) -> Iterator[Finding]:
    for key in ("minimum", "maximum"):
        if getattr(parameter, key) is not None and parameter.type not in ("integer", "number"):
            what = f"a {parameter.type} has no {key}"
            yield _wrong(placed, "params", name, key, what=what, mend="take it out, or write `type: number`")
    if parameter.items and parameter.type not in ("list", "object"):
        mend = "take it out, or write `type: list`"
        yield _wrong(placed, "params", name, "items", what=f"a {parameter.type} has no items", mend=mend)
    if parameter.default is not None:
        try:
            values.require(parameter.default, parameter, what="the default")
        except InputError as error:
            yield _wrong(placed, "params", name, "default", what=error.what, mend=error.mend)


def _file(placed: Placed[Component], section: str, name: str, file: Input | Output) -> Iterator[Finding]:
    if file.schema and file.type != "table":
        mend = "take it out, or write `type: table`"
        yield _wrong(placed, section, name, "schema", what=f"a {file.type} has no columns", mend=mend)
    if isinstance(file, Output) and file.plot and file.metric:
        mend = "make them two outputs"
        yield _wrong(placed, section, name, "plot", what=f"{name!r} is a metric and a plot", mend=mend)


def _wrong(placed: Placed[Component], *keys: str, what: str, mend: str) -> Finding:
    return Finding("wiring", Severity.ERROR, what, placed.at(*keys), mend)
