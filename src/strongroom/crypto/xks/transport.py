"""HTTPS to proxies that the operator allows: certificates verified, connections kept, a quarter of a second for each answer.

A tenant chooses the proxy's host name, so the server connects only to the hosts in its settings and never passes an answer on.
"""

import http.client
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from strongroom.crypto.key_stores import ProxyFailure, ProxyProblem

TIMEOUT_SECONDS = 0.25  # what AWS KMS gives a proxy
MOST_ANSWER_BYTES = 64 * 1024
MOST_KEPT = 8
_PREFIX = "https://"


class Transport:
    """Talks to proxies, or to other hosts that the operator names. Safe to use from many threads.

    Args:
        hosts: host name -> (address, port) to connect to; certificates are checked against the host name.
        ca_file: PEM file of the authorities to trust instead of the system's.
    """

    def __init__(self, hosts: Mapping[str, tuple[str, int]], ca_file: Path | None = None, timeout: float = TIMEOUT_SECONDS) -> None:
        self._hosts = hosts
        self._context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._timeout = timeout
        self._kept: dict[str, list[_Connection]] = {host: [] for host in hosts}
        self._lock = threading.Lock()

    def host_of(self, endpoint: str) -> str:
        """Return the host name in `https://host`. Raises ProxyFailure for one that the operator does not allow."""
        host = endpoint.removeprefix(_PREFIX).lower()
        if host not in self._hosts:
            raise ProxyFailure(ProxyProblem.NOT_ALLOWED)
        return host

    def post(self, host: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Return (status, body) of the answer. Raises ProxyFailure."""
        return self._send(host, "POST", path, body, headers)

    def get(self, host: str, path: str) -> tuple[int, bytes]:
        """Return (status, body) of the answer. Redirections are not followed. Raises ProxyFailure."""
        return self._send(host, "GET", path, b"", {})

    def _send(self, host: str, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        try:
            return self._try(host, method, path, body, headers)
        except TimeoutError:
            raise ProxyFailure(ProxyProblem.TIMED_OUT) from None
        except ssl.SSLError:
            raise ProxyFailure(ProxyProblem.TLS) from None
        except OSError:
            raise ProxyFailure(ProxyProblem.UNREACHABLE) from None
        except http.client.HTTPException:
            raise ProxyFailure(ProxyProblem.MALFORMED) from None

    def _try(self, host: str, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        kept = self._take(host)
        if kept is not None:
            with suppress(ConnectionError):  # it was closed while idle; these requests can be sent twice
                return self._exchange(host, kept, method, path, body, headers)
        fresh = _Connection(host, self._hosts[host], self._context, self._timeout)
        return self._exchange(host, fresh, method, path, body, headers)

    def _take(self, host: str) -> "_Connection | None":
        with self._lock:
            return self._kept[host].pop() if self._kept[host] else None

    def _exchange(
        self, host: str, connection: "_Connection", method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Send one request, and keep the connection if its answer came whole."""
        keep = False
        try:
            connection.request(method, path, body or None, dict(headers))
            response = connection.getresponse()
            answer = response.read(MOST_ANSWER_BYTES + 1)
            if len(answer) > MOST_ANSWER_BYTES:
                raise http.client.HTTPException
            keep = not response.will_close and self._keep(host, connection)
            return response.status, answer
        finally:
            if not keep:
                connection.close()

    def _keep(self, host: str, connection: "_Connection") -> bool:
        with self._lock:
            if len(self._kept[host]) >= MOST_KEPT:
                return False
            self._kept[host].append(connection)
            return True


class _Connection(http.client.HTTPSConnection):
    """A connection to an address that must present the certificate of `host`."""

    def __init__(self, host: str, address: tuple[str, int], context: ssl.SSLContext, timeout: float) -> None:
        super().__init__(*address, timeout=timeout, context=context)
        self._name = host
        self._tls = context

    def connect(self) -> None:
        """Connect, and verify the certificate against the proxy's own name rather than the address."""
        http.client.HTTPConnection.connect(self)
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._name)
