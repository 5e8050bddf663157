"""Keeps the credentials that an endpoint serves, and renews them early enough for every SDK.

SDKs fetch credentials again when 15 minutes are left, and stop using them at 10 minutes or less; so what an endpoint serves
must always have more than that, as far as the session's length allows.
"""

from collections.abc import Callable
from threading import Lock

from strongroom.core.errors import ApiError
from strongroom.machines.credentials import RoleCredentials

RENEW_BEFORE = 20 * 60.0  # seconds before the end
LEAST_AGE = 1.0  # seconds: sessions shorter than RENEW_BEFORE are not renewed for each of many requests


class RenewingCredentials:
    """The current credentials of one role. Safe to use from many threads."""

    def __init__(self, mint: Callable[[], RoleCredentials], now: Callable[[], float]) -> None:
        self._mint = mint
        self._now = now
        self._lock = Lock()
        self._current: RoleCredentials | None = None

    def current(self) -> RoleCredentials:
        """Return credentials with enough time left. Blocks.

        If renewing fails, those of before are served until their end: a role that lost its trust keeps its running session, as
        on AWS. Raises the ApiError of AssumeRole.
        """
        with self._lock:
            held, now = self._current, self._now()
            if held is not None and not _is_due(held, now):
                return held
            try:
                self._current = self._mint()
            except ApiError:
                if held is None or now >= held.expires_at:
                    raise
                return held
            return self._current


def _is_due(held: RoleCredentials, now: float) -> bool:
    return held.expires_at - now < RENEW_BEFORE and now - held.issued_at >= LEAST_AGE
