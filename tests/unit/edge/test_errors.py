"""Codes and HTTP statuses on the wire."""

import pytest
from tests.unit.edge.fakes import models

from strongroom.core.errors import AccessDenied, ApiError, InternalFailure, ServiceUnavailable, Throttled, ValidationFailed
from strongroom.edge.errors import json_wire, query_wire
from strongroom.edge.json11 import encode_json_error
from strongroom.edge.query import encode_query_error
from strongroom.edge.refusals import (
    HeadersTooLarge,
    IncompleteSignature,
    InvalidSignature,
    MalformedForm,
    MissingAuthentication,
    PresignedExpired,
    RequestEntityTooLarge,
    RequestTimedOut,
    SerializationFailed,
)
from strongroom.identity.errors import ExpiredCredential, UnknownCredential


def error(error_code: str, *, sender: bool = True) -> ApiError:
    """Return an error of a service's own."""
    kind = type(error_code, (ApiError,), {"code": error_code, "sender_fault": sender})
    made: ApiError = kind("text")
    return made


@pytest.mark.parametrize(
    ("raised", "json", "query"),
    [
        (ValidationFailed("x"), ("ValidationException", 400), ("ValidationError", 400)),
        (AccessDenied("x"), ("AccessDeniedException", 400), ("AccessDenied", 403)),
        (Throttled(), ("ThrottlingException", 400), ("Throttling", 400)),
        (InternalFailure(), ("InternalFailure", 500), ("InternalFailure", 500)),
        (ServiceUnavailable(), ("ServiceUnavailable", 503), ("ServiceUnavailable", 503)),
        (UnknownCredential(), ("UnrecognizedClientException", 400), ("InvalidClientTokenId", 403)),
        (ExpiredCredential(), ("ExpiredTokenException", 400), ("ExpiredToken", 403)),
        (MissingAuthentication(query=False), ("MissingAuthenticationTokenException", 400), ("MissingAuthenticationToken", 403)),
        (IncompleteSignature("x"), ("IncompleteSignatureException", 400), ("IncompleteSignature", 400)),
        (InvalidSignature("x"), ("InvalidSignatureException", 400), ("SignatureDoesNotMatch", 403)),
        (PresignedExpired("x"), ("InvalidSignatureException", 400), ("RequestExpired", 400)),
        (SerializationFailed("x"), ("SerializationException", 400), ("MalformedInput", 400)),
        (MalformedForm("x"), ("SerializationException", 400), ("MalformedQueryString", 404)),
        (RequestEntityTooLarge(1), ("RequestEntityTooLargeException", 413), ("RequestEntityTooLarge", 413)),
        (HeadersTooLarge(), ("RequestHeaderSectionTooLarge", 431), ("RequestHeaderSectionTooLarge", 431)),
        (RequestTimedOut(), ("RequestTimeout", 408), ("RequestTimeout", 408)),
    ],
)
def test_common_errors_are_named_by_protocol(raised: ApiError, json: tuple[str, int], query: tuple[str, int]) -> None:
    """One row for each common error."""
    assert json_wire(models().services["kms"], raised) == json
    assert query_wire(models().services["sts"], raised) == query
    assert json_wire(None, raised) == json
    assert query_wire(None, raised) == query


@pytest.mark.parametrize(
    ("service", "raised", "wanted"),
    [
        ("kms", error("NotFoundException"), ("NotFoundException", 400)),
        ("kms", error("KMSInternalException"), ("KMSInternalException", 500)),
        ("kms", error("KeyUnavailableException"), ("KeyUnavailableException", 500)),
        ("kms", error("DependencyTimeoutException"), ("DependencyTimeoutException", 503)),
        ("secretsmanager", error("InternalServiceError"), ("InternalServiceError", 500)),
        ("ssm", error("InternalServerError"), ("InternalServerError", 500)),
        ("ssm", error("ParameterNotFound"), ("ParameterNotFound", 400)),
    ],
)
def test_json_errors_of_a_model_are_400_unless_the_server_is_at_fault(service: str, raised: ApiError, wanted: tuple[str, int]) -> None:
    """The model's `fault` counts, whatever the class says."""
    assert json_wire(models().services[service], raised) == wanted


@pytest.mark.parametrize(
    ("service", "raised", "wanted"),
    [
        ("iam", error("NoSuchEntity"), ("NoSuchEntity", 404)),
        ("iam", error("NoSuchEntityException"), ("NoSuchEntity", 404)),
        ("iam", error("EntityAlreadyExists"), ("EntityAlreadyExists", 409)),
        ("iam", error("ReportNotPresent"), ("ReportNotPresent", 410)),
        ("iam", error("InvalidAuthenticationCode"), ("InvalidAuthenticationCode", 403)),
        ("iam", error("ServiceFailure"), ("ServiceFailure", 500)),
        ("sts", error("ExpiredTokenException"), ("ExpiredTokenException", 400)),
        ("sts", error("IDPRejectedClaim"), ("IDPRejectedClaim", 403)),
        ("sts", error("InvalidParameterValue"), ("InvalidParameterValue", 400)),
        ("sts", error("Broken", sender=False), ("Broken", 500)),
    ],
)
def test_query_errors_take_code_and_status_from_their_trait(service: str, raised: ApiError, wanted: tuple[str, int]) -> None:
    """By shape name or by wire code; what no model has is 400, or 500 where the server is at fault."""
    assert query_wire(models().services[service], raised) == wanted


@pytest.mark.parametrize(
    ("service", "raised", "body"),
    [
        ("kms", error("NotFoundException"), b'{"__type":"NotFoundException","message":"text"}'),
        ("secretsmanager", error("ResourceNotFoundException"), b'{"__type":"ResourceNotFoundException","Message":"text"}'),
        ("kms", type("E", (ApiError,), {"code": "InvalidCiphertextException"})(), b'{"__type":"InvalidCiphertextException"}'),
    ],
)
def test_json_error_bodies(service: str, raised: ApiError, body: bytes) -> None:
    """Secrets Manager writes `Message`; where AWS sends no message there is no member at all."""
    assert encode_json_error(models().services[service], raised, "id").body == body


def test_query_error_bodies() -> None:
    """Sender or Receiver, the namespace, and text that XML can hold."""
    iam = models().services["iam"]
    assert encode_query_error(iam, error("NoSuchEntity"), "id").body == (
        b'<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>'
        b"<Message>text</Message></Error><RequestId>id</RequestId></ErrorResponse>\n"
    )
    assert b"<Type>Receiver</Type>" in encode_query_error(iam, InternalFailure(), "id").body
    assert b"<Message>" not in encode_query_error(iam, type("E", (ApiError,), {"code": "X"})(), "id").body
    assert b"xmlns" not in encode_query_error(None, InternalFailure(), "id").body
    members = type("E", (ApiError,), {"code": "X"})("\x01<", {"Extra": "&"})
    assert "<Message>\ufffd&lt;</Message><Extra>&amp;</Extra>".encode() in encode_query_error(iam, members, "id").body
