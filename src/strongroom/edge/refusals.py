"""What the edge itself answers: requests that never become a call.

Codes are the json protocol's; edge/errors.py holds the query protocol's names for them.

Source: IAM User Guide, "Troubleshoot Signature Version 4 requests"; "Common error types" of each API reference.
"""

from strongroom.core.errors import ApiError


class MissingAuthentication(ApiError):
    """The request is not signed at all. AWS's two protocols word it differently."""

    code = "MissingAuthenticationTokenException"

    def __init__(self, *, query: bool) -> None:
        super().__init__("Request is missing Authentication Token" if query else "Missing Authentication Token")


class IncompleteSignature(ApiError):
    """The signature can't be read, or parts of it are missing."""

    code = "IncompleteSignatureException"


class InvalidSignature(ApiError):
    """The signature is well-formed and wrong: its scope, its time, or the signature itself."""

    code = "InvalidSignatureException"


class SignatureMismatch(InvalidSignature):
    """What the client signed is not what arrived, or the secret differs."""

    def __init__(self) -> None:
        super().__init__(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
        )


class PresignedExpired(InvalidSignature):
    """A presigned request came after its X-Amz-Expires (`RequestExpired` in the query protocol)."""


class SerializationFailed(ApiError):
    """The body does not parse, or holds a value of another type than the model says."""

    code = "SerializationException"


class MalformedForm(SerializationFailed):
    """A form that does not parse at all (`MalformedQueryString`; values of the wrong type are `MalformedInput`)."""


class UnknownOperation(ApiError):
    """json protocol: no such operation. AWS sends no message."""

    code = "UnknownOperationException"


class InvalidAction(ApiError):
    """Query protocol: no such operation."""

    code = "InvalidAction"

    def __init__(self, action: str, version: str | None) -> None:
        super().__init__(f"Could not find operation {action} for version {version or 'NO_VERSION_SPECIFIED'}")


class MissingAction(ApiError):
    """Query protocol: the request names no operation."""

    code = "MissingAction"

    def __init__(self) -> None:
        super().__init__("The request is missing an action or a required parameter.")


class OperationNotOffered(ApiError):
    """The operation exists at AWS and not here, in services whose model has an error for that."""

    code = "UnsupportedOperationException"

    def __init__(self) -> None:
        super().__init__("The requested operation is not supported.")


class MethodNotAllowed(ApiError):
    """AWS's json protocol is POST only, its query protocol GET and POST."""

    code = "MethodNotAllowed"

    def __init__(self, method: str) -> None:
        super().__init__(f"The specified method is not allowed against this resource: {method}")


class RequestEntityTooLarge(ApiError):
    """The body is larger than any operation takes."""

    code = "RequestEntityTooLargeException"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request body exceeds {limit} bytes.")


class HeadersTooLarge(ApiError):
    """Too many headers, or too many bytes in them."""

    code = "RequestHeaderSectionTooLarge"

    def __init__(self) -> None:
        super().__init__("Your request header section exceeds the maximum allowed size.")


class RequestTimedOut(ApiError):
    """The body did not arrive in time."""

    code = "RequestTimeout"

    def __init__(self) -> None:
        super().__init__("The request body was not received within the timeout period.")
