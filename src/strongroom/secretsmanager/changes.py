"""Changing a secret: the one way in which records are written. Replicas change in the same transaction."""

from msgspec.structs import replace

from strongroom.calls.call import Call
from strongroom.secretsmanager.encryption import SecretValue, seal_value
from strongroom.secretsmanager.records import SecretRecord, VersionEntry
from strongroom.secretsmanager.replication import replicated
from strongroom.secretsmanager.rules.rotation import with_schedule
from strongroom.secretsmanager.rules.stages import CURRENT, PENDING
from strongroom.secretsmanager.rules.versions import versions_to_prune
from strongroom.secretsmanager.stored import delete_version, milliseconds
from strongroom.secretsmanager.tables import SECRETS, VERSIONS


def save(call: Call, secret: SecretRecord) -> SecretRecord:
    """Write a changed secret with its LastChangedDate, bring its replicas in step, and return it as written."""
    changed = replicated(call, replace(secret, changed_ms=milliseconds(call.now)))
    call.store.replace(SECRETS, changed)
    return changed


def with_value(call: Call, secret: SecretRecord, version_id: str, value: SecretValue, stages: dict[str, str]) -> SecretRecord:
    """Seal `value` as a new version, prune old ones, and return the secret with its new version and `stages`, not yet saved."""
    call.store.insert(VERSIONS, seal_value(call, secret, version_id, value))
    entry = VersionEntry(created=call.now, kms_key_id=secret.kms_key_id)
    kept = _pruned(call, secret, version_id, stages)
    changed = replace(secret, versions={**kept, version_id: entry}, stages=stages)
    return _rescheduled(call, changed) if stages.get(CURRENT) != secret.stages.get(CURRENT) else changed


def _rescheduled(call: Call, secret: SecretRecord) -> SecretRecord:
    """Count a new current value as a rotation: the days until the next one begin again.

    A rotation under way is abandoned by it: its version loses AWSPENDING, and the engine notes the rest.
    """
    rotation = secret.rotation
    if rotation is None:
        return secret
    if rotation.rules is not None and rotation.rules.schedule is None:
        secret = with_schedule(secret, call.now)
    if rotation.run is None:
        return secret
    abandoned = secret.stages.get(PENDING) == rotation.run.token
    stages = {label: holder for label, holder in secret.stages.items() if not (abandoned and label == PENDING)}
    return replace(secret, stages=stages, rotation_due_ms=milliseconds(call.now))


def _pruned(call: Call, secret: SecretRecord, version_id: str, stages: dict[str, str]) -> dict[str, VersionEntry]:
    """Return the secret's other versions, without those that must go, whose values are deleted."""
    others = {each: entry for each, entry in secret.versions.items() if each != version_id}
    for pruned in versions_to_prune(others, stages, call.now):
        delete_version(call.store, secret, pruned)
        del others[pruned]
    return others
