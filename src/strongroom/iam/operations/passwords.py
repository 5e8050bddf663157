"""Console passwords of users, and the account's password policy."""

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.core.errors import ValidationFailed
from strongroom.core.secret import SecretBytes
from strongroom.iam.callers import user_or_caller
from strongroom.iam.errors import EntityAlreadyExists, InvalidUserType, NoSuchEntity, PasswordPolicyViolation
from strongroom.iam.kinds import USER
from strongroom.iam.rules.passwords import check_password
from strongroom.iam.service import IAM
from strongroom.iam.settings import keep_settings, settings_of
from strongroom.identity.records import AccountRecord, LoginProfile, PasswordPolicy, UserRecord
from strongroom.identity.tables import USERS

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        ChangePasswordRequestTypeDef,
        CreateLoginProfileRequestTypeDef,
        UpdateAccountPasswordPolicyRequestTypeDef,
        UpdateLoginProfileRequestTypeDef,
    )

SALT_BYTES = 16
MOST_REMEMBERED = 24
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**14, 8, 1


def _hash(password: str, salt: bytes) -> SecretBytes:
    return SecretBytes(salt + hashlib.scrypt(password.encode(), salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P))


def _matches(password: str, hashed: SecretBytes) -> bool:
    stored = hashed.reveal()
    return hmac.compare_digest(_hash(password, stored[:SALT_BYTES]).reveal(), stored)


def _new_login(call: Call, user: UserRecord, password: str, *, reset: bool) -> LoginProfile:
    """Return the user's login with a new password. Raises PasswordPolicyViolation."""
    call.ensure_may_block()
    policy = settings_of(call).password_policy
    check_password(password, policy, user.name)
    old = user.login
    previous = (old.hashed, *old.previous) if old is not None else ()
    barred = previous[: policy.reuse_prevention] if policy is not None and policy.reuse_prevention is not None else ()
    if any(_matches(password, hashed) for hashed in barred):
        raise PasswordPolicyViolation("Password was used before.")
    return LoginProfile(
        hashed=_hash(password, call.random_bytes(SALT_BYTES)),
        created_at=old.created_at if old is not None else float(int(call.now)),
        changed_at=float(int(call.now)),
        reset_required=reset,
        previous=previous[:MOST_REMEMBERED],
    )


def _keep(call: Call, user: UserRecord, login: LoginProfile | None) -> None:
    call.store.replace(USERS, msgspec.structs.replace(user, login=login))


def _view(user: UserRecord, login: LoginProfile) -> dict[str, Any]:
    return {"UserName": user.name, "CreateDate": login.created_at, "PasswordResetRequired": login.reset_required}


def _require_login(user: UserRecord | AccountRecord) -> tuple[UserRecord, LoginProfile]:
    if not isinstance(user, UserRecord):
        raise NoSuchEntity("Login Profile for the root user cannot be found.")
    if user.login is None:
        raise NoSuchEntity(f"Login Profile for User {user.name} cannot be found.")
    return user, user.login


@IAM.operation(
    "CreateLoginProfile",
    action="iam:CreateLoginProfile",
    resource=user_or_caller,
    hidden=("Password",),
    recorded=("LoginProfile",),
)
def create_login_profile(call: Call, user: UserRecord | AccountRecord, request: "CreateLoginProfileRequestTypeDef") -> Response:
    """Give a user a console password.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html
    """
    if not isinstance(user, UserRecord):
        raise ValidationFailed("The root user has no login profile here.")
    if user.login is not None:
        raise EntityAlreadyExists(f"Login Profile for user {user.name} already exists.")
    if "Password" not in request:
        raise ValidationFailed("Password is required.")
    login = _new_login(call, user, request["Password"], reset=request.get("PasswordResetRequired", False))
    _keep(call, user, login)
    return {"LoginProfile": _view(user, login)}


@IAM.operation("GetLoginProfile", action="iam:GetLoginProfile", resource=user_or_caller)
def get_login_profile(_: Call, user: UserRecord | AccountRecord, __: object) -> Response:
    """Return when a user got a password.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html
    """
    return {"LoginProfile": _view(*_require_login(user))}


