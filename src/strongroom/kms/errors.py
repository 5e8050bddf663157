"""What KMS answers when it will not. Wording follows AWS; where AWS sends no message, none is given.

Source: KMS API Reference, "Common Errors" and the error lists of its operations.
"""

from strongroom.core.errors import AccessDenied, ApiError, Throttled, ValidationFailed


class NotFound(ApiError):
    """The key, alias, grant or policy that the request names does not exist."""

    code = "NotFoundException"


class KeyNotFound(NotFound):
    """A well-formed key id without a key. The text shows the full ARN, whatever was sent."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"Key '{arn}' does not exist")


class AliasNotFound(NotFound):
    """No such alias in this account and Region."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"Alias {arn} is not found.")


class GrantNotFound(NotFound):
    """No such grant on this key."""

    def __init__(self, grant_id: str) -> None:
        super().__init__(f"Grant ID {grant_id} not found")


class InvalidKeyId(NotFound):
    """The text is no key identifier that this operation accepts."""

    def __init__(self, text: str) -> None:
        super().__init__(f"Invalid keyId '{text}'")


class WrongRegion(NotFound):
    """An ARN of another Region: KMS never forwards a request."""

    def __init__(self, region: str) -> None:
        super().__init__(f"Invalid arn {region}")


class AlreadyExists(ApiError):
    """The alias or the replica is there already."""

    code = "AlreadyExistsException"


class InvalidAliasName(ApiError):
    """The alias name is nothing but its prefix."""

    code = "InvalidAliasNameException"


class NotAuthorized(ApiError):
    """Names that AWS keeps for itself. AWS sends no message."""

    code = "NotAuthorizedException"


class InvalidArn(ApiError):
    """A principal or resource ARN that can't be used here."""

    code = "InvalidArnException"


class InvalidMarker(ApiError):
    """A pagination marker that this operation did not give out."""

    code = "InvalidMarkerException"

    def __init__(self) -> None:
        super().__init__("Invalid marker")


class LimitExceeded(ApiError):
    """A quota of the account, the key or the document is used up."""

    code = "LimitExceededException"


class KeyDisabled(ApiError):
    """The key exists and an administrator has switched it off."""

    code = "DisabledException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"{arn} is disabled.")


class InvalidState(ApiError):
    """The key is in a state that forbids the operation."""

    code = "KMSInvalidStateException"


class KeyUnavailable(ApiError):
    """The key's material can't be reached now; clients retry."""

    code = "KeyUnavailableException"
    sender_fault = False


class UnsupportedOperation(ApiError):
    """The operation does not exist for this kind of key."""

    code = "UnsupportedOperationException"


class WrongOrigin(UnsupportedOperation):
    """The operation does not exist for keys of this origin."""

    def __init__(self, arn: str, origin: str) -> None:
        super().__init__(f"{arn} origin is {origin} which is not valid for this operation.")


class NotPrimary(UnsupportedOperation):
    """Only the primary of a multi-Region key can do this."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"{arn} is not a multi-region primary key.")


class InvalidKeyUsage(ApiError):
    """The key's usage or spec does not fit the operation or the algorithm."""

    code = "InvalidKeyUsageException"


class IncorrectKey(ApiError):
    """The named key did not encrypt this ciphertext."""

    code = "IncorrectKeyException"

    def __init__(self) -> None:
        super().__init__("The key ID in the request does not identify a CMK that can perform this operation.")


class InvalidCiphertext(ApiError):
    """Malformed or changed ciphertext, or another encryption context. AWS sends no message."""

    code = "InvalidCiphertextException"


class CiphertextOfUnknownKey(AccessDenied):
    """The blob names a key that is gone, elsewhere, or not for this caller: one answer for all three."""

    def __init__(self) -> None:
        super().__init__(
            "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
            "or you are not allowed to access."
        )


class InvalidSignature(ApiError):
    """The signature does not verify. AWS sends no message."""

    code = "KMSInvalidSignatureException"


class InvalidMac(ApiError):
    """The MAC does not verify. AWS sends no message."""

    code = "KMSInvalidMacException"


class DryRun(ApiError):
    """Everything was checked and nothing was done, as asked."""

    code = "DryRunOperationException"

    def __init__(self) -> None:
        super().__init__("The request would have succeeded, but the DryRun option is set.")


class InvalidGrantToken(ApiError):
    """A grant token that CreateGrant did not give out."""

    code = "InvalidGrantTokenException"

    def __init__(self) -> None:
        super().__init__("Invalid grant token")


class InvalidGrantId(ApiError):
    """A grant id that is not of a grant id's shape."""

    code = "InvalidGrantIdException"

    def __init__(self) -> None:
        super().__init__("Invalid grant ID")


class MalformedPolicyDocument(ApiError):
    """The key policy breaks the grammar, locks its author out, or names principals that don't exist."""

    code = "MalformedPolicyDocumentException"


class TagRefused(ApiError):
    """A tag that AWS does not take."""

    code = "TagException"


class InvalidImportToken(ApiError):
    """An import token of another key, or of no key."""

    code = "InvalidImportTokenException"


class ExpiredImportToken(ApiError):
    """An import token older than 24 hours."""

    code = "ExpiredImportTokenException"


class IncorrectKeyMaterial(ApiError):
    """Imported material of the wrong length or kind, or another than the key had before."""

    code = "IncorrectKeyMaterialException"


class RotationConflict(ApiError):
    """An automatic rotation is running or about to."""

    code = "ConflictException"


class ValueTooSmall(ValidationFailed):
    """A bound that the operation sets tighter than the service model does."""

    def __init__(self, member: str, value: int, least: int) -> None:
        super().__init__(
            f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
            f"Member must have value greater than or equal to {least}"
        )


class ValueTooLarge(ValidationFailed):
    """A bound that the operation sets tighter than the service model does."""

    def __init__(self, member: str, value: int, most: int) -> None:
        super().__init__(
            f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}"
        )


class KmsThrottled(Throttled):
    """The account has used up its requests of this second."""

    def __init__(self) -> None:
        super().__init__("You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.")
