"""Versions of managed policies."""

from typing import TYPE_CHECKING, Any

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.iam.attaching import AnyPolicy
from strongroom.iam.errors import DeleteConflict, LimitExceeded, NoSuchEntity
from strongroom.iam.kinds import POLICY
from strongroom.iam.limits import MANAGED_POLICY_CHARACTERS, VERSIONS_PER_POLICY
from strongroom.iam.operations.policies import any_policy
from strongroom.iam.paging import page_of
from strongroom.iam.rules.policy_text import check_managed_policy
from strongroom.iam.service import IAM
from strongroom.identity.records import ManagedPolicyRecord, PolicyVersionRecord
from strongroom.identity.tables import POLICIES

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        CreatePolicyVersionRequestTypeDef,
        DeletePolicyVersionRequestTypeDef,
        GetPolicyVersionRequestTypeDef,
        ListPolicyVersionsRequestTypeDef,
        SetDefaultPolicyVersionRequestTypeDef,
    )


def _versions(policy: AnyPolicy) -> tuple[PolicyVersionRecord, ...]:
    if isinstance(policy, ManagedPolicyRecord):
        return policy.versions
    return (PolicyVersionRecord(version_id=policy.default_version_id, document=policy.document, created_at=policy.created_at),)


def _require(policy: AnyPolicy, version_id: str) -> PolicyVersionRecord:
    for version in _versions(policy):
        if version.version_id == version_id:
            return version
    raise NoSuchEntity(f"Policy {policy.arn} version {version_id} does not exist or is not attachable.")


def version_view(policy: AnyPolicy, version: PolicyVersionRecord) -> dict[str, Any]:
    """Return a PolicyVersion without its document."""
    return {
        "VersionId": version.version_id,
        "IsDefaultVersion": version.version_id == policy.default_version_id,
        "CreateDate": version.created_at,
    }


def versions_with_documents(policy: AnyPolicy) -> list[dict[str, Any]]:
    """Return every PolicyVersion with its document, newest first."""
    return [version_view(policy, version) | {"Document": version.document} for version in reversed(_versions(policy))]


@IAM.operation("CreatePolicyVersion", action="iam:CreatePolicyVersion", resource=POLICY.in_request, recorded=("PolicyVersion",))
def create_policy_version(call: Call, policy: ManagedPolicyRecord, request: "CreatePolicyVersionRequestTypeDef") -> Response:
    """Add a version; its number was never used before.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
    """
    check_managed_policy(request["PolicyDocument"], MANAGED_POLICY_CHARACTERS)
    if len(policy.versions) >= VERSIONS_PER_POLICY:
        raise LimitExceeded(
            f"A managed policy can have up to {VERSIONS_PER_POLICY} versions. "
            "Before you create a new version, you must delete an existing version."
        )
    now = float(int(call.now))
    version = PolicyVersionRecord(version_id=f"v{policy.next_version}", document=request["PolicyDocument"], created_at=now)
    changed = msgspec.structs.replace(
        policy,
        versions=(*policy.versions, version),
        next_version=policy.next_version + 1,
        updated_at=now,
        default_version_id=version.version_id if request.get("SetAsDefault", False) else policy.default_version_id,
    )
    call.store.replace(POLICIES, changed)
    return {"PolicyVersion": version_view(changed, version)}


@IAM.operation("GetPolicyVersion", action="iam:GetPolicyVersion", resource=any_policy)
def get_policy_version(_: Call, policy: AnyPolicy, request: "GetPolicyVersionRequestTypeDef") -> Response:
    """Return a version with its document.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html
    """
    version = _require(policy, request["VersionId"])
    return {"PolicyVersion": version_view(policy, version) | {"Document": version.document}}


@IAM.operation("ListPolicyVersions", action="iam:ListPolicyVersions", resource=any_policy)
def list_policy_versions(call: Call, policy: AnyPolicy, request: "ListPolicyVersionsRequestTypeDef") -> Response:
    """List the versions, newest first, without their documents.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html
    """
    found = _versions(policy)
    versions, end = page_of(call, request, found, lambda version: f"{10**9 - int(version.version_id[1:]):010d}")
    return {"Versions": [version_view(policy, version) for version in versions]} | end


@IAM.operation("SetDefaultPolicyVersion", action="iam:SetDefaultPolicyVersion", resource=POLICY.in_request)
def set_default_policy_version(call: Call, policy: ManagedPolicyRecord, request: "SetDefaultPolicyVersionRequestTypeDef") -> Response:
    """Make a version the one that counts.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html
    """
    version = _require(policy, request["VersionId"])
    changed = msgspec.structs.replace(policy, default_version_id=version.version_id, updated_at=float(int(call.now)))
    call.store.replace(POLICIES, changed)
    return {}


@IAM.operation("DeletePolicyVersion", action="iam:DeletePolicyVersion", resource=POLICY.in_request)
def delete_policy_version(call: Call, policy: ManagedPolicyRecord, request: "DeletePolicyVersionRequestTypeDef") -> Response:
    """Delete a version that is not the default one.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html
    """
    version = _require(policy, request["VersionId"])
    if version.version_id == policy.default_version_id:
        raise DeleteConflict("Cannot delete the default version of a policy.")
    remaining = tuple(v for v in policy.versions if v.version_id != version.version_id)
    call.store.replace(POLICIES, msgspec.structs.replace(policy, versions=remaining))
    return {}
