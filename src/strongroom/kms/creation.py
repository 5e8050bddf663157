"""Making a key from a CreateKey request."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.calls.target import Conditions, Resource
from strongroom.core.ids import uuid4
from strongroom.crypto.keys.pairs import PAIR_SPECS
from strongroom.kms.conditions import create_key_conditions, tags_conditions
from strongroom.kms.errors import LimitExceeded, UnsupportedOperation
from strongroom.kms.external import bind_external_key, ensure_fits_key_store
from strongroom.kms.key_policies import acceptable_policy, default_key_policy
from strongroom.kms.keys import insert_key
from strongroom.kms.materials import SECRET_BYTES, material_record, new_material_id, new_secret
from strongroom.kms.records import Generation, KeyRecord, KeyState, Origin
from strongroom.kms.rules.identifiers import MULTI_REGION_PREFIX, key_arn
from strongroom.kms.rules.imports import IMPORTABLE_SPECS
from strongroom.kms.rules.limits import KEYS_PER_REGION
from strongroom.kms.rules.specs import chosen_spec_and_usage
from strongroom.kms.rules.tags import with_tags
from strongroom.kms.service import KEY_TYPE
from strongroom.kms.tables import KEYS, MATERIALS

MULTI_REGION_ID_BYTES = 16


def create_key_record(call: Call, request: Mapping[str, Any]) -> KeyRecord:
    """Check the request, store the key with its material, and return it.

    Raises ValidationFailed, UnsupportedOperation, TagRefused, LimitExceeded, MalformedPolicyDocument, or AccessDenied where tags
    are given and the caller may not set them.
    """
    spec, usage = chosen_spec_and_usage(request.get("KeySpec"), request.get("CustomerMasterKeySpec"), request.get("KeyUsage"))
    origin = Origin(request.get("Origin", Origin.AWS_KMS))
    _ensure_supported(origin, spec.name)
    multi_region = request.get("MultiRegion", False)
    key_id = MULTI_REGION_PREFIX + call.random_bytes(MULTI_REGION_ID_BYTES).hex() if multi_region else uuid4(call.random_bytes)
    arn = key_arn(call.region, call.account_id, key_id)
    tags = tags_for_new_key(call, arn, request)
    policy = policy_for_new_key(call, arn, request, create_key_conditions(call, request))
    if call.store.count(KEYS, call.account_id, call.region) >= KEYS_PER_REGION:
        raise LimitExceeded(f"The account has the maximum number of KMS keys in this Region, {KEYS_PER_REGION}.")
    key = KeyRecord(
        account_id=call.account_id,
        region=call.region,
        key_id=key_id,
        created_at=call.now,
        spec=spec.name,
        usage=usage,
        state=KeyState.PENDING_IMPORT if origin is Origin.EXTERNAL else KeyState.ENABLED,
        policy=policy,
        origin=origin,
        description=request.get("Description", ""),
        tags=tags,
        multi_region=multi_region,
        primary_region=call.region if multi_region else None,
    )
    ensure_fits_key_store(key, request)
    if key.origin is Origin.EXTERNAL_KEY_STORE:
        key = bind_external_key(call, key, request["CustomKeyStoreId"], request["XksKeyId"])
    call.resources.append((KEY_TYPE, arn, call.account_id))
    return insert_key(call.store, key) if origin is Origin.EXTERNAL else _insert_with_material(call, key)


def _ensure_supported(origin: Origin, spec: str) -> None:
    if spec not in SECRET_BYTES and spec not in PAIR_SPECS:
        raise UnsupportedOperation(f"KeySpec {spec} is not supported.")
    if origin is Origin.EXTERNAL and spec not in IMPORTABLE_SPECS:
        raise UnsupportedOperation(f"KeySpec {spec} is not supported with imported key material.")


def tags_for_new_key(call: Call, arn: str, request: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a key about to be made; setting them takes kms:TagResource too."""
    given = request.get("Tags", ())
    tags = with_tags({}, given)
    if tags:
        call.authorise("kms:TagResource", Resource(arn, call.account_id), tags_conditions(given))
    return tags


def policy_for_new_key(call: Call, arn: str, request: Mapping[str, Any], conditions: Conditions) -> str:
    """Return the policy of a key about to be made; `conditions` are the condition keys that the key will give."""
    if "Policy" not in request:
        return default_key_policy(call.account_id)
    policy: str = request["Policy"]
    bypass = request.get("BypassPolicyLockoutSafetyCheck", False)
    return acceptable_policy(call, arn, policy, conditions, bypass_lockout_check=bypass)


def _insert_with_material(call: Call, key: KeyRecord) -> KeyRecord:
    material_id = new_material_id(call.random_bytes)
    pair = new_secret(call, key.spec)
    stored = insert_key(call.store, replace(key, generations=(Generation(material_id=material_id),)))
    call.store.insert(MATERIALS, material_record(stored, material_id, pair.private_key, pair.public_key))
    return stored
