"""Leases: one holder at a time, and tokens that tell a newer holder from an older one. On both engines."""

import time
from concurrent.futures import ThreadPoolExecutor

from tests.support.stores import AnyDatabase, Backend


def test_one_owner_holds_a_lease_and_may_renew_it(database: AnyDatabase) -> None:
    """Renewing keeps the token."""
    leases = database.leases()
    token = leases.acquire("job", "one", 30)
    assert token is not None
    assert leases.acquire("job", "two", 30) is None
    assert leases.acquire("job", "one", 30) == token
    assert leases.acquire("other job", "two", 30) is not None


def test_a_lapsed_lease_goes_to_another_with_a_higher_token(database: AnyDatabase) -> None:
    """So does one that its owner let lapse and takes again: somebody may have held it in between."""
    leases = database.leases()
    first = leases.acquire("job", "one", 0.02)
    time.sleep(0.05)
    second = leases.acquire("job", "two", 0.02)
    time.sleep(0.05)
    third = leases.acquire("job", "two", 0.02)
    assert first is not None
    assert second is not None
    assert third is not None
    assert first < second < third


def test_a_released_lease_is_free_at_once(database: AnyDatabase) -> None:
    """Only its owner can release it."""
    leases = database.leases()
    first = leases.acquire("job", "one", 30)
    leases.release("job", "two")
    assert leases.acquire("job", "two", 30) is None
    leases.release("job", "one")
    second = leases.acquire("job", "two", 30)
    assert first is not None
    assert second is not None
    assert second > first


def test_a_lease_of_a_clock_that_was_put_back_is_free(backend: Backend) -> None:
    """A dead holder's work must not wait for as long as the clock went back; a holder that lives gets a new token."""
    leases = backend.open().leases()
    first = leases.acquire("job", "one", 30)
    backend.run("UPDATE system_leases SET expires_ms = expires_ms + 86400000")
    second = leases.acquire("job", "two", 30)
    backend.run("UPDATE system_leases SET expires_ms = expires_ms + 86400000")
    third = leases.acquire("job", "two", 30)
    assert first is not None
    assert second is not None
    assert third is not None
    assert first < second < third
    assert leases.acquire("job", "one", 30) is None


def test_of_many_nodes_that_want_a_lease_one_gets_it(backend: Backend) -> None:
    """All at the same time, on two databases."""
    databases = [backend.open(), backend.open()]
    with ThreadPoolExecutor(16) as pool:
        granted = list(pool.map(lambda owner: databases[owner % 2].leases().acquire("job", f"{owner}", 30), range(16)))
    assert len([token for token in granted if token is not None]) == 1
