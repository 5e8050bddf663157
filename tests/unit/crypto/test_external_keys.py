"""External key stores: the published vector, the blob format, and hostile blobs."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.external_messages import HEADER_BYTES, join_external, split_external
from strongroom.crypto.key_stores import ExternalCiphertext
from strongroom.crypto.messages import InvalidCiphertext
from strongroom.crypto.xks.client import integrity_value


def test_the_integrity_value_is_the_specification_s() -> None:
    """The vector of the XKS Proxy API specification."""
    sealed = ExternalCiphertext(
        ciphertext=base64.b64decode("ghxkK1txeDNn3q8Y"),
        iv=base64.b64decode("HMrlRw85cAJUd5Ax"),
        tag=base64.b64decode("vBxN2ncH1oEkR8WVXpmyYQ=="),
        metadata=b"key_version=1",
    )
    value = integrity_value(b"project=nile,department=marketing", sealed)
    assert base64.b64encode(value) == b"qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc="


@given(st.binary(min_size=1), st.binary(min_size=12, max_size=16), st.binary(min_size=16, max_size=16), st.binary(max_size=20))
def test_a_blob_comes_apart_as_it_was_joined(ciphertext: bytes, iv: bytes, tag: bytes, metadata: bytes) -> None:
    """Whatever the proxy's parts are."""
    header, sealed = b"h" * HEADER_BYTES, ExternalCiphertext(ciphertext, iv, tag, metadata)
    assert split_external(join_external(header, sealed)) == (header, sealed)


@given(st.binary(max_size=200))
def test_a_hostile_blob_comes_apart_or_is_invalid(blob: bytes) -> None:
    """Nothing else happens."""
    try:
        header, sealed = split_external(blob)
    except InvalidCiphertext:
        return
    assert join_external(header, sealed) == blob


def test_a_blob_that_ends_early_is_invalid() -> None:
    """At each of its parts."""
    whole = join_external(b"h" * HEADER_BYTES, ExternalCiphertext(b"c", b"i" * 12, b"t" * 16, b"m"))
    for length in range(HEADER_BYTES, len(whole)):
        with pytest.raises(InvalidCiphertext):
            split_external(whole[:length])
