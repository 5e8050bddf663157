"""GetAccountAuthorizationDetails: everything about who may do what in an account, page by page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Response
from strongroom.calls.pagination import Position, cut_page, page_position
from strongroom.iam import views
from strongroom.iam.attaching import AnyPolicy, find_policy
from strongroom.iam.limits import DEFAULT_MAX_ITEMS
from strongroom.iam.operations.policy_versions import versions_with_documents
from strongroom.iam.paging import invalid_marker
from strongroom.iam.service import IAM
from strongroom.identity.managed_policies import AWS_MANAGED_POLICIES, AwsManagedPolicy
from strongroom.identity.records import EntityRecord, GroupRecord, RoleRecord, UserRecord
from strongroom.identity.tables import BY_NAME, GROUPS, INSTANCE_PROFILES, POLICIES, ROLES, USERS
from strongroom.storage.table import Table

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import GetAccountAuthorizationDetailsRequestTypeDef


def _policies_of(call: Call, record: EntityRecord, inline: str) -> dict[str, Any]:
    found = (find_policy(call, arn) for arn in record.attached)
    return {
        inline: [{"PolicyName": name, "PolicyDocument": text} for name, text in record.inline.items()],
        "AttachedManagedPolicies": [{"PolicyName": p.name, "PolicyArn": p.arn} for p in found if p is not None],
    }


def _user(call: Call, record: UserRecord) -> dict[str, Any]:
    groups = (call.store.get(GROUPS, record.account_id, group_id) for group_id in record.group_ids)
    names = [group.name for group in groups if group is not None]
    return views.user(record) | _policies_of(call, record, "UserPolicyList") | {"GroupList": names, "Tags": views.tag_list(record.tags)}


def _group(call: Call, record: GroupRecord) -> dict[str, Any]:
    return views.group(record) | _policies_of(call, record, "GroupPolicyList")


def _role(call: Call, record: RoleRecord) -> dict[str, Any]:
    profiles = (call.store.get(INSTANCE_PROFILES, record.account_id, key) for key in record.instance_profile_keys)
    view = views.role(call, record) | _policies_of(call, record, "RolePolicyList")
    del view["Description"], view["MaxSessionDuration"]  # the shape RoleDetail has neither
    return view | {
        "InstanceProfileList": [views.instance_profile(call, profile) for profile in profiles if profile is not None],
        "RoleLastUsed": views.role_last_used(call, record),
        "Tags": views.tag_list(record.tags),
    }


def _policy(call: Call, policy: AnyPolicy) -> dict[str, Any]:
    view = views.policy(call, policy)
    del view["Tags"]
    return view | {"PolicyVersionList": versions_with_documents(policy)}


@dataclass(frozen=True, slots=True)
class _Section:
    """One kind of detail: how the Filter names it, where it stands in the answer, and how it is read in order."""

    name: str
    member: str
    scan: Callable[[Call, Position | None, int], list[Any]]
    position: Callable[[Any], Position]
    view: Callable[[Call, Any], dict[str, Any]]


def _from_table(name: str, member: str, table: Table[Any], index: str | None, view: Callable[[Call, Any], dict[str, Any]]) -> _Section:
    def scan(call: Call, after: Position | None, limit: int) -> list[Any]:
        beyond = (call.account_id, *after) if after is not None else None
        return call.store.scan(table, call.account_id, index=index, after=beyond, limit=limit)

    return _Section(name, member, scan, lambda record: table.position_of(record, index)[1:], view)


def _used_aws_policies(call: Call, after: Position | None, limit: int) -> list[AwsManagedPolicy]:
    used = (policy for policy in AWS_MANAGED_POLICIES.values() if any(views.counts(call, policy)))
    names = sorted(used, key=lambda policy: policy.name)
    return [policy for policy in names if after is None or policy.name > str(after[0])][:limit]


_SECTIONS = (
    _from_table("User", "UserDetailList", USERS, BY_NAME, _user),
    _from_table("Group", "GroupDetailList", GROUPS, BY_NAME, _group),
    _from_table("Role", "RoleDetailList", ROLES, None, _role),
    _from_table("LocalManagedPolicy", "Policies", POLICIES, None, _policy),
    _Section("AWSManagedPolicy", "Policies", _used_aws_policies, lambda policy: (policy.name,), _policy),
)


@IAM.operation("GetAccountAuthorizationDetails", action="iam:GetAccountAuthorizationDetails", resource=ANY_RESOURCE)
def get_account_authorization_details(call: Call, request: "GetAccountAuthorizationDetailsRequestTypeDef") -> Response:
    """Return users, groups, roles and the policies in use, with every document.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
    """
    limit = request.get("MaxItems", DEFAULT_MAX_ITEMS)
    wanted: Sequence[str] = request.get("Filter", ()) or [section.name for section in _SECTIONS]
    start = page_position(call, request.get("Marker"), invalid_marker) or (0,)
    found: list[tuple[int, Any]] = []
    for number, section in enumerate(_SECTIONS):
        if section.name in wanted and number >= int(start[0] or 0) and len(found) <= limit:
            after = start[1:] if number == start[0] and start[1:] else None
            found += [(number, record) for record in section.scan(call, after, limit + 1 - len(found))]
    page, marker = cut_page(call, found, limit, lambda item: (item[0], *_SECTIONS[item[0]].position(item[1])))
    answer: dict[str, Any] = {section.member: [] for section in _SECTIONS}
    for number, record in page:
        answer[_SECTIONS[number].member].append(_SECTIONS[number].view(call, record))
    return answer | {"IsTruncated": marker is not None, "Marker": marker}
