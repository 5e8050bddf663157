"""Deletion when the recovery window has ended."""

import uuid

import pytest
from tests.unit.secretsmanager.bench import Bench

from strongroom.secretsmanager.errors import SecretNotFound
from strongroom.secretsmanager.jobs import JOBS, delete_due_secrets
from strongroom.secretsmanager.rules.limits import DAY
from strongroom.secretsmanager.tables import SECRETS, VERSIONS


def test_a_secret_and_its_versions_go_when_the_window_has_ended_and_not_before() -> None:
    """With AWS's two service events; other secrets stay."""
    bench = Bench()
    for name in ("gone", "kept"):
        bench.call("CreateSecret", Name=name, SecretString="x", ClientRequestToken=str(uuid.uuid4()))
    bench.call("DeleteSecret", SecretId="gone", RecoveryWindowInDays=7)
    bench.time += 7 * DAY - 1
    delete_due_secrets(bench)
    assert bench.events == []
    bench.time += 2
    delete_due_secrets(bench)
    delete_due_secrets(bench)
    assert bench.events == ["StartSecretVersionDelete", "EndSecretVersionDelete"]
    with pytest.raises(SecretNotFound):
        bench.call("DescribeSecret", SecretId="gone")
    assert (bench.store.count(SECRETS), bench.store.count(VERSIONS)) == (1, 1)


def test_a_restored_secret_is_not_deleted() -> None:
    """Its deletion date is taken back."""
    bench = Bench()
    bench.call("CreateSecret", Name="n")
    bench.call("DeleteSecret", SecretId="n")
    bench.call("RestoreSecret", SecretId="n")
    bench.time += 31 * DAY
    delete_due_secrets(bench)
    assert bench.call("DescribeSecret", SecretId="n")["Name"] == "n"


def test_a_deletion_that_was_cut_short_is_finished_and_can_not_be_restored() -> None:
    """A crash between the two steps leaves the secret marked."""
    bench = Bench()
    bench.call("CreateSecret", Name="n")
    bench.call("DeleteSecret", SecretId="n")
    bench.time += 31 * DAY
    applied, bench.apply = bench.apply, lambda work: applied(work) if not bench.events else False  # type: ignore[method-assign]
    delete_due_secrets(bench)
    with pytest.raises(SecretNotFound):
        bench.call("RestoreSecret", SecretId="n")
    bench.apply = applied  # type: ignore[method-assign]
    delete_due_secrets(bench)
    assert bench.events == ["StartSecretVersionDelete", "EndSecretVersionDelete"]
    assert bench.store.count(SECRETS) == 0


def test_the_job_is_offered_to_the_scheduler() -> None:
    """Under a lease of its own."""
    assert [job.name for job in JOBS] == ["secretsmanager-deletion"]
