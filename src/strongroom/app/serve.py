"""`strongroom serve`: prepare once, bind, fork, watch."""

import gc
import ipaddress
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

from strongroom.app.compose import Prepared, forget_figures, prepare
from strongroom.app.layout import DataDirectory
from strongroom.app.logging import configure_logging
from strongroom.app.processes import Role, Supervisor, bind
from strongroom.app.worker import run_timed_work, run_worker
from strongroom.config import Settings, split_listen
from strongroom.core.errors import OperatorError
from strongroom.crypto.certificates import local_certificate

LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def tls_files(settings: Settings, host: str) -> tuple[Path, Path] | None:
    """Return (certificate, key), or None for plain HTTP. Raises OperatorError for plain HTTP beyond loopback."""
    if settings.tls_cert and settings.tls_key:
        for path in (settings.tls_cert, settings.tls_key):
            if not path.is_file():
                raise OperatorError(f"{path} does not exist")
        return settings.tls_cert, settings.tls_key
    if settings.tls_cert or settings.tls_key:
        raise OperatorError("set both --tls-cert and --tls-key")
    if settings.tls == "auto":
        return local_certificate(DataDirectory(settings.data_dir).tls, [host, socket.gethostname(), *LOCAL_HOSTS])
    if not is_loopback(host):
        raise OperatorError(
            f"{host} is not loopback, and plain HTTP is served on loopback only: use --tls auto, or --tls-cert and --tls-key"
        )
    return None


def listen(settings: Settings) -> socket.socket:
    """Return the bound socket. Raises OperatorError if the address is taken or not ours."""
    host, port = split_listen(settings.listen)
    try:
        return bind(host, port)
    except OSError as error:
        raise OperatorError(f"can't listen on {settings.listen}: {error.strerror}") from error


def url_of(listener: socket.socket, *, tls: bool) -> str:
    """Return the endpoint URL of a bound socket."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"


def local_url(listener: socket.socket, *, tls: bool) -> str:
    """Return the URL at which programs on this machine reach a bound socket."""
    return url_of(listener, tls=tls).replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is called with the endpoint URL once the socket is bound. Raises OperatorError."""
    configure_logging(settings.log_level)
    host, _ = split_listen(settings.listen)
    tls = tls_files(settings, host)
    prepared: Prepared = prepare(settings)
    listener = listen(settings)
    forget_figures(prepared.layout)
    prepared.endpoint = local_url(listener, tls=tls is not None)
    announce(url_of(listener, tls=tls is not None))
    # what the workers share lives as long as they do: collections pass over it, so its pages stay shared
    gc.collect()
    gc.freeze()
    workers = [
        Role(f"worker {number}", partial(run_worker, prepared, listener, tls, f"worker{number}"))
        for number in range(1, settings.workers + 1)
    ]
    Supervisor([*workers, Role("timed work", partial(run_timed_work, prepared))], settings.stop_timeout).run()
