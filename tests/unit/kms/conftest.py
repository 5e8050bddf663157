"""What the tests of KMS operations in memory share."""

import pytest
from tests.unit.kms.bench import Bench

from strongroom.crypto.keys.pairs import KeyPair, generate_pair

_WRAPPING = generate_pair("RSA_2048")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A KMS in memory. Every import has the same wrapping key: an RSA key takes long to make."""

    def wrapping_key(_: str) -> KeyPair:
        return _WRAPPING

    monkeypatch.setattr("strongroom.kms.imports.generate_pair", wrapping_key)
    return Bench()
