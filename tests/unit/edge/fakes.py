"""An engine, credentials and clients in memory, so that the edge is tested alone: from real botocore clients to the Incoming."""

import asyncio
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from prometheus_client import CollectorRegistry

from strongroom.audit.facts import EventFacts
from strongroom.calls.engine import Engine, Incoming, Outcome, Refusal, Unrecorded
from strongroom.calls.operation import ANY_RESOURCE, Service
from strongroom.core.errors import ApiError
from strongroom.core.secret import SecretBytes
from strongroom.edge.asgi import Application
from strongroom.edge.http import HttpAnswer, HttpRequest, collect_headers
from strongroom.edge.metrics import Metrics
from strongroom.edge.models import Models, load_models
from strongroom.edge.pipeline import Pipeline
from strongroom.identity.credentials import Credential
from strongroom.identity.errors import ExpiredCredential, UnknownCredential
from strongroom.identity.principal import Principal, root_principal
from strongroom.storage.ports import Store, UnitOfWork

SERVICES = ("kms", "secretsmanager", "ssm", "iam", "sts", "cloudtrail")
ACCOUNT = "111122223333"
ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SESSION_KEY_ID = "ASIAIOSFODNN7EXAMPLE"
SESSION_TOKEN = "a/session+token=="
EXPIRED_TOKEN = "an expired token"
REGION = "eu-west-1"
ROOT: Principal = root_principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCESS_KEY_ID)
Handle = Callable[[Incoming, bool], Outcome]


@cache
def models() -> Models:
    """Return the six models, read once for all tests."""
    return load_models(SERVICES)


def done() -> Future[None]:
    """Return a commit that has ended well."""
    future: Future[None] = Future()
    future.set_result(None)
    return future


def failed(error: Exception) -> Future[None]:
    """Return a commit that has failed."""
    future: Future[None] = Future()
    future.set_exception(error)
    return future


def responds(response: Mapping[str, Any]) -> Handle:
    """Return a handler that always answers the same."""
    return lambda _incoming, _inline: Outcome(response, None, None)


def fails(error: ApiError) -> Handle:
    """Return a handler that always fails the same way."""
    return lambda _incoming, _inline: Outcome(None, error, None)


class FakeEngine(Engine):
    """Runs one function for every call, and keeps what it was given."""

    def __init__(self, offered: Mapping[str, Mapping[str, object]] | None = None) -> None:
        self.handle: Handle = responds({})
        self.calls: list[Incoming] = []
        self.refusals: list[Refusal] = []
        self.refuse_error: ApiError | None = None
        self.durable: Future[None] | None = None
        self.begin_error: Exception | None = None
        self.refreshed: list[bool] = []
        self.written: list[int] = []
        services = {}
        for name, model in models().services.items():
            service = Service(name, f"{name}.amazonaws.com")
            for operation in model.operations if offered is None else offered.get(name, ()):
                service.operation(operation, action="x:Y", resource=ANY_RESOURCE)(lambda *_arguments: {})
            services[name] = service
        self.services = services
        self._inline = True

    def begin(self, *, inline: bool, refresh: bool = True) -> UnitOfWork:
        """Return a unit that knows only whether it may block."""
        self.refreshed.append(refresh)
        if self.begin_error is not None:
            raise self.begin_error
        self._inline = inline
        return cast("UnitOfWork", FakeUnit(inline=inline))

    def attempt(self, unit: UnitOfWork, incoming: Incoming) -> Unrecorded:
        """Keep the call and run the function."""
        self.calls.append(incoming)
        return Unrecorded(self.handle(incoming, cast("FakeUnit", unit).inline), [cast("EventFacts", incoming)])

    def refusal(self, refusal: Refusal) -> list[EventFacts]:
        """Return the refusal itself as what is to be recorded."""
        return [cast("EventFacts", refusal)]

    def record(self, events: Sequence[EventFacts]) -> Future[None] | None:
        """Keep the refusals, or fail as told. Returns what the test has set for answers to wait for."""
        if self.refuse_error is not None:
            raise self.refuse_error
        self.written.append(len(events))
        self.refusals += [cast("Refusal", event) for event in events if isinstance(event, Refusal)]
        return self.durable


class FakeUnit:
    """A unit of work that no test reads from."""

    def __init__(self, *, inline: bool) -> None:
        self.inline = inline


