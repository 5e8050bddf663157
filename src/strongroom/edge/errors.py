"""From an ApiError to its code and HTTP status on the wire, by protocol.

An ApiError's code is the json protocol's name. What the query protocol names otherwise stands here, once; the errors of a
service's own model bring their code and status themselves.

Source: "Common error types" of the API references; the error traits of the service models.
"""

from collections.abc import Mapping

from strongroom.core.errors import ApiError
from strongroom.edge.models import ServiceModel
from strongroom.edge.refusals import MalformedForm, PresignedExpired
from strongroom.identity.errors import ExpiredCredential

BAD_REQUEST = 400
FORBIDDEN = 403
NOT_FOUND = 404
INTERNAL_ERROR = 500
UNAVAILABLE = 503

# Statuses that are the same in both protocols.
_STATUS: Mapping[str, int] = {
    "MethodNotAllowed": 405,
    "RequestEntityTooLargeException": 413,
    "RequestHeaderSectionTooLarge": 431,
    "RequestTimeout": 408,
    "ServiceUnavailable": UNAVAILABLE,
    "DependencyTimeoutException": UNAVAILABLE,
}

# json code -> query code and status.
_QUERY: Mapping[str, tuple[str, int]] = {
    "ValidationException": ("ValidationError", BAD_REQUEST),
    "AccessDeniedException": ("AccessDenied", FORBIDDEN),
    "AccessDenied": ("AccessDenied", FORBIDDEN),
    "ThrottlingException": ("Throttling", BAD_REQUEST),
    "MissingAuthenticationTokenException": ("MissingAuthenticationToken", FORBIDDEN),
    "IncompleteSignatureException": ("IncompleteSignature", BAD_REQUEST),
    "InvalidSignatureException": ("SignatureDoesNotMatch", FORBIDDEN),
    "UnrecognizedClientException": ("InvalidClientTokenId", FORBIDDEN),
    "SerializationException": ("MalformedInput", BAD_REQUEST),
    "UnknownOperationException": ("InvalidAction", NOT_FOUND),
    "RequestEntityTooLargeException": ("RequestEntityTooLarge", 413),
}

# Errors that the json protocol does not tell apart. STS's own model has an ExpiredTokenException, for
# web identity tokens, so the caller's expired credential is known by its class.
_QUERY_BY_CLASS: Mapping[type[ApiError], tuple[str, int]] = {
    ExpiredCredential: ("ExpiredToken", FORBIDDEN),
    PresignedExpired: ("RequestExpired", BAD_REQUEST),
    MalformedForm: ("MalformedQueryString", NOT_FOUND),
}


def _default_status(error: ApiError) -> int:
    return _STATUS.get(error.code, BAD_REQUEST if error.sender_fault else INTERNAL_ERROR)


def json_wire(service: ServiceModel | None, error: ApiError) -> tuple[str, int]:
    """Return `__type` and the HTTP status: 400 for the sender's errors, 500 (or 503) for the server's."""
    trait = service.errors.get(error.code) if service else None
    if trait is not None and not trait.sender_fault:
        return error.code, _STATUS.get(error.code, INTERNAL_ERROR)
    return error.code, _default_status(error)


_REST_STATUS: Mapping[str, int] = {
    "AccessDeniedException": FORBIDDEN,
    "MissingAuthenticationTokenException": FORBIDDEN,
    "IncompleteSignatureException": FORBIDDEN,
    "InvalidSignatureException": FORBIDDEN,
    "UnrecognizedClientException": FORBIDDEN,
    "ExpiredTokenException": FORBIDDEN,
    "UnknownOperationException": NOT_FOUND,
    "ThrottlingException": 429,
}


def rest_wire(service: ServiceModel, error: ApiError) -> tuple[str, int]:
    """Return the error type and the HTTP status of rest-json: from the service's model, else from the table of common errors."""
    trait = service.errors.get(error.code)
    status = trait.status if trait else _REST_STATUS.get(error.code)
    return error.code, status or _default_status(error)


def query_wire(service: ServiceModel | None, error: ApiError) -> tuple[str, int]:
    """Return the `Code` element and the HTTP status: from the service's model, else from the table of common errors."""
    if type(error) in _QUERY_BY_CLASS:
        return _QUERY_BY_CLASS[type(error)]
    trait = service.errors.get(error.code) if service else None
    if trait is not None:
        return trait.code, trait.status or _default_status(error)
    return _QUERY.get(error.code) or (error.code, _default_status(error))
