"""uvicorn's HTTP protocol with the two limits that it lacks: how large a request's head may be, and how long it may take.

Without them a client could hold a connection, or memory, for as long as it likes by sending a head that never ends.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 64 * 1024  # request line and headers together; asgi.py answers headers beyond its own limit politely


class LimitedHttpProtocol(HttpToolsProtocol):
    """One connection. The head of each request must arrive whole within `header_timeout` seconds of its first byte."""

    header_timeout = 10.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._in_head = True
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: a connection on which nothing arrives is closed too."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(self.header_timeout, self._close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, and count it while a head is being read."""
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_timer is None:
                self._head_timer = self.loop.call_later(self.header_timeout, self._close)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.send_400_response("The request's headers are too large.")

    def on_headers_complete(self) -> None:
        """Stop the clock; what follows is the body, which has limits of its own."""
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect the head of the next request."""
        super().on_message_complete()
        self._in_head = True
        self._head_bytes = 0

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _close(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.close()


def limits(header_timeout: float) -> type[LimitedHttpProtocol]:
    """Return the protocol class with this limit."""
    return type("LimitedHttpProtocol", (LimitedHttpProtocol,), {"header_timeout": header_timeout})
