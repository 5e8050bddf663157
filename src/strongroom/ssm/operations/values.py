"""Reading values by name."""

from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import AUTHORISED_BY_HANDLER, Response
from strongroom.ssm.errors import ParameterNotFound, ParameterVersionNotFound
from strongroom.ssm.reads import parameter_view
from strongroom.ssm.resolve import Found, read_target, readable_parameter
from strongroom.ssm.service import operation
from strongroom.ssm.throughput import charge

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import GetParameterRequestTypeDef, GetParametersRequestTypeDef


@operation("GetParameter", action="ssm:GetParameter", resource=readable_parameter)
def get_parameter(call: Call, found: Found, request: "GetParameterRequestTypeDef") -> Response:
    """Return one parameter with its value. The hot path: one cached read, and one kms Decrypt for a SecureString.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
    """
    charge(call)
    return {"Parameter": parameter_view(call, found, decrypt=request.get("WithDecryption", False))}


@operation("GetParameters", action="ssm:GetParameters", resource=AUTHORISED_BY_HANDLER)
def get_parameters(call: Call, request: "GetParametersRequestTypeDef") -> Response:
    """Return up to ten parameters by name; names that mean nothing come back in InvalidParameters.

    Each name is authorised by itself, and one that is denied fails the whole call, before anything is read.
    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
    """
    charge(call)
    asked = list(dict.fromkeys(request["Names"]))
    targets = [read_target(call, name) for name in asked]
    for target in targets:
        call.authorise("ssm:GetParameters", target.resource)
    parameters, invalid = [], []
    for name, target in zip(asked, targets, strict=True):
        found = target.record
        if found is None:
            continue
        try:
            parameters.append(parameter_view(call, found, decrypt=request.get("WithDecryption", False)))
        except (ParameterNotFound, ParameterVersionNotFound):
            invalid.append(name)
    return {"Parameters": sorted(parameters, key=lambda view: str(view["Name"])), "InvalidParameters": invalid}
