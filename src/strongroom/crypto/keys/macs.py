"""HMAC with the four KMS MAC algorithms. A MAC is as long as its hash.

Source: RFC 2104; NIST SP 800-107.
"""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature as _Invalid
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from strongroom.core.secret import SecretBytes

_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "HMAC_SHA_224": hashes.SHA224(),
    "HMAC_SHA_256": hashes.SHA256(),
    "HMAC_SHA_384": hashes.SHA384(),
    "HMAC_SHA_512": hashes.SHA512(),
}


class InvalidMac(ValueError):
    """The MAC was not made with this key over this message."""

    def __init__(self) -> None:
        super().__init__("the MAC is invalid")


def _over(secret: SecretBytes, algorithm: str, message: bytes) -> HMAC:
    made = HMAC(secret.reveal(), _HASHES[algorithm])
    made.update(message)
    return made


def make_mac(secret: SecretBytes, algorithm: str, message: bytes) -> bytes:
    """Return the MAC of `message`."""
    return _over(secret, algorithm, message).finalize()


def verify_mac(secret: SecretBytes, algorithm: str, message: bytes, mac: bytes) -> None:
    """Return if `mac` is right; compared in constant time. Raises InvalidMac."""
    try:
        _over(secret, algorithm, message).verify(mac)
    except _Invalid:
        raise InvalidMac from None
