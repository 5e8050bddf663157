"""Secrets under KMS keys, with the caller's own rights."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.clients import Clients

NO_KMS = ("AccessDeniedException", "Access to KMS is not allowed")
Refusal = Callable[..., tuple[str, str]]


def key(clients: Clients, **policy: Any) -> str:
    """Make a symmetric key and return its ARN."""
    given: dict[str, Any] = {"Policy": json.dumps(policy)} if policy else {}
    return clients.kms.create_key(**given)["KeyMetadata"]["Arn"]


def statement(*actions: str, resource: str = "*", **more: Any) -> dict[str, object]:
    """Return a statement of an identity policy."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def test_the_default_key_is_made_when_first_needed_and_is_not_named(clients: Clients) -> None:
    """aws/secretsmanager appears in the account; DescribeSecret says nothing of it."""
    clients.secretsmanager.create_secret(Name="n", SecretString="x")
    assert "KmsKeyId" not in clients.secretsmanager.describe_secret(SecretId="n")
    aliases = [each["AliasName"] for each in clients.kms.list_aliases()["Aliases"]]
    assert "alias/aws/secretsmanager" in aliases


def test_a_user_of_the_default_key_needs_no_rights_in_kms(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """The key's own policy lets the service's users in, through the service only."""
    user = make_user(clients, "alice", statement("secretsmanager:*"))
    user.secretsmanager.create_secret(Name="n", SecretString="x")
    assert user.secretsmanager.get_secret_value(SecretId="n")["SecretString"] == "x"


def test_the_key_is_returned_as_it_was_given(clients: Clients) -> None:
    """Id, ARN or alias."""
    arn = key(clients)
    clients.kms.create_alias(AliasName="alias/mine", TargetKeyId=arn)
    for number, given in enumerate((arn, arn.rsplit("/", 1)[1], "alias/mine")):
        clients.secretsmanager.create_secret(Name=str(number), SecretString="x", KmsKeyId=given)
        assert clients.secretsmanager.describe_secret(SecretId=str(number))["KmsKeyId"] == given
        assert clients.secretsmanager.list_secret_version_ids(SecretId=str(number))["Versions"][0]["KmsKeyIds"] == [given]
        assert clients.secretsmanager.get_secret_value(SecretId=str(number))["SecretString"] == "x"


def test_whoever_may_not_use_the_key_reads_and_writes_nothing(
    clients: Clients, make_user: Callable[..., Clients], refused: Refusal
) -> None:
    """kms:Decrypt to read, kms:GenerateDataKey to write, both to choose the key."""
    arn = key(clients)
    clients.secretsmanager.create_secret(Name="n", SecretString="x", KmsKeyId=arn)
    bare = make_user(clients, "bare", statement("secretsmanager:*")).secretsmanager
    assert refused(bare.get_secret_value, SecretId="n") == NO_KMS
    assert refused(bare.put_secret_value, SecretId="n", SecretString="y") == NO_KMS
    assert refused(bare.create_secret, Name="m", KmsKeyId=arn) == NO_KMS
    reader = make_user(clients, "reader", statement("secretsmanager:*"), statement("kms:Decrypt", resource=arn)).secretsmanager
    assert reader.get_secret_value(SecretId="n")["SecretString"] == "x"
    assert refused(reader.put_secret_value, SecretId="n", SecretString="y") == NO_KMS
    writer = make_user(clients, "writer", statement("secretsmanager:*"), statement("kms:GenerateDataKey", resource=arn)).secretsmanager
    writer.put_secret_value(SecretId="n", SecretString="y")
    assert refused(writer.get_secret_value, SecretId="n") == NO_KMS
    assert refused(writer.create_secret, Name="m", KmsKeyId=arn) == NO_KMS


def test_the_rights_in_kms_may_hang_on_the_service_and_on_the_secret(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """kms:ViaService, and the encryption context under AWS's names."""
    arn = key(clients)
    secret = clients.secretsmanager.create_secret(Name="n", SecretString="x", KmsKeyId=arn)["ARN"]
    condition = {
        "StringEquals": {
            "kms:ViaService": f"secretsmanager.{clients.region}.amazonaws.com",
            "kms:EncryptionContext:SecretARN": secret,
        }
    }
    reader = make_user(
        clients, "alice", statement("secretsmanager:*"), statement("kms:Decrypt", resource=arn, Condition=condition)
    ).secretsmanager
    assert reader.get_secret_value(SecretId="n")["SecretString"] == "x"


def test_a_disabled_key_fails_by_the_service_s_own_errors(clients: Clients, refused: Refusal) -> None:
    """DecryptionFailure for reads and EncryptionFailure for writes; enabling it again mends all."""
    arn = key(clients)
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x", KmsKeyId=arn)
    clients.kms.disable_key(KeyId=arn)
    assert refused(sm.get_secret_value, SecretId="n") == (
        "DecryptionFailure",
        "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
    )
    cannot_encrypt = (
        "EncryptionFailure",
        (
            "Secrets Manager can't encrypt the protected secret text using the provided KMS key. "
            "Check that the KMS key is available, enabled, and not in an invalid state."
        ),
    )
    assert refused(sm.put_secret_value, SecretId="n", SecretString="y") == cannot_encrypt
    assert refused(sm.create_secret, Name="m", SecretString="y", KmsKeyId=arn) == cannot_encrypt
    assert refused(sm.create_secret, Name="m", SecretString="y", KmsKeyId="alias/absent") == cannot_encrypt
    clients.kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
    assert refused(sm.get_secret_value, SecretId="n")[0] == "DecryptionFailure"
    clients.kms.cancel_key_deletion(KeyId=arn)
    clients.kms.enable_key(KeyId=arn)
    assert sm.get_secret_value(SecretId="n")["SecretString"] == "x"


def test_a_key_that_makes_no_data_keys_encrypts_no_secrets(clients: Clients, refused: Refusal) -> None:
    """AWS's text."""
    arn = clients.kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    answer = refused(clients.secretsmanager.create_secret, Name="n", SecretString="x", KmsKeyId=arn)
    assert answer == ("InvalidRequestException", "Cannot generate a data key with an asymmetric KMS key")


def test_changing_the_key_re_encrypts_the_labelled_versions(clients: Clients) -> None:
    """The old key is then not needed any more; an empty KmsKeyId goes back to the default."""
    old, new = key(clients), key(clients)
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="1", KmsKeyId=old)
    sm.put_secret_value(SecretId="n", SecretString="2")
    sm.update_secret(SecretId="n", KmsKeyId=new)
    clients.kms.disable_key(KeyId=old)
    assert sm.get_secret_value(SecretId="n")["SecretString"] == "2"
    assert sm.get_secret_value(SecretId="n", VersionStage="AWSPREVIOUS")["SecretString"] == "1"
    assert [each["KmsKeyIds"] for each in sm.list_secret_version_ids(SecretId="n")["Versions"]] == [[new], [new]]
    sm.update_secret(SecretId="n", KmsKeyId="")
    assert "KmsKeyId" not in sm.describe_secret(SecretId="n")
    clients.kms.disable_key(KeyId=new)
    assert sm.get_secret_value(SecretId="n")["SecretString"] == "2"


def test_without_encrypt_on_the_new_key_old_versions_stay_as_they_are(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """The key changes all the same, for what is written from now on."""
    old, new = key(clients), key(clients)
    clients.secretsmanager.create_secret(Name="n", SecretString="1", KmsKeyId=old)
    user = make_user(clients, "alice", statement("secretsmanager:*"), statement("kms:Decrypt", "kms:GenerateDataKey"))
    user.secretsmanager.update_secret(SecretId="n", KmsKeyId=new)
    assert clients.secretsmanager.describe_secret(SecretId="n")["KmsKeyId"] == new
    assert clients.secretsmanager.list_secret_version_ids(SecretId="n")["Versions"][0]["KmsKeyIds"] == [old]
    clients.kms.disable_key(KeyId=new)
    assert clients.secretsmanager.get_secret_value(SecretId="n")["SecretString"] == "1"


def test_another_account_reads_by_arn_where_both_policies_allow(
    clients: Clients, make_account: Callable[[], Clients], refused: Refusal, policy_for: Callable[..., str]
) -> None:
    """The resource policy, the key policy and the ARN are all needed; the default key never leaves its account."""
    other = make_account()
    root = f"arn:aws:iam::{other.account_id}:root"
    own = f"arn:aws:iam::{clients.account_id}:root"
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": own}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:Decrypt", "Resource": "*"},
    ]
    arn = key(clients, Version="2012-10-17", Statement=statements)
    sm = clients.secretsmanager
    secret = sm.create_secret(Name="n", SecretString="x", KmsKeyId=arn)["ARN"]
    denied = refused(other.secretsmanager.get_secret_value, SecretId=secret)
    assert denied[0] == "AccessDeniedException"
    assert "because no resource-based policy allows the secretsmanager:GetSecretValue action" in denied[1]
    sm.put_resource_policy(SecretId="n", ResourcePolicy=policy_for(root, "secretsmanager:GetSecretValue"))
    assert other.secretsmanager.get_secret_value(SecretId=secret)["SecretString"] == "x"
    assert refused(other.secretsmanager.get_secret_value, SecretId="n")[0] == "ResourceNotFoundException"
    sm.update_secret(SecretId="n", KmsKeyId="")
    assert refused(other.secretsmanager.get_secret_value, SecretId=secret) == NO_KMS
