"""What the edge costs for one Decrypt, part by part and as a whole, in microseconds of CPU.

Run: PYTHONPATH=src:. python benchmarks/edge_parts.py
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from prometheus_client import CollectorRegistry

from strongroom.audit.facts import EventFacts
from strongroom.calls.engine import Engine, Incoming, Outcome, Refusal, Unrecorded
from strongroom.calls.operation import ANY_RESOURCE, Service
from strongroom.core.secret import SecretBytes
from strongroom.edge.asgi import Application
from strongroom.edge.exchange import open_exchange
from strongroom.edge.http import HttpRequest, collect_headers
from strongroom.edge.json11 import JsonCodec
from strongroom.edge.metrics import Metrics
from strongroom.edge.models import load_models
from strongroom.edge.pipeline import Pipeline
from strongroom.edge.signature import read_signature
from strongroom.edge.sigv4 import Verifier
from strongroom.identity.credentials import Credential
from strongroom.identity.principal import root_principal
from strongroom.storage.ports import Store, UnitOfWork

ROUNDS = 20000
KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
CREDENTIAL = Credential(SecretBytes(SECRET.encode()), "print", root_principal("111122223333", "arn:aws:iam::111122223333:root", KEY_ID))
BODY = b'{"CiphertextBlob": "' + b"QUJD" * 60 + b'", "EncryptionContext": {"purpose": "benchmark"}}'
REQUEST_ID = "4b1a3c1e-0000-4000-8000-0123456789ab"
RESPONSE = {"KeyId": "arn:aws:kms:eu-west-1:111122223333:key/k", "Plaintext": b"p" * 32, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}


class NoEngine(Engine):
    """Answers at once, so that the edge alone is measured."""

    def __init__(self) -> None:
        kms = Service("kms", "kms.amazonaws.com")
        kms.operation("Decrypt", action="kms:Decrypt", resource=ANY_RESOURCE)(lambda *_arguments: {})
        self.services = {"kms": kms}

    def begin(self, *, inline: bool, refresh: bool = True) -> UnitOfWork:
        """Return nothing of use."""
        del refresh
        return cast("UnitOfWork", inline)

    def attempt(self, unit: UnitOfWork, incoming: Incoming) -> Unrecorded:
        """Return the answer."""
        del unit, incoming
        return Unrecorded(Outcome(RESPONSE, None, None), [])

    def refusal(self, refusal: Refusal) -> list[EventFacts]:
        """Stop: nothing is refused here."""
        raise refusal.error


class OneCredential:
    """Finds the one credential."""

    def find(self, store: Store, access_key_id: str, session_token: str | None, now: float) -> Credential:
        """Return it."""
        del store, access_key_id, session_token, now
        return CREDENTIAL


def signed_headers() -> list[tuple[bytes, bytes]]:
    """Return the headers that botocore sends with a Decrypt."""
    headers = {
        "Host": "127.0.0.1:4577",
        "X-Amz-Target": "TrentService.Decrypt",
        "Content-Type": "application/x-amz-json-1.1",
        "User-Agent": "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux lang/python#3.11",
    }
    request: Any = AWSRequest("POST", "http://127.0.0.1:4577/", headers=headers, data=BODY)
    SigV4Auth(Credentials(KEY_ID, SECRET), "kms", "eu-west-1").add_auth(request)
    extra = {
        "Accept-Encoding": "identity",
        "amz-sdk-invocation-id": "a" * 36,
        "amz-sdk-request": "attempt=1",
        "Content-Length": str(len(BODY)),
    }
    return [(name.lower().encode(), value.encode()) for name, value in [*request.headers.items(), *extra.items()]]


def measure(name: str, work: Callable[[], object]) -> None:
    """Print the CPU time of one call of `work`: the best of five batches."""
    best = min(_batch(work) for _ in range(5))
    print(f"{name:<28}{best / (ROUNDS / 5) * 1e6:7.2f} us")


def _batch(work: Callable[[], object]) -> float:
    start = time.process_time()
    for _ in range(ROUNDS // 5):
        work()
    return time.process_time() - start


async def measure_application(application: Application, headers: list[tuple[bytes, bytes]]) -> None:
    """Print the CPU time of one whole request through ASGI."""
    scope = {
        "type": "http", "method": "POST", "scheme": "http", "path": "/", "raw_path": b"/", "query_string": b"", "headers": headers,
        "client": ("127.0.0.1", 5),
    }  # fmt: skip
    message = {"type": "http.request", "body": BODY, "more_body": False}
    statuses: set[int] = set()

    async def receive() -> Any:
        return message

    async def send(sent: Any) -> None:
        statuses.add(sent.get("status", 200))

    best = 1e9
    for _ in range(5):
        start = time.process_time()
        for _ in range(ROUNDS // 5):
            await application(scope, receive, send)
        best = min(best, time.process_time() - start)
    print(f"{'whole, ASGI to ASGI':<28}{best / (ROUNDS / 5) * 1e6:7.2f} us  {statuses}")


def main() -> None:
    """Measure every part."""
    models = load_models(["kms"])
    headers = signed_headers()
    request = HttpRequest(method="POST", headers=collect_headers(headers), body=BODY, client="127.0.0.1")
    codec = JsonCodec(models.services["kms"].operations["Decrypt"])
    verifier = Verifier()
    signature = read_signature(request)
    measure("collect headers", lambda: collect_headers(headers))
    measure("read signature", lambda: read_signature(request))
    measure("verify signature", lambda: verifier.verify(signature, request, CREDENTIAL))
    measure("open exchange", lambda: open_exchange(models, request, 1.0, REQUEST_ID))
    measure("decode and check", lambda: codec.decode(BODY))
    measure("encode", lambda: codec.encode(RESPONSE, "id"))
    with ThreadPoolExecutor(1) as executor:
        pipeline = Pipeline(NoEngine(), OneCredential(), models, now=time.time, new_id=lambda: REQUEST_ID, executor=executor)
        asyncio.run(measure_application(Application(pipeline, Metrics(CollectorRegistry())), headers))


if __name__ == "__main__":
    main()
