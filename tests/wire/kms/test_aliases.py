"""Aliases over the wire."""

from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.kms.support import UNKNOWN_ID, each_refused, make_key, refused

PREFIX = 'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html'


def test_an_alias_is_made_moved_and_deleted(clients: Clients) -> None:
    """Its key follows."""
    kms = clients.kms
    first, second = make_key(kms), make_key(kms)
    kms.create_alias(AliasName="alias/x", TargetKeyId=first)
    assert kms.describe_key(KeyId="alias/x")["KeyMetadata"]["Arn"] == first
    kms.update_alias(AliasName="alias/x", TargetKeyId=second)
    assert kms.describe_key(KeyId="alias/x")["KeyMetadata"]["Arn"] == second
    assert kms.list_aliases(KeyId=first)["Aliases"] == []
    entry = kms.list_aliases(KeyId=second)["Aliases"][0]
    assert (entry["AliasName"], entry["TargetKeyId"]) == ("alias/x", second.rpartition("/")[2])
    assert entry["AliasArn"] == f"arn:aws:kms:eu-west-1:{clients.account_id}:alias/x"
    assert entry["LastUpdatedDate"] >= entry["CreationDate"]
    kms.delete_alias(AliasName="alias/x")
    missing = f"Alias {entry['AliasArn']} is not found."
    with refused("NotFoundException", missing):
        kms.describe_key(KeyId="alias/x")
    with refused("NotFoundException", missing):
        kms.delete_alias(AliasName="alias/x")
    with refused("NotFoundException", missing):
        kms.update_alias(AliasName="alias/x", TargetKeyId=first)


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("x", "ValidationException", PREFIX),
        ("alias/aws/x", "NotAuthorizedException", None),
        ("alias/a:b", "ValidationException", "alias/a:b contains invalid characters for an alias"),
    ],
)
def test_bad_names_are_refused(clients: Clients, name: str, code: str, message: str | None) -> None:
    """Each in AWS's words."""
    with refused(code, message):
        clients.kms.create_alias(AliasName=name, TargetKeyId=make_key(clients.kms))


def test_an_alias_exists_once_and_points_to_a_key(clients: Clients) -> None:
    """Duplicates, aliases of aliases, unknown keys."""
    kms = clients.kms
    key = make_key(kms)
    kms.create_alias(AliasName="alias/x", TargetKeyId=key)
    name = f"arn:aws:kms:eu-west-1:{clients.account_id}:alias/x"
    with refused("AlreadyExistsException", f"An alias with the name {name} already exists"):
        kms.create_alias(AliasName="alias/x", TargetKeyId=key)
    with refused("ValidationException", "Aliases must refer to keys. Not aliases"):
        kms.create_alias(AliasName="alias/y", TargetKeyId="alias/x")
    with refused("NotFoundException", f"Key 'arn:aws:kms:eu-west-1:{clients.account_id}:key/{UNKNOWN_ID}' does not exist"):
        kms.create_alias(AliasName="alias/y", TargetKeyId=UNKNOWN_ID)


def test_an_alias_stays_with_keys_of_one_kind(clients: Clients) -> None:
    """Not from encryption to MACs."""
    clients.kms.create_alias(AliasName="alias/x", TargetKeyId=make_key(clients.kms))
    mac = make_key(clients.kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    with refused("ValidationException"):
        clients.kms.update_alias(AliasName="alias/x", TargetKeyId=mac)


def test_fifty_aliases_are_all(clients: Clients) -> None:
    """The fifty-first exceeds the limit."""
    key = make_key(clients.kms)
    for n in range(50):
        clients.kms.create_alias(AliasName=f"alias/{n:02}", TargetKeyId=key)
    with refused("LimitExceededException"):
        clients.kms.create_alias(AliasName="alias/one-more", TargetKeyId=key)


def test_aliases_are_listed_in_pages_with_aws_s_own(clients: Clients) -> None:
    """Predefined aliases have no target until their key is needed."""
    kms = clients.kms
    key = make_key(kms)
    for n in range(3):
        kms.create_alias(AliasName=f"alias/{n}", TargetKeyId=key)
    names: list[tuple[str, bool]] = []
    marker: dict[str, str] = {}
    while True:
        page: Any = kms.list_aliases(Limit=2, **marker)
        names += [(entry["AliasName"], "TargetKeyId" in entry) for entry in page["Aliases"]]
        if not page["Truncated"]:
            break
        marker = {"Marker": page["NextMarker"]}
    assert names == [("alias/0", True), ("alias/1", True), ("alias/2", True), ("alias/aws/secretsmanager", False), ("alias/aws/ssm", False)]


def test_an_alias_needs_rights_on_itself_and_on_its_key(clients: Clients, make_user: Any) -> None:
    """IAM on the alias, key policy or IAM on the key."""
    key = make_key(clients.kms)
    alias = f"arn:aws:kms:eu-west-1:{clients.account_id}:alias/x"
    on_alias = make_user(clients, "a", {"Effect": "Allow", "Action": "kms:CreateAlias", "Resource": alias})
    on_key = make_user(clients, "b", {"Effect": "Allow", "Action": "kms:CreateAlias", "Resource": key})
    on_both = make_user(clients, "c", {"Effect": "Allow", "Action": "kms:CreateAlias", "Resource": [alias, key]})
    for user in (on_alias, on_key):
        with refused("AccessDeniedException"):
            user.kms.create_alias(AliasName="alias/x", TargetKeyId=key)
    on_both.kms.create_alias(AliasName="alias/x", TargetKeyId=key)


def test_an_aws_managed_key_is_made_when_it_is_described(clients: Clients) -> None:
    """It rotates yearly, and nobody administers or uses it directly."""
    kms = clients.kms
    with refused("NotFoundException"):
        kms.encrypt(KeyId="alias/aws/ssm", Plaintext=b"x")
    made = kms.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"]
    assert (made["KeyManager"], made["KeySpec"]) == ("AWS", "SYMMETRIC_DEFAULT")
    assert kms.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"] == made
    status = kms.get_key_rotation_status(KeyId=made["KeyId"])
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 365)
    assert "kms:ViaService" in kms.get_key_policy(KeyId=made["KeyId"])["Policy"]
    key, any_kms = made["KeyId"], kms
    each_refused(
        "AccessDeniedException",
        "anything",
        lambda: any_kms.encrypt(KeyId=key, Plaintext=b"x"),
        lambda: any_kms.disable_key(KeyId=key),
        lambda: any_kms.schedule_key_deletion(KeyId=key),
        lambda: any_kms.put_key_policy(KeyId=key, Policy="{}"),
        lambda: any_kms.tag_resource(KeyId=key, Tags=[]),
        lambda: any_kms.disable_key_rotation(KeyId=key),
        lambda: any_kms.create_alias(AliasName="alias/mine", TargetKeyId=key),
    )
