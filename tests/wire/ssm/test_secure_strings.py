"""SecureString over the wire: KMS does the work, with the caller's rights and the parameter's ARN as context."""

import base64
from collections.abc import Callable

from tests.support.clients import Clients
from tests.unit.crypto.encryption_sdk_decoder import decode
from tests.wire.ssm.helpers import allow, code_of, failure


def arn_of(clients: Clients, name: str) -> str:
    """Return the ARN of a parameter."""
    return f"arn:aws:ssm:eu-west-1:{clients.account_id}:parameter{name}"


def test_a_standard_secure_string_is_a_kms_blob(clients: Clients) -> None:
    """Without decryption the value is the blob, which KMS opens under the same context and no other."""
    key = clients.kms.create_key()["KeyMetadata"]["KeyId"]
    clients.ssm.put_parameter(Name="/s", Value="top \u2603 secret", Type="SecureString", KeyId=key)
    assert clients.ssm.get_parameter(Name="/s", WithDecryption=True)["Parameter"]["Value"] == "top \u2603 secret"
    blob = base64.b64decode(clients.ssm.get_parameter(Name="/s")["Parameter"]["Value"])
    context = {"PARAMETER_ARN": arn_of(clients, "/s")}
    opened = clients.kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    assert opened["Plaintext"].decode() == "top \u2603 secret"
    wrong = {"PARAMETER_ARN": arn_of(clients, "/t")}
    assert code_of(clients.kms.decrypt, CiphertextBlob=blob, EncryptionContext=wrong) == "InvalidCiphertextException"


def test_an_advanced_secure_string_is_an_encryption_sdk_message(clients: Clients) -> None:
    """Its encrypted data key opens through KMS, and the message by the published format."""
    value = "v" * 8192
    key = clients.kms.create_key()["KeyMetadata"]
    clients.ssm.put_parameter(Name="/s", Value=value, Type="SecureString", Tier="Advanced", KeyId=key["KeyId"])
    assert clients.ssm.get_parameter(Name="/s", WithDecryption=True)["Parameter"]["Value"] == value
    message = base64.b64decode(clients.ssm.get_parameter(Name="/s")["Parameter"]["Value"])
    context = {"PARAMETER_ARN": arn_of(clients, "/s")}
    header_and_keys = message[: 22 + int.from_bytes(message[20:22], "big")]
    at = len(header_and_keys) + 2
    parts = []
    for _ in range(3):
        length = int.from_bytes(message[at : at + 2], "big")
        parts.append(message[at + 2 : at + 2 + length])
        at += 2 + length
    data_key = clients.kms.decrypt(CiphertextBlob=parts[2], EncryptionContext=context)["Plaintext"]
    found_context, keys, plaintext = decode(message, data_key)
    assert found_context == context
    assert keys[0][:2] == ("aws-kms", key["Arn"])
    assert plaintext.decode() == value


def test_versions_stay_under_the_key_and_tier_that_they_were_written_with(clients: Clients) -> None:
    """A new key or tier affects new versions only, and DescribeParameters shows the key as it was given."""
    key = clients.kms.create_key()["KeyMetadata"]["KeyId"]
    clients.kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    ssm = clients.ssm
    ssm.put_parameter(Name="/s", Value="one", Type="SecureString")
    ssm.put_parameter(Name="/s", Value="two", Overwrite=True, KeyId="alias/mine")
    ssm.put_parameter(Name="/s", Value="three", Overwrite=True, Tier="Advanced")
    described = ssm.describe_parameters()["Parameters"][0]
    assert (described["KeyId"], described["Tier"]) == ("alias/mine", "Advanced")
    history = ssm.get_parameter_history(Name="/s", WithDecryption=True)["Parameters"]
    assert [(version["Value"], version["KeyId"], version["Tier"]) for version in history] == [
        ("one", "alias/aws/ssm", "Standard"),
        ("two", "alias/mine", "Standard"),
        ("three", "alias/mine", "Advanced"),
    ]
    assert ssm.get_parameters_by_path(Path="/", WithDecryption=True)["Parameters"][0]["Value"] == "three"
    assert ssm.get_parameters(Names=["s"], WithDecryption=True)["Parameters"][0]["Value"] == "three"


def test_a_key_that_can_not_serve_is_an_invalid_key_id(clients: Clients) -> None:
    """Missing, asymmetric and disabled keys, at write and at read, with KMS's own text."""
    ssm, kms = clients.ssm, clients.kms
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    pair = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    key = kms.create_key()["KeyMetadata"]
    for tier in ("Standard", "Advanced"):
        name = f"/{tier}"
        for refused in (signing, pair, "alias/none", "11111111-2222-3333-4444-555555555555"):
            found = failure(ssm.put_parameter, Name=name, Value="v", Type="SecureString", KeyId=refused, Tier=tier)
            assert found[0] == "InvalidKeyId"
            assert found[1]
        kms.enable_key(KeyId=key["KeyId"])
        ssm.put_parameter(Name=name, Value="v", Type="SecureString", KeyId=key["KeyId"], Tier=tier)
        kms.disable_key(KeyId=key["KeyId"])
        assert code_of(ssm.put_parameter, Name=name, Value="v", Overwrite=True) == "InvalidKeyId"
        assert failure(ssm.get_parameter, Name=name, WithDecryption=True) == ("InvalidKeyId", f"{key['Arn']} is disabled.")
        assert ssm.get_parameter(Name=name)["Parameter"]["Type"] == "SecureString"


def test_kms_is_called_as_the_caller(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """Who may read the parameter but not the customer key is denied with KMS's text; the account's own key needs no more."""
    key = clients.kms.create_key()["KeyMetadata"]["Arn"]
    clients.ssm.put_parameter(Name="/mine", Value="v", Type="SecureString", KeyId=key)
    clients.ssm.put_parameter(Name="/default", Value="v", Type="SecureString")
    reader = make_user(clients, "reader", allow("ssm:GetParameter"))
    assert reader.ssm.get_parameter(Name="/default", WithDecryption=True)["Parameter"]["Value"] == "v"
    assert reader.ssm.get_parameter(Name="/mine")["Parameter"]["Value"] != "v"
    blob = base64.b64decode(reader.ssm.get_parameter(Name="/mine")["Parameter"]["Value"])
    refused = failure(reader.kms.decrypt, CiphertextBlob=blob, EncryptionContext={"PARAMETER_ARN": arn_of(clients, "/mine")})
    assert refused[0] == "AccessDeniedException"
    assert failure(reader.ssm.get_parameter, Name="/mine", WithDecryption=True) == refused
    writer = make_user(clients, "writer", allow("ssm:PutParameter"))
    for tier, action in (("Standard", "kms:Encrypt"), ("Advanced", "kms:GenerateDataKey")):
        code, text = failure(writer.ssm.put_parameter, Name="/w", Value="v", Type="SecureString", KeyId=key, Tier=tier)
        assert code == "AccessDeniedException"
        assert f"is not authorized to perform: {action} on" in text
    both = make_user(clients, "both", allow("ssm:GetParameter"), allow("kms:Decrypt", resource=key))
    assert both.ssm.get_parameter(Name="/mine", WithDecryption=True)["Parameter"]["Value"] == "v"
