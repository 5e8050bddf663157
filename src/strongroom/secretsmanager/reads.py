"""When secrets were last read. A read is an observation, never a write; AWS shows it as a date.

Source: Secrets Manager API Reference, DescribeSecret, LastAccessedDate.
"""

from strongroom.calls.call import Call, Observation
from strongroom.calls.observations import latest
from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.rules.limits import DAY
from strongroom.secretsmanager.tables import SECRETS
from strongroom.storage.ports import Store

SECRET_READ = "secretsmanager:secret"  # noqa: S105 - the kind of an observation
VERSION_READ = "secretsmanager:version"


def note_read(call: Call, secret: SecretRecord, version_id: str) -> None:
    """Remember that a version was read today: so a secret that is read all day is written once."""
    key, today = (secret.account_id, secret.region, secret.secret_id), call.now // DAY * DAY
    call.environment.observe(Observation(SECRET_READ, key, today))
    call.environment.observe(Observation(VERSION_READ, (*key, version_id), today))


def secret_read(store: Store, secret: SecretRecord) -> float | None:
    """Return the UTC midnight before the secret was last read, or None."""
    return _date(latest(store, SECRET_READ, (secret.account_id, secret.region, secret.secret_id)))


def version_read(store: Store, secret: SecretRecord, version_id: str) -> float | None:
    """Return the UTC midnight before the version was last read, or None."""
    return _date(latest(store, VERSION_READ, (secret.account_id, secret.region, secret.secret_id, version_id)))


def _date(observation: Observation | None) -> float | None:
    return observation.time // DAY * DAY if observation else None


def _secret_of(store: Store, account_id: str, region: str, secret_id: str) -> SecretRecord | None:
    secret = store.get(SECRETS, account_id, region, secret_id.rpartition("-")[0])
    return secret if secret is not None and secret.secret_id == secret_id else None


def _secret_exists(store: Store, key: tuple[str, ...]) -> bool:
    return _secret_of(store, *key) is not None


def _version_exists(store: Store, key: tuple[str, ...]) -> bool:
    *place, version_id = key
    secret = _secret_of(store, *place)
    return secret is not None and version_id in secret.versions


OBSERVED = {SECRET_READ: _secret_exists, VERSION_READ: _version_exists}
