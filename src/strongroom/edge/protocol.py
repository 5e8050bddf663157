"""uvicorn's HTTP protocol with the two limits that it lacks: the size of a request's head, and the time a request may take to arrive.

Without them a client could hold a connection, or memory, for as long as it likes by sending a request that never ends.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 64 * 1024  # request line and headers together; asgi.py answers headers beyond its own limit politely
BODY_SECONDS = 30.0  # beyond asgi.py's own limit, for a client that never starts its body


class LimitedHttpProtocol(HttpToolsProtocol):
    """One connection. The head of each request must arrive whole within `header_timeout` seconds, and its body within BODY_SECONDS more.

    A request that arrives in one piece, as nearly all do, is never timed at all.
    """

    header_timeout = 10.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._in_head = True
        self._arriving = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: a connection on which nothing arrives is closed too."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.header_timeout, self._close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, count it while a head is being read, and start the clock if more must come."""
        if self._in_head:
            self._head_bytes += len(data)
        self._arriving = True
        self._feed(data)
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.send_400_response("The request's headers are too large.")
        elif self._arriving and self._timer is None:
            self._timer = self.loop.call_later(self.header_timeout + BODY_SECONDS, self._close)

    def on_message_begin(self) -> None:
        """Read a head."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Read the body from here on; it has limits of its own."""
        self._head_ended()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Stop the clock: the request is here."""
        self._arriving = False
        self._in_head = True
        self._stop_timer()
        super().on_message_complete()

    def _feed(self, data: bytes) -> None:
        super().data_received(data)

    def _head_ended(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.close()
