"""What runs inside the processes of `serve`: a worker that answers requests, and the one that does timed work."""

import gc
import signal
import socket
import ssl
import threading
from pathlib import Path
from types import FrameType

import uvicorn

from strongroom.app.compose import Node, Prepared
from strongroom.config import Settings
from strongroom.edge.asgi import ASGIApplication
from strongroom.edge.direct import protocol_for

MOST_CONNECTIONS = 10_000  # open in one worker; more are refused with 503
COLLECT_AFTER = (10_000, 20, 50)  # a request makes some hundred objects and no cycles: Python's own 700 collects every few requests


def answer_requests(application: ASGIApplication, listener: socket.socket, settings: Settings, tls: tuple[Path, Path] | None) -> None:
    """Serve `application` on `listener` until SIGTERM or SIGINT; requests that are running are finished."""
    server = uvicorn.Server(_configuration(application, settings, tls))

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn raises the signal again once it has stopped; with a handler of our own, what must be closed after it still is
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.run(sockets=[listener])


def _configuration(application: ASGIApplication, settings: Settings, tls: tuple[Path, Path] | None) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        loop="uvloop",
        http=protocol_for(application, settings.header_timeout),
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=int(settings.idle_timeout),
        timeout_graceful_shutdown=int(settings.stop_timeout),
        ssl_certfile=str(tls[0]) if tls else None,
        ssl_keyfile=str(tls[1]) if tls else None,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )


def run_worker(prepared: Prepared, listener: socket.socket, tls: tuple[Path, Path] | None, role: str) -> None:
    """Answer requests on `listener` until SIGTERM."""
    gc.set_threshold(*COLLECT_AFTER)
    node = Node(prepared, role)
    node.start(timed=False)
    try:
        answer_requests(node.application(), listener, prepared.settings, tls)
    finally:
        node.close()


def run_timed_work(prepared: Prepared) -> None:
    """Do timed work until SIGTERM."""
    node = Node(prepared, "timed")
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    node.start(timed=True)
    try:
        stopped.wait()
    finally:
        node.close()
