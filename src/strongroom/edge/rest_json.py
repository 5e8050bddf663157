"""The rest-json protocol: Lambda. Members travel in the path, the query, headers, and the body.

Source: Smithy, "AWS restJson1 protocol" and "HTTP protocol bindings"; error answers as Lambda sends them.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from strongroom.core.errors import ApiError
from strongroom.edge.decoders import INTEGER_MAX, compile_decoder
from strongroom.edge.encoders import compile_encoder
from strongroom.edge.errors import rest_wire
from strongroom.edge.http import HttpAnswer, HttpRequest
from strongroom.edge.json11 import parse_json
from strongroom.edge.models import OperationModel, ServiceModel, Shape
from strongroom.edge.refusals import SerializationFailed
from strongroom.edge.validators import compile_validator

CONTENT_TYPE = b"application/json"
_DIGITS_MAX = len(str(INTEGER_MAX)) + 1
_FIELDS_MAX = 1000
_TRUTH = {"true": True, "false": False}
_write = msgspec.json.encode


class _Binding(msgspec.Struct, frozen=True):
    """Where one member travels (`uri`, `querystring`, `header`, `statusCode`), under which name, and of what type it is."""

    member: str
    location: str
    name: str
    kind: str


def _bindings(service: ServiceModel, shape: Shape) -> tuple[_Binding, ...]:
    found = []
    for member, reference in shape["members"].items():
        if "location" in reference:
            kind = service.shapes[reference["shape"]]["type"]
            found.append(_Binding(member, reference["location"], reference.get("locationName", member), kind))
    return tuple(found)


def _value(binding: _Binding, text: str) -> Any:
    """Return a text from path, query or header as JSON would have it. Raises SerializationFailed."""
    if binding.kind == "integer":
        if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > _DIGITS_MAX:
            raise SerializationFailed("STRING_VALUE cannot be converted to Integer")
        return int(text)
    if binding.kind == "boolean":
        if text not in _TRUTH:
            raise SerializationFailed("STRING_VALUE cannot be converted to Boolean")
        return _TRUTH[text]
    return text


def _fields(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except ValueError as error:
        raise SerializationFailed("The query has too many parameters.") from error


class RestJsonCodec:
    """Requests and answers of one operation."""

    def __init__(self, operation: OperationModel) -> None:
        service, input_, output = operation.service, operation.input, operation.output
        self._status = operation.status
        self._decode = compile_decoder(service, input_) if input_ else None
        self._validate = compile_validator(service, input_) if input_ else None
        self._encode = compile_encoder(service, output) if output else None
        shape: Shape = service.shapes[input_] if input_ else {"members": {}}
        answer: Shape = service.shapes[output] if output else {"members": {}}
        self._inbound, self._outbound = _bindings(service, shape), _bindings(service, answer)
        self._payload, self._answer_payload = shape.get("payload"), answer.get("payload")
        self._bound = frozenset(binding.member for binding in self._inbound)

    def decode(self, labels: Mapping[str, str], request: HttpRequest) -> dict[str, Any]:
        """Return the request's members, decoded and checked. Raises SerializationFailed or ValidationFailed."""
        if self._decode is None or self._validate is None:
            return {}
        body = {} if self._payload else parse_json(request.body)
        if not isinstance(body, dict):
            raise SerializationFailed("Start of list found where not expected")
        document = {name: value for name, value in body.items() if name not in self._bound}
        document.update(self._elsewhere(labels, request))
        try:
            decoded: dict[str, Any] = self._decode(document)
            if self._payload and request.body:
                decoded[self._payload] = request.body
            self._validate(decoded)
        except RecursionError as error:
            raise SerializationFailed("The request body is nested too deeply.") from error
        return decoded

    def _elsewhere(self, labels: Mapping[str, str], request: HttpRequest) -> dict[str, Any]:
        """Return the members outside the body."""
        query = _fields(request.query)
        found: dict[str, Any] = {}
        for binding in self._inbound:
            texts = [value for name, value in query if name == binding.name] if binding.location == "querystring" else []
            if binding.location == "uri" and binding.name in labels:
                texts = [labels[binding.name]]
            elif binding.location == "header" and (header := request.headers.get(binding.name.lower().encode())) is not None:
                texts = [header.decode("latin-1")]
            if texts:
                found[binding.member] = texts if binding.kind == "list" else _value(binding, texts[0])
        return found

    def encode(self, response: Mapping[str, Any], request_id: str) -> HttpAnswer:
        """Return the answer. Raises NotInModelError for a response that the model does not have."""
        encoded = self._encode(response) if self._encode else {}
        status, headers = self._status, []
        for binding in self._outbound:
            value = encoded.pop(binding.member, None)
            if value is None:
                continue
            if binding.location == "statusCode":
                status = value
            else:
                headers.append((binding.name.lower().encode(), str(value).encode()))
        return HttpAnswer(status, CONTENT_TYPE, self._body(encoded), request_id, tuple(headers))

    def _body(self, encoded: dict[str, Any]) -> bytes:
        if self._encode is None:
            return b""
        return encoded.get(self._answer_payload, b"") if self._answer_payload else _write(encoded)


def encode_rest_error(service: ServiceModel, error: ApiError, request_id: str) -> HttpAnswer:
    """Return the error answer: its type in a header, its message in the member that the error's shape has for it."""
    code, status = rest_wire(service, error)
    members = service.shapes.get(code, {}).get("members", {})
    document: dict[str, Any] = {"Type": "User" if error.sender_fault else "Service"} if "Type" in members else {}
    if error.message is not None:
        document["message" if "message" in members else "Message"] = error.message
    document.update(error.members)
    return HttpAnswer(status, CONTENT_TYPE, _write(document), request_id, ((b"x-amzn-errortype", code.encode()),))
