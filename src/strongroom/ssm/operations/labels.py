"""Labels on versions of a parameter."""

from typing import TYPE_CHECKING

import msgspec

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.ssm.errors import ParameterVersionNotFound, TooManyUpdates
from strongroom.ssm.notifications import LABEL, changed
from strongroom.ssm.records import ParameterRecord
from strongroom.ssm.resolve import named_parameter
from strongroom.ssm.rules.labels import attached, detached
from strongroom.ssm.rules.versions import has_version
from strongroom.ssm.service import operation
from strongroom.ssm.tables import PARAMETERS

if TYPE_CHECKING:
    from types_boto3_ssm.type_defs import LabelParameterVersionRequestTypeDef, UnlabelParameterVersionRequestTypeDef


@operation(
    "LabelParameterVersion",
    action="ssm:LabelParameterVersion",
    resource=named_parameter,
    recorded=("InvalidLabels", "ParameterVersion"),
    contended=TooManyUpdates,
)
def label_parameter_version(call: Call, record: ParameterRecord, request: "LabelParameterVersionRequestTypeDef") -> Response:
    """Put labels on a version (the current one by default), taking them off the version that has them.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html
    """
    version = _kept_version(record, request.get("ParameterVersion", record.current.version))
    labels, invalid = attached(record.labels, version, request["Labels"])
    _set_labels(call, record, labels)
    if applied := [label for label in request["Labels"] if label not in invalid]:
        changed(call, record, LABEL, applied)
    return {"InvalidLabels": invalid, "ParameterVersion": version}


@operation(
    "UnlabelParameterVersion",
    action="ssm:UnlabelParameterVersion",
    resource=named_parameter,
    recorded=("RemovedLabels", "InvalidLabels"),
    contended=TooManyUpdates,
)
def unlabel_parameter_version(call: Call, record: ParameterRecord, request: "UnlabelParameterVersionRequestTypeDef") -> Response:
    """Take labels off a version; labels that are not on it come back in InvalidLabels.

    Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UnlabelParameterVersion.html
    """
    version = _kept_version(record, request["ParameterVersion"])
    labels, removed, invalid = detached(record.labels, version, request["Labels"])
    _set_labels(call, record, labels)
    return {"RemovedLabels": removed, "InvalidLabels": invalid}


def _kept_version(record: ParameterRecord, version: int) -> int:
    if not has_version(record, version):
        raise ParameterVersionNotFound(record.spelling, version)
    return version


def _set_labels(call: Call, record: ParameterRecord, labels: dict[str, int]) -> None:
    if labels != record.labels:
        call.store.replace(PARAMETERS, msgspec.structs.replace(record, labels=labels))
