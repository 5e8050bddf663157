"""Errors as facts: an AWS error code, a message in AWS's wording, and who is at fault.

Nothing here knows HTTP, JSON or XML; the edge makes wire form and status once. Each service
room defines its own errors beside its rules; what every service can raise stands here. The two
protocols name a few of these differently (`AccessDeniedException` and `AccessDenied`): the code
here is the json one, and edge/errors.py holds the query protocol's names.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class ApiError(Exception):
    """An answer that AWS documents as an error.

    Attributes:
        code: the AWS error code, one meaning only.
        message: the text sent to the client, or None where AWS sends none.
        members: further members of the error's shape, in AWS's own names.
        sender_fault: False for errors of the server's own (HTTP 5xx).
    """

    code: ClassVar[str]
    sender_fault: ClassVar[bool] = True

    def __init__(self, message: str | None = None, members: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.members: Mapping[str, Any] = members or {}


class ValidationFailed(ApiError):
    """A parameter breaks a constraint or a rule of the operation (`ValidationError` in the query protocol)."""

    code = "ValidationException"


class AccessDenied(ApiError):
    """The caller may not do this. The wording with its reason is made by calls/ from the policy decision."""

    code = "AccessDeniedException"


class Throttled(ApiError):
    """Too many requests, or too many writers of one record; clients wait and try again."""

    code = "ThrottlingException"

    def __init__(self, message: str = "Rate exceeded") -> None:
        super().__init__(message)


class InternalFailure(ApiError):
    """The server failed. The client learns nothing more; the operator's log holds the reason."""

    code = "InternalFailure"
    sender_fault = False

    def __init__(self) -> None:
        super().__init__("The request processing has failed because of an unknown error, exception or failure.")


class ServiceUnavailable(ApiError):
    """The server can't answer now (audit log or database out of reach); clients retry."""

    code = "ServiceUnavailable"
    sender_fault = False

    def __init__(self) -> None:
        super().__init__("The request has failed due to a temporary failure of the server.")


class OperatorError(Exception):
    """Something only an operator can mend: a row that does not open, a broken audit chain, a full disk.

    The text goes to the operator's log and `doctor`; a client sees InternalFailure. It never holds a secret.
    """


class RecordDoesNotOpen(OperatorError):
    """A stored row was edited, swapped, copied or sealed under a key this server lacks."""

    def __init__(self, table: str, key: tuple[object, ...]) -> None:
        name = "/".join(map(str, key))
        super().__init__(f"row {name} of table {table} does not open: it was changed outside the server, or its key is missing")
        self.table = table
        self.key = key
