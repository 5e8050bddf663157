"""The query protocol: IAM and STS.

Source: Smithy, "AWS query protocol".
"""

from collections.abc import Mapping
from typing import Any

from strongroom.core.errors import ApiError
from strongroom.edge.errors import query_wire
from strongroom.edge.forms import Form, compile_form_reader, form_tree
from strongroom.edge.http import HttpAnswer
from strongroom.edge.models import OperationModel, ServiceModel
from strongroom.edge.validators import compile_validator
from strongroom.edge.xml_encoders import compile_xml_encoder, escape

CONTENT_TYPE = b"text/xml"


class QueryCodec:
    """Requests and answers of one operation."""

    def __init__(self, operation: OperationModel) -> None:
        service = operation.service
        self._read = compile_form_reader(service, operation.input) if operation.input else None
        self._validate = compile_validator(service, operation.input) if operation.input else None
        self._encode = compile_xml_encoder(service, operation.output) if operation.output else None
        self._name = operation.name
        self._namespace = service.namespace

    def decode(self, form: Form) -> dict[str, Any]:
        """Return the request's members, decoded and checked. Raises SerializationFailed or ValidationFailed."""
        if self._read is None or self._validate is None:
            return {}
        request: dict[str, Any] = self._read(form_tree(form))
        self._validate(request)
        return request

    def encode(self, response: Mapping[str, Any], request_id: str) -> HttpAnswer:
        """Return the answer in its envelope. Raises NotInModelError."""
        name = self._name
        result = f"<{name}Result>{self._encode(response)}</{name}Result>" if self._encode else ""
        text = (
            f'<{name}Response xmlns="{self._namespace}">{result}'
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>\n"
        )
        return HttpAnswer(200, CONTENT_TYPE, text.encode(), request_id)


def encode_query_error(service: ServiceModel | None, error: ApiError, request_id: str) -> HttpAnswer:
    """Return the error answer: type, code and message, with the members of the error's shape beside them."""
    code, status = query_wire(service, error)
    namespace = f' xmlns="{service.namespace}"' if service else ""
    message = f"<Message>{escape(error.message)}</Message>" if error.message is not None else ""
    members = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in error.members.items())
    text = (
        f"<ErrorResponse{namespace}><Error><Type>{'Sender' if error.sender_fault else 'Receiver'}</Type><Code>{escape(code)}</Code>"
        f"{message}{members}</Error><RequestId>{request_id}</RequestId></ErrorResponse>\n"
    )
    return HttpAnswer(status, CONTENT_TYPE, text.encode(), request_id)