class FakeCredentials:
    """One long-lived key and one session key."""

    def find(self, store: Store, access_key_id: str, session_token: str | None, now: float) -> Credential:
        """Return the credential, or raise what the real source raises."""
        del store, now
        if session_token == EXPIRED_TOKEN:
            raise ExpiredCredential
        if (access_key_id, session_token) not in {(ACCESS_KEY_ID, None), (SESSION_KEY_ID, SESSION_TOKEN)}:
            raise UnknownCredential
        return Credential(SecretBytes(SECRET.encode()), f"print-{access_key_id}", ROOT)


class Edge:
    """A whole edge over the fakes, with clients that reach it without sockets."""

    def __init__(self, now: Callable[[], float], offered: Mapping[str, Mapping[str, object]] | None = None, **options: Any) -> None:
        self.engine = FakeEngine(offered)
        self.executor = ThreadPoolExecutor(2)
        self.metrics = Metrics(CollectorRegistry())
        self.pipeline = Pipeline(
            self.engine, FakeCredentials(), models(), now=now, new_id=lambda: "07070707-0707-4707-8707-070707070707", executor=self.executor
        )
        self.application = Application(self.pipeline, self.metrics, **options)

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Return the pipeline's answer."""
        return asyncio.run(self.pipeline.answer(request)).answer

    def client(self, service: str, **options: Any) -> Any:
        """Return a real boto3 client whose requests end in the application."""
        session: Any = boto3.Session(
            aws_access_key_id=options.pop("key", ACCESS_KEY_ID),
            aws_secret_access_key=options.pop("secret", SECRET),
            aws_session_token=options.pop("token", None),
            region_name=options.pop("region", REGION),
        )
        config = Config(retries={"total_max_attempts": 1}, **options)
        client = session.client(service, endpoint_url="http://127.0.0.1:4577", config=config)
        client.meta.events.register("before-send.*.*", self._send)
        return client

    def _send(self, request: AWSPreparedRequest, **_context: Any) -> AWSResponse:
        status, headers, body = asyncio.run(self.send(request))
        raw = io.BytesIO(body)
        raw.stream = lambda **_options: iter([body])  # type: ignore[attr-defined]
        return AWSResponse(request.url, status, HTTPHeaders.from_pairs(headers.items()), raw)

    async def send(self, request: AWSPreparedRequest) -> tuple[int, dict[str, str], bytes]:
        """Send a prepared request through ASGI."""
        body = request.body or b""
        return await call_asgi(self.application, request.method, request.url, dict(request.headers.items()), as_bytes(body))


def as_bytes(text: Any) -> bytes:
    """Return text or bytes as bytes."""
    return text.encode() if isinstance(text, str) else bytes(text)


def raw_headers(url: str, headers: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """Return headers as an HTTP server hands them on, Host first."""
    pairs = [(name.lower().encode(), as_bytes(value)) for name, value in headers.items()]
    return [(b"host", urlsplit(url).netloc.encode()), *(pair for pair in pairs if pair[0] != b"host")]


async def call_asgi(
    application: Application, method: str, url: str, headers: Mapping[str, Any], body: bytes, client: str = "127.0.0.1"
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of one request to the application."""
    parts = urlsplit(url)
    path = parts.path or "/"
    scope = {
        "type": "http",
        "method": method,
        "scheme": parts.scheme,
        "path": path,
        "raw_path": path.encode(),
        "query_string": parts.query.encode(),
        "headers": raw_headers(url, headers),
        "client": (client, 50000),
    }
    incoming: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(0)
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    await application(scope, receive, send)
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:])


@contextmanager
def edge(now: Callable[[], float], offered: Mapping[str, Mapping[str, object]] | None = None, **options: Any) -> Iterator[Edge]:
    """Yield an edge and close its threads afterwards."""
    made = Edge(now, offered, **options)
    try:
        yield made
    finally:
        made.executor.shutdown()


def http_request(prepared: AWSPreparedRequest) -> HttpRequest:
    """Return a prepared request as the edge reads it."""
    parts = urlsplit(prepared.url)
    return HttpRequest(
        method=prepared.method,
        path=(parts.path or "/").encode(),
        query=parts.query.encode(),
        headers=collect_headers(raw_headers(prepared.url, dict(prepared.headers.items()))),
        body=as_bytes(prepared.body or b""),
    )
