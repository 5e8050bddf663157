"""The json 1.1 protocol: KMS, Secrets Manager, Parameter Store, CloudTrail.

Source: Smithy, "AWS JSON 1.1 protocol".
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from strongroom.core.errors import ApiError
from strongroom.edge.decoders import compile_decoder
from strongroom.edge.encoders import compile_encoder
from strongroom.edge.errors import json_wire
from strongroom.edge.http import HttpAnswer
from strongroom.edge.models import OperationModel, ServiceModel
from strongroom.edge.refusals import SerializationFailed
from strongroom.edge.validators import compile_validator

CONTENT_TYPE = b"application/x-amz-json-1.1"
_MESSAGE_MEMBER = {"secretsmanager": "Message"}
_parse = msgspec.json.Decoder().decode
_write = msgspec.json.encode


def parse_json(body: bytes) -> Any:
    """Return the decoded body; an empty one is an empty object. Raises SerializationFailed."""
    if not body:
        return {}
    try:
        return _parse(body)
    except (ValueError, RecursionError) as error:  # msgspec's errors and UnicodeDecodeError are ValueErrors
        raise SerializationFailed("The request body is not valid JSON.") from error


class JsonCodec:
    """Requests and answers of one operation."""

    def __init__(self, operation: OperationModel) -> None:
        service = operation.service
        self._decode = compile_decoder(service, operation.input) if operation.input else None
        self._validate = compile_validator(service, operation.input) if operation.input else None
        self._encode = compile_encoder(service, operation.output) if operation.output else None

    def decode(self, body: bytes) -> dict[str, Any]:
        """Return the request's members, decoded and checked. Raises SerializationFailed or ValidationFailed."""
        document = parse_json(body)
        if self._decode is None or self._validate is None:
            return {}
        try:
            request: dict[str, Any] = self._decode(document)
            self._validate(request)
        except RecursionError as error:
            raise SerializationFailed("The request body is nested too deeply.") from error
        return request

    def encode(self, response: Mapping[str, Any], request_id: str) -> HttpAnswer:
        """Return the answer; an operation without output has an empty body. Raises NotInModelError."""
        if self._encode is None:
            return HttpAnswer(200, CONTENT_TYPE, b"", request_id)
        return HttpAnswer(200, CONTENT_TYPE, _write(self._encode(response)), request_id)


def encode_json_error(service: ServiceModel | None, error: ApiError, request_id: str) -> HttpAnswer:
    """Return the error answer: `__type`, the message where there is one, and the members of the error's shape."""
    code, status = json_wire(service, error)
    document: dict[str, Any] = {"__type": code}
    if error.message is not None:
        document[_MESSAGE_MEMBER.get(service.name, "message") if service else "message"] = error.message
    document.update(error.members)
    return HttpAnswer(status, CONTENT_TYPE, _write(document), request_id)