@IAM.operation("UpdateLoginProfile", action="iam:UpdateLoginProfile", resource=USER.in_request, hidden=("Password",))
def update_login_profile(call: Call, user: UserRecord, request: "UpdateLoginProfileRequestTypeDef") -> Response:
    """Change a user's password, or whether it must be changed at the next login.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html
    """
    _, login = _require_login(user)
    reset = request.get("PasswordResetRequired", login.reset_required)
    if "Password" in request:
        login = _new_login(call, user, request["Password"], reset=reset)
    _keep(call, user, msgspec.structs.replace(login, reset_required=reset))
    return {}


@IAM.operation("DeleteLoginProfile", action="iam:DeleteLoginProfile", resource=user_or_caller)
def delete_login_profile(call: Call, user: UserRecord | AccountRecord, _: object) -> Response:
    """Take a user's password away.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html
    """
    owner, _login = _require_login(user)
    _keep(call, owner, None)
    return {}


@IAM.operation("ChangePassword", action="iam:ChangePassword", resource=user_or_caller, hidden=("OldPassword", "NewPassword"))
def change_password(call: Call, user: UserRecord | AccountRecord, request: "ChangePasswordRequestTypeDef") -> Response:
    """Change the caller's own password.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html
    """
    if not isinstance(user, UserRecord):
        raise InvalidUserType("Only IAM Users can change their own password.")
    call.ensure_may_block()
    owner, login = _require_login(user)
    if not _matches(request["OldPassword"], login.hashed):
        raise InvalidUserType("The old password was incorrect.")
    _keep(call, owner, _new_login(call, owner, request["NewPassword"], reset=False))
    return {}


@IAM.operation("UpdateAccountPasswordPolicy", action="iam:UpdateAccountPasswordPolicy", resource=ANY_RESOURCE)
def update_account_password_policy(call: Call, request: "UpdateAccountPasswordPolicyRequestTypeDef") -> Response:
    """Set the account's password policy; what the request leaves out goes back to its default.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
    """
    policy = PasswordPolicy(
        minimum_length=request.get("MinimumPasswordLength", PasswordPolicy().minimum_length),
        symbols=request.get("RequireSymbols", False),
        numbers=request.get("RequireNumbers", False),
        uppercase=request.get("RequireUppercaseCharacters", False),
        lowercase=request.get("RequireLowercaseCharacters", False),
        users_may_change=request.get("AllowUsersToChangePassword", False),
        max_age_days=request.get("MaxPasswordAge"),
        reuse_prevention=request.get("PasswordReusePrevention"),
        hard_expiry=request.get("HardExpiry"),
    )
    keep_settings(call, msgspec.structs.replace(settings_of(call), password_policy=policy))
    return {}


def _require_policy(call: Call) -> PasswordPolicy:
    policy = settings_of(call).password_policy
    if policy is None:
        raise NoSuchEntity(f"The Password Policy with domain name {call.account_id} cannot be found.")
    return policy


@IAM.operation("GetAccountPasswordPolicy", action="iam:GetAccountPasswordPolicy", resource=ANY_RESOURCE)
def get_account_password_policy(call: Call, _: object) -> Response:
    """Return the account's password policy.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html
    """
    policy = _require_policy(call)
    return {
        "PasswordPolicy": {
            "MinimumPasswordLength": policy.minimum_length,
            "RequireSymbols": policy.symbols,
            "RequireNumbers": policy.numbers,
            "RequireUppercaseCharacters": policy.uppercase,
            "RequireLowercaseCharacters": policy.lowercase,
            "AllowUsersToChangePassword": policy.users_may_change,
            "ExpirePasswords": policy.max_age_days is not None,
            "MaxPasswordAge": policy.max_age_days,
            "PasswordReusePrevention": policy.reuse_prevention,
            "HardExpiry": policy.hard_expiry,
        }
    }


@IAM.operation("DeleteAccountPasswordPolicy", action="iam:DeleteAccountPasswordPolicy", resource=ANY_RESOURCE)
def delete_account_password_policy(call: Call, _: object) -> Response:
    """Go back to AWS's own password policy.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountPasswordPolicy.html
    """
    _require_policy(call)
    keep_settings(call, msgspec.structs.replace(settings_of(call), password_policy=None))
    return {}
