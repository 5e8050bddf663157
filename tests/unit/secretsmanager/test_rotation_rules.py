"""When a rotation is tried again, and what is left of one that ended, however it ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from strongroom.functions.templates.catalogue import HANDLERS
from strongroom.secretsmanager.records import RotationRecord, RotationRules, SecretRecord, VersionEntry
from strongroom.secretsmanager.rules.limits import DAY
from strongroom.secretsmanager.rules.rotation import (
    FIRST_RETRY,
    MILLISECONDS,
    MOST_ATTEMPTS,
    MOST_REASON,
    MOST_RETRY,
    STEPS,
    TEST_STEPS,
    Standing,
    needs_superuser,
    standing,
    steps_of,
    stopped,
    takes_superuser,
    with_failure,
    with_run,
    with_schedule,
    with_success,
    without_run,
)

NOW = 1_700_000_000.0
OLD, NEW = "o" * 36, "n" * 36


def secret(rules: RotationRules | None = None, **more: object) -> SecretRecord:
    """Return a secret with one current version, rotation switched on."""
    made = SecretRecord(
        account_id="1" * 12,
        region="eu-west-1",
        name="n",
        suffix="abcdef",
        created_ms=0,
        changed_ms=0,
        versions={OLD: VersionEntry(created=0.0)},
        stages={"AWSCURRENT": OLD},
        rotation=RotationRecord(enabled=True, lambda_arn="arn", rules=rules),
    )
    return replace(made, **more)


def running(rules: RotationRules | None = None) -> SecretRecord:
    """Return a secret whose rotation has begun."""
    return with_run(with_schedule(secret(rules), NOW), NEW, NOW)


def run_of(found: SecretRecord) -> object:
    """Return the rotation under way, or None."""
    return found.rotation.run if found.rotation else None


def due(found: SecretRecord) -> float | None:
    """Return when the engine looks at the secret next, in seconds."""
    return None if found.rotation_due_ms is None else found.rotation_due_ms / MILLISECONDS


def test_a_rotation_begins_at_once_with_an_empty_pending_version() -> None:
    """And runs all four steps; a test runs one."""
    begun = running()
    assert begun.stages == {"AWSCURRENT": OLD, "AWSPENDING": NEW}
    assert not begun.versions[NEW].has_value
    assert due(begun) == NOW
    assert begun.rotation is not None
    assert begun.rotation.run is not None
    assert steps_of(begun.rotation.run) == STEPS
    assert steps_of(replace(begun.rotation.run, test=True)) == TEST_STEPS


def test_failures_are_tried_again_with_growing_pauses_and_then_in_the_next_window() -> None:
    """AWSCURRENT and AWSPENDING stay; the reason is kept."""
    found, now, pauses = running(RotationRules(days=1)), NOW, []
    for _ in range(MOST_ATTEMPTS - 1):
        found = with_failure(found, "setSecret", "refused", now)
        pauses.append((due(found) or 0) - now)
        now = due(found) or 0
    assert pauses == [min(FIRST_RETRY * 2**count, MOST_RETRY) for count in range(MOST_ATTEMPTS - 1)]
    found = with_failure(found, "setSecret", "refused", now)
    assert due(found) == (NOW // DAY + 1) * DAY, "the start of the next window"
    assert found.stages == {"AWSCURRENT": OLD, "AWSPENDING": NEW}
    assert found.rotation is not None
    assert found.rotation.failure is not None
    assert (found.rotation.failure.step, found.rotation.failure.reason, found.rotation.failure.at) == ("setSecret", "refused", now)
    assert found.rotation.run is not None
    assert found.rotation.run.attempts == 0


def test_a_rotation_without_a_schedule_is_tried_again_the_next_day() -> None:
    """After its attempts are used up."""
    found = running()
    for _ in range(MOST_ATTEMPTS):
        found = with_failure(found, "testSecret", "x" * 5000, NOW)
    assert due(found) == NOW + DAY
    assert found.rotation is not None
    assert found.rotation.failure is not None
    assert len(found.rotation.failure.reason) == MOST_REASON


def test_retries_end_with_the_window() -> None:
    """A window that closes sooner than the pause waits for the next one."""
    found = running(RotationRules(days=10))
    assert found.rotation is not None
    assert found.rotation.run is not None
    late = found.rotation.run.until - 1
    again = due(with_failure(found, "setSecret", "refused", late))
    assert again is not None
    assert again >= late + DAY


def test_success_counts_from_now_and_clears_pending() -> None:
    """LastRotatedDate, the next window, no failure."""
    found = with_failure(running(RotationRules(days=10)), "setSecret", "refused", NOW)
    found = replace(found, stages={"AWSCURRENT": NEW, "AWSPENDING": NEW, "AWSPREVIOUS": OLD})
    done = with_success(found, NOW + 60)
    assert done.stages == {"AWSCURRENT": NEW, "AWSPREVIOUS": OLD}
    assert done.rotation is not None
    assert (done.rotation.rotated, done.rotation.run, done.rotation.failure) == (NOW + 60, None, None)
    assert due(done) == (NOW // DAY + 10) * DAY


def test_an_abandoned_rotation_leaves_no_version_behind() -> None:
    """Unless the version has other labels."""
    left = without_run(running(RotationRules(days=10)), NOW)
    assert (list(left.versions), left.stages, run_of(left)) == ([OLD], {"AWSCURRENT": OLD}, None)
    labelled = replace(running(), stages={"AWSCURRENT": OLD, "AWSPENDING": NEW, "mine": NEW})
    kept = without_run(labelled, NOW)
    assert (NEW in kept.versions, kept.stages) == (True, {"AWSCURRENT": OLD, "mine": NEW})


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, Standing.READY),
        ({"stages": {"AWSCURRENT": NEW, "AWSPREVIOUS": OLD}}, Standing.CURRENT),
        ({"stages": {"AWSCURRENT": OLD}}, Standing.ABANDONED),
        ({"stages": {"AWSCURRENT": OLD, "AWSPENDING": OLD}}, Standing.ABANDONED),
        ({"deleted": NOW}, Standing.STOPPED),
    ],
)
def test_the_secret_is_looked_at_before_each_step(changed: dict[str, object], expected: Standing) -> None:
    """What others did to it meanwhile decides whether the step runs."""
    assert standing(replace(running(), **changed), NEW) is expected


def test_a_cancelled_rotation_runs_no_step() -> None:
    """Labels and settings stay."""
    off = stopped(running(RotationRules(days=1)))
    assert standing(off, NEW) is Standing.STOPPED
    assert (due(off), off.stages["AWSPENDING"]) == (None, NEW)
    assert off.rotation is not None
    assert (off.rotation.enabled, off.rotation.rules) == (False, RotationRules(days=1))
    assert with_schedule(off, NOW).rotation_due_ms is None


def test_what_never_rotated_is_left_alone() -> None:
    """None of these has anything to do for it."""
    plain = secret(rotation=None)
    assert with_failure(plain, "setSecret", "x", NOW) is plain
    assert with_success(plain, NOW) is plain
    assert without_run(plain, NOW) is plain
    assert stopped(plain).rotation is None


def test_templates_for_alternating_users_need_a_superuser() -> None:
    """They are known by AWS's names."""
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:"
    assert needs_superuser(f"{arn}SecretsManagerRDSPostgreSQLRotationMultiUser")
    assert not needs_superuser(f"{arn}SecretsManagerRDSPostgreSQLRotationSingleUser")
    assert not needs_superuser("nonsense")
    taken = [name for name in HANDLERS if takes_superuser(arn + name) and not needs_superuser(arn + name)]
    assert taken == ["SecretsManagerRDSDb2RotationSingleUser", "SecretsManagerElasticacheUserRotation"]


@given(st.lists(st.sampled_from(["fail", "succeed", "abandon", "begin", "wait"]), max_size=40), st.sampled_from([1, 7, 1000, None]))
def test_whatever_happens_current_stays_and_the_engine_comes_back(acts: list[str], days: int | None) -> None:
    """AWSCURRENT is always on a version that exists; a secret with a rotation under way is always due at some time."""
    rules = RotationRules(days=days) if days else None
    found, now, count = with_schedule(secret(rules), NOW), NOW, 0
    for act in acts:
        now += 3600
        if act == "fail":
            found = with_failure(found, "setSecret", "refused", now)
        elif act == "abandon":
            found = without_run(found, now)
        elif act == "begin" and run_of(found) is None:
            count += 1
            found = with_run(found, f"{count:036d}", now)
        elif act == "succeed" and found.rotation and found.rotation.run:
            found = with_success(replace(found, stages={**found.stages, "AWSCURRENT": found.rotation.run.token}), now)
        assert found.stages["AWSCURRENT"] in found.versions
        assert run_of(found) is None or found.rotation_due_ms is not None
        assert rules is None or found.rotation_due_ms is not None
