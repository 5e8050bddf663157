"""What KMS calls leave in the trail."""

import json
from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.kms.support import make_key


def _event(clients: Clients, name: str) -> dict[str, Any]:
    found = clients.cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])["Events"]
    event: dict[str, Any] = json.loads(found[0]["CloudTrailEvent"])
    return event


def test_cryptographic_operations_are_reads_without_an_answer(clients: Clients) -> None:
    """The context and the key are there; plaintexts and ciphertexts are not."""
    kms: Any = clients.kms
    key = make_key(kms)
    blob = kms.encrypt(KeyId=key, Plaintext=b"top secret", EncryptionContext={"a": "b"})["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})
    kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "b"}, DestinationKeyId=key)
    mac = make_key(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    kms.generate_mac(KeyId=mac, Message=b"top secret", MacAlgorithm="HMAC_SHA_256")
    for name in ("Encrypt", "Decrypt", "GenerateDataKey", "ReEncrypt", "GenerateMac"):
        event = _event(clients, name)
        assert (event["readOnly"], event["responseElements"]) == (True, None)
        assert event["resources"][0]["ARN"] in (key, mac)
        assert not {"plaintext", "ciphertextBlob", "message"} & set(event["requestParameters"])
        assert "top secret" not in json.dumps(event)
    assert _event(clients, "Encrypt")["requestParameters"]["encryptionContext"] == {"a": "b"}
    assert _event(clients, "GenerateDataKey")["requestParameters"]["keySpec"] == "AES_256"


def test_a_grant_s_token_is_recorded_nowhere(clients: Clients) -> None:
    """Its id is."""
    key = make_key(clients.kms)
    made = clients.kms.create_grant(KeyId=key, GranteePrincipal=clients.account_id, Operations=["Encrypt"])
    clients.kms.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=[made["GrantToken"]])
    clients.kms.retire_grant(GrantToken=made["GrantToken"])
    created = _event(clients, "CreateGrant")
    assert (created["responseElements"]["grantId"], created["readOnly"]) == (made["GrantId"], False)
    for name in ("CreateGrant", "Encrypt", "RetireGrant"):
        assert made["GrantToken"] not in json.dumps(_event(clients, name))


def test_a_new_key_is_recorded_with_its_metadata(clients: Clients) -> None:
    """As a change of a named resource."""
    key = make_key(clients.kms)
    event = _event(clients, "CreateKey")
    assert event["responseElements"]["keyMetadata"]["arn"] == key
    assert (event["readOnly"], event["resources"][0]["ARN"]) == (False, key)


@pytest.mark.parametrize("service", ["ssm", "secretsmanager"])
def test_an_aws_managed_key_serves_its_service_alone(clients: Clients, make_user: Any, service: str) -> None:
    """Whoever may use the service needs no rights of its own in KMS; nobody uses the key directly."""
    user = make_user(clients, "alice", {"Effect": "Allow", "Action": f"{service}:*", "Resource": "*"})
    if service == "ssm":
        user.ssm.put_parameter(Name="p", Value="v", Type="SecureString")
        assert user.ssm.get_parameter(Name="p", WithDecryption=True)["Parameter"]["Value"] == "v"
    else:
        user.secretsmanager.create_secret(Name="s", SecretString="v")
        assert user.secretsmanager.get_secret_value(SecretId="s")["SecretString"] == "v"
    described = clients.kms.describe_key(KeyId=f"alias/aws/{service}")["KeyMetadata"]
    assert described["KeyManager"] == "AWS"
    assert _event(clients, "Decrypt")["userIdentity"]["invokedBy"] == f"{service}.amazonaws.com"
