"""Requests signed by botocore's own signer at a time of the test's choosing."""

from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.unit.edge.fakes import ACCESS_KEY_ID, REGION, SECRET, http_request

from strongroom.edge.http import HttpRequest

NOW = 1704067200.0  # 2024-01-01T00:00:00Z
URL = "http://127.0.0.1:4577/"
KMS_HEADERS = {"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
CALLER_IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"


def signed(
    *,
    method: str = "POST",
    url: str = URL,
    headers: dict[str, str] | None = None,
    body: bytes = b"{}",
    service: str = "kms",
    region: str = REGION,
    now: float = NOW,
    key: str = ACCESS_KEY_ID,
    secret: str = SECRET,
    token: str | None = None,
    expires: int | None = None,
) -> HttpRequest:
    """Return a request signed in the header, or in the query where `expires` is given."""
    request: Any = AWSRequest(method=method, url=url, headers=headers if headers is not None else dict(KMS_HEADERS), data=body)
    credentials = Credentials(key, secret, token)
    signer: Any = SigV4Auth(credentials, service, region) if expires is None else SigV4QueryAuth(credentials, service, region, expires)
    with patch("botocore.auth.get_current_datetime", lambda: datetime.fromtimestamp(now, UTC)):
        signer.add_auth(request)
    return http_request(request.prepare())


def signed_query(**options: Any) -> HttpRequest:
    """Return a signed sts:GetCallerIdentity, in the query protocol."""
    if options.get("expires") is not None:
        return signed(url=f"{URL}?{CALLER_IDENTITY.decode()}", headers={}, body=b"", service="sts", **options)
    return signed(**{"headers": dict(FORM_HEADERS), "body": CALLER_IDENTITY, "service": "sts", **options})


def with_header(request: HttpRequest, name: str, value: str | None) -> HttpRequest:
    """Return the request with one header replaced, added or (None) taken away."""
    headers = {key: text for key, text in request.headers.items() if key != name.encode()}
    if value is not None:
        headers[name.encode()] = value.encode("latin-1")
    return changed(request, headers=headers)


def changed(request: HttpRequest, **fields: Any) -> HttpRequest:
    """Return the request with some fields replaced."""
    kept = {name: getattr(request, name) for name in request.__struct_fields__}
    return HttpRequest(**{**kept, **fields})
