"""Errors of Parameter Store, in AWS's words where those are known.

Source: AWS Systems Manager API Reference, the error lists of the operations.
"""

from strongroom.core.errors import ApiError


class InvalidKeyId(ApiError):
    """The KMS key does not exist, is disabled, or can't encrypt; the message is KMS's own."""

    code = "InvalidKeyId"


class ParameterLimitExceeded(ApiError):
    """The account has as many parameters of this tier in the Region as it may have."""

    code = "ParameterLimitExceeded"

    def __init__(self) -> None:
        super().__init__(
            "You have exceeded the number of parameters for this Amazon Web Services account. Delete one or more parameters and try again."
        )


class TooManyUpdates(ApiError):
    """Other writers of the same parameter came first in every attempt."""

    code = "TooManyUpdates"

    def __init__(self) -> None:
        super().__init__("There are concurrent updates for a resource that supports one update at a time.")


class ParameterAlreadyExists(ApiError):
    """A parameter has this name, and the request did not ask to overwrite it."""

    code = "ParameterAlreadyExists"

    def __init__(self) -> None:
        super().__init__("The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")


class HierarchyLevelLimitExceeded(ApiError):
    """The name has more levels than a hierarchy may have."""

    code = "HierarchyLevelLimitExceededException"

    def __init__(self) -> None:
        super().__init__(
            "A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter names"
            " in the Amazon Web Services Systems Manager User Guide."
        )


class HierarchyTypeMismatch(ApiError):
    """An overwrite asks for another type than the parameter has."""

    code = "HierarchyTypeMismatchException"

    def __init__(self) -> None:
        super().__init__(
            "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter"
            " from a String type to a SecureString type. You must create a new, unique parameter."
        )


class InvalidAllowedPattern(ApiError):
    """AllowedPattern is no regular expression, or none that can be matched within bounds."""

    code = "InvalidAllowedPatternException"


class ParameterPatternMismatch(ApiError):
    """The value does not match AllowedPattern."""

    code = "ParameterPatternMismatchException"

    def __init__(self, pattern: str) -> None:
        super().__init__(f"Parameter value, cannot be validated against allowedPattern: {pattern}")


class ParameterMaxVersionLimitExceeded(ApiError):
    """The oldest kept version carries a label, so no new version can push it out."""

    code = "ParameterMaxVersionLimitExceeded"

    def __init__(self, name: str, oldest: int) -> None:
        super().__init__(
            f"You attempted to create a new version of {name} by calling the PutParameter API with the overwrite flag. Version {oldest},"
            " the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the"
            " parameter, and try again."
        )


class PoliciesLimitExceeded(ApiError):
    """More parameter policies than a parameter may have."""

    code = "PoliciesLimitExceededException"

    def __init__(self) -> None:
        super().__init__("You specified more than the maximum number of allowed policies for the parameter. The maximum is 10.")


class InvalidPolicyType(ApiError):
    """A parameter policy of a type that does not exist."""

    code = "InvalidPolicyTypeException"

    def __init__(self) -> None:
        super().__init__(
            "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification,"
            " and NoChangeNotification."
        )


class InvalidPolicyAttribute(ApiError):
    """A parameter policy that is no such object, or whose attributes are missing or wrong."""

    code = "InvalidPolicyAttributeException"


class IncompatiblePolicy(ApiError):
    """Parameter policies that exclude each other."""

    code = "IncompatiblePolicyException"


class ParameterNotFound(ApiError):
    """No such parameter. AWS sends no message, except for references to Secrets Manager."""

    code = "ParameterNotFound"


class ParameterVersionNotFound(ApiError):
    """The parameter has no such version or label."""

    code = "ParameterVersionNotFound"

    def __init__(self, name: str, version: str | int) -> None:
        super().__init__(f"Systems Manager could not find version {version} of {name}. Verify the version and try again.")


class ParameterVersionLabelLimitExceeded(ApiError):
    """More labels than a version may have."""

    code = "ParameterVersionLabelLimitExceeded"

    def __init__(self) -> None:
        super().__init__(
            "A parameter version can have maximum 10 labels."
            "Move one or more labels to another version and try again."  # the missing space is AWS's
        )


class InvalidFilterKey(ApiError):
    """A filter key that the operation does not know, or one given twice."""

    code = "InvalidFilterKey"


class InvalidFilterOption(ApiError):
    """A filter option that the key does not have; also a filter value outside the key's list."""

    code = "InvalidFilterOption"


class InvalidFilterValue(ApiError):
    """A filter without the values that it needs."""

    code = "InvalidFilterValue"


class InvalidNextToken(ApiError):
    """A pagination token that was not made for this call."""

    code = "InvalidNextToken"

    def __init__(self) -> None:
        super().__init__("The specified token isn't valid.")


class InvalidResourceType(ApiError):
    """Tagging of something that is not a parameter."""

    code = "InvalidResourceType"


class InvalidResourceId(ApiError):
    """Tagging of a parameter that does not exist."""

    code = "InvalidResourceId"


class TooManyTags(ApiError):
    """More tags than a parameter may have."""

    code = "TooManyTagsError"


class ServiceSettingNotFound(ApiError):
    """No such service setting in Parameter Store."""

    code = "ServiceSettingNotFound"

    def __init__(self, setting_id: str) -> None:
        super().__init__(f"The specified service setting {setting_id} was not found.")


class ResourceNotFound(ApiError):
    """The parameter whose resource policy is meant does not exist."""

    code = "ResourceNotFoundException"

    def __init__(self) -> None:
        super().__init__("The specified parameter to be shared could not be found.")


class ResourcePolicyNotFound(ApiError):
    """The parameter has no resource policy with this id."""

    code = "ResourcePolicyNotFoundException"

    def __init__(self) -> None:
        super().__init__("No policies with the specified policy ID and hash could be found.")


class ResourcePolicyConflict(ApiError):
    """The hash is not that of the stored policy: somebody else changed it."""

    code = "ResourcePolicyConflictException"

    def __init__(self) -> None:
        super().__init__(
            "The hash provided in the call doesn't match the stored hash. This exception is thrown when trying to update an obsolete"
            " policy version or when multiple requests to update a policy are sent."
        )


class ResourcePolicyLimitExceeded(ApiError):
    """The policy text is too long, or the parameter has a policy already."""

    code = "ResourcePolicyLimitExceededException"

    def __init__(self, limit: int, limit_type: str) -> None:
        super().__init__(f"The resource policy exceeds the limit of {limit} for {limit_type}.", {"Limit": limit, "LimitType": limit_type})


class ResourcePolicyInvalidParameter(ApiError):
    """The resource can't have a resource policy."""

    code = "ResourcePolicyInvalidParameterException"

    def __init__(self, message: str, parameter: str) -> None:
        super().__init__(message, {"ParameterNames": [parameter]})


class MalformedResourcePolicyDocument(ApiError):
    """The policy text is no policy, or allows what can't be shared."""

    code = "MalformedResourcePolicyDocumentException"
