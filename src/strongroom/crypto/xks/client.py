"""Calling a proxy: the four APIs of the specification. Implements crypto.key_stores.KeyStores.

Source: AWS KMS External Key Store Proxy API Specification 1.0.3.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from strongroom.crypto.key_stores import ExternalCiphertext, ExternalKey, ProxyAddress, ProxyCall, ProxyFailure, ProxyProblem
from strongroom.crypto.xks.signature import signed_headers
from strongroom.crypto.xks.transport import Transport

AES_GCM = "AES_GCM"
SHA_256 = "SHA_256"
_OK = 200
_IV_LENGTHS = (12, 16)
_TAG_BYTES = 16
_MOST_METADATA_BYTES = 20
_UNAVAILABLE = "UNAVAILABLE"
_PROBLEMS = {problem.value: problem for problem in ProxyProblem}
T = TypeVar("T")


class _Error(msgspec.Struct, rename="camel"):
    error_name: str


class _Fleet(msgspec.Struct, rename="camel"):
    health_status: str


class _Health(msgspec.Struct, rename="camel"):
    ekm_fleet_details: list[_Fleet]


class _Metadata(msgspec.Struct, rename="camel"):
    key_spec: str
    key_usage: list[str]
    key_status: str


class _Encrypted(msgspec.Struct, rename="camel"):
    ciphertext: bytes
    initialization_vector: bytes
    authentication_tag: bytes
    ciphertext_data_integrity_value: bytes
    ciphertext_metadata: bytes = b""


class _Decrypted(msgspec.Struct):
    plaintext: bytes


def integrity_value(aad: bytes, sealed: ExternalCiphertext) -> bytes:
    """Return the ciphertext data integrity value: SHA-256 over the associated data and all parts of the ciphertext."""
    return hashlib.sha256(aad + sealed.metadata + sealed.iv + sealed.ciphertext + sealed.tag).digest()


class XksClient:
    """Reaches the proxies that a Transport allows. `now` gives seconds since the epoch."""

    def __init__(self, transport: Transport, now: Callable[[], float]) -> None:
        self._transport = transport
        self._now = now

    def check_health(self, proxy: ProxyAddress, call: ProxyCall) -> None:
        """See KeyStores."""
        request = {"requestMetadata": {"kmsRequestId": call.request_id, "kmsOperation": call.operation}}
        health = self._post(proxy, "/health", request, _Health)
        if all(fleet.health_status == _UNAVAILABLE for fleet in health.ekm_fleet_details):
            raise ProxyFailure(ProxyProblem.UNREACHABLE)

    def key_metadata(self, proxy: ProxyAddress, external_key_id: str, call: ProxyCall) -> ExternalKey:
        """See KeyStores."""
        found = self._post(proxy, f"/keys/{external_key_id}/metadata", {"requestMetadata": _caller(call)}, _Metadata)
        return ExternalKey(found.key_spec, tuple(found.key_usage), found.key_status)

    def encrypt(self, proxy: ProxyAddress, external_key_id: str, call: ProxyCall, plaintext: bytes, aad: bytes) -> ExternalCiphertext:
        """See KeyStores."""
        request = {
            "requestMetadata": _caller(call),
            "plaintext": plaintext,
            "additionalAuthenticatedData": aad,
            "encryptionAlgorithm": AES_GCM,
            "ciphertextDataIntegrityValueAlgorithm": SHA_256,
        }
        made = self._post(proxy, f"/keys/{external_key_id}/encrypt", request, _Encrypted)
        sealed = ExternalCiphertext(made.ciphertext, made.initialization_vector, made.authentication_tag, made.ciphertext_metadata)
        if not _well_formed(sealed, len(plaintext)) or not hmac.compare_digest(
            integrity_value(aad, sealed), made.ciphertext_data_integrity_value
        ):
            raise ProxyFailure(ProxyProblem.MALFORMED)
        return sealed

    def decrypt(self, proxy: ProxyAddress, external_key_id: str, call: ProxyCall, sealed: ExternalCiphertext, aad: bytes) -> bytes:
        """See KeyStores."""
        request: dict[str, Any] = {
            "requestMetadata": _caller(call),
            "ciphertext": sealed.ciphertext,
            "initializationVector": sealed.iv,
            "authenticationTag": sealed.tag,
            "additionalAuthenticatedData": aad,
            "encryptionAlgorithm": AES_GCM,
        }
        if sealed.metadata:
            request["ciphertextMetadata"] = sealed.metadata
        return self._post(proxy, f"/keys/{external_key_id}/decrypt", request, _Decrypted).plaintext

    def _post(self, proxy: ProxyAddress, resource: str, request: dict[str, Any], answer: type[T]) -> T:
        """Return the decoded answer. Raises ProxyFailure, with MALFORMED for anything that the specification does not know."""
        host = self._transport.host_of(proxy.endpoint)
        path, body = proxy.path + resource, msgspec.json.encode(request)
        status, text = self._transport.post(host, path, body, signed_headers(proxy, host, path, body, self._now()))
        try:
            if status == _OK:
                return msgspec.json.decode(text, type=answer)
            name = msgspec.json.decode(text, type=_Error).error_name
        except (msgspec.DecodeError, ValueError):
            raise ProxyFailure(ProxyProblem.MALFORMED) from None
        raise ProxyFailure(_PROBLEMS.get(name, ProxyProblem.MALFORMED))


def _caller(call: ProxyCall) -> dict[str, str]:
    metadata = {"awsPrincipalArn": call.principal_arn, "kmsOperation": call.operation, "kmsRequestId": call.request_id}
    if call.key_arn:
        metadata["kmsKeyArn"] = call.key_arn
    if call.via_service:
        metadata["kmsViaService"] = call.via_service
    return metadata


def _well_formed(sealed: ExternalCiphertext, length: int) -> bool:
    return (
        len(sealed.ciphertext) == length
        and len(sealed.iv) in _IV_LENGTHS
        and len(sealed.tag) == _TAG_BYTES
        and len(sealed.metadata) <= _MOST_METADATA_BYTES
    )
