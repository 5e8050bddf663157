"""An external key store proxy for tests, with keys in memory: checks signatures as the specification says, and can be told to fail."""

import base64
import hashlib
import json
import os
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongroom.crypto.certificates import local_certificate

HOST = "proxy.example.com"
PATH = "/tenant/kms/xks/v1"
ACCESS_KEY_ID = "ABCDEFGHIJKLMNOPQRST234"
SECRET = "s" * 43


class Failure(Exception):
    """An error answer of the proxy."""

    def __init__(self, status: int, name: str) -> None:
        super().__init__(name)
        self.status = status
        self.name = name


class XksProxy:
    """A running proxy. `keys` maps external key ids to AES keys; `seen` holds the requests; `fails` names the next error to give."""

    def __init__(self, directory: Path) -> None:
        self.keys = {"external-1": AESGCM(os.urandom(32)), "external-2": AESGCM(os.urandom(32))}
        self.disabled: set[str] = set()
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self.fails: Failure | None = None
        self.raw_answer: bytes | None = None
        chain, key = local_certificate(directory, [HOST])
        self.ca_file = directory / "ca.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def setting(self) -> str:
        """Return what STRONGROOM_XKS_PROXIES says of this proxy."""
        return f"{HOST}=127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End the proxy."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, headers: Any, body: bytes) -> dict[str, Any]:
        """Return the answer to one request. Raises Failure."""
        if self.fails is not None:
            raise self.fails
        if not path.startswith(PATH):
            raise Failure(404, "InvalidUriPathException")
        _check_signature(path, headers, body)
        request: dict[str, Any] = json.loads(body)
        resource = path.removeprefix(PATH)
        self.seen.append((resource, request))
        if resource == "/health":
            fleet = [{"id": "1", "model": "test", "healthStatus": "ACTIVE"}]
            return {
                "xksProxyFleetSize": 1,
                "xksProxyVendor": "test",
                "xksProxyModel": "test",
                "ekmVendor": "test",
                "ekmFleetDetails": fleet,
            }
        _, _, key_id, action = resource.split("/")
        if key_id not in self.keys:
            raise Failure(404, "KeyNotFoundException")
        return self._on_key(key_id, action, request)

    def _on_key(self, key_id: str, action: str, request: dict[str, Any]) -> dict[str, Any]:
        disabled = key_id in self.disabled
        if action == "metadata":
            return {"keySpec": "AES_256", "keyUsage": ["ENCRYPT", "DECRYPT"], "keyStatus": "DISABLED" if disabled else "ENABLED"}
        if disabled:
            raise Failure(400, "InvalidStateException")
        aad = base64.b64decode(request["additionalAuthenticatedData"])
        return _encrypt(self.keys[key_id], request, aad) if action == "encrypt" else _decrypt(self.keys[key_id], request, aad)


def _encrypt(key: AESGCM, request: dict[str, Any], aad: bytes) -> dict[str, Any]:
    iv, metadata = os.urandom(12), b"key_version=1"
    sealed = key.encrypt(iv, base64.b64decode(request["plaintext"]), aad + metadata)
    ciphertext, tag = sealed[:-16], sealed[-16:]
    integrity = hashlib.sha256(aad + metadata + iv + ciphertext + tag).digest()
    parts = {
        "ciphertext": ciphertext,
        "initializationVector": iv,
        "authenticationTag": tag,
        "ciphertextMetadata": metadata,
        "ciphertextDataIntegrityValue": integrity,
    }
    return {name: base64.b64encode(value).decode() for name, value in parts.items()}


def _decrypt(key: AESGCM, request: dict[str, Any], aad: bytes) -> dict[str, Any]:
    def part(name: str) -> bytes:
        return base64.b64decode(request[name])

    try:
        plaintext = key.decrypt(
            part("initializationVector"), part("ciphertext") + part("authenticationTag"), aad + part("ciphertextMetadata")
        )
    except InvalidTag:
        raise Failure(400, "InvalidCiphertextException") from None
    return {"plaintext": base64.b64encode(plaintext).decode()}


def _check_signature(path: str, headers: Any, body: bytes) -> None:
    signed = {name: headers[name] for name in ("Content-Type", "Host", "X-Amz-Date")}
    request = AWSRequest("POST", f"https://{HOST}{path}", headers=signed, data=body)
    request.context["timestamp"] = headers["X-Amz-Date"]
    region = headers["Authorization"].split("/")[2]
    auth = SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET), "kms-xks-proxy", region)
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    if not headers["Authorization"].endswith(f"Signature={signature}"):
        raise Failure(401, "AuthenticationFailedException")


def _handler(proxy: XksProxy) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = 200, b""
            try:
                answer = json.dumps(proxy.answer(self.path, self.headers, body)).encode()
            except Failure as failure:
                status = failure.status
                answer = json.dumps({"errorName": failure.name, "errorMessage": "never shown"}).encode()
            answer = answer if proxy.raw_answer is None else proxy.raw_answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    return Handler
