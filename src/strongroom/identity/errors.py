"""What can be wrong with credentials. Named after the json protocol's codes; the edge holds the query protocol's."""

from strongroom.core.errors import ApiError


class UnknownCredential(ApiError):
    """The access key id does not exist or is inactive, or the session token does not belong to it: one answer for all."""

    code = "UnrecognizedClientException"

    def __init__(self) -> None:
        super().__init__("The security token included in the request is invalid.")


class ExpiredCredential(ApiError):
    """The session has ended; clients fetch new credentials and try again."""

    code = "ExpiredTokenException"

    def __init__(self) -> None:
        super().__init__("The security token included in the request is expired")
