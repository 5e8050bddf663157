"""The condition keys that KMS requests define themselves. Names are lower case; defaults that the request leaves out count.

Source: Service Authorization Reference, "Condition keys for AWS Key Management Service".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from strongroom.calls.call import Call
from strongroom.calls.context import iso_time
from strongroom.calls.target import Conditions, values_of
from strongroom.kms.rules.context import ensure_context_size
from strongroom.kms.rules.identifiers import alias_in
from strongroom.kms.rules.limits import DEFAULT_ROTATION_DAYS, MOST_DELETION_DAYS
from strongroom.kms.rules.specs import SYMMETRIC_DEFAULT
from strongroom.policy.decision import ContextValue

Request = Mapping[str, Any]


def _from_members(request: Request, **members: str) -> dict[str, ContextValue]:
    """Return kms:<lower-case condition> for each `member=condition` that the request has."""
    found = ((f"kms:{condition}", values_of(request.get(member))) for member, condition in members.items())
    return {name: values for name, values in found if values is not None}


def alias_conditions(_: Call, request: Request) -> Conditions:
    """Return kms:RequestAlias, where the key was named by an alias."""
    alias = alias_in(request["KeyId"]) if "KeyId" in request else None
    return {"kms:requestalias": (alias,)} if alias else {}


def context_conditions(context: Mapping[str, str] | None) -> dict[str, ContextValue]:
    """Return kms:EncryptionContextKeys and kms:EncryptionContext:<key> of an encryption context.

    Condition keys ignore case, so pairs whose keys differ in case alone share one condition key with several values.
    """
    if not context:
        return {}
    ensure_context_size(sum(len(key) + len(value) for key, value in context.items()))
    conditions: dict[str, ContextValue] = {"kms:encryptioncontextkeys": tuple(context)}
    for key, value in context.items():
        name = f"kms:encryptioncontext:{key.lower()}"
        known = conditions.get(name, ())
        conditions[name] = (*known, value) if isinstance(known, tuple) else (value,)
    return conditions


def cipher_conditions(key_text: str | None, algorithm: str | None, context: Mapping[str, str] | None) -> dict[str, ContextValue]:
    """Return the keys of one encryption or decryption; ReEncrypt has two of them."""
    conditions = context_conditions(context)
    conditions["kms:encryptionalgorithm"] = (algorithm or SYMMETRIC_DEFAULT,)
    alias = alias_in(key_text) if key_text else None
    if alias:
        conditions["kms:requestalias"] = (alias,)
    return conditions


def encryption_conditions(_: Call, request: Request) -> Conditions:
    """Return the keys of Encrypt, Decrypt and the data key operations."""
    conditions = cipher_conditions(request.get("KeyId"), request.get("EncryptionAlgorithm"), request.get("EncryptionContext"))
    conditions.update(_from_members(request, KeyPairSpec="datakeypairspec"))
    return conditions


def algorithm_conditions(call: Call, request: Request) -> Conditions:
    """Return the keys of signing, MAC and key agreement operations."""
    conditions = {**alias_conditions(call, request)}
    conditions |= _from_members(
        request, SigningAlgorithm="signingalgorithm", MacAlgorithm="macalgorithm", KeyAgreementAlgorithm="keyagreementalgorithm"
    )
    if "SigningAlgorithm" in request:
        conditions["kms:messagetype"] = (request.get("MessageType", "RAW"),)
    return conditions


def tags_conditions(tags: Sequence[Mapping[str, Any]]) -> dict[str, ContextValue]:
    """Return aws:RequestTag/<key> and aws:TagKeys of a list of tags."""
    conditions: dict[str, ContextValue] = {f"aws:requesttag/{tag['TagKey'].lower()}": (tag["TagValue"],) for tag in tags}
    if tags:
        conditions["aws:tagkeys"] = tuple(tag["TagKey"] for tag in tags)
    return conditions


def tag_conditions(_: Call, request: Request) -> Conditions:
    """Return the keys of TagResource and UntagResource."""
    if "TagKeys" in request:
        return {"aws:tagkeys": tuple(request["TagKeys"])}
    return tags_conditions(request["Tags"])


def create_key_conditions(_: Call, request: Request) -> Conditions:
    """Return the keys of CreateKey: those of the key that it would make, and those of its tags."""
    spec = request.get("KeySpec") or request.get("CustomerMasterKeySpec") or SYMMETRIC_DEFAULT
    usage = request.get("KeyUsage", "ENCRYPT_DECRYPT")
    multi_region = request.get("MultiRegion", False)
    conditions: dict[str, ContextValue] = {
        "kms:keyspec": (spec,),
        "kms:customermasterkeyspec": (spec,),
        "kms:keyusage": (usage,),
        "kms:customermasterkeyusage": (usage,),
        "kms:keyorigin": (request.get("Origin", "AWS_KMS"),),
        "kms:multiregion": ("true" if multi_region else "false",),
        **_from_members(request, BypassPolicyLockoutSafetyCheck="bypasspolicylockoutsafetycheck"),
        **tags_conditions(request.get("Tags", ())),
    }
    if multi_region:
        conditions["kms:multiregionkeytype"] = ("PRIMARY",)
    return conditions


def policy_conditions(_: Call, request: Request) -> Conditions:
    """Return the keys of PutKeyPolicy."""
    return _from_members(request, BypassPolicyLockoutSafetyCheck="bypasspolicylockoutsafetycheck")


def replicate_conditions(_: Call, request: Request) -> Conditions:
    """Return the keys of ReplicateKey."""
    return {
        **_from_members(request, BypassPolicyLockoutSafetyCheck="bypasspolicylockoutsafetycheck", ReplicaRegion="replicaregion"),
        **tags_conditions(request.get("Tags", ())),
    }


def primary_region_conditions(_: Call, request: Request) -> Conditions:
    """Return the keys of UpdatePrimaryRegion."""
    return _from_members(request, PrimaryRegion="primaryregion")


def rotation_conditions(_: Call, request: Request) -> Conditions:
    """Return the keys of EnableKeyRotation."""
    return {"kms:rotationperiodindays": (str(request.get("RotationPeriodInDays", DEFAULT_ROTATION_DAYS)),)}


def deletion_conditions(_: Call, request: Request) -> Conditions:
    """Return the keys of ScheduleKeyDeletion."""
    return {"kms:schedulekeydeletionpendingwindowindays": (str(request.get("PendingWindowInDays", MOST_DELETION_DAYS)),)}


def import_conditions(_: Call, request: Request) -> Conditions:
    """Return the keys of ImportKeyMaterial."""
    conditions: dict[str, ContextValue] = {"kms:expirationmodel": (request.get("ExpirationModel", "KEY_MATERIAL_EXPIRES"),)}
    if "ValidTo" in request:
        conditions["kms:validto"] = (iso_time(request["ValidTo"]),)
    return conditions


def wrapping_conditions(_: Call, request: Request) -> Conditions:
    """Return the keys of GetParametersForImport."""
    return _from_members(request, WrappingAlgorithm="wrappingalgorithm", WrappingKeySpec="wrappingkeyspec")


def grant_for_service_conditions(call: Call, _: Request) -> Conditions:
    """Return kms:GrantIsForAWSResource: whether an AWS service asks on the caller's behalf."""
    return {"kms:grantisforawsresource": ("true" if call.via else "false",)}


def create_grant_conditions(call: Call, request: Request) -> Conditions:
    """Return the keys of CreateGrant."""
    constraints = request.get("Constraints", {})
    conditions: dict[str, ContextValue] = {
        **grant_for_service_conditions(call, request),
        **_from_members(
            request,
            GranteePrincipal="granteeprincipal",
            RetiringPrincipal="retiringprincipal",
            GranteeServicePrincipal="granteeserviceprincipal",
            RetiringServicePrincipal="retiringserviceprincipal",
        ),
        **_from_members(constraints, SourceArn="grantconstraintsourcearn"),
        "kms:grantoperations": tuple(request["Operations"]),
    }
    if constraints:
        conditions["kms:grantconstrainttype"] = tuple(constraints)
    for name in ("EncryptionContextEquals", "EncryptionContextSubset"):
        conditions.update(context_conditions(constraints.get(name)))
    return conditions
