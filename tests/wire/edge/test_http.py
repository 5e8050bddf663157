"""The server on a real socket: connections, bodies in every form, methods, and what AWS's SDKs make of the answers."""

import hashlib
import hmac
import http.client
import json
import socket
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.support.clients import REGION, Clients
from tests.support.process import ServerProcess

HEADERS = {"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}


def signed_headers(clients: Clients, body: bytes = b"{}", url: str | None = None) -> dict[str, str]:
    """Return the headers of a signed ListKeys."""
    request: Any = AWSRequest("POST", url or f"{clients.url}/", headers=dict(HEADERS), data=body)
    SigV4Auth(Credentials(clients.access_key_id, clients.secret_access_key), "kms", REGION).add_auth(request)
    return dict(request.headers.items())


def connect(server: ServerProcess) -> http.client.HTTPConnection:
    """Return an open connection."""
    parts = urlsplit(server.url)
    return http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)


def raw(server: ServerProcess, data: bytes) -> bytes:
    """Send bytes, and return everything that comes back until the server closes or is silent for a second."""
    parts = urlsplit(server.url)
    received = b""
    with socket.create_connection((str(parts.hostname), parts.port), timeout=5) as connection:
        connection.sendall(data)
        connection.settimeout(1)
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except TimeoutError:
            pass
    return received


def test_one_connection_serves_many_requests(server: ServerProcess, clients: Clients) -> None:
    """Keep-alive, with good and bad requests mixed."""
    connection = connect(server)
    for _ in range(3):
        connection.request("POST", "/", b"{}", signed_headers(clients))
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["Keys"]) == (200, [])
        connection.request("POST", "/", b"{}", HEADERS)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["__type"]) == (400, "MissingAuthenticationTokenException")
        assert answer.headers["x-amzn-RequestId"]
        assert answer.headers["Date"]
    connection.close()


def test_a_chunked_body_is_read_as_a_whole(server: ServerProcess, clients: Clients) -> None:
    """Some clients send no Content-Length."""
    connection = connect(server)
    connection.request("POST", "/", iter([b"{", b"}"]), signed_headers(clients), encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


def test_a_body_cut_off_is_answered_by_nobody(server: ServerProcess, clients: Clients) -> None:
    """And the server goes on serving."""
    head = "".join(f"{name}: {value}\r\n" for name, value in signed_headers(clients).items())
    parts = urlsplit(server.url)
    with socket.create_connection((str(parts.hostname), parts.port), timeout=5) as connection:
        connection.sendall(f"POST / HTTP/1.1\r\nHost: {parts.netloc}\r\n{head}Content-Length: 2\r\n\r\n{{".encode())
    assert clients.kms.list_keys()["Keys"] == []


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 50 * 1024 * 1024])
def test_a_large_body_is_turned_away_before_it_is_sent(server: ServerProcess, size: int) -> None:
    """On its announcement alone."""
    answer = raw(server, f"POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: TrentService.Encrypt\r\nContent-Length: {size}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"RequestEntityTooLargeException" in answer


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_unsigned_requests_of_any_method_are_refused(server: ServerProcess, method: str) -> None:
    """With AWS's error for unsigned requests."""
    answer = httpx.request(method, f"{server.url}/")
    assert answer.status_code == 403
    assert "<Code>MissingAuthenticationToken</Code>" in answer.text


def test_a_head_request_has_no_body(server: ServerProcess) -> None:
    """Else the next answer on the connection would be misread."""
    connection = connect(server)
    for _ in range(2):
        connection.request("HEAD", "/")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (403, b"")
    connection.close()


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_is_a_bad_request(server: ServerProcess, data: bytes) -> None:
    """TLS on the plain port, broken request lines, lengths that disagree (request smuggling)."""
    answer = raw(server, data)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert httpx.get(f"{server.url}/healthz").text == "ok\n"


def test_a_repeated_authorization_header_is_refused(server: ServerProcess, clients: Clients) -> None:
    """Which of the two counts must not be a matter of taste."""
    headers = [*signed_headers(clients).items(), ("Authorization", "AWS4-HMAC-SHA256 Credential=x/y")]
    answer = httpx.post(f"{server.url}/", headers=headers, content=b"{}")
    assert answer.json()["__type"] == "IncompleteSignatureException"


def test_the_signature_covers_host_and_port(server: ServerProcess, clients: Clients) -> None:
    """A request for one server does not work on another."""
    headers = signed_headers(clients, url="http://127.0.0.1:1/")
    answer = httpx.post(f"{server.url}/", headers=headers, content=b"{}")
    assert answer.json()["__type"] == "InvalidSignatureException"


def test_a_signer_written_by_hand_from_the_documentation_is_accepted(server: ServerProcess, clients: Clients) -> None:
    """Not only botocore's: the recipe of the IAM User Guide, step by step."""
    body = b'{"Limit": 1}'
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    host = urlsplit(server.url).netloc
    scope = f"{stamp[:8]}/{REGION}/kms/aws4_request"
    names = "content-type;host;x-amz-date;x-amz-target"
    canonical = (
        f"POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:{host}\nx-amz-date:{stamp}\nx-amz-target:TrentService.ListKeys\n\n"
        f"{names}\n{hashlib.sha256(body).hexdigest()}"
    )
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{clients.secret_access_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    authorization = f"AWS4-HMAC-SHA256 Credential={clients.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    headers = {**HEADERS, "X-Amz-Date": stamp, "Authorization": authorization}
    assert httpx.post(f"{server.url}/", headers=headers, content=body).status_code == 200


def test_a_presigned_identity_url_works_for_somebody_else(clients: Clients) -> None:
    """As EKS and Vault use it: the holder of the URL learns who signed it, and needs no credentials."""
    url = clients.sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert f"<Account>{clients.account_id}</Account>" in answer.text
    assert httpx.get(url + "&x=1").status_code == 403


def test_metrics_are_served_to_loopback(server: ServerProcess, clients: Clients) -> None:
    """By operation."""
    clients.kms.list_keys()
    text = httpx.get(f"{server.url}/metrics").text
    assert 'strongroom_requests_total{code="Success",operation="ListKeys",service="kms"}' in text
