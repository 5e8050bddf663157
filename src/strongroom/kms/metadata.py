"""KeyMetadata: a key as DescribeKey and CreateKey show it.

Source: KMS API Reference, KeyMetadata.
"""

from typing import Any

from strongroom.kms.records import KeyRecord, KeyState, Origin
from strongroom.kms.rules.identifiers import key_arn
from strongroom.kms.rules.specs import ALGORITHMS_MEMBER, is_symmetric, spec_named


def _multi_region(key: KeyRecord) -> dict[str, Any] | None:
    if not key.multi_region or key.primary_region is None:
        return None

    def entry(region: str) -> dict[str, str]:
        return {"Arn": key_arn(region, key.account_id, key.key_id), "Region": region}

    return {
        "MultiRegionKeyType": "PRIMARY" if key.primary_region == key.region else "REPLICA",
        "PrimaryKey": entry(key.primary_region),
        "ReplicaKeys": [entry(region) for region in key.replica_regions],
    }


def _material_id(key: KeyRecord) -> str | None:
    current = key.current
    shown = is_symmetric(key) and key.custom_key_store_id is None and key.state not in (KeyState.PENDING_IMPORT, KeyState.CREATING)
    return current.material_id if current and shown else None


def _expiry(key: KeyRecord) -> dict[str, Any]:
    present = [one for one in key.generations if one.present]
    if key.origin is not Origin.EXTERNAL or not present or key.state is KeyState.PENDING_IMPORT:
        return {}
    valid_to = min((one.valid_to for one in present if one.valid_to is not None), default=None)
    model = "KEY_MATERIAL_DOES_NOT_EXPIRE" if valid_to is None else "KEY_MATERIAL_EXPIRES"
    return {"ExpirationModel": model, "ValidTo": valid_to}


def key_metadata(key: KeyRecord) -> dict[str, Any]:
    """Return KeyMetadata. Members without a value are None and are left out of the answer."""
    return {
        "AWSAccountId": key.account_id,
        "KeyId": key.key_id,
        "Arn": key.arn,
        "CreationDate": key.created_at,
        "Enabled": key.state is KeyState.ENABLED,
        "Description": key.description,
        "KeyUsage": key.usage.value,
        "KeyState": key.state.value,
        "DeletionDate": key.deletion_at if key.state is KeyState.PENDING_DELETION else None,
        "PendingDeletionWindowInDays": key.pending_window_days if key.state is KeyState.PENDING_REPLICA_DELETION else None,
        "Origin": key.origin.value,
        "KeyManager": key.manager.value,
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        ALGORITHMS_MEMBER[key.usage]: list(spec_named(key.spec).algorithms[key.usage]),
        "MultiRegion": key.multi_region,
        "MultiRegionConfiguration": _multi_region(key),
        "CurrentKeyMaterialId": _material_id(key),
        "CustomKeyStoreId": key.custom_key_store_id,
        "CloudHsmClusterId": key.cloud_hsm_cluster_id,
        "XksKeyConfiguration": {"Id": key.xks_key_id} if key.xks_key_id is not None else None,
        **_expiry(key),
    }
