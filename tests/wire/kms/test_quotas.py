"""Request quotas that the operator has asked for, over the wire."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients, new_account
from tests.support.process import start
from tests.wire.kms.support import make_key

THROTTLED = ("ThrottlingException", "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that holds KMS to AWS's rates."""
    held = {"STRONGROOM_KMS_REQUEST_QUOTAS": "true", "STRONGROOM_WORKERS": "1"}
    running = start(["dev", "--listen", "127.0.0.1:0"], env=held)
    yield running.url
    running.stop()


@pytest.fixture
def kms(url: str) -> Iterator[Any]:
    """The KMS client of an account of its own."""
    account = new_account()
    clients = Clients(url, account, account_id=account)
    yield clients.kms
    clients.close()


def _errors(times: int, call: Callable[[], object]) -> list[tuple[str, str]]:
    found = []
    for _ in range(times):
        try:
            call()
        except ClientError as error:
            found.append((error.response["Error"]["Code"], error.response["Error"]["Message"]))
    return found


def test_an_operation_beyond_its_rate_is_throttled_and_others_go_on(kms: Any) -> None:
    """The five requests of a second are answered; cryptography has quotas of its own."""
    key = make_key(kms)
    refused = _errors(15, lambda: kms.get_key_last_usage(KeyId=key))
    assert 5 <= len(refused) <= 10
    assert set(refused) == {THROTTLED}
    assert _errors(60, lambda: kms.encrypt(KeyId=key, Plaintext=b"x")) == []
    assert _errors(20, lambda: kms.describe_key(KeyId=key)) == []


def test_what_is_within_its_rate_is_answered(kms: Any) -> None:
    """Elliptic curves have a hundred a second, and what opens a ciphertext counts for its key."""
    key = make_key(kms)
    refused = _errors(12, lambda: kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="ECC_NIST_P256"))
    assert refused == []
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    assert kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key)["KeyId"] == key


def test_a_server_holds_no_rates_unless_asked(clients: Clients) -> None:
    """As many requests as it can answer."""
    key = make_key(clients.kms)
    assert _errors(40, lambda: clients.kms.get_key_last_usage(KeyId=key)) == []
