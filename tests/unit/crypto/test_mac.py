"""HMAC-SHA-256 of the hot path, against the standard library's."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.mac import HmacSha256, hmac_sha256

# RFC 4231, test cases 1, 2 and 6
VECTORS = [
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
]


@pytest.mark.parametrize(("key", "message", "mac"), VECTORS)
def test_the_vectors_of_rfc_4231_hold(key: bytes, message: bytes, mac: str) -> None:
    """Keys shorter and longer than a block."""
    assert HmacSha256(key).digest(message).hex() == mac
    assert HmacSha256(key).hexdigest(message) == mac


@given(st.binary(max_size=200), st.binary(max_size=300), st.binary(max_size=300))
def test_a_key_can_be_used_often(key: bytes, first: bytes, second: bytes) -> None:
    """One message leaves nothing behind in the next."""
    mac = HmacSha256(key)
    for message in (first, second, first):
        assert mac.digest(message) == hmac.digest(key, message, "sha256")


@given(st.binary(max_size=64), st.binary(max_size=300))
def test_a_key_that_is_used_once_gives_the_same(key: bytes, message: bytes) -> None:
    """Without the states being kept."""
    assert hmac_sha256(key, message) == hmac.digest(key, message, "sha256")


def test_a_key_longer_than_a_block_is_not_cut() -> None:
    """It is refused: no caller has one."""
    with pytest.raises(ValueError, match="longer than a block"):
        hmac_sha256(bytes(65), b"")
