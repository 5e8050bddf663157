"""The errors of STS. Source: AWS STS API Reference, botocore's model."""

from strongroom.core.errors import ApiError


class MalformedPolicyDocument(ApiError):
    """A session policy breaks the policy grammar; the message says where."""

    code = "MalformedPolicyDocument"


class PackedPolicyTooLarge(ApiError):
    """Session policies and tags do not fit into a session token."""

    code = "PackedPolicyTooLarge"

    def __init__(self, percent: int) -> None:
        super().__init__(f"Packed policy consumes {percent}% of allotted space, please use smaller policy.")


class InvalidParameterValue(ApiError):
    """A parameter is well formed and still not acceptable."""

    code = "InvalidParameterValue"


class InvalidAuthorizationMessage(ApiError):
    """The text is no encoded authorization message of this server's."""

    code = "InvalidAuthorizationMessageException"

    def __init__(self) -> None:
        super().__init__("Message is not a valid authorization message")


class InvalidIdentityToken(ApiError):
    """The web identity token is no token of the provider's for this server; the message says why."""

    code = "InvalidIdentityToken"


class ExpiredIdentityToken(ApiError):
    """The web identity token has expired; the client gets a new one from its provider."""

    code = "ExpiredTokenException"


class IdentityProviderUnreachable(ApiError):
    """The provider's keys can't be fetched."""

    code = "IDPCommunicationError"

    def __init__(self) -> None:
        super().__init__("Couldn't retrieve verification key from your identity provider, please try again later.")
