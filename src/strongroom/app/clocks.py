"""The clocks of a running server."""

import time
from dataclasses import dataclass, field


class SystemClock:
    """The operating system's wall clock."""

    def now(self) -> float:
        """Return seconds since the epoch, UTC."""
        return time.time()


class ShiftedClock:
    """A clock that runs ahead of the system's by a number of seconds that can be raised: tests hurry timed work with it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        """Return seconds since the epoch, UTC, plus the shift."""
        return time.time() + self.ahead


@dataclass(frozen=True, slots=True)
class ServerClocks:
    """The wall clock and the schedule clock (core.clocks.Clocks)."""

    wall: SystemClock = field(default_factory=SystemClock)
    schedule: ShiftedClock = field(default_factory=ShiftedClock)
