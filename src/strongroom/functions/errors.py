"""The errors of Lambda, each with AWS's wording where it is known.

Source: Lambda API Reference.
"""

from strongroom.core.errors import ApiError


class FunctionNotFound(ApiError):
    """No function has this name."""

    code = "ResourceNotFoundException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"Function not found: {arn}")


class PolicyNotFound(ApiError):
    """The function has no resource policy, or no such statement."""

    code = "ResourceNotFoundException"


class FunctionExists(ApiError):
    """A function, or a statement, of this name exists."""

    code = "ResourceConflictException"


class InvalidParameterValue(ApiError):
    """A parameter does not fit: runtime, role, handler, code."""

    code = "InvalidParameterValueException"


class InvalidRequestContent(ApiError):
    """The payload of an invocation is not JSON."""

    code = "InvalidRequestContentException"


class PreconditionFailed(ApiError):
    """The RevisionId given is not the function's."""

    code = "PreconditionFailedException"

    def __init__(self) -> None:
        super().__init__(
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
        )


class TooManyInvocations(ApiError):
    """As many functions run at once as this process runs."""

    code = "TooManyRequestsException"

    def __init__(self) -> None:
        super().__init__("Rate Exceeded.", {"Reason": "ConcurrentInvocationLimitExceeded"})


class PayloadTooLarge(ApiError):
    """The payload exceeds Lambda's limit."""

    code = "RequestTooLargeException"

    def __init__(self, size: int, most: int) -> None:
        super().__init__(f"{size} byte payload is too large for the RequestResponse invocation type (limit {most} bytes)")


class CodeStorageExceeded(ApiError):
    """The account's code takes more room than it may."""

    code = "CodeStorageExceededException"

    def __init__(self) -> None:
        super().__init__("Code storage limit exceeded.")


class FunctionsUnavailable(ApiError):
    """This server does not run functions, or can't confine them."""

    code = "ServiceException"
    sender_fault = False
