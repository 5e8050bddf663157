"""How a rotation is written down: each change in a unit of work of its own, with the event that CloudTrail shows for it.

Source: Secrets Manager User Guide, "AWS CloudTrail event entries": RotationStarted, RotationSucceeded, RotationFailed, RotationAbandoned
and the same for tests.
"""

from collections.abc import Callable

from msgspec.structs import replace

from strongroom.calls.jobs import JobContext, ServiceEvent
from strongroom.core.ids import uuid4
from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.resolve import RESOURCE_TYPE
from strongroom.secretsmanager.rules.rotation import (
    Standing,
    standing,
    with_failure,
    with_run,
    with_success,
    without_run,
)
from strongroom.secretsmanager.rules.stages import CURRENT, PENDING
from strongroom.secretsmanager.service import SECRETS_MANAGER
from strongroom.secretsmanager.stored import delete_version, milliseconds
from strongroom.secretsmanager.tables import SECRETS
from strongroom.storage.ports import Store

Change = Callable[[SecretRecord], tuple[SecretRecord, ServiceEvent] | None]
FAILED = "RotationFailed"


class Progress:
    """The record of one secret's rotation. Every method reads the secret anew, so another's changes are never written over."""

    def __init__(self, context: JobContext, found: SecretRecord) -> None:
        self._context = context
        self._found = found

    def read(self) -> SecretRecord | None:
        """Return the secret as it is now; None if it is gone, or if another was created under its name."""
        return self._same(self._context.read())

    def begin(self) -> SecretRecord | None:
        """Begin what is due, or take up what was begun; None if nothing is due any more."""
        self._change(self._started)
        secret = self.read()
        if secret is None or secret.rotation is None or secret.rotation.run is None:
            return None
        return secret

    def fail(self, step: str, function: str, reason: str) -> None:
        """Note a failed attempt; a test ends with it."""

        def failed(secret: SecretRecord) -> tuple[SecretRecord, ServiceEvent] | None:
            run = secret.rotation.run if secret.rotation else None
            if run is None:
                return None
            now = self._context.now()
            changed = with_failure(secret, step, reason, now)
            name = FAILED
            if run.test:
                name, changed = "TestRotationFailed", without_run(changed, now)
            message = f"Error when executing lambda {function} during {step} step"
            return changed, _event(name, secret, message, reason)

        self._change(failed)

    def finish(self) -> bool:
        """Note the end of the last step; False if the new version did not become current."""

        def ended(secret: SecretRecord) -> tuple[SecretRecord, ServiceEvent] | None:
            run = secret.rotation.run if secret.rotation else None
            now = self._context.now()
            if run is None or secret.rotation is None:
                return None
            if run.test:
                passed = replace(secret, rotation=replace(secret.rotation, failure=None))
                return without_run(passed, now), _event("TestRotationSucceeded", secret)
            if secret.stages.get(CURRENT) != run.token:
                return None
            return with_success(secret, now), _event("RotationSucceeded", secret)

        return self._change(ended)

    def settle(self, found: Standing) -> None:
        """End a rotation whose secret was changed by others meanwhile."""

        def settled(secret: SecretRecord) -> tuple[SecretRecord, ServiceEvent] | None:
            if secret.rotation is None or secret.rotation.run is None or standing(secret, secret.rotation.run.token) is not found:
                return None
            if found is Standing.STOPPED:
                return replace(secret, rotation_due_ms=None), _event("RotationAbandoned", secret)
            return without_run(secret, self._context.now()), _event("RotationAbandoned", secret)

        self._change(settled)

    def _started(self, secret: SecretRecord) -> tuple[SecretRecord, ServiceEvent] | None:
        now = self._context.now()
        if secret.rotation_due_ms is None or secret.rotation_due_ms > milliseconds(now):
            return None
        rotation = secret.rotation
        if rotation is None or not rotation.enabled or secret.deleted is not None or secret.is_replica:
            return replace(secret, rotation_due_ms=None), _event("RotationAbandoned", secret)
        if rotation.run is None:
            pending = secret.stages.get(PENDING)
            token = pending if pending not in (None, secret.stages.get(CURRENT)) else None
            secret = with_run(secret, token or uuid4(self._context.random_bytes), now)
        rotation = secret.rotation
        run = rotation.run if rotation else None
        if rotation is None or run is None or run.started is not None:
            return None
        begun = replace(secret, rotation=replace(rotation, run=replace(run, started=now)))
        return begun, _event("TestRotationStarted" if run.test else "RotationStarted", secret)

    def _change(self, change: Change) -> bool:
        def work(store: Store) -> ServiceEvent | None:
            secret = self._same(store)
            found = change(secret) if secret is not None else None
            if secret is None or found is None:
                return None
            changed, event = found
            _write(store, secret, changed)
            return event

        return self._context.apply(work)

    def _same(self, store: Store) -> SecretRecord | None:
        found = self._found
        secret = store.get(SECRETS, found.account_id, found.region, found.name)
        return secret if secret is not None and secret.suffix == found.suffix else None


def _write(store: Store, before: SecretRecord, secret: SecretRecord) -> None:
    """Write the secret, and bring the labels and rotation dates of its replicas in step; their values are copied as they are stored."""
    for version_id in before.versions.keys() - secret.versions.keys():
        delete_version(store, before, version_id)
    store.replace(SECRETS, secret)
    for entry in secret.replicas:
        replica = store.get(SECRETS, secret.account_id, entry.region, secret.name)
        if replica is None or replica.suffix != secret.suffix or replica.primary_region != secret.region:
            continue
        versions = {each: kept for each, kept in replica.versions.items() if each in secret.versions}
        for version_id in replica.versions.keys() - versions.keys():
            delete_version(store, replica, version_id)
        store.replace(SECRETS, replace(replica, rotation=secret.rotation, stages=secret.stages, versions=versions))


def _event(name: str, secret: SecretRecord, message: str | None = None, reason: str | None = None) -> ServiceEvent:
    return ServiceEvent(
        SECRETS_MANAGER.event_source,
        name,
        secret.account_id,
        secret.region,
        resources=((RESOURCE_TYPE, secret.arn, secret.account_id),),
        additional={"SecretId": secret.arn, **({"Reason": reason} if reason else {})},
        error_code="RotationFailed" if message else None,
        error_message=message,
    )
