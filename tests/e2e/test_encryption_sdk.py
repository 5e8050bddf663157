"""The AWS Encryption SDK for Python, unmodified, with its keys here: strict and discovery mode, filters, multi-Region keys."""

from collections.abc import Callable, Iterator
from typing import Any

import aws_encryption_sdk
import botocore.session
import pytest
from aws_encryption_sdk.exceptions import DecryptKeyError, MasterKeyProviderError
from aws_encryption_sdk.identifiers import CommitmentPolicy
from aws_encryption_sdk.key_providers.kms import (
    DiscoveryAwsKmsMasterKeyProvider,
    DiscoveryFilter,
    MRKAwareDiscoveryAwsKmsMasterKeyProvider,
    MRKAwareStrictAwsKmsMasterKeyProvider,
    StrictAwsKmsMasterKeyProvider,
)
from tests.support.clients import REGION, Clients
from tests.wire.kms.support import make_key

CONTEXT = {"purpose": "test", "tenant": "ä"}
PLAINTEXT = b"far more than the 4096 bytes that KMS encrypts itself. " * 200
REPLICA_REGION = "eu-central-1"


@pytest.fixture
def sdk() -> Any:
    """The client, at its strictest."""
    return aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


@pytest.fixture
def provider(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Makes key providers that reach the server as the account's root user does."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", clients.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", clients.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", clients.secret_access_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    made = []

    def make(kind: Callable[..., Any], **options: Any) -> Any:
        found = kind(botocore_session=botocore.session.Session(), **options)
        made.append(found)
        return found

    yield make
    for one in made:
        for client in one._regional_clients.values():
            client.close()


def _only(account_id: str) -> DiscoveryFilter:
    return DiscoveryFilter(account_ids=[account_id], partition="aws")


def test_strict_mode_encrypts_and_decrypts(sdk: Any, provider: Any, clients: Clients) -> None:
    """With its encryption context, under every data key suite's default."""
    keys = provider(StrictAwsKmsMasterKeyProvider, key_ids=[make_key(clients.kms)])
    ciphertext, _ = sdk.encrypt(source=PLAINTEXT, key_provider=keys, encryption_context=CONTEXT)
    plaintext, header = sdk.decrypt(source=ciphertext, key_provider=keys)
    assert plaintext == PLAINTEXT
    assert CONTEXT.items() <= header.encryption_context.items()


def test_one_message_under_two_keys_opens_with_either(sdk: Any, provider: Any, clients: Clients) -> None:
    """The second data key is made by Encrypt; each opens the message alone."""
    first, second = make_key(clients.kms), make_key(clients.kms)
    ciphertext, _ = sdk.encrypt(source=PLAINTEXT, key_provider=provider(StrictAwsKmsMasterKeyProvider, key_ids=[first, second]))
    for key in (first, second):
        assert sdk.decrypt(source=ciphertext, key_provider=provider(StrictAwsKmsMasterKeyProvider, key_ids=[key]))[0] == PLAINTEXT
    with pytest.raises(DecryptKeyError):
        sdk.decrypt(source=ciphertext, key_provider=provider(StrictAwsKmsMasterKeyProvider, key_ids=[make_key(clients.kms)]))


def test_discovery_filters_choose_by_account(sdk: Any, provider: Any, clients: Clients) -> None:
    """The message says which key made it, by the ARN that KMS returned; a filter on another account finds none."""
    keys = provider(StrictAwsKmsMasterKeyProvider, key_ids=[make_key(clients.kms)])
    ciphertext, _ = sdk.encrypt(source=PLAINTEXT, key_provider=keys)
    assert sdk.decrypt(source=ciphertext, key_provider=provider(DiscoveryAwsKmsMasterKeyProvider))[0] == PLAINTEXT
    own = provider(DiscoveryAwsKmsMasterKeyProvider, discovery_filter=_only(clients.account_id))
    assert sdk.decrypt(source=ciphertext, key_provider=own)[0] == PLAINTEXT
    other = provider(DiscoveryAwsKmsMasterKeyProvider, discovery_filter=_only("123456789012"))
    with pytest.raises(MasterKeyProviderError, match="not allowed"):
        sdk.decrypt(source=ciphertext, key_provider=other)


def test_an_alias_encrypts_and_the_message_holds_the_arn(sdk: Any, provider: Any, clients: Clients) -> None:
    """Strict mode takes aliases to encrypt with; discovery opens the message by the key's own ARN."""
    key = make_key(clients.kms)
    clients.kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    alias = f"arn:aws:kms:{REGION}:{clients.account_id}:alias/app"
    ciphertext, header = sdk.encrypt(source=b"x", key_provider=provider(StrictAwsKmsMasterKeyProvider, key_ids=[alias]))
    assert {data_key.key_provider.key_info.decode() for data_key in header.encrypted_data_keys} == {key}
    assert sdk.decrypt(source=ciphertext, key_provider=provider(DiscoveryAwsKmsMasterKeyProvider))[0] == b"x"


def test_a_multi_region_key_opens_in_another_region(sdk: Any, provider: Any, clients: Clients) -> None:
    """By its replica, strictly and by discovery there; without a replica the Region can't open it."""
    primary = make_key(clients.kms, MultiRegion=True)
    encrypting = provider(MRKAwareStrictAwsKmsMasterKeyProvider, key_ids=[primary])
    ciphertext, _ = sdk.encrypt(source=PLAINTEXT, key_provider=encrypting, encryption_context=CONTEXT)
    there = {"discovery_region": REPLICA_REGION, "discovery_filter": _only(clients.account_id)}
    with pytest.raises(DecryptKeyError):
        sdk.decrypt(source=ciphertext, key_provider=provider(MRKAwareDiscoveryAwsKmsMasterKeyProvider, **there))
    clients.kms.replicate_key(KeyId=primary, ReplicaRegion=REPLICA_REGION)
    replica = primary.replace(REGION, REPLICA_REGION)
    for keys in (
        provider(MRKAwareStrictAwsKmsMasterKeyProvider, key_ids=[replica]),
        provider(MRKAwareDiscoveryAwsKmsMasterKeyProvider, **there),
    ):
        assert sdk.decrypt(source=ciphertext, key_provider=keys)[0] == PLAINTEXT


def test_a_changed_message_does_not_open(sdk: Any, provider: Any, clients: Clients) -> None:
    """The encrypted data key in its header is KMS's to refuse."""
    keys = provider(StrictAwsKmsMasterKeyProvider, key_ids=[make_key(clients.kms)])
    ciphertext, header = sdk.encrypt(source=PLAINTEXT, key_provider=keys)
    (data_key,) = header.encrypted_data_keys
    place = ciphertext.index(data_key.encrypted_data_key) + len(data_key.encrypted_data_key) - 1
    changed = ciphertext[:place] + bytes([ciphertext[place] ^ 1]) + ciphertext[place + 1 :]
    with pytest.raises(DecryptKeyError):
        sdk.decrypt(source=changed, key_provider=keys)
