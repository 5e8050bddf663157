"""Deleting parameters."""

from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import AUTHORISED_BY_HANDLER, Response
from strongroom.ssm.notifications import DELETE, changed
from strongroom.ssm.records import ParameterRecord
from strongroom.ssm.removal import remove_parameter
from strongroom.ssm.resolve import named_parameter, own_target
from strongroom.ssm.rules.names import plain_name
from strongroom.ssm.service import operation

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import DeleteParameterRequestTypeDef, DeleteParametersRequestTypeDef


@operation("DeleteParameter", action="ssm:DeleteParameter", resource=named_parameter)
def delete_parameter(call: Call, record: ParameterRecord, request: "DeleteParameterRequestTypeDef") -> Response:
    """Delete a parameter with its history.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html
    """
    del request
    remove_parameter(call.store, record)
    changed(call, record, DELETE)
    return {}


@operation(
    "DeleteParameters",
    action="ssm:DeleteParameters",
    resource=AUTHORISED_BY_HANDLER,
    recorded=("DeletedParameters", "InvalidParameters"),
)
def delete_parameters(call: Call, request: "DeleteParametersRequestTypeDef") -> Response:
    """Delete up to ten parameters; names that do not exist come back in InvalidParameters.

    Each name is authorised by itself, and one that is denied fails the whole call.
    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html
    """
    names = list(dict.fromkeys(request["Names"]))
    targets = [own_target(call, plain_name(name), None) for name in names]
    for target in targets:
        call.authorise("ssm:DeleteParameters", target.resource)
    deleted, invalid, removed = [], [], set[str]()
    for name, target in zip(names, targets, strict=True):
        record = target.record
        if record is None:
            invalid.append(name)
            continue
        if record.name not in removed:  # `x` and `/x` are one parameter
            remove_parameter(call.store, record)
            changed(call, record, DELETE)
            removed.add(record.name)
        deleted.append(name)
    return {"DeletedParameters": deleted, "InvalidParameters": invalid}
