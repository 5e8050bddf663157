"""When secrets were last read. A read is an observation, never a write; AWS shows it as a date.

Source: Secrets Manager API Reference, DescribeSecret, LastAccessedDate.
"""

from strongroom.calls.call import Call, Observation
from strongroom.calls.observations import latest
from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.rules.limits import DAY
from strongroom.storage.ports import Store

SECRET_READ = "secretsmanager:secret"  # noqa: S105 - the kind of an observation
VERSION_READ = "secretsmanager:version"


def note_read(call: Call, secret: SecretRecord, version_id: str) -> None:
    """Remember that a version was read now."""
    key = (secret.account_id, secret.region, secret.secret_id)
    call.environment.observe(Observation(SECRET_READ, key, call.now))
    call.environment.observe(Observation(VERSION_READ, (*key, version_id), call.now))


def secret_read(store: Store, secret: SecretRecord) -> float | None:
    """Return the UTC midnight before the secret was last read, or None."""
    return _date(latest(store, SECRET_READ, (secret.account_id, secret.region, secret.secret_id)))


def version_read(store: Store, secret: SecretRecord, version_id: str) -> float | None:
    """Return the UTC midnight before the version was last read, or None."""
    return _date(latest(store, VERSION_READ, (secret.account_id, secret.region, secret.secret_id, version_id)))


def _date(observation: Observation | None) -> float | None:
    return observation.time // DAY * DAY if observation else None
