"""The short way from a connection to the pipeline and back, without ASGI, for nearly every request.

A POST to `/` that arrives in one piece on a connection where nothing else is under way is handed to the application at the end of
the event loop's turn (turn.py), and if it can be answered without waiting, it is answered there: no task, no coroutine, one write.
Whatever else comes (other paths and methods, bodies in several pieces, `Expect`, pipelined requests, HTTP/1.0, slow readers,
large heads) takes uvicorn's way through ASGI, with everything that uvicorn and asgi.py do about it. docs/adr/0005 has the figures.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from strongroom.edge.asgi import HEADER_BYTES_MAX, HEADERS_MAX, ASGIApplication
from strongroom.edge.http import ROOT_PATH, HttpAnswer, HttpRequest, collect_headers
from strongroom.edge.protocol import LimitedHttpProtocol
from strongroom.edge.turn import DirectApplication, Turn


def to_wire(answer: HttpAnswer, default_headers: list[tuple[bytes, bytes]]) -> bytes:
    """Return a whole HTTP/1.1 response, with the same headers as over ASGI."""
    head = [STATUS_LINE[answer.status]]
    for name, value in default_headers:
        head += (name, b": ", value, b"\r\n")
    if answer.request_id:
        head += (b"x-amzn-requestid: ", answer.request_id.encode(), b"\r\n")
    body = answer.body
    head.append(b"content-type: %b\r\ncontent-length: %d\r\n\r\n" % (answer.content_type, len(body)))
    head.append(body)
    return b"".join(head)


class DirectHttpProtocol(LimitedHttpProtocol):
    """One connection.

    A request's head is kept back (`_deferred`) until the request is whole; if it is not by the end of what arrived, it is handed
    over to uvicorn as if it had just come. A whole one waits for the end of the turn (`_in_turn`).
    """

    turn: Turn | None = None  # None for an application that can't be asked directly

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deferred = False
        self._in_turn = False
        self._free = False  # whether nothing was answered yet of what arrived: so a pipelining client can't keep the loop to itself
        self._body = b""
        self._answered_at = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Answer what came before first: answers keep the order of their requests."""
        self._end_turn()
        super().data_received(data)

    def shutdown(self) -> None:
        """Answer what has arrived, and stop as uvicorn does."""
        self._end_turn()
        super().shutdown()

    # What the parser finds

    def on_message_begin(self) -> None:
        """Read a head. uvicorn learns of it when the request is handed over."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Keep the request back, or hand it over."""
        if self._is_direct():
            self._deferred = True
            self._body = b""
            self._head_ended()
        else:
            self._hand_over()

    def on_body(self, body: bytes) -> None:
        """Keep the body of a request that is kept back."""
        if self._deferred:
            self._body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Have a request answered that is whole."""
        if not self._deferred:
            super().on_message_complete()
            return
        self._deferred = False
        self._arriving = False
        self._in_head = True
        self._join_turn()

    def on_response_complete(self) -> None:
        """Begin the time that the connection may be idle."""
        self._answered_at = self.loop.time()
        super().on_response_complete()

    def _feed(self, data: bytes) -> None:
        self._free = self.turn is not None
        super()._feed(data)
        if self._deferred:
            self._deferred = False
            if not self.transport.is_closing():
                self._hand_over()
                super().on_body(self._body)

    def _is_direct(self) -> bool:
        """Return whether the request that the parser is at may take the short way, if it is whole."""
        parser = self.parser
        return (
            self._free
            and self.url == ROOT_PATH
            and (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and not self.expect_100_continue
            and self._head_bytes <= HEADER_BYTES_MAX
            and len(self.headers) <= HEADERS_MAX
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and (self.limit_concurrency is None or len(self.connections) < self.limit_concurrency)
        )

    def _hand_over(self) -> None:
        """Let uvicorn begin with the request whose head has been read. One before it on this connection is answered first."""
        self._end_turn()
        headers, url, expects = self.headers, self.url, self.expect_100_continue
        super().on_message_begin()
        self.headers.extend(headers)
        self.url = url
        self.expect_100_continue = expects
        super().on_headers_complete()

    def _join_turn(self) -> None:
        self._free = False
        self._in_turn = True
        client = self.client
        request = HttpRequest(
            method="POST",
            headers=collect_headers(self.headers),
            body=self._body,
            client=client[0] if client else "",
            secure=self.scheme == "https",
        )
        if self.turn is not None:
            self.turn.add(self, request)

    def _end_turn(self) -> None:
        if self._in_turn and self.turn is not None:
            self.turn.run()

    # What becomes of it

    def answer(self, begun: HttpAnswer | ASGIApplication) -> None:
        """See turn.Connection."""
        self._in_turn = False
        if not isinstance(begun, HttpAnswer):
            self._wait_for(begun)
        elif not self.transport.is_closing():
            self.transport.write(to_wire(begun, self.server_state.default_headers))
            self._answered_at = self.loop.time()
            if self._idle_timer is None:
                self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._look_whether_idle)

    def fail(self, answer: HttpAnswer) -> None:
        """See turn.Connection."""
        self._in_turn = False
        self.transport.write(to_wire(answer, [*self.server_state.default_headers, (b"connection", b"close")]))
        self.transport.close()

    def _wait_for(self, application: ASGIApplication) -> None:
        """Have uvicorn run the rest of a request whose answer must be waited for."""
        self.cycle = RequestResponseCycle(
            scope={"type": "http", "method": "POST"},  # type: ignore[typeddict-item]
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=self.on_response_complete,
        )
        self.cycle.more_body = False
        self._start_asgi_task(self.cycle, application)  # type: ignore[arg-type]

    def _look_whether_idle(self) -> None:
        """Close the connection if nothing has come since the last answer. One timer serves many requests."""
        self._idle_timer = None
        if self._arriving or self._in_turn or (self.cycle is not None and not self.cycle.response_complete):
            return  # the next answer starts the timer again, or uvicorn's own
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle_timer = self.loop.call_later(left, self._look_whether_idle)
        else:
            self.timeout_keep_alive_handler()


def protocol_for(application: ASGIApplication, header_timeout: float) -> type[DirectHttpProtocol]:
    """Return the protocol class for the connections of one process to `application`, with this limit."""
    turn = Turn(application) if isinstance(application, DirectApplication) else None
    return type("DirectHttpProtocol", (DirectHttpProtocol,), {"header_timeout": header_timeout, "turn": turn})
