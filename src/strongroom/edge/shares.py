"""How the thread pool is divided among accounts, so that one account's flood does not starve another.

An account has three quarters of the threads at once at the most, and its further requests wait in a line of its own. What the lines hold is
bounded, for an account and in all; beyond that a request is turned away with ThrottlingException.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from strongroom.core.errors import Throttled

R = TypeVar("R")
WAITING_MAX = 1000  # requests in the pool or waiting for it, of all accounts
ACCOUNT_WAITING_MAX = 250


class _Line:
    """One account's requests: those that run and those that wait."""

    __slots__ = ("count", "turns")

    def __init__(self, at_once: int) -> None:
        self.count = 0
        self.turns = asyncio.Semaphore(at_once)


class PoolShares:
    """Runs work in a pool of `threads` threads. Used in one event loop. `waiting` counts what runs or waits in it."""

    def __init__(self, executor: Executor, threads: int) -> None:
        self._executor = executor
        self._at_once = max(1, threads - threads // 4)
        self._lines: dict[str, _Line] = {}
        self.waiting = 0

    async def run(self, account: str, work: Callable[[], R]) -> R:
        """Return what `work` returns once it has had its turn. Raises Throttled where too many wait, and what `work` raises."""
        line = self._lines.get(account)
        if self.waiting >= WAITING_MAX or (line is not None and line.count >= ACCOUNT_WAITING_MAX):
            raise Throttled
        if line is None:
            line = self._lines[account] = _Line(self._at_once)
        self.waiting += 1
        line.count += 1
        try:
            async with line.turns:
                return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self.waiting -= 1
            line.count -= 1
            if not line.count:
                self._lines.pop(account, None)
