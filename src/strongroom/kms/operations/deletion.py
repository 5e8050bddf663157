"""Scheduling and cancelling the deletion of keys; jobs.py carries it out.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html and its neighbour.
"""

from typing import TYPE_CHECKING

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.kms.conditions import deletion_conditions
from strongroom.kms.keys import change_key
from strongroom.kms.records import KeyRecord, KeyState
from strongroom.kms.resolve import own_key
from strongroom.kms.rules.limits import SECONDS_PER_DAY, deletion_days
from strongroom.kms.rules.materials import lacks_material
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import CancelKeyDeletionRequestTypeDef, ScheduleKeyDeletionRequestTypeDef


@operation(
    "ScheduleKeyDeletion",
    action="kms:ScheduleKeyDeletion",
    resource=own_key,
    conditions=deletion_conditions,
    recorded=("KeyId", "KeyState", "DeletionDate", "PendingWindowInDays"),
)
def schedule_key_deletion(call: Call, key: KeyRecord, request: "ScheduleKeyDeletionRequestTypeDef") -> Response:
    """Make the key unusable and delete it after the waiting period; a primary waits for its last replica first."""
    days = deletion_days(request)
    ensure_allowed(call, "ScheduleKeyDeletion", key)
    waits_for_replicas = key.primary_region == key.region and bool(key.replica_regions)
    state = KeyState.PENDING_REPLICA_DELETION if waits_for_replicas else KeyState.PENDING_DELETION
    at = None if waits_for_replicas else call.now + days * SECONDS_PER_DAY
    change_key(call.store, key, state=state, deletion_at=at, pending_window_days=days)
    return {"KeyId": key.arn, "DeletionDate": at, "KeyState": state.value, "PendingWindowInDays": days}


@operation("CancelKeyDeletion", action="kms:CancelKeyDeletion", resource=own_key, recorded=("KeyId",))
def cancel_key_deletion(call: Call, key: KeyRecord, _: "CancelKeyDeletionRequestTypeDef") -> Response:
    """Keep the key. It is disabled afterwards (or waits for its material, where that has gone meanwhile)."""
    ensure_allowed(call, "CancelKeyDeletion", key)
    state = KeyState.PENDING_IMPORT if lacks_material(key) else KeyState.DISABLED
    change_key(call.store, key, state=state, deletion_at=None, pending_window_days=None)
    return {"KeyId": key.arn}
