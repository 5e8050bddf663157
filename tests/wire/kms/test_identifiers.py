"""Which identifiers operations take, and what they answer to those they don't."""

from typing import Any

import pytest
from tests.support.clients import REGION, Clients
from tests.wire.kms.support import UNKNOWN_ID, make_key, refused


def _arn(clients: Clients, resource: str, region: str = REGION) -> str:
    return f"arn:aws:kms:{region}:{clients.account_id}:{resource}"


@pytest.mark.parametrize("text", ["fake-key-id", UNKNOWN_ID.replace("-", "")])
def test_text_that_is_no_key_id_is_not_found(clients: Clients, text: str) -> None:
    """The text is repeated."""
    with refused("NotFoundException", f"Invalid keyId '{text}'"):
        clients.kms.describe_key(KeyId=text)


def test_an_unknown_key_is_shown_by_its_full_arn(clients: Clients) -> None:
    """Whether it was named by id or by ARN."""
    message = f"Key '{_arn(clients, f'key/{UNKNOWN_ID}')}' does not exist"
    for text in (UNKNOWN_ID, _arn(clients, f"key/{UNKNOWN_ID}")):
        with refused("NotFoundException", message):
            clients.kms.encrypt(KeyId=text, Plaintext=b"x")
        with refused("NotFoundException", message):
            clients.kms.get_key_policy(KeyId=text)


def test_an_arn_of_another_region_is_not_forwarded(clients: Clients) -> None:
    """The text names that Region."""
    with refused("NotFoundException", "Invalid arn us-east-1"):
        clients.kms.describe_key(KeyId=_arn(clients, f"key/{UNKNOWN_ID}", "us-east-1"))


def test_an_unknown_alias_is_shown_by_its_arn(clients: Clients) -> None:
    """In either form."""
    message = f"Alias {_arn(clients, 'alias/nope')} is not found."
    for text in ("alias/nope", _arn(clients, "alias/nope")):
        with refused("NotFoundException", message):
            clients.kms.encrypt(KeyId=text, Plaintext=b"x")


def test_operations_on_the_key_itself_take_no_alias(clients: Clients) -> None:
    """Only cryptographic operations, DescribeKey and GetPublicKey do."""
    key = make_key(clients.kms)
    clients.kms.create_alias(AliasName="alias/x", TargetKeyId=key)
    kms: Any = clients.kms
    for operation in ("disable_key", "get_key_policy", "get_key_rotation_status", "list_resource_tags", "schedule_key_deletion"):
        with refused("NotFoundException", "Invalid keyId 'alias/x'"):
            getattr(kms, operation)(KeyId="alias/x")


def test_every_form_reaches_the_same_key(clients: Clients) -> None:
    """Id, ARN, alias name and alias ARN; the answer always holds the key ARN."""
    key = make_key(clients.kms)
    clients.kms.create_alias(AliasName="alias/x", TargetKeyId=key)
    for text in (key, key.rpartition("/")[2], "alias/x", _arn(clients, "alias/x")):
        assert clients.kms.describe_key(KeyId=text)["KeyMetadata"]["Arn"] == key
        assert clients.kms.encrypt(KeyId=text, Plaintext=b"x")["KeyId"] == key
        assert clients.kms.generate_data_key(KeyId=text, KeySpec="AES_256")["KeyId"] == key


def test_a_key_id_means_the_caller_s_own_account(clients: Clients, make_account: Any) -> None:
    """Another account's key is not found by its id alone."""
    key_id = make_key(make_account().kms).rpartition("/")[2]
    with refused("NotFoundException", f"Key '{_arn(clients, f'key/{key_id}')}' does not exist"):
        clients.kms.describe_key(KeyId=key_id)
