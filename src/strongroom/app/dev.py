"""`strongroom dev`: a throw-away server for tests, in one process, on loopback. Signatures and policies hold here too.

Root credentials are test/test; any 12-digit access key id with the secret `test` is that account's root.
`POST /_dev/reset` empties it: the next request finds a new server, with what its seed file names.
"""

import asyncio
import shutil
import socket
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from strongroom.app.compose import Node, Prepared, prepare
from strongroom.app.initialise import initialise
from strongroom.app.logging import configure_logging
from strongroom.app.seed import plant
from strongroom.app.seed_file import Seed
from strongroom.app.serve import is_loopback, listen, url_of
from strongroom.app.worker import answer_requests
from strongroom.config import Settings, split_listen
from strongroom.core.errors import OperatorError
from strongroom.edge.asgi import ASGIApplication, Receive, Scope, Send
from strongroom.edge.http import HttpAnswer, HttpRequest

DEV_CREDENTIAL = "test"
RESET_PATH = "/_dev/reset"
ADVANCE_PATH = "/_dev/advance"
ADVANCE_SECONDS = 60.0  # that an advance waits for the rotations that it began
"""POST with a number of seconds as its body: the schedule clock runs ahead by that much, and due work is done at once."""


class DevServer:
    """An ASGI application over a node that can be replaced by a fresh one."""

    def __init__(self, settings: Settings, endpoint: str, seed: Seed) -> None:
        self._settings = settings
        self._seed = seed
        self._endpoint = endpoint
        self._parent = Path(tempfile.mkdtemp(prefix="strongroom-dev-"))
        self._count = 0
        self._first: Prepared | None = None
        try:
            self._node = self._fresh()
        except OperatorError:
            shutil.rmtree(self._parent, ignore_errors=True)
            raise
        self._application = self._node.application()
        self._resetting = asyncio.Lock()

    def _fresh(self) -> Node:
        """Return a new open node on a new directory; the models are compiled only once."""
        self._count += 1
        settings = self._settings.model_copy(update={"data_dir": self._parent / str(self._count), "workers": 1})
        initialise(settings)
        prepared = prepare(settings, dev=True, models=self._first.models if self._first else None)
        prepared.endpoint = self._endpoint
        self._first = self._first or prepared
        node = Node(prepared, "dev")
        node.start(timed=True)
        try:
            plant(node, self._seed)
        except OperatorError:
            _discard(node)
            raise
        return node

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the paths of dev mode, and pass everything else on."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in {RESET_PATH, ADVANCE_PATH}:
            await self._command(scope["path"], receive, send)
        else:
            await self._application(scope, receive, send)

    def begin(self, requests: Sequence[HttpRequest]) -> Sequence[HttpAnswer | ASGIApplication]:
        """See edge.turn.DirectApplication: a POST to `/` is none of dev mode's own paths."""
        return self._application.begin(requests)

    async def _command(self, path: str, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        status, text = 200, b""
        if path == RESET_PATH:
            await self.reset()
        else:
            status, text = await self._advance(body)
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(text)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})

    async def _advance(self, body: bytes) -> tuple[int, bytes]:
        try:
            seconds = float(body)
        except ValueError:
            return 400, b"the body must be a number of seconds\n"
        node = self._node
        node.prepared.clocks.schedule.ahead += seconds
        await asyncio.to_thread(node.scheduler.run_due)
        await asyncio.to_thread(node.rotations.wait, ADVANCE_SECONDS)
        return 200, b""

    async def reset(self) -> None:
        """Replace the node; requests that are running end on the old one."""
        async with self._resetting:
            old = self._node
            self._node = await asyncio.to_thread(self._fresh)
            self._application = self._node.application()
            await asyncio.to_thread(_discard, old)

    def close(self) -> None:
        """Close the node and remove everything that it stored."""
        _discard(self._node)
        shutil.rmtree(self._parent, ignore_errors=True)


def _discard(node: Node) -> None:
    node.close()
    shutil.rmtree(node.prepared.settings.data_dir, ignore_errors=True)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def serve_dev(settings: Settings, seed: Seed, announce: Callable[[str], None]) -> None:
    """Serve a throw-away server until SIGTERM or SIGINT.

    Raises OperatorError for an address that others can reach, or an entry of `seed` that the server refuses.
    """
    host, _ = split_listen(settings.listen)
    if not is_loopback(host):
        raise OperatorError(f"{host} is not loopback: a server with well-known credentials is served on loopback only")
    configure_logging(settings.log_level)
    credentials = {
        "root_access_key_id": settings.root_access_key_id or DEV_CREDENTIAL,
        "root_secret_access_key": settings.root_secret_access_key or DEV_CREDENTIAL,
    }
    listener: socket.socket = listen(settings)
    server = DevServer(settings.model_copy(update=credentials), url_of(listener, tls=False), seed)
    try:
        announce(url_of(listener, tls=False))
        answer_requests(server, listener, settings, None)
    finally:
        server.close()
