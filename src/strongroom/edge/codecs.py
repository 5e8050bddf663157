"""The codec of each operation, compiled when it is first used."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from strongroom.core.errors import ApiError
from strongroom.edge.http import HttpAnswer, HttpRequest
from strongroom.edge.json11 import JsonCodec, encode_json_error
from strongroom.edge.models import QUERY, REST_JSON, OperationModel
from strongroom.edge.query import QueryCodec, encode_query_error
from strongroom.edge.rest_json import RestJsonCodec, encode_rest_error
from strongroom.edge.routing import Route


class Codec(NamedTuple):
    """One operation in its own protocol.

    Attributes:
        decode: returns the request's members, decoded and checked. Raises SerializationFailed or ValidationFailed.
        encode: returns the answer to a request id. Raises NotInModelError for a response that the model does not have.
    """

    operation: OperationModel
    decode: Callable[[Route, HttpRequest], dict[str, Any]]
    encode: Callable[[Mapping[str, Any], str], HttpAnswer]


def compile_codec(operation: OperationModel) -> Codec:
    """Return the codec of an operation."""
    protocol = operation.service.protocol
    if protocol == QUERY:
        query = QueryCodec(operation)
        return Codec(operation, lambda route, _: query.decode(route.form), query.encode)
    if protocol == REST_JSON:
        rest = RestJsonCodec(operation)
        return Codec(operation, lambda route, request: rest.decode(route.labels, request), rest.encode)
    json = JsonCodec(operation)
    return Codec(operation, lambda _, request: json.decode(request.body), json.encode)


def encode_error(route: Route, error: ApiError, request_id: str) -> HttpAnswer:
    """Return the error answer in the protocol that the request speaks."""
    if route.query:
        return encode_query_error(route.service, error, request_id)
    if route.service is not None and route.service.protocol == REST_JSON:
        return encode_rest_error(route.service, error, request_id)
    return encode_json_error(route.service, error, request_id)
