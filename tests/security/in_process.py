"""A whole node in this process, on a data directory of its own, and requests that go through its real pipeline."""

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from strongroom.app.compose import Node, prepare
from strongroom.app.initialise import initialise
from strongroom.config import Settings
from strongroom.edge.http import HttpAnswer, HttpRequest
from strongroom.edge.models import ServiceModel

REGION = "eu-west-1"
FORM = b"application/x-www-form-urlencoded"


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def json_body(request: Mapping[str, Any]) -> bytes:
    """Return a request's members as the json protocol sends them; blobs as base64."""
    return json.dumps(_plain(dict(request))).encode("utf-8", "surrogatepass")


def _fields(value: Any, name: str) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        prefix = f"{name}." if name else ""
        return [field for part, item in value.items() for field in _fields(item, prefix + part)]
    if isinstance(value, list):
        return [field for number, item in enumerate(value, 1) for field in _fields(item, f"{name}.member.{number}")]
    if isinstance(value, bool):
        return [(name, "true" if value else "false")]
    return [(name, base64.b64encode(value).decode() if isinstance(value, bytes) else str(value))]


def form_body(operation: str, version: str, request: Mapping[str, Any]) -> bytes:
    """Return a request's members as the query protocol sends them."""
    fields = [("Action", operation), ("Version", version), *_fields(dict(request), "")]
    return "&".join(f"{name}={quote(value.encode('utf-8', 'replace'))}" for name, value in fields).encode()


def signed(service: str, body: bytes, headers: Mapping[bytes, bytes], key: str, secret: str = "test", region: str = REGION) -> HttpRequest:
    """Return a request signed by SigV4 now."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    sent = {b"host": b"127.0.0.1", b"x-amz-date": stamp.encode(), **headers}
    names = b";".join(sorted(sent))
    lines = [name + b":" + sent[name] for name in sorted(sent)]
    canonical = b"\n".join((b"POST", b"/", b"", *lines, b"", names, hashlib.sha256(body).hexdigest().encode()))
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical).hexdigest()}"
    signing_key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        signing_key = hmac.digest(signing_key, part.encode(), "sha256")
    signature = hmac.digest(signing_key, text.encode(), "sha256").hex()
    credential = f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names.decode()}, Signature={signature}"
    return HttpRequest(method="POST", headers={**sent, b"authorization": credential.encode()}, body=body, client="127.0.0.1")


class InProcess:
    """A node of `strongroom dev`: any 12-digit access key id with the secret `test` is that account's root user."""

    def __init__(self, directory: Path, **more: Any) -> None:
        settings = Settings(data_dir=directory / "data", root_access_key_id="test", root_secret_access_key="test", **more)
        initialise(settings)
        self.node = Node(prepare(settings, dev=True), "test")
        self.node.start(timed=False)
        self.pipeline = self.node.application().pipeline
        self.loop = asyncio.new_event_loop()

    def close(self) -> None:
        """Stop the node."""
        self.node.close()
        self.loop.close()

    def model(self, service: str) -> ServiceModel:
        """Return a service's model."""
        return self.node.prepared.models.services[service]

    def request(
        self, service: str, operation: str, request: Mapping[str, Any], key: str, region: str = REGION, secret: str = "test"
    ) -> HttpRequest:
        """Return a signed request for an operation."""
        model = self.model(service)
        if model.protocol == "query":
            return signed(service, form_body(operation, model.api_version, request), {b"content-type": FORM}, key, secret, region)
        target = f"{model.target_prefix}.{operation}".encode()
        headers = {b"content-type": b"application/x-amz-json-1.1", b"x-amz-target": target}
        return signed(service, json_body(request), headers, key, secret, region)

    def send(self, request: HttpRequest) -> HttpAnswer:
        """Return the answer of the pipeline."""
        return self.loop.run_until_complete(self.pipeline.answer(request)).answer

    def watched(self, request: HttpRequest) -> tuple[HttpAnswer, float, list[Any]]:
        """Return the answer, the seconds that it took, and the errors that the server logged meanwhile."""
        with capture_logs(processors=[format_exc_info]) as logs:
            started = time.perf_counter()
            answer = self.send(request)
            took = time.perf_counter() - started
        return answer, took, [entry for entry in logs if entry["log_level"] in {"error", "critical"}]
