"""Multi-Region keys: one key id and one material in several Regions.

Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html and API_UpdatePrimaryRegion.html
"""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.calls.operation import Response
from strongroom.calls.target import Conditions, Resource
from strongroom.kms.conditions import primary_region_conditions, replicate_conditions
from strongroom.kms.creation import policy_for_new_key, tags_for_new_key
from strongroom.kms.errors import AlreadyExists, KeyNotFound, NotPrimary
from strongroom.kms.key_policies import shown_policy
from strongroom.kms.keys import change_related_keys, insert_key
from strongroom.kms.materials import copy_materials
from strongroom.kms.metadata import key_metadata
from strongroom.kms.records import KeyRecord, KeyState, Origin
from strongroom.kms.resolve import key_conditions, key_resource, own_key
from strongroom.kms.rules.identifiers import key_arn
from strongroom.kms.rules.tags import tag_list
from strongroom.kms.service import operation
from strongroom.kms.states import ensure_allowed
from strongroom.kms.tables import KEYS

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import ReplicateKeyRequestTypeDef, UpdatePrimaryRegionRequestTypeDef


def _ensure_primary(key: KeyRecord) -> None:
    if key.primary_region != key.region:
        raise NotPrimary(key.arn)


def _replica_conditions(call: Call, key: KeyRecord, region: str) -> Conditions:
    """Return the conditions of creating the replica in its Region, which takes kms:CreateKey there."""
    return {**key_conditions(call, key), "kms:multiregionkeytype": ("REPLICA",), "aws:requestedregion": (region,)}


@operation(
    "ReplicateKey",
    action="kms:ReplicateKey",
    resource=own_key,
    conditions=replicate_conditions,
    recorded=("ReplicaKeyMetadata", "ReplicaPolicy", "ReplicaTags"),
)
def replicate_key(call: Call, key: KeyRecord, request: "ReplicateKeyRequestTypeDef") -> Response:
    """Make a related key in another Region. Its policy, tags, aliases and description are its own."""
    region = request["ReplicaRegion"]
    call.authorise("kms:CreateKey", Resource("*", call.account_id), _replica_conditions(call, key, region))
    ensure_allowed(call, "ReplicateKey", key)
    _ensure_primary(key)
    arn = key_arn(region, key.account_id, key.key_id)
    if region in (key.region, *key.replica_regions):
        raise AlreadyExists(f"Key {arn} already exists")
    replica = _replica_of(call, key, region, arn, request)
    regions = (*key.replica_regions, region)
    change_related_keys(call.store, key, replica_regions=regions)
    stored = insert_key(call.store, replace(replica, replica_regions=regions))
    if key.origin is not Origin.EXTERNAL:
        copy_materials(call.store, key, stored)
    return {
        "ReplicaKeyMetadata": key_metadata(replace(stored, state=KeyState.CREATING)),
        "ReplicaPolicy": shown_policy(call.store, stored.policy),
        "ReplicaTags": tag_list(stored.tags),
    }


def _replica_of(call: Call, key: KeyRecord, region: str, arn: str, request: "ReplicateKeyRequestTypeDef") -> KeyRecord:
    imported = key.origin is Origin.EXTERNAL
    return replace(
        key,
        region=region,
        created_at=call.now,
        state=KeyState.PENDING_IMPORT if imported else KeyState.ENABLED,
        policy=policy_for_new_key(call, arn, request, _replica_conditions(call, key, region)),
        description=request.get("Description", ""),
        tags=tags_for_new_key(call, arn, request),
        aliases=(),
        grant_count=0,
        generations=tuple(replace(one, present=not imported) for one in key.generations),
    )


@operation("UpdatePrimaryRegion", action="kms:UpdatePrimaryRegion", resource=own_key, conditions=primary_region_conditions)
def update_primary_region(call: Call, key: KeyRecord, request: "UpdatePrimaryRegionRequestTypeDef") -> None:
    """Make a replica the primary, and the primary a replica. Both keys are authorised."""
    region = request["PrimaryRegion"]
    ensure_allowed(call, "UpdatePrimaryRegion", key)
    _ensure_primary(key)
    replica = call.store.get(KEYS, key.account_id, region, key.key_id) if region in key.replica_regions else None
    if replica is None:
        raise KeyNotFound(key_arn(region, key.account_id, key.key_id))
    call.authorise("kms:UpdatePrimaryRegion", key_resource(call, replica), primary_region_conditions(call, request))
    ensure_allowed(call, "UpdatePrimaryRegion", replica)
    replicas = tuple(sorted({*key.replica_regions, key.region} - {region}))
    change_related_keys(call.store, key, primary_region=region, replica_regions=replicas)
