"""Service-linked roles."""

import json
from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import Request, Response
from strongroom.calls.target import Resource, Target
from strongroom.core.arn import format_arn
from strongroom.core.ids import unique_id, uuid4
from strongroom.iam import views
from strongroom.iam.attaching import PERMISSIONS_POLICY, attach, detach
from strongroom.iam.errors import InvalidInput, NoSuchEntity
from strongroom.iam.kinds import ROLE
from strongroom.iam.operations.roles import insert_role, remove_role
from strongroom.iam.rules.service_roles import LINKED_SERVICES, NAME_PREFIX, PATH_PREFIX
from strongroom.iam.service import IAM
from strongroom.identity.ids import ROLE_PREFIX
from strongroom.identity.records import RoleRecord, name_key

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import CreateServiceLinkedRoleRequestTypeDef, GetServiceLinkedRoleDeletionStatusRequestTypeDef

TASK_PREFIX = "task"


def _role_name(service: str) -> str:
    """Return the name of a service's role. Raises InvalidInput for a service that has none."""
    linked = LINKED_SERVICES.get(service)
    if linked is None:
        raise InvalidInput(f"{service} does not support service-linked roles here.")
    return f"{NAME_PREFIX}{linked.suffix}"


def _to_create(call: Call, request: Request) -> Target[None]:
    service = request["AWSServiceName"]
    arn = format_arn("iam", "", call.account_id, f"role{PATH_PREFIX}{service}/{_role_name(service)}")
    return Target(Resource(arn, call.account_id, ROLE.type, conditions={"iam:awsservicename": (service,)}))


@IAM.operation("CreateServiceLinkedRole", action="iam:CreateServiceLinkedRole", resource=_to_create, recorded=("Role",))
def create_service_linked_role(call: Call, _: None, request: "CreateServiceLinkedRoleRequestTypeDef") -> Response:
    """Make the role through which a service acts in the account; only the service may change it.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
    """
    service = request["AWSServiceName"]
    name = _role_name(service)
    if "CustomSuffix" in request:
        raise InvalidInput(f"Custom suffix is not allowed for {service}")
    if ROLE.find(call.store, call.account_id, name) is not None:
        raise InvalidInput(f"Service role name {name} has been taken in this account, please try a different suffix.")
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    policy_arn = LINKED_SERVICES[service].policy_arn
    role = RoleRecord(
        account_id=call.account_id,
        name=name,
        name_key=name_key(name),
        path=f"{PATH_PREFIX}{service}/",
        created_at=float(int(call.now)),
        unique_id=unique_id(call.random_bytes, ROLE_PREFIX),
        trust_policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        description=request.get("Description"),
        attached=(policy_arn,),
        service=service,
    )
    insert_role(call, role)
    attach(call, role, role.name_key, policy_arn, PERMISSIONS_POLICY)
    return {"Role": views.role(call, role)}


@IAM.operation("DeleteServiceLinkedRole", action="iam:DeleteServiceLinkedRole", resource=ROLE.in_request, recorded=("DeletionTaskId",))
def delete_service_linked_role(call: Call, role: RoleRecord, _: object) -> Response:
    """Delete a service-linked role. It is gone at once; the task's id says which role it was.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html
    """
    if role.service is None:
        raise InvalidInput(f"The role {role.name} is not a service-linked role.")
    for arn in role.attached:
        detach(call, role, role.name_key, arn, PERMISSIONS_POLICY)
    remove_role(call, role)
    return {"DeletionTaskId": f"{TASK_PREFIX}{role.path}{role.name}/{uuid4(call.random_bytes)}"}


def _role_of_task(call: Call, request: Request) -> Target[None]:
    """Resolve the role that a deletion task's id names."""
    prefix, _, _ = request["DeletionTaskId"].rpartition("/")
    path = prefix.removeprefix(TASK_PREFIX)
    resource = Resource(format_arn("iam", "", call.account_id, f"role{path}"), call.account_id, ROLE.type)
    known = path.startswith(PATH_PREFIX) and path.rpartition("/")[2].startswith(NAME_PREFIX)
    return Target(resource, None, None if known else NoSuchEntity(f"Deletion task {request['DeletionTaskId']} cannot be found."))


@IAM.operation("GetServiceLinkedRoleDeletionStatus", action="iam:GetServiceLinkedRoleDeletionStatus", resource=_role_of_task)
def get_service_linked_role_deletion_status(_: Call, __: None, ___: "GetServiceLinkedRoleDeletionStatusRequestTypeDef") -> Response:
    """Return that the deletion succeeded: it did before its task's id was given out.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html
    """
    return {"Status": "SUCCEEDED"}
