"""botocore's service models, read as data. Other modules of the edge compile them.

The raw JSON is read, not botocore.model, which hides the `fault` trait of errors.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader

if TYPE_CHECKING:
    from strongroom.edge.routing import Route

Shape = Mapping[str, Any]
JSON = "json"
QUERY = "query"
REST_JSON = "rest-json"


@dataclass(frozen=True, slots=True)
class ErrorTrait:
    """What a model says about one error: its code on the wire, its HTTP status (None: the protocol's own), and whose fault it is."""

    code: str
    status: int | None
    sender_fault: bool


@dataclass(frozen=True, slots=True)
class ServiceModel:
    """One service.

    Attributes:
        name: the SigV4 service name.
        protocol: JSON, QUERY or REST_JSON.
        target_prefix: what X-Amz-Target starts with; empty in the other protocols.
        namespace: of the XML answers; empty in the json protocol.
        shapes: raw shapes by name.
        errors: by shape name, and by wire code where that differs.
    """

    name: str
    protocol: str
    api_version: str
    target_prefix: str
    namespace: str
    shapes: Mapping[str, Shape]
    errors: Mapping[str, ErrorTrait]
    operations: dict[str, "OperationModel"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OperationModel:
    """One operation. `input` and `output` are shape names, None where there is nothing; `unsigned` marks calls made without credentials.

    `method`, `path` (its segments; labels in braces) and `status` are the http trait, by which rest-json names operations.
    """

    service: ServiceModel
    name: str
    input: str | None
    output: str | None
    unsigned: bool
    method: str = "POST"
    path: tuple[str, ...] = ()
    status: int = 200


@dataclass(frozen=True, slots=True)
class Models:
    """Every service that the edge speaks, and how requests name them. `targets` keeps the routes that X-Amz-Target has named so far."""

    services: Mapping[str, ServiceModel]
    by_target: Mapping[str, ServiceModel]
    by_version: Mapping[str, ServiceModel]
    by_path: Mapping[tuple[str, int], tuple["OperationModel", ...]]  # rest-json, by method and number of segments
    targets: dict[bytes, "Route"] = field(default_factory=dict)


def path_segments(path: str) -> tuple[str, ...]:
    """Return the parts of a path between its slashes; one slash at the end counts for nothing."""
    return tuple(path.strip("/").split("/")) if path.strip("/") else ()


def _errors(shapes: Mapping[str, Shape]) -> dict[str, ErrorTrait]:
    found: dict[str, ErrorTrait] = {}
    for name, shape in shapes.items():
        if not shape.get("exception"):
            continue
        trait = shape.get("error", {})
        known = ErrorTrait(trait.get("code", name), trait.get("httpStatusCode"), not shape.get("fault", False))
        found[name] = found[known.code] = known
    return found


def _service(name: str, raw: Mapping[str, Any]) -> ServiceModel:
    metadata = raw["metadata"]
    service = ServiceModel(
        name=name,
        protocol=metadata["protocol"],
        api_version=metadata["apiVersion"],
        target_prefix=metadata.get("targetPrefix", ""),
        namespace=metadata.get("xmlNamespace", ""),
        shapes=raw["shapes"],
        errors=_errors(raw["shapes"]),
    )
    for operation_name, operation in raw["operations"].items():
        service.operations[operation_name] = OperationModel(
            service=service,
            name=operation_name,
            input=operation.get("input", {}).get("shape"),
            output=operation.get("output", {}).get("shape"),
            unsigned=operation.get("authtype") == "none",
            method=operation["http"]["method"],
            path=path_segments(operation["http"]["requestUri"].partition("?")[0]),
            status=operation["http"].get("responseCode", 200),
        )
    return service


def _targets(services: Iterable[ServiceModel]) -> dict[str, ServiceModel]:
    """Return services by target prefix; a dotted prefix is known by its last part too, as AWS's own front ends do."""
    found: dict[str, ServiceModel] = {}
    for service in services:
        if service.protocol == JSON:
            found[service.target_prefix] = found[service.target_prefix.rpartition(".")[2]] = service
    return found


def _paths(services: Iterable[ServiceModel]) -> dict[tuple[str, int], tuple[OperationModel, ...]]:
    """Return rest-json operations by method and length; of two that fit a path, the one with fewer labels comes first."""
    found: dict[tuple[str, int], tuple[OperationModel, ...]] = {}
    for service in services:
        for operation in service.operations.values() if service.protocol == REST_JSON else ():
            place = (operation.method, len(operation.path))
            found[place] = tuple(sorted((*found.get(place, ()), operation), key=_labels))
    return found


def _labels(operation: OperationModel) -> int:
    return sum(segment.startswith("{") for segment in operation.path)


def load_models(names: Iterable[str]) -> Models:
    """Read the models of these services (0.1 s for six small ones). Raises botocore's UnknownServiceError for a name it does not know."""
    loader = Loader()
    services = {name: _service(name, loader.load_service_model(name, "service-2")) for name in names}
    return Models(
        services=services,
        by_target=_targets(services.values()),
        by_version={service.api_version: service for service in services.values() if service.protocol == QUERY},
        by_path=_paths(services.values()),
    )
