"""The codec of each operation, compiled when it is first used."""

from collections.abc import Mapping
from typing import Any

from strongroom.core.errors import ApiError
from strongroom.edge.http import HttpAnswer, HttpRequest
from strongroom.edge.json11 import JsonCodec, encode_json_error
from strongroom.edge.models import QUERY, REST_JSON, OperationModel
from strongroom.edge.query import QueryCodec, encode_query_error
from strongroom.edge.rest_json import RestJsonCodec, encode_rest_error
from strongroom.edge.routing import Route


class Codecs:
    """Decodes requests and encodes answers by the operation's own protocol."""

    def __init__(self) -> None:
        self._json: dict[tuple[str, str], JsonCodec] = {}
        self._query: dict[tuple[str, str], QueryCodec] = {}
        self._rest: dict[tuple[str, str], RestJsonCodec] = {}

    def decode(self, operation: OperationModel, route: Route, request: HttpRequest) -> dict[str, Any]:
        """Return the request's members, decoded and checked. Raises SerializationFailed or ValidationFailed."""
        if operation.service.protocol == QUERY:
            return self._query_codec(operation).decode(route.form)
        if operation.service.protocol == REST_JSON:
            return self._rest_codec(operation).decode(route.labels, request)
        return self._json_codec(operation).decode(request.body)

    def encode(self, operation: OperationModel, response: Mapping[str, Any], request_id: str) -> HttpAnswer:
        """Return the answer. Raises NotInModelError for a response that the model does not have."""
        if operation.service.protocol == QUERY:
            return self._query_codec(operation).encode(response, request_id)
        if operation.service.protocol == REST_JSON:
            return self._rest_codec(operation).encode(response, request_id)
        return self._json_codec(operation).encode(response, request_id)

    def encode_error(self, route: Route, error: ApiError, request_id: str) -> HttpAnswer:
        """Return the error answer in the protocol that the request speaks."""
        if route.query:
            return encode_query_error(route.service, error, request_id)
        if route.service is not None and route.service.protocol == REST_JSON:
            return encode_rest_error(route.service, error, request_id)
        return encode_json_error(route.service, error, request_id)

    def _json_codec(self, operation: OperationModel) -> JsonCodec:
        name = (operation.service.name, operation.name)
        codec = self._json.get(name)
        if codec is None:
            codec = self._json[name] = JsonCodec(operation)
        return codec

    def _rest_codec(self, operation: OperationModel) -> RestJsonCodec:
        name = (operation.service.name, operation.name)
        codec = self._rest.get(name)
        if codec is None:
            codec = self._rest[name] = RestJsonCodec(operation)
        return codec

    def _query_codec(self, operation: OperationModel) -> QueryCodec:
        name = (operation.service.name, operation.name)
        codec = self._query.get(name)
        if codec is None:
            codec = self._query[name] = QueryCodec(operation)
        return codec
