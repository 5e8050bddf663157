"""The errors of IAM. Source: IAM API Reference, botocore's model."""

from strongroom.core.errors import ApiError


class NoSuchEntity(ApiError):
    """What the request names does not exist."""

    code = "NoSuchEntity"


class EntityAlreadyExists(ApiError):
    """The name is taken."""

    code = "EntityAlreadyExists"


class DeleteConflict(ApiError):
    """Something still hangs on what is to be deleted."""

    code = "DeleteConflict"


class LimitExceeded(ApiError):
    """A quota is used up."""

    code = "LimitExceeded"

    @classmethod
    def of(cls, quota: str, value: int) -> "LimitExceeded":
        """Return the error for one of AWS's named quotas."""
        return cls(f"Cannot exceed quota for {quota}: {value}")


class MalformedPolicyDocument(ApiError):
    """A policy breaks the grammar; the message says where."""

    code = "MalformedPolicyDocument"


class InvalidInput(ApiError):
    """A parameter is well formed and still not acceptable."""

    code = "InvalidInput"


class UnmodifiableEntity(ApiError):
    """Only the service that made a service-linked role may change it."""

    code = "UnmodifiableEntity"


class InvalidAuthenticationCode(ApiError):
    """The two codes are not consecutive ones of the device."""

    code = "InvalidAuthenticationCode"


class PasswordPolicyViolation(ApiError):
    """The password breaks the account's password policy."""

    code = "PasswordPolicyViolation"


class ReportNotPresent(ApiError):
    """No credential report was made, or it was made too long ago."""

    code = "ReportNotPresent"


class PolicyNotAttachable(ApiError):
    """Only the service that a policy is for may attach it."""

    code = "PolicyNotAttachable"


class InvalidUserType(ApiError):
    """The caller is not the kind of user that the operation is for, or gave a wrong password."""

    code = "InvalidUserType"


class ReportExpired(ApiError):
    """The newest credential report is older than four hours."""

    code = "ReportExpired"


class OrganizationNotFound(ApiError):
    """The server has no organisation: no account was made beside the first."""

    code = "OrganizationNotFoundException"

    def __init__(self) -> None:
        super().__init__("Your account is not a member of an organization.")


class AccountNotManagementOrDelegatedAdministrator(ApiError):
    """Only the management account looks at and changes this."""

    code = "AccountNotManagementOrDelegatedAdministratorException"

    def __init__(self) -> None:
        super().__init__("The account is not the management account or a delegated administrator for IAM.")


class CallerIsNotManagementAccount(ApiError):
    """Only the management account enables this."""

    code = "CallerIsNotManagementAccountException"

    def __init__(self) -> None:
        super().__init__("The account is not the management account of the organization.")
