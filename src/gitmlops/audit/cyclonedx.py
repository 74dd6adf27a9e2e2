"""The model card of a version for machines: a CycloneDX 1.6 bill of materials with a model card in it."""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from gitmlops import __version__
from gitmlops.audit.card_facts import CardFacts
from gitmlops.records.receipt import CheckResult, Digest
from gitmlops.registry.reporting import reports


class _Part(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    pass


class _Property(_Part, frozen=True):
    name: str
    value: str


class _Hash(_Part, frozen=True):
    alg: str
    content: str


class _Interval(_Part, frozen=True):
    lower_bound: str
    upper_bound: str


class _Metric(_Part, frozen=True):
    type: str
    value: str
    slice: str = ""
    confidence_interval: _Interval | None = None


class _Reference(_Part, frozen=True):
    ref: str


class _Approach(_Part, frozen=True):
    type: str


class _Parameters(_Part, frozen=True):
    approach: _Approach
    task: str
    datasets: tuple[_Reference, ...] = ()


class _Analysis(_Part, frozen=True):
    performance_metrics: tuple[_Metric, ...]


class _Considerations(_Part, frozen=True):
    use_cases: tuple[str, ...]
    technical_limitations: tuple[str, ...]


class _ModelCard(_Part, frozen=True):
    model_parameters: _Parameters
    considerations: _Considerations
    quantitative_analysis: _Analysis | None = None
    properties: tuple[_Property, ...] = ()


class _Component(_Part, frozen=True, kw_only=True):
    type: str
    bom_ref: str = msgspec.field(name="bom-ref")
    name: str
    version: str = ""
    description: str = ""
    hashes: tuple[_Hash, ...] = ()
    purl: str = ""
    model_card: _ModelCard | None = None


class _Tools(_Part, frozen=True):
    components: tuple[_Component, ...]


class _Metadata(_Part, frozen=True):
    timestamp: str
    tools: _Tools
    component: _Component


class _Dependency(_Part, frozen=True):
    ref: str
    depends_on: tuple[str, ...]


class _Bill(_Part, frozen=True, kw_only=True, omit_defaults=False):
    schema: str = msgspec.field(name="$schema", default="http://cyclonedx.org/schema/bom-1.6.schema.json")
    bom_format: str = "CycloneDX"
    spec_version: str = "1.6"
    serial_number: str
    version: int = 1
    metadata: _Metadata
    components: tuple[_Component, ...]
    dependencies: tuple[_Dependency, ...]


def bill(facts: CardFacts, doubts: Mapping[str, str]) -> bytes:
    """The bill as JSON, two spaces an indentation, one newline at the end. Same version and receipt, same bytes.

    The model is the component that it is about; data and packages are its parts. doubts: tag -> why it is not believed.
    """
    parts = tuple({part.bom_ref: part for part in (*_data(facts), *_packages(facts))}.values())
    model = _model(facts, doubts)
    found = _Bill(
        serial_number=f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{facts.version.commit}/{facts.version.tag}')}",
        metadata=_Metadata(_moment(facts.version.time), _Tools((_tool(),)), model),
        components=parts,
        dependencies=(_Dependency(model.bom_ref, tuple(part.bom_ref for part in parts)),),
    )
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"


def _model(facts: CardFacts, doubts: Mapping[str, str]) -> _Component:
    spec, version = facts.model, facts.version
    pinned = version.trailers.one("Model")
    measured = tuple(_metric(one) for one in facts.measured)
    return _Component(
        type="machine-learning-model",
        bom_ref=f"model:{version.tag}",
        name=version.name,
        version=version.version,
        description=spec.intended_use,
        hashes=(_Hash("SHA-256", pinned),) if pinned else (),
        model_card=_ModelCard(
            _Parameters(
                _Approach("supervised"),
                spec.task.kind,
                tuple(_Reference(part.bom_ref) for part in _data(facts)),
            ),
            _Considerations((spec.intended_use,), tuple(_limits(facts))),
            _Analysis(measured) if measured else None,
            tuple(_properties(facts, doubts)),
        ),
    )


def _metric(one: CheckResult) -> _Metric:
    return _Metric(one.metric, one.value, one.slice, _Interval(*one.interval) if one.interval else None)


def _limits(facts: CardFacts) -> Iterator[str]:
    yield f"Not intended for: {facts.model.not_intended_for}"
    for policy in facts.policies.values():
        yield from policy.not_decided


def _properties(facts: CardFacts, doubts: Mapping[str, str]) -> Iterator[_Property]:
    spec, version = facts.model, facts.version
    yield _Property("gitmlops:owner", spec.owner)
    yield _Property("gitmlops:risk-tier", spec.risk_tier)
    yield _Property("gitmlops:commit", version.commit)
    yield from (_Property(f"gitmlops:{name}", why) for name, why in reports.doubted(version, doubts))
    yield from (_Property("gitmlops:protected", name) for name in spec.protected)
    yield from (_Property("gitmlops:feature", pin) for pin in facts.features)
    yield from (_Property("gitmlops:policy", name) for name in (facts.subject.policies if facts.subject else ()))
    for key in ("Receipt", "Gate", "Approved-by"):
        yield from (_Property(f"gitmlops:{key.lower()}", value) for value in version.trailers.all(key))


def _data(facts: CardFacts) -> Iterator[_Component]:
    """The rows that it learned from and was judged by, each once."""
    inputs = facts.manifest.inputs if facts.manifest else ()
    known = {one.path: one for one in (*inputs, *(facts.subject.data if facts.subject else ())) if one.sha256}
    for _, digest in sorted(known.items()):
        yield _file(digest)


def _file(digest: Digest) -> _Component:
    return _Component(
        type="data", bom_ref=f"data:{digest.path}", name=digest.path, hashes=(_Hash("SHA-256", digest.sha256),)
    )


def _packages(facts: CardFacts) -> Iterator[_Component]:
    for package in facts.manifest.packages if facts.manifest else ():
        name, _, version = package.partition("==")
        purl = f"pkg:pypi/{name.replace('_', '-')}@{version}"
        yield _Component(type="library", bom_ref=purl, name=name, version=version, purl=purl)


def _tool() -> _Component:
    return _Component(type="application", bom_ref="tool:gitmlops", name="gitmlops", version=__version__)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
