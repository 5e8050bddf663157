"""What may be signed: message types and digest lengths.

Source: KMS API Reference, Sign; FIPS 204, 6.2, for EXTERNAL_MU.
"""

from collections.abc import Mapping

from strongroom.core.errors import ValidationFailed

RAW = "RAW"
DIGEST = "DIGEST"
EXTERNAL_MU = "EXTERNAL_MU"
_HASH_BYTES = {"SHA_256": 32, "SHA_384": 48, "SHA_512": 64}
_MU_BYTES = 64
_SPECIAL_TYPES: Mapping[str, tuple[str, ...]] = {
    "ED25519_SHA_512": (RAW,),
    "ED25519_PH_SHA_512": (DIGEST,),
    "ML_DSA_SHAKE_256": (RAW, EXTERNAL_MU),
}


def ensure_signable(algorithm: str, message_type: str, length: int) -> None:
    """Return if `algorithm` signs messages of this type and length in bytes. Raises ValidationFailed."""
    if message_type not in _SPECIAL_TYPES.get(algorithm, (RAW, DIGEST)):
        raise ValidationFailed(f"MessageType {message_type} is not valid for algorithm {algorithm}.")
    if message_type == EXTERNAL_MU and length != _MU_BYTES:
        raise ValidationFailed(f"External mu is invalid length for algorithm {algorithm}.")
    if message_type == DIGEST and length != _HASH_BYTES[algorithm[-7:]]:
        raise ValidationFailed(f"Digest is invalid length for algorithm {algorithm}.")
