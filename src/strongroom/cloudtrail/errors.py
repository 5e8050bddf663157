"""What CloudTrail answers when it will not.

Source: CloudTrail API Reference, the error lists of its operations.
"""

from strongroom.core.errors import ApiError


class InvalidLookupAttributes(ApiError):
    """More than one lookup attribute, or one that can't be looked for."""

    code = "InvalidLookupAttributesException"


class InvalidTimeRange(ApiError):
    """The start lies after the end."""

    code = "InvalidTimeRangeException"

    def __init__(self) -> None:
        super().__init__("The start time of the time range is after its end time.")


class InvalidMaxResults(ApiError):
    """MaxResults is not 1 to 50."""

    code = "InvalidMaxResultsException"

    def __init__(self, value: int) -> None:
        super().__init__(f"The value {value} of MaxResults is not valid: it must be between 1 and 50.")


class InvalidNextToken(ApiError):
    """The token was made up, or made for a request with other parameters."""

    code = "InvalidNextTokenException"

    def __init__(self) -> None:
        super().__init__("The token is not valid, or was used in a request with different parameters.")
