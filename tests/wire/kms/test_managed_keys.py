"""AWS managed keys over the wire: everybody may look, nobody may administer."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.kms.support import make_key, refused

ALIASES = ["alias/aws/secretsmanager", "alias/aws/ssm"]
DAY = 86_400
Manage = Callable[[Any, str, str], object]
MANAGEMENT: dict[str, Manage] = {
    "EnableKey": lambda kms, key, _: kms.enable_key(KeyId=key),
    "DisableKey": lambda kms, key, _: kms.disable_key(KeyId=key),
    "ScheduleKeyDeletion": lambda kms, key, _: kms.schedule_key_deletion(KeyId=key),
    "CancelKeyDeletion": lambda kms, key, _: kms.cancel_key_deletion(KeyId=key),
    "PutKeyPolicy": lambda kms, key, _: kms.put_key_policy(
        KeyId=key, Policy=kms.get_key_policy(KeyId=key)["Policy"], BypassPolicyLockoutSafetyCheck=True
    ),
    "UpdateKeyDescription": lambda kms, key, _: kms.update_key_description(KeyId=key, Description="mine"),
    "TagResource": lambda kms, key, _: kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "b"}]),
    "UntagResource": lambda kms, key, _: kms.untag_resource(KeyId=key, TagKeys=["a"]),
    "EnableKeyRotation": lambda kms, key, _: kms.enable_key_rotation(KeyId=key),
    "DisableKeyRotation": lambda kms, key, _: kms.disable_key_rotation(KeyId=key),
    "RotateKeyOnDemand": lambda kms, key, _: kms.rotate_key_on_demand(KeyId=key),
    "CreateGrant": lambda kms, key, account: kms.create_grant(
        KeyId=key, GranteePrincipal=f"arn:aws:iam::{account}:root", Operations=["Decrypt"]
    ),
    "CreateAlias": lambda kms, key, _: kms.create_alias(AliasName="alias/mine", TargetKeyId=key),
    "ImportKeyMaterial": lambda kms, key, _: kms.import_key_material(KeyId=key, ImportToken=b"x", EncryptedKeyMaterial=b"x"),
    "DeleteImportedKeyMaterial": lambda kms, key, _: kms.delete_imported_key_material(KeyId=key),
    "ReplicateKey": lambda kms, key, _: kms.replicate_key(KeyId=key, ReplicaRegion="us-east-1"),
    "UpdatePrimaryRegion": lambda kms, key, _: kms.update_primary_region(KeyId=key, PrimaryRegion="us-east-1"),
    "Encrypt": lambda kms, key, _: kms.encrypt(KeyId=key, Plaintext=b"x"),
    "GenerateDataKey": lambda kms, key, _: kms.generate_data_key(KeyId=key, KeySpec="AES_256"),
}


@pytest.mark.parametrize("operation", sorted(MANAGEMENT))
def test_not_even_root_administers_or_uses_a_managed_key(clients: Clients, operation: str) -> None:
    """Its fixed policy names no operation of management, and no use but through the service."""
    key = clients.kms.describe_key(KeyId=ALIASES[0])["KeyMetadata"]["Arn"]
    with refused("AccessDeniedException"):
        MANAGEMENT[operation](clients.kms, key, clients.account_id)
    assert clients.kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_managed_key_takes_no_material(clients: Clients) -> None:
    """The policy's kms:Get* reaches GetParametersForImport, which is for keys of outside origin alone."""
    key = clients.kms.describe_key(KeyId=ALIASES[0])["KeyMetadata"]["Arn"]
    with refused("UnsupportedOperationException", f"{key} origin is AWS_KMS which is not valid for this operation."):
        clients.kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")


@pytest.mark.parametrize("operation", ["CreateAlias", "UpdateAlias", "DeleteAlias"])
def test_the_predefined_aliases_are_nobody_s(clients: Clients, operation: str) -> None:
    """They can't be made, moved or deleted."""
    own = make_key(clients.kms)
    calls: dict[str, Callable[[], object]] = {
        "CreateAlias": lambda: clients.kms.create_alias(AliasName="alias/aws/mine", TargetKeyId=own),
        "UpdateAlias": lambda: clients.kms.update_alias(AliasName=ALIASES[1], TargetKeyId=own),
        "DeleteAlias": lambda: clients.kms.delete_alias(AliasName=ALIASES[1]),
    }
    clients.kms.describe_key(KeyId=ALIASES[1])
    with refused("NotAuthorizedException", None):
        calls[operation]()


@pytest.mark.parametrize("alias", ALIASES)
def test_everything_about_a_managed_key_can_be_read(clients: Clients, alias: str) -> None:
    """It rotates each year, and its policy allows use through its service by principals of the account alone."""
    kms = clients.kms
    shown = kms.describe_key(KeyId=alias)["KeyMetadata"]
    assert (shown["KeyManager"], shown["KeySpec"], shown["Origin"]) == ("AWS", "SYMMETRIC_DEFAULT", "AWS_KMS")
    key = shown["Arn"]
    rotation = kms.get_key_rotation_status(KeyId=key)
    assert (rotation["KeyRotationEnabled"], rotation["RotationPeriodInDays"]) == (True, 365)
    assert (rotation["NextRotationDate"] - shown["CreationDate"]).total_seconds() == pytest.approx(365 * DAY, abs=1)
    assert kms.list_resource_tags(KeyId=key)["Tags"] == []
    assert kms.list_grants(KeyId=key)["Grants"] == []
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    assert [entry["AliasName"] for entry in kms.list_aliases(KeyId=key)["Aliases"]] == [alias]
    use, look = json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"]
    service = alias.rpartition("/")[2]
    assert use["Condition"]["StringEquals"] == {
        "kms:CallerAccount": clients.account_id,
        "kms:ViaService": f"{service}.eu-west-1.amazonaws.com",
    }
    assert look["Action"] == ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]


def test_a_managed_key_works_through_its_service_alone(clients: Clients, make_user: Any) -> None:
    """For whoever may use the service, without a right in KMS."""
    user = make_user(clients, "app", {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"})
    user.secretsmanager.create_secret(Name="s", SecretString="v")
    assert user.secretsmanager.get_secret_value(SecretId="s")["SecretString"] == "v"
    with refused("AccessDeniedException"):
        user.kms.describe_key(KeyId=ALIASES[0])
