"""Which operation of which service a request means. Says nothing before the caller is known: what is wrong is kept for later.

Source: Smithy, "AWS JSON 1.1 protocol" (X-Amz-Target), "AWS query protocol" (Action and Version), "AWS restJson1
protocol" (method and path).
"""

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

import msgspec

from strongroom.core.errors import ApiError
from strongroom.edge.forms import Form, parse_form
from strongroom.edge.http import ROOT_PATH, HttpRequest
from strongroom.edge.models import JSON, REST_JSON, Models, OperationModel, ServiceModel
from strongroom.edge.refusals import InvalidAction, MalformedForm, MethodNotAllowed, MissingAction, UnknownOperation

_TARGET = b"x-amz-target"
_NAME_LENGTH_MAX = 128
UNKNOWN = "Unknown"  # stands in audit events for a service or operation that a refused request does not name


class Route(msgspec.Struct, frozen=True):
    """Where a request goes.

    Attributes:
        service: None if neither the request nor its credential scope names one of ours.
        operation: the operation's name as the request gives it; it need not exist.
        query: whether answers take the query protocol's form.
        error: what is wrong with the request's naming; raised once the caller is known.
        form: the fields of a query request.
        labels: the variable parts of a rest-json request's path.
    """

    service: ServiceModel | None
    operation: str
    query: bool
    error: ApiError | None = None
    form: Form = msgspec.field(default_factory=dict)
    labels: Mapping[str, str] = msgspec.field(default_factory=dict)


def _method_error(request: HttpRequest, *allowed: str) -> ApiError | None:
    if request.method not in allowed:
        return MethodNotAllowed(request.method)
    return None if request.path in {ROOT_PATH, b""} else UnknownOperation()


def _json_route(models: Models, scoped: ServiceModel | None, target: bytes, request: HttpRequest) -> Route:
    known = models.targets.get(target)
    if known is not None and request.method == "POST" and request.path == ROOT_PATH:
        return known
    prefix, _, operation = target.decode("latin-1").rpartition(".")
    service = models.by_target.get(prefix)
    error = _method_error(request, "POST") or (None if service else UnknownOperation())
    found = Route(service or scoped, operation, query=False, error=error)
    if error is None and service is not None and operation in service.operations:
        models.targets[target] = found  # as many as there are operations
    return found


def _fields(request: HttpRequest) -> bytes:
    """Return the form fields: of the query and, but for GET, of the body. A presigned POST has its fields in the query."""
    if request.method == "GET" or not request.body:
        return request.query
    return request.query + b"&" + request.body if request.query else request.body


def _query_route(models: Models, scoped: ServiceModel | None, request: HttpRequest) -> Route:
    try:
        form = parse_form(_fields(request))
    except MalformedForm as failed:
        return Route(scoped, "", query=True, error=failed)
    action, version = form.get("Action", ""), form.get("Version")
    service = models.by_version.get(version) if version else None
    error = _method_error(request, "GET", "POST")
    if error is None and not action:
        error = MissingAction()
    elif error is None and service is None:
        error = InvalidAction(action, version)
    return Route(service or scoped, action, query=True, error=error, form=form)


def _segments(path: bytes) -> tuple[str, ...]:
    parts = path.strip(b"/").split(b"/")
    return tuple(unquote_to_bytes(part).decode("utf-8", "replace") for part in parts)


def _labels(operation: OperationModel, segments: tuple[str, ...]) -> dict[str, str] | None:
    """Return the labels' values if `segments` is a path of `operation`."""
    found: dict[str, str] = {}
    for pattern, segment in zip(operation.path, segments, strict=True):
        if pattern.startswith("{"):
            found[pattern.strip("{+}")] = segment
        elif pattern != segment:
            return None
    return found if all(found.values()) else None


def _rest_route(models: Models, scoped: ServiceModel | None, request: HttpRequest) -> Route | None:
    segments = _segments(request.path)
    for operation in models.by_path.get((request.method, len(segments)), ()):
        labels = _labels(operation, segments)
        if labels is not None:
            return Route(operation.service, operation.name, query=False, labels=labels)
    if scoped is not None and scoped.protocol == REST_JSON:
        return Route(scoped, "", query=False, error=UnknownOperation())
    return None


def route(models: Models, request: HttpRequest, scope_service: str | None) -> Route:
    """Return where `request` goes. `scope_service` is the service of its credential scope, which decides where the request does not."""
    target = request.headers.get(_TARGET)
    scoped = models.services.get(scope_service) if scope_service else None
    if target is not None:
        return _json_route(models, scoped, target, request)
    if request.path not in {ROOT_PATH, b""} and (rest := _rest_route(models, scoped, request)) is not None:
        return rest
    as_json = scoped.protocol == JSON if scoped else b"json" in request.headers.get(b"content-type", b"")
    if as_json:
        return Route(scoped, "", query=False, error=_method_error(request, "POST") or UnknownOperation())
    return _query_route(models, scoped, request)


def recordable(operation: str) -> str:
    """Return an operation's name for the audit event of a refusal, or UNKNOWN for a text that can't be one."""
    return operation if len(operation) <= _NAME_LENGTH_MAX and operation.isascii() and operation.isidentifier() else UNKNOWN
