"""Elliptic-curve Diffie-Hellman.

Source: NIST SP 800-56A, 5.7.1.2: the shared secret is the x-coordinate in the field's full width.
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from strongroom.core.secret import SecretBytes
from strongroom.crypto.keys.loaded import loaded_private
from strongroom.crypto.keys.pairs import load_public


class UnusablePublicKey(ValueError):
    """The other side's bytes are no public key on the same curve."""

    def __init__(self) -> None:
        super().__init__("the public key can't be used")


def derive_shared_secret(private_key: SecretBytes, peer: bytes) -> SecretBytes:
    """Return the raw shared secret with the owner of `peer`, a DER SubjectPublicKeyInfo from outside. Raises UnusablePublicKey."""
    own: ec.EllipticCurvePrivateKey = loaded_private(private_key)
    try:
        other = load_public(peer)
    except (ValueError, UnsupportedAlgorithm):
        raise UnusablePublicKey from None
    if not isinstance(other, ec.EllipticCurvePublicKey) or other.curve.name != own.curve.name:
        raise UnusablePublicKey
    return SecretBytes(own.exchange(ec.ECDH(), other))
