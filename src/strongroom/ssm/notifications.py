"""The events that Parameter Store sends to EventBridge.

Source: Systems Manager User Guide, "Reference: Amazon EventBridge event patterns and types for Systems Manager",
Parameter Store event types.
"""

from collections.abc import Mapping, Sequence

from strongroom.calls.call import Call
from strongroom.calls.outbox import ServiceNotification, publish
from strongroom.core.ids import RandomBytes
from strongroom.ssm.records import ParameterPolicy, ParameterRecord
from strongroom.ssm.resolve import parameter_arn
from strongroom.ssm.rules.policies import EXPIRATION
from strongroom.storage.ports import Store

SOURCE = "aws.ssm"
CHANGE = "Parameter Store Change"
POLICY_ACTION = "Parameter Store Policy Action"
CREATE, UPDATE, DELETE, LABEL = "Create", "Update", "Delete", "LabelParameterVersion"
SUCCESS = "Success"


def changed(call: Call, record: ParameterRecord, operation: str, labels: Sequence[str] = ()) -> None:
    """Publish that a call changed a parameter; `record` is the parameter afterwards, or the last there was of it."""
    publish(call.store, _change(record, operation, labels), call.now, call.random_bytes)


def policy_acted(store: Store, record: ParameterRecord, policy: ParameterPolicy, now: float, random_bytes: RandomBytes) -> None:
    """Publish that a parameter policy acted, and the deletion that an Expiration ends with."""
    detail = policy_detail(record, policy)
    publish(store, _notification(record, POLICY_ACTION, detail), now, random_bytes)
    if policy.type == EXPIRATION:
        publish(store, _change(record, DELETE, ()), now, random_bytes)


def policy_detail(record: ParameterRecord, policy: ParameterPolicy) -> dict[str, object]:
    """Return the detail of `Parameter Store Policy Action`."""
    return {
        "parameter-name": record.spelling,
        "parameter-type": record.current.type,
        "policy-type": policy.type,
        "policy-content": policy.text,
        "action-status": SUCCESS,
        "action-reason": "The parameter was deleted." if policy.type == EXPIRATION else "The notification was recorded.",
    }


def _change(record: ParameterRecord, operation: str, labels: Sequence[str]) -> ServiceNotification:
    detail = {
        "operation": operation,
        "name": record.spelling,
        "type": record.current.type,
        "description": record.current.description,
        "label": list(labels) or None,
    }
    return _notification(record, CHANGE, detail)


def _notification(record: ParameterRecord, detail_type: str, detail: Mapping[str, object]) -> ServiceNotification:
    return ServiceNotification(SOURCE, detail_type, record.account_id, record.region, (parameter_arn(record),), detail)
