"""The SigV4 signature that a request carries, read and not yet verified: from the Authorization header or from the query.

Source: IAM User Guide, "Elements of an AWS API request signature"; error texts as AWS's front ends send them.
"""

import base64
import hashlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import lru_cache

import msgspec

from strongroom.edge.canonical import canonical_query
from strongroom.edge.http import Headers, HttpRequest
from strongroom.edge.presigned import PRESIGNED, SIGNATURE_PARAMETER, presigned_fields
from strongroom.edge.refusals import IncompleteSignature
from strongroom.edge.times import basic_from_epoch, epoch_from_basic

ALGORITHM = "AWS4-HMAC-SHA256"
_CREDENTIAL_PARTS = 5
_SIGNATURE_FIELD = ", Signature="
HEADS = 2048  # beginnings of Authorization headers that are kept read: a client sends the same one all day
HEAD_LENGTH_MAX = 512  # longer ones are read each time
_HEADER_FIELDS = ("Credential", "Signature", "SignedHeaders")
_NO_DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """A signature as the request states it.

    Attributes:
        date, region, service, terminator: the credential scope.
        timestamp: as signed, `20240101T000000Z`; `time` is the same in epoch seconds.
        canonical_query: the query in canonical form, without the signature itself.
        expires: seconds that a presigned request is valid for; None for the header form.
    """

    access_key_id: str
    date: str
    region: str
    service: str
    terminator: str
    signed_headers: bytes
    signature: str
    timestamp: str
    time: float
    session_token: str | None
    canonical_query: bytes
    expires: int | None = None


def is_signed(request: HttpRequest) -> bool:
    """Return whether the request carries a signature, good or bad."""
    return b"authorization" in request.headers or PRESIGNED in request.query


def read_signature(request: HttpRequest) -> Signature:
    """Return the request's signature. Raises IncompleteSignature for one that can't be read."""
    authorization = request.headers.get(b"authorization")
    if authorization is None:
        return _from_query(request)
    if PRESIGNED in request.query:
        raise IncompleteSignature("A request carries its signature in the Authorization header or in the query string, not in both.")
    return _from_header(request, authorization.decode("latin-1"))


def _from_header(request: HttpRequest, authorization: str) -> Signature:
    """Read the header. What stands before a signature at its end is the same for many requests, and remembered."""
    head, found, signature = authorization.rpartition(_SIGNATURE_FIELD)
    given = request.headers.get(b"x-amz-date")
    if not found or given is None or not signature.isalnum() or len(head) > HEAD_LENGTH_MAX:
        return _from_parts(request, authorization)
    date = given.decode("latin-1")
    time = epoch_from_basic(date)
    known = _known_head(head)
    if known is None or time is None:
        return _from_parts(request, authorization)
    credential, signed_headers = known
    token = request.headers.get(b"x-amz-security-token")
    return Signature(
        access_key_id=credential[0],
        date=credential[1],
        region=credential[2],
        service=credential[3],
        terminator=credential[4],
        signed_headers=signed_headers,
        signature=signature,
        timestamp=date,
        time=time,
        session_token=token.decode("latin-1") if token is not None else None,
        canonical_query=canonical_query(request.query) if request.query else b"",
    )


@lru_cache(HEADS)
def _known_head(head: str) -> tuple[list[str], bytes] | None:
    """Return the scope and the signed headers of a header without its signature, or None if it must be read, and refused, as a whole."""
    algorithm, _, rest = head.partition(" ")
    try:
        fields = _header_fields(rest, head)
    except IncompleteSignature:
        return None
    credential = fields.get("Credential", "").split("/")
    signed_headers = fields.get("SignedHeaders")
    if algorithm != ALGORITHM or "Signature" in fields or not signed_headers or len(credential) != _CREDENTIAL_PARTS:
        return None
    return credential, signed_headers.encode("latin-1", "replace")


def _from_parts(request: HttpRequest, authorization: str) -> Signature:
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise IncompleteSignature(f"Unsupported AWS 'algorithm'. Expected '{ALGORITHM}'. {_echo(authorization)}")
    fields = _header_fields(rest, authorization)
    date = _date_header(request.headers)
    missing = [f"Authorization header requires '{name}' parameter." for name in _HEADER_FIELDS if not fields.get(name)]
    if date is None:
        missing.append(_NO_DATE)
    if missing or date is None:
        raise IncompleteSignature(f"{' '.join(missing)} {_echo(authorization)}")
    token = request.headers.get(b"x-amz-security-token")
    return _signature(fields, date, token.decode("latin-1") if token is not None else None, canonical_query(request.query), None)


def _header_fields(rest: str, authorization: str) -> dict[str, str]:
    """Return the parameters of the header, each known and given once: a second header, joined to the first, is refused here."""
    fields: dict[str, str] = {}
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        if name in fields:
            raise IncompleteSignature(f"Authorization header holds '{name}' more than once. {_echo(authorization)}")
        if name in _HEADER_FIELDS:
            fields[name] = value
        elif part:
            raise IncompleteSignature(f"Authorization header holds more than the parameters of a signature. {_echo(authorization)}")
    return fields


def _from_query(request: HttpRequest) -> Signature:
    fields, expires = presigned_fields(request.query)
    if fields["Algorithm"] != ALGORITHM:
        raise IncompleteSignature(f"Unsupported AWS 'algorithm'. Expected '{ALGORITHM}'.")
    unsigned_query = canonical_query(request.query, leave_out=SIGNATURE_PARAMETER)
    return _signature(fields, fields["Date"], fields.get("Security-Token"), unsigned_query, expires)


def _signature(fields: Mapping[str, str], date: str, token: str | None, query: bytes, expires: int | None) -> Signature:
    credential = fields["Credential"].split("/")
    if len(credential) != _CREDENTIAL_PARTS:
        raise IncompleteSignature(
            f"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{fields['Credential']}'"
        )
    time = epoch_from_basic(date)
    if time is None:
        raise IncompleteSignature(f"Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601")
    return Signature(
        access_key_id=credential[0],
        date=credential[1],
        region=credential[2],
        service=credential[3],
        terminator=credential[4],
        signed_headers=fields["SignedHeaders"].encode("latin-1", "replace"),
        signature=fields["Signature"],
        timestamp=date,
        time=time,
        session_token=token,
        canonical_query=query,
        expires=expires,
    )


def _date_header(headers: Headers) -> str | None:
    """Return the request's time in the basic format: from X-Amz-Date, else from Date, which may be an RFC 9110 date as well."""
    given = headers.get(b"x-amz-date")
    if given is not None:
        return given.decode("latin-1")
    date = headers.get(b"date")
    if date is None:
        return None
    text = date.decode("latin-1")
    try:
        return basic_from_epoch(parsedate_to_datetime(text).timestamp())
    except (ValueError, OverflowError):
        return text


def _echo(authorization: str) -> str:
    """Return the header as AWS repeats it: hashed, because clients put all sorts of secrets there."""
    digest = base64.b64encode(hashlib.sha256(authorization.encode("latin-1")).digest()).decode()
    return f"(Hashed with SHA-256 and encoded with Base64) Authorization={digest}"
