"""One HTTP request and its answer, as far as AWS's protocols look at them."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

ROOT_PATH = b"/"
Headers = Mapping[bytes, bytes]


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A whole request.

    Attributes:
        method: upper case.
        path: as sent, still percent-encoded, without the query.
        query: as sent, without the question mark.
        headers: lower-case names; values trimmed, those of repeated headers joined by commas.
        client: the peer's address, or an empty text where there is none (a UNIX socket).
        secure: whether it came over TLS.
    """

    method: str
    path: bytes = ROOT_PATH
    query: bytes = b""
    headers: Headers
    body: bytes = b""
    client: str = ""
    secure: bool = False


class HttpAnswer(msgspec.Struct, frozen=True):
    """A whole answer; those of AWS's protocols carry a request id. `headers` are further ones, names in lower case."""

    status: int
    content_type: bytes
    body: bytes
    request_id: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()


def collect_headers(pairs: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return headers by lower-case name: values trimmed, repeated ones joined by commas, as RFC 9110 and SigV4 do."""
    headers = {name: value.strip() for name, value in pairs}
    return headers if len(headers) == len(pairs) else _joined(pairs)


def _joined(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for name, raw in pairs:
        value = raw.strip()
        headers[name] = headers[name] + b"," + value if name in headers else value
    return headers
