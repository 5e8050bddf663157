"""The thread pool among accounts: a share for each, lines that end, and nothing left behind."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from strongroom.core.errors import Throttled
from strongroom.edge import shares
from strongroom.edge.shares import PoolShares

FLOOD = "111122223333"
OTHER = "444455556666"


def test_a_flood_leaves_threads_for_others() -> None:
    """However many requests one account has waiting, another's gets a thread at once."""
    gate = threading.Event()
    running: list[str] = []

    def blocked() -> None:
        running.append(FLOOD)
        gate.wait(10)

    async def scenario() -> None:
        with ThreadPoolExecutor(4) as executor:
            pool = PoolShares(executor, 4)
            flood = [asyncio.ensure_future(pool.run(FLOOD, blocked)) for _ in range(50)]
            await asyncio.sleep(0.05)
            assert await asyncio.wait_for(pool.run(OTHER, lambda: "done"), 5) == "done"
            assert len(running) == 3
            gate.set()
            await asyncio.gather(*flood)
        assert len(running) == 50

    asyncio.run(scenario())


def test_an_account_with_too_many_waiting_is_throttled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other accounts are not."""
    monkeypatch.setattr(shares, "ACCOUNT_WAITING_MAX", 3)
    gate = threading.Event()

    async def scenario() -> None:
        with ThreadPoolExecutor(4) as executor:
            pool = PoolShares(executor, 4)
            waiting = [asyncio.ensure_future(pool.run(FLOOD, lambda: gate.wait(10))) for _ in range(3)]
            await asyncio.sleep(0.01)
            with pytest.raises(Throttled):
                await pool.run(FLOOD, lambda: None)
            assert await pool.run(OTHER, lambda: 1) == 1
            gate.set()
            await asyncio.gather(*waiting)
            assert await pool.run(FLOOD, lambda: 2) == 2

    asyncio.run(scenario())


def test_all_lines_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """So memory is, whoever sends."""
    monkeypatch.setattr(shares, "WAITING_MAX", 2)
    gate = threading.Event()

    async def scenario() -> None:
        with ThreadPoolExecutor(2) as executor:
            pool = PoolShares(executor, 2)
            waiting = [asyncio.ensure_future(pool.run(str(number), lambda: gate.wait(10))) for number in range(2)]
            await asyncio.sleep(0.01)
            with pytest.raises(Throttled):
                await pool.run(OTHER, lambda: None)
            gate.set()
            await asyncio.gather(*waiting)

    asyncio.run(scenario())


def test_a_failure_is_passed_on_and_frees_the_place() -> None:
    """The next request of the account runs."""

    def fail() -> None:
        raise LookupError

    async def scenario() -> None:
        with ThreadPoolExecutor(1) as executor:
            pool = PoolShares(executor, 1)
            with pytest.raises(LookupError):
                await pool.run(FLOOD, fail)
            assert await pool.run(FLOOD, lambda: 1) == 1

    asyncio.run(scenario())
