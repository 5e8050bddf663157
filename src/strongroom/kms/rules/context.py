"""The encryption context as additional authenticated data.

Source: KMS Developer Guide, "Encryption context"; the byte layout is ours (docs/adr/).
"""

from collections.abc import Mapping

from strongroom.core.errors import ValidationFailed
from strongroom.kms.rules.limits import ENCRYPTION_CONTEXT_BYTES

_EMPTY = b"\x00\x00"


def ensure_context_size(size: int) -> None:
    """Return if an encryption context may have so many bytes (or characters, of which each has a byte or more). Raises ValidationFailed."""
    if size > ENCRYPTION_CONTEXT_BYTES:
        raise ValidationFailed(f"The encryption context is larger than {ENCRYPTION_CONTEXT_BYTES} bytes.")


def context_aad(context: Mapping[str, str] | None) -> bytes:
    """Encode an encryption context.

    A 2-byte count of pairs, then the pairs sorted by the UTF-8 of their keys, each string written as a 2-byte big-endian
    length in bytes and its UTF-8, so {"a": "bc"} and {"ab": "c"} differ. A change breaks stored blobs.

    Returns:
        the encoding; an absent and an empty context both encode as count 0.

    Raises:
        ValidationFailed: more than 8192 bytes in all, or text that has no UTF-8 form.
    """
    if not context:
        return _EMPTY
    try:
        pairs = sorted((key.encode(), value.encode()) for key, value in context.items())
    except UnicodeEncodeError:
        raise ValidationFailed("The encryption context is not valid UTF-8 text.") from None
    strings = [string for pair in pairs for string in pair]
    ensure_context_size(sum(map(len, strings)))
    return len(pairs).to_bytes(2, "big") + b"".join([len(string).to_bytes(2, "big") + string for string in strings])
