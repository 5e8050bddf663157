"""The account itself: its alias, its summary."""

from typing import TYPE_CHECKING

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.iam import limits
from strongroom.iam.callers import root_account
from strongroom.iam.errors import EntityAlreadyExists, NoSuchEntity
from strongroom.iam.service import IAM
from strongroom.iam.settings import keep_settings, settings_of
from strongroom.iam.usage import QUOTAS, usage_of
from strongroom.identity.records import AliasRecord
from strongroom.identity.tables import ACCOUNT_ALIASES, MFA_DEVICES

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import CreateAccountAliasRequestTypeDef, DeleteAccountAliasRequestTypeDef


@IAM.operation("CreateAccountAlias", action="iam:CreateAccountAlias", resource=ANY_RESOURCE)
def create_account_alias(call: Call, request: "CreateAccountAliasRequestTypeDef") -> Response:
    """Give the account an alias, in place of another. No two accounts of a server share one.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html
    """
    alias = request["AccountAlias"]
    holder = call.store.get(ACCOUNT_ALIASES, alias)
    if holder is not None and holder.account_id != call.account_id:
        raise EntityAlreadyExists(f"The account alias {alias} already exists.")
    if holder is None:
        _drop_alias(call)
        call.store.insert(ACCOUNT_ALIASES, AliasRecord(alias=alias, account_id=call.account_id))
        keep_settings(call, msgspec.structs.replace(settings_of(call), alias=alias))
    return {}


def _drop_alias(call: Call) -> None:
    alias = settings_of(call).alias
    if alias is not None and call.store.get(ACCOUNT_ALIASES, alias) is not None:
        call.store.delete(ACCOUNT_ALIASES, alias)


@IAM.operation("DeleteAccountAlias", action="iam:DeleteAccountAlias", resource=ANY_RESOURCE)
def delete_account_alias(call: Call, request: "DeleteAccountAliasRequestTypeDef") -> Response:
    """Take the account's alias away.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html
    """
    settings = settings_of(call)
    if settings.alias != request["AccountAlias"]:
        raise NoSuchEntity(f"The account alias with name {request['AccountAlias']} cannot be found.")
    _drop_alias(call)
    keep_settings(call, msgspec.structs.replace(settings, alias=None))
    return {}


@IAM.operation("ListAccountAliases", action="iam:ListAccountAliases", resource=ANY_RESOURCE)
def list_account_aliases(call: Call, _: object) -> Response:
    """List the account's alias, if it has one.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html
    """
    alias = settings_of(call).alias
    return {"AccountAliases": [alias] if alias else [], "IsTruncated": False}


@IAM.operation("GetAccountSummary", action="iam:GetAccountSummary", resource=ANY_RESOURCE)
def get_account_summary(call: Call, _: object) -> Response:
    """Return how many things the account has, and how many it may have.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
    """
    usage = usage_of(call)
    devices = call.store.scan(MFA_DEVICES, call.account_id, limit=limits.MFA_DEVICES_PER_USER * limits.USERS_PER_ACCOUNT)
    summary = {
        "Users": usage.users,
        "Groups": usage.groups,
        "Roles": usage.roles,
        "Policies": usage.policies,
        "InstanceProfiles": usage.instance_profiles,
        "MFADevices": len(devices),
        "MFADevicesInUse": sum(device.owner_id is not None for device in devices),
        "AccountMFAEnabled": int(bool(settings_of(call).root_mfa_keys)),
        "AccountAccessKeysPresent": int(bool(root_account(call).root_access_key_ids)),
        "AccountSigningCertificatesPresent": 0,
        "ServerCertificates": 0,
        "Providers": 0,
    }
    return {"SummaryMap": summary | _quotas()}


def _quotas() -> dict[str, int]:
    quotas = {f"{quota.removesuffix('PerAccount')}Quota": limit for quota, limit in QUOTAS.values()}
    return quotas | {
        "AccessKeysPerUserQuota": limits.ACCESS_KEYS_PER_USER,
        "AssumeRolePolicySizeQuota": limits.TRUST_POLICY_CHARACTERS,
        "AttachedPoliciesPerGroupQuota": limits.MANAGED_POLICIES_PER_GROUP,
        "AttachedPoliciesPerRoleQuota": limits.MANAGED_POLICIES_PER_ROLE,
        "AttachedPoliciesPerUserQuota": limits.MANAGED_POLICIES_PER_USER,
        "GroupPolicySizeQuota": limits.INLINE_CHARACTERS_PER_GROUP,
        "GroupsPerUserQuota": limits.GROUPS_PER_USER,
        "PolicySizeQuota": limits.MANAGED_POLICY_CHARACTERS,
        "RolePolicySizeQuota": limits.INLINE_CHARACTERS_PER_ROLE,
        "UserPolicySizeQuota": limits.INLINE_CHARACTERS_PER_USER,
        "VersionsPerPolicyQuota": limits.VERSIONS_PER_POLICY,
        "GlobalEndpointTokenVersion": 2,
    }
