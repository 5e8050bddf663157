"""Verify SigV4 signatures: scope, time, and the signature itself, compared in constant time.

Source: IAM User Guide, "AWS Signature Version 4 for API requests" and "Troubleshoot Signature Version 4 requests".
"""

import hashlib
import hmac
import re
from functools import lru_cache

from strongroom.core.secret import SecretBytes
from strongroom.crypto.mac import HmacSha256
from strongroom.edge.canonical import canonical_headers, canonical_path
from strongroom.edge.http import Headers, HttpRequest
from strongroom.edge.models import QUERY, ServiceModel
from strongroom.edge.refusals import InvalidSignature, PresignedExpired, SignatureMismatch
from strongroom.edge.signature import ALGORITHM, Signature
from strongroom.edge.times import basic_from_epoch
from strongroom.identity.credentials import Credential

TERMINATOR = "aws4_request"
SKEW_MINUTES = 5
SKEW = SKEW_MINUTES * 60.0
UNSIGNED_PAYLOAD = b"UNSIGNED-PAYLOAD"
SIGNING_KEYS_MAX = 4096
SIGNED_NAMES = 256  # lists of signed headers that are kept split
_REGION = re.compile(r"[a-z]{2,}(-[a-z0-9]+)*-[0-9]{1,2}", re.ASCII)
_GLOBAL_REGION = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)  # IAM and STS: clients sign them for whatever Region they use
TARGET = b"x-amz-target"
REGIONS = 256  # texts that are known to name a Region


def ensure_scope(signature: Signature, service: ServiceModel | None, services: str) -> None:
    """Return if the credential scope fits the request. Raises InvalidSignature with everything that does not.

    `service` is the service that the request itself names; where it names none, `services` lists those that could be meant.
    """
    wrong: list[str] = []
    if not is_region(signature.region, service):
        wrong.append(f"Credential should be scoped to a valid region, not '{signature.region}'. ")
    if service is None or signature.service != service.name:
        wrong.append(f"Credential should be scoped to correct service: {services if service is None else repr(service.name)}. ")
    if signature.terminator != TERMINATOR:
        wrong.append(f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{signature.terminator}'. ")
    if signature.date != signature.timestamp[:8]:
        wrong.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{signature.date}' != '{signature.timestamp[:8]}', from '{signature.timestamp}'."
        )
    if wrong:
        raise InvalidSignature("".join(wrong))


def is_region(region: str, service: ServiceModel | None) -> bool:
    """Return whether a scope may name this Region: any for the query services, AWS's form of name for the others."""
    return _is_region(region, any_name=service is not None and service.protocol == QUERY)


@lru_cache(REGIONS)
def _is_region(region: str, *, any_name: bool) -> bool:
    return (_GLOBAL_REGION if any_name else _REGION).fullmatch(region) is not None


def ensure_timely(signature: Signature, now: float) -> None:
    """Return if the request was signed within five minutes of `now`, or is presigned and still valid. Raises InvalidSignature."""
    shown = signature.timestamp
    if signature.time > now + SKEW:
        latest = basic_from_epoch(now + SKEW)
        raise InvalidSignature(
            f"Signature not yet current: {shown} is still later than {latest} ({basic_from_epoch(now)} + {SKEW_MINUTES} min.)"
        )
    if signature.expires is not None:
        if now > signature.time + signature.expires:
            raise PresignedExpired("Request has expired.")
    elif signature.time < now - SKEW:
        earliest = basic_from_epoch(now - SKEW)
        raise InvalidSignature(f"Signature expired: {shown} is now earlier than {earliest} ({basic_from_epoch(now)} - {SKEW_MINUTES} min.)")


def derive_signing_key(secret: SecretBytes, date: str, region: str, service: str) -> bytes:
    """Return the signing key of a day, Region and service."""
    key = b"AWS4" + secret.reveal()
    for part in (date, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@lru_cache(SIGNED_NAMES)
def _names(signed_headers: bytes) -> tuple[bytes, ...]:
    return tuple(signed_headers.split(b";"))


def _ensure_signed(names: tuple[bytes, ...], headers: Headers) -> None:
    """Return if the headers are signed that change what a request means. Raises InvalidSignature."""
    if b"host" not in names:
        raise InvalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    if TARGET in headers and TARGET not in names:
        raise InvalidSignature(f"'{TARGET.decode()}' must be a 'SignedHeader' in the AWS Authorization.")


def _payload_hash(request: HttpRequest, signature: Signature) -> bytes | None:
    """Return the payload hash to sign: of the body as it arrived. None if the client states another one.

    UNSIGNED-PAYLOAD is taken where nothing is left unsigned by it: presigned requests without a body.
    """
    actual = hashlib.sha256(request.body).hexdigest().encode()
    stated = request.headers.get(b"x-amz-content-sha256")
    if stated is None or stated == actual:
        return actual
    return stated if stated == UNSIGNED_PAYLOAD and signature.expires is not None and not request.body else None


class Verifier:
    """Verifies signatures. Keeps the last signing keys, which are the same for a whole day."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str, str, str], HmacSha256] = {}

    def verify(self, signature: Signature, request: HttpRequest, credential: Credential) -> None:
        """Return if `credential` signed this very request. Raises SignatureMismatch, or InvalidSignature for what must be signed too."""
        signed = signature.signed_headers
        names = _names(signed)
        headers = request.headers
        lines = canonical_headers(names, headers)
        payload = _payload_hash(request, signature)
        if lines is None or payload is None:
            raise SignatureMismatch
        _ensure_signed(names, headers)
        canonical = b"\n".join(
            (request.method.encode(), canonical_path(request.path), signature.canonical_query, *lines, b"", signed, payload)
        )
        date, region, service = signature.date, signature.region, signature.service
        text = f"{ALGORITHM}\n{signature.timestamp}\n{date}/{region}/{service}/{TERMINATOR}\n{hashlib.sha256(canonical).hexdigest()}"
        place = (credential.fingerprint, date, region, service)
        known = self._keys.get(place)
        key = known or HmacSha256(derive_signing_key(credential.secret_access_key, date, region, service))
        expected = key.hexdigest(text.encode())
        if not hmac.compare_digest(expected.encode(), signature.signature.encode("utf-8", "surrogatepass")):
            raise SignatureMismatch
        if known is None:
            self._keep(place, key)

    def _keep(self, place: tuple[str, str, str, str], key: HmacSha256) -> None:
        if len(self._keys) >= SIGNING_KEYS_MAX:
            self._keys.pop(next(iter(self._keys)), None)
        self._keys[place] = key
