"""Request quotas of KMS, held where the operator asks for them. The caller's account is charged, whoever owns the key."""

from strongroom.calls.call import Call
from strongroom.kms.errors import KmsThrottled
from strongroom.kms.records import KeyRecord
from strongroom.kms.rules.quotas import Quota, key_quota, operation_quota, pair_quota

_PAIR_SPEC = "KeyPairSpec"
_CHARGED_LATER = frozenset({"Decrypt", "ReEncrypt"})  # their handlers find the key, and charge for it


def charge_for_key(call: Call, key: KeyRecord) -> None:
    """Count a cryptographic operation with `key`. Raises KmsThrottled beyond the quota."""
    if call.environment.kms_requests is not None:
        _take(call, key_quota(key.spec, key.custom_key_store_id, call.region))


def charge(call: Call, target: object) -> None:
    """Count an authorised call; `target` is the key that it names, if it names one. Raises KmsThrottled beyond the quota."""
    name = call.operation.name
    if call.environment.kms_requests is None or name in _CHARGED_LATER:
        return
    quota = operation_quota(name)
    if quota is None and _PAIR_SPEC in call.request:
        quota = pair_quota(call.request[_PAIR_SPEC])
    if quota is not None:
        _take(call, quota)
    elif isinstance(target, KeyRecord):
        charge_for_key(call, target)
    else:
        _take(call, key_quota(None, None, call.region))


def _take(call: Call, quota: Quota) -> None:
    requests = call.environment.kms_requests
    name = ("kms", call.account_id, call.region, quota.name)
    if requests is not None and not requests.take(name, quota.per_second, call.origin.request_id, call.now):
        raise KmsThrottled
