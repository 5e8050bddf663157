"""The canonical form of a request that SigV4 signs.

Source: IAM User Guide, "Create a signed AWS API request", steps 1 to 3. Paths are encoded twice, as for every service but S3.
"""

import hashlib
from collections.abc import Sequence
from urllib.parse import quote_from_bytes, unquote_to_bytes

from strongroom.edge.http import ROOT_PATH, Headers

UNRESERVED = "-_.~"
EMPTY_PAYLOAD_HASH = hashlib.sha256(b"").hexdigest()


def canonical_path(path: bytes) -> bytes:
    """Return the path without dot segments and doubled slashes, each segment encoded once more than it was sent."""
    if path in {ROOT_PATH, b""}:
        return ROOT_PATH
    kept: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b"..":
            del kept[-1:]
        elif segment not in {b"", b"."}:
            kept.append(segment)
    end = b"/" if path.endswith(b"/") and kept else b""
    return quote_from_bytes(b"/" + b"/".join(kept) + end, safe="/" + UNRESERVED).encode()


def canonical_query(query: bytes, leave_out: bytes = b"") -> bytes:
    """Return the parameters encoded by RFC 3986 and sorted by name, then value; `leave_out` is a name that is not signed."""
    if not query:
        return b""
    pairs = []
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        if pair and name != leave_out:
            pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs)).encode()


def _encoded(text: bytes) -> str:
    return quote_from_bytes(unquote_to_bytes(text.replace(b"+", b" ")), safe=UNRESERVED)


def canonical_headers(names: Sequence[bytes], headers: Headers) -> list[bytes] | None:
    """Return a `name:value` line for each signed header, runs of spaces collapsed; None if the request lacks one of them."""
    try:
        values = [headers[name] for name in names]
    except KeyError:
        return None
    together = b"\n".join(values)
    if b"  " in together or b"\t" in together:
        values = [b" ".join(value.split()) if b"  " in value or b"\t" in value else value for value in values]
    return [name + b":" + value for name, value in zip(names, values, strict=True)]
