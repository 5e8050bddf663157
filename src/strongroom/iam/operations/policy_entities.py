"""ListEntitiesForPolicy."""

from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.iam.attaching import AnyPolicy
from strongroom.iam.operations.policies import any_policy
from strongroom.iam.paging import scan_page, under_path
from strongroom.iam.service import IAM
from strongroom.identity.records import AttachmentRecord, GroupRecord, RoleRecord, UserRecord
from strongroom.identity.tables import ATTACHMENTS, GROUPS, ROLES, USERS
from strongroom.storage.table import Table

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import ListEntitiesForPolicyRequestTypeDef

Entity = UserRecord | GroupRecord | RoleRecord
_TABLES: dict[str, Table[Any]] = {table.record.KIND: table for table in (USERS, GROUPS, ROLES)}
_FILTERS = {"User": "user", "Group": "group", "Role": "role"}  # the policy filters name no entity


def _entity(call: Call, attachment: AttachmentRecord) -> Entity | None:
    found: Entity | None = call.store.get(_TABLES[attachment.kind], attachment.account_id, attachment.entity_key)
    return found


@IAM.operation("ListEntitiesForPolicy", action="iam:ListEntitiesForPolicy", resource=any_policy)
def list_entities_for_policy(call: Call, policy: AnyPolicy, request: "ListEntitiesForPolicyRequestTypeDef") -> Response:
    """List the users, groups and roles that use a managed policy.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
    """
    under = under_path(request)
    kind = _FILTERS.get(request["EntityFilter"], "") if "EntityFilter" in request else None

    def wanted(attachment: AttachmentRecord) -> bool:
        entity = _entity(call, attachment) if kind in {None, attachment.kind} else None
        return entity is not None and under(entity)

    usage = (request["PolicyUsageFilter"],) if "PolicyUsageFilter" in request else ()
    attachments, end = scan_page(call, request, ATTACHMENTS, call.account_id, policy.arn, *usage, wanted=wanted)
    entities = [entity for entity in (_entity(call, attachment) for attachment in attachments) if entity is not None]
    return {
        "PolicyGroups": [{"GroupName": e.name, "GroupId": e.unique_id} for e in entities if isinstance(e, GroupRecord)],
        "PolicyUsers": [{"UserName": e.name, "UserId": e.unique_id} for e in entities if isinstance(e, UserRecord)],
        "PolicyRoles": [{"RoleName": e.name, "RoleId": e.unique_id} for e in entities if isinstance(e, RoleRecord)],
    } | end
