"""Time as an argument. The two clocks differ so that a test can hurry timed work without breaking signatures."""

from typing import Protocol


class Clock(Protocol):
    """A source of the current time."""

    def now(self) -> float:
        """Return seconds since the epoch, UTC."""
        ...


class Clocks(Protocol):
    """The wall clock (signatures, sessions, dates in answers) and the schedule clock (timed work)."""

    @property
    def wall(self) -> Clock:
        """Return the clock of signatures, sessions and dates in answers."""
        ...

    @property
    def schedule(self) -> Clock:
        """Return the clock of timed work."""
        ...
