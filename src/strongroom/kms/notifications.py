"""The events that KMS sends to EventBridge.

Source: KMS Developer Guide, "Automation with Amazon EventBridge".
"""

from strongroom.calls.outbox import ServiceNotification, publish
from strongroom.core.ids import RandomBytes
from strongroom.kms.records import KeyRecord
from strongroom.storage.ports import Store

SOURCE = "aws.kms"
ROTATION = "KMS CMK Rotation"
DELETION = "KMS CMK Deletion"
MATERIAL_EXPIRATION = "KMS Imported Key Material Expiration"


def notify(store: Store, key: KeyRecord, detail_type: str, now: float, random_bytes: RandomBytes) -> None:
    """Publish what happened to a key."""
    notification = ServiceNotification(SOURCE, detail_type, key.account_id, key.region, (key.arn,), {"key-id": key.key_id})
    publish(store, notification, now, random_bytes)
