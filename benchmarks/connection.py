"""A client that signs in some twenty microseconds and keeps one connection: the server under test should be what takes time."""

import hashlib
import hmac
import json
import socket
import time
from functools import lru_cache
from typing import Any

from processes import Running
from workloads import REGION

TARGETS = {"ssm": "AmazonSSM", "kms": "TrentService", "secretsmanager": "secretsmanager"}


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


@lru_cache(maxsize=8)
def _signing_key(secret: str, day: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, REGION, service, "aws4_request"):
        key = _mac(key, part)
    return key


class Connection:
    """One HTTP connection to a service of a server."""

    def __init__(self, server: Running, service: str = "ssm") -> None:
        self._server = server
        self._service = service
        self._host = server.url.removeprefix("http://")
        host, port = self._host.split(":")
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb", buffering=65536)

    def close(self) -> None:
        """Close the connection."""
        self._answers.close()
        self._socket.close()

    def call(self, operation: str, arguments: dict[str, Any]) -> bytes:
        """Make a request and return the answer's body. Raises RuntimeError for an error."""
        self._socket.sendall(self._request(operation, json.dumps(arguments)))
        status = int(self._answers.readline().split()[1])
        length = 0
        while (line := self._answers.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        body = self._answers.read(length)
        if status != 200:
            raise RuntimeError(f"{operation}: {status} {body.decode()}")
        return body

    def _request(self, operation: str, body: str) -> bytes:
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        scope = f"{stamp[:8]}/{REGION}/{self._service}/aws4_request"
        target = f"{TARGETS[self._service]}.{operation}"
        headers = f"host:{self._host}\nx-amz-date:{stamp}\nx-amz-target:{target}\n"
        names = "host;x-amz-date;x-amz-target"
        canonical = f"POST\n/\n\n{headers}\n{names}\n{hashlib.sha256(body.encode()).hexdigest()}"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = _mac(_signing_key(self._server.secret_access_key, stamp[:8], self._service), text).hex()
        credential = f"Credential={self._server.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
        return (
            f"POST / HTTP/1.1\r\nhost: {self._host}\r\nx-amz-date: {stamp}\r\nx-amz-target: {target}\r\n"
            f"content-type: application/x-amz-json-1.1\r\nauthorization: AWS4-HMAC-SHA256 {credential}\r\n"
            f"content-length: {len(body)}\r\n\r\n{body}"
        ).encode()
