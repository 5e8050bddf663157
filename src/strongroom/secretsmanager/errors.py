"""The errors of Secrets Manager, each with AWS's wording.

Source: Secrets Manager API Reference; texts as recorded from AWS where a recording exists.
"""

from strongroom.core.errors import AccessDenied, ApiError, ValidationFailed


class InvalidRequest(ApiError):
    """The request does not fit the present state of the secret."""

    code = "InvalidRequestException"


class InvalidParameter(ApiError):
    """A parameter name or value is not valid."""

    code = "InvalidParameterException"


class ResourceNotFound(ApiError):
    """The secret, or the version of it that was asked for, does not exist."""

    code = "ResourceNotFoundException"


class ResourceExists(ApiError):
    """What should be made exists already."""

    code = "ResourceExistsException"


class LimitExceeded(ApiError):
    """A quota of the secret would be exceeded."""

    code = "LimitExceededException"


class MalformedPolicyDocument(ApiError):
    """The resource policy is not valid."""

    code = "MalformedPolicyDocumentException"


class PublicPolicy(ApiError):
    """BlockPublicPolicy was given and the policy grants access to everybody."""

    code = "PublicPolicyException"

    def __init__(self) -> None:
        super().__init__("You must add a condition or a specific principal to the policy: it allows public access to the secret.")


class InvalidNextToken(ApiError):
    """The pagination token was not given out for this call."""

    code = "InvalidNextTokenException"

    def __init__(self) -> None:
        super().__init__("The NextToken value is invalid.")


class DecryptionFailure(ApiError):
    """KMS can't open the data key of the version: the key is disabled, pending deletion, unavailable or gone."""

    code = "DecryptionFailure"

    def __init__(self) -> None:
        super().__init__("Secrets Manager can't decrypt the protected secret text using the provided KMS key.")


class EncryptionFailure(ApiError):
    """KMS can't make a data key: the key is disabled, pending deletion, unavailable or gone."""

    code = "EncryptionFailure"

    def __init__(self) -> None:
        super().__init__(
            "Secrets Manager can't encrypt the protected secret text using the provided KMS key. "
            "Check that the KMS key is available, enabled, and not in an invalid state."
        )


class KmsAccessDenied(AccessDenied):
    """The caller may not use the KMS key of the secret."""

    def __init__(self) -> None:
        super().__init__("Access to KMS is not allowed")


class AsymmetricKey(InvalidRequest):
    """The KMS key named for the secret is not a symmetric encryption key."""

    def __init__(self) -> None:
        super().__init__("Cannot generate a data key with an asymmetric KMS key")


class InvalidName(ValidationFailed):
    """A secret name (or a SecretId) with characters that no secret name has."""

    def __init__(self) -> None:
        super().__init__("Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")


class ValueTooLong(ValidationFailed):
    """The value has more than 65,536 bytes. The wording is that of the service model's own length check."""

    def __init__(self, member: str, most: int) -> None:
        super().__init__(
            f"1 validation error detected: Value at '{member}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {most}"
        )


class SecretNotFound(ResourceNotFound):
    """No secret has this name or ARN."""

    def __init__(self) -> None:
        super().__init__("Secrets Manager can't find the specified secret.")


class LabelNotFound(ResourceNotFound):
    """No version with a value carries the staging label."""

    def __init__(self, label: str) -> None:
        super().__init__(f"Secrets Manager can't find the specified secret value for staging label: {label}")


class VersionNotFound(ResourceNotFound):
    """The secret has no version with a value under this id."""

    def __init__(self, version_id: str) -> None:
        super().__init__(f"Secrets Manager can't find the specified secret value for VersionId: {version_id}")


class VersionLacksLabel(InvalidRequest):
    """VersionId and VersionStage name different versions."""

    def __init__(self) -> None:
        super().__init__("You provided a VersionStage that is not associated to the provided VersionId.")


class SecretExists(ResourceExists):
    """A secret of this name exists."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The operation failed because the secret {name} already exists.")


class NameScheduledForDeletion(InvalidRequest):
    """A secret of this name waits for its deletion."""

    def __init__(self) -> None:
        super().__init__("You can't create this secret because a secret with this name is already scheduled for deletion.")


class TokenInUse(ResourceExists):
    """The ClientRequestToken names a version that holds another value."""

    def __init__(self, token: str, arn: str) -> None:
        super().__init__(f"You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}.")


TOKEN_WANTED = "You must provide a ClientRequestToken value. We recommend a UUID-type value."  # noqa: S105 - an error text


class MarkedForDeletion(InvalidRequest):
    """The secret is scheduled for deletion, and this is not one of the things that may still be done with it."""

    def __init__(self) -> None:
        super().__init__("You can't perform this operation on the secret because it was marked for deletion.")


class NotOnReplica(InvalidRequest):
    """A replica follows its primary: only the primary is changed."""

    def __init__(self) -> None:
        super().__init__("Operation not permitted on a replica secret. Call must be made in primary secret's region.")


class TwoValues(InvalidParameter):
    """Both SecretString and SecretBinary were given."""

    def __init__(self) -> None:
        super().__init__("You can't specify both a binary secret value and a string secret value in the same secret.")


class NoValue(InvalidRequest):
    """PutSecretValue without a value."""

    def __init__(self) -> None:
        super().__init__("You must provide either SecretString or SecretBinary.")


class LabelHeldElsewhere(InvalidParameter):
    """A staging label is only taken from the version that the caller names."""

    def __init__(self, label: str, holder: str, *, named_another: bool = False) -> None:
        problem = "is invalid" if named_another else "can't be empty"
        super().__init__(
            f"The parameter RemoveFromVersionId {problem}. Staging label {label} is currently attached to version {holder}, "
            "so you must explicitly reference that version in RemoveFromVersionId."
        )


class LabelNotAttached(InvalidParameter):
    """RemoveFromVersionId names a version that does not carry the label."""

    def __init__(self, label: str, version_id: str) -> None:
        super().__init__(f"The parameter RemoveFromVersionId is invalid. Staging label {label} is not attached to version {version_id}.")
