"""How a rotation goes: its steps, when it is tried again, and what became of it. Pure.

Source: Secrets Manager User Guide, "How rotation works", "Lambda rotation functions", "Rotation windows".
"""

from enum import Enum

from msgspec.structs import replace

from strongroom.core.arn import parse_arn
from strongroom.secretsmanager.records import RotationFailure, RotationRecord, RotationRun, SecretRecord, VersionEntry
from strongroom.secretsmanager.rules.limits import DAY
from strongroom.secretsmanager.rules.schedules import HOUR, next_window
from strongroom.secretsmanager.rules.stages import CURRENT, PENDING

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
TEST_STEPS = ("testSecret",)
MOST_ATTEMPTS = 6  # in one window
FIRST_RETRY = 10.0  # seconds; doubled after each failure
MOST_RETRY = HOUR
LEAST_WINDOW = HOUR  # a rotation that comes late (the server was down) still gets this long
MOST_REASON = 500  # characters of a function's error that are kept
_ALTERNATING = "RotationMultiUser"
_SET_BY_SUPERUSER = ("SecretsManagerRDSDb2RotationSingleUser", "SecretsManagerElasticacheUserRotation")
MILLISECONDS = 1000


class Standing(Enum):
    """How the secret stands to its rotation before the next step."""

    READY = "ready"
    CURRENT = "the new version is current"
    ABANDONED = "the new version lost its label"
    STOPPED = "rotation was switched off, or the secret is to be deleted"


def steps_of(run: RotationRun) -> tuple[str, ...]:
    """Return the steps in order."""
    return TEST_STEPS if run.test else STEPS


def standing(secret: SecretRecord, token: str) -> Standing:
    """Return what the next step would find. A function moves AWSCURRENT itself, in finishSecret."""
    rotation = secret.rotation
    if rotation is None or rotation.run is None or rotation.run.token != token or not rotation.enabled or secret.deleted is not None:
        return Standing.STOPPED
    if secret.stages.get(CURRENT) == token:
        return Standing.CURRENT
    return Standing.READY if secret.stages.get(PENDING) == token else Standing.ABANDONED


def needs_superuser(lambda_arn: str) -> bool:
    """Return whether a function is one of the templates for alternating users, which read the superuser's secret (`masterarn`)."""
    return _function_name(lambda_arn).endswith(_ALTERNATING)


def takes_superuser(lambda_arn: str) -> bool:
    """Return whether a function is one of the templates that read the superuser's secret where the secret names one."""
    return needs_superuser(lambda_arn) or _function_name(lambda_arn) in _SET_BY_SUPERUSER


def _function_name(lambda_arn: str) -> str:
    arn = parse_arn(lambda_arn)
    return arn.resource.split(":")[-1] if arn is not None else ""


def with_schedule(secret: SecretRecord, now: float) -> SecretRecord:
    """Return the secret with its next window counted from `now`: NextRotationDate, and when the engine looks at it."""
    rotation = secret.rotation
    if rotation is None or not rotation.enabled or rotation.rules is None:
        return replace(secret, rotation_due_ms=None)
    window = next_window(rotation.rules, now)
    return replace(secret, rotation=replace(rotation, next_rotation=window.end - 1), rotation_due_ms=int(window.start * MILLISECONDS))


def with_run(secret: SecretRecord, token: str, now: float, *, test: bool = False) -> SecretRecord:
    """Return the secret with a rotation that begins at once: an empty version labelled AWSPENDING, unless it is there already."""
    rotation = secret.rotation or RotationRecord(enabled=True)
    window_end = now + DAY if rotation.next_rotation is None else max(rotation.next_rotation + 1, now + LEAST_WINDOW)
    run = RotationRun(token=token, test=test, until=window_end)
    versions = secret.versions
    if token not in versions:
        versions = {**versions, token: VersionEntry(created=now, has_value=False)}
    return replace(
        secret,
        rotation=replace(rotation, run=run),
        rotation_due_ms=int(now * MILLISECONDS),
        versions=versions,
        stages={**secret.stages, PENDING: token},
    )


def with_failure(secret: SecretRecord, step: str, reason: str, now: float) -> SecretRecord:
    """Return the secret after a failed attempt: tried again with growing pauses while its window lasts, then in the next window.

    AWSCURRENT is left as it is, and AWSPENDING too: the next attempt goes on with the same version.
    """
    rotation = secret.rotation
    if rotation is None or rotation.run is None:
        return secret
    attempts = rotation.run.attempts + 1
    failed = replace(rotation, failure=RotationFailure(step=step, reason=reason[:MOST_REASON], at=now))
    retry = now + min(FIRST_RETRY * 2 ** (attempts - 1), MOST_RETRY)
    if attempts < MOST_ATTEMPTS and retry < rotation.run.until:
        run = replace(rotation.run, attempts=attempts)
        return replace(secret, rotation=replace(failed, run=run), rotation_due_ms=int(retry * MILLISECONDS))
    scheduled = with_schedule(replace(secret, rotation=failed), now)
    due = scheduled.rotation_due_ms
    waiting = scheduled.rotation or failed
    until = (waiting.next_rotation or 0) + 1 if due is not None else now + 2 * DAY
    run = replace(rotation.run, attempts=0, until=until)
    due_ms = due if due is not None else int((now + DAY) * MILLISECONDS)
    return replace(scheduled, rotation=replace(waiting, run=run), rotation_due_ms=due_ms)


def with_success(secret: SecretRecord, now: float) -> SecretRecord:
    """Return the secret after its new version became current: no AWSPENDING, LastRotatedDate, and the next window."""
    rotation = secret.rotation
    if rotation is None or rotation.run is None:
        return secret
    done = replace(rotation, run=None, failure=None, rotated=now)
    return with_schedule(replace(_without_pending(secret, rotation.run.token), rotation=done), now)


def without_run(secret: SecretRecord, now: float) -> SecretRecord:
    """Return the secret after a rotation that was abandoned, or a test: its version goes unless it holds other labels."""
    rotation = secret.rotation
    if rotation is None or rotation.run is None:
        return secret
    token = rotation.run.token
    left = _without_pending(secret, token)
    if token not in left.stages.values():
        left = replace(left, versions={each: entry for each, entry in left.versions.items() if each != token})
    return with_schedule(replace(left, rotation=replace(rotation, run=None)), now)


def stopped(secret: SecretRecord) -> SecretRecord:
    """Return the secret with rotation switched off: labels and settings stay."""
    rotation = secret.rotation
    if rotation is None:
        return replace(secret, rotation_due_ms=None)
    return replace(secret, rotation=replace(rotation, enabled=False, run=None), rotation_due_ms=None)


def _without_pending(secret: SecretRecord, token: str) -> SecretRecord:
    stages = {label: holder for label, holder in secret.stages.items() if label != PENDING or holder != token}
    return replace(secret, stages=stages)
