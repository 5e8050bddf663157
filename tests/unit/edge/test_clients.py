"""Real botocore clients talk to the edge: their signatures are accepted, their requests decoded, our answers parsed."""

import asyncio
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from tests.unit.edge.fakes import ACCOUNT, EXPIRED_TOKEN, REGION, ROOT, SESSION_KEY_ID, SESSION_TOKEN, Edge, call_asgi, fails, responds

from strongroom.core.errors import AccessDenied, ApiError


class NoSuchKey(ApiError):
    """An error of KMS's model."""

    code = "NotFoundException"


class NoSuchUser(ApiError):
    """An error of IAM's model, by its code on the wire."""

    code = "NoSuchEntity"


def test_a_json_call_arrives_decoded_and_its_answer_is_parsed(door: Edge) -> None:
    """Blobs are bytes on both sides, maps and lists keep their values."""
    door.engine.handle = responds({"Plaintext": b"\x00\xff", "KeyId": "arn:x", "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"})
    answer = door.client("kms").decrypt(CiphertextBlob=b"\x01\x02", EncryptionContext={"a": "b"}, GrantTokens=["t"])
    assert (answer["Plaintext"], answer["KeyId"]) == (b"\x00\xff", "arn:x")
    incoming = door.engine.calls[0]
    assert incoming.request == {"CiphertextBlob": b"\x01\x02", "EncryptionContext": {"a": "b"}, "GrantTokens": ["t"]}
    assert (incoming.service, incoming.operation, incoming.region, incoming.principal) == ("kms", "Decrypt", REGION, ROOT)
    assert incoming.origin.source_ip == "127.0.0.1"
    assert incoming.origin.host == "127.0.0.1:4577"
    assert incoming.origin.user_agent.startswith("Boto3/")
    assert answer["ResponseMetadata"]["RequestId"] == incoming.origin.request_id


def test_a_query_call_arrives_decoded_and_its_answer_is_parsed(door: Edge) -> None:
    """Lists of structures, timestamps and percent-encoded policy documents survive."""
    policy = '{"Statement": [{"Condition": "%3A é"}]}'
    role = {"RoleName": "r", "Path": "/", "RoleId": "AROA", "Arn": "arn:r", "CreateDate": 1704067200.9, "AssumeRolePolicyDocument": policy}
    door.engine.handle = responds({"Role": role})
    answer = door.client("iam").create_role(
        RoleName="r",
        AssumeRolePolicyDocument='{"a": "&<>"}',
        MaxSessionDuration=3600,
        Tags=[{"Key": "k", "Value": "é x"}, {"Key": "l", "Value": ""}],
    )
    assert answer["Role"]["CreateDate"] == datetime(2024, 1, 1, tzinfo=UTC)
    assert answer["Role"]["AssumeRolePolicyDocument"] == {"Statement": [{"Condition": "%3A é"}]}
    assert door.engine.calls[0].request == {
        "RoleName": "r",
        "AssumeRolePolicyDocument": '{"a": "&<>"}',
        "MaxSessionDuration": 3600,
        "Tags": [{"Key": "k", "Value": "é x"}, {"Key": "l", "Value": ""}],
    }


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "aws-global"])
def test_sts_and_iam_take_any_region(door: Edge, region: str) -> None:
    """Clients with an overridden endpoint sign the global services for their own Region."""
    door.engine.handle = responds({"Account": ACCOUNT})
    assert door.client("sts", region=region).get_caller_identity()["Account"] == ACCOUNT
    assert door.engine.calls[0].region == region


def test_a_session_token_is_verified_with_its_key(door: Edge) -> None:
    """A session key works with its token, and with nothing else."""
    door.engine.handle = responds({})
    door.client("kms", key=SESSION_KEY_ID, token=SESSION_TOKEN).list_keys()
    for token in (None, "another", EXPIRED_TOKEN):
        with pytest.raises(ClientError) as raised:
            door.client("kms", key=SESSION_KEY_ID, token=token).list_keys()
        wanted = "ExpiredTokenException" if token == EXPIRED_TOKEN else "UnrecognizedClientException"
        assert raised.value.response["Error"]["Code"] == wanted


def test_an_unsigned_web_identity_call_is_anonymous(door: Edge) -> None:
    """AssumeRoleWithWebIdentity needs no credentials."""
    door.engine.handle = responds({})
    door.client("sts").assume_role_with_web_identity(
        RoleArn="arn:aws:iam::111122223333:role/r", RoleSessionName="s-1", WebIdentityToken="abcd"
    )
    assert door.engine.calls[0].principal.facts.type.value == "Anonymous"


def test_errors_of_the_json_services_become_modelled_exceptions(door: Edge) -> None:
    """The code chooses the exception class, the message is the handler's."""
    door.engine.handle = fails(NoSuchKey("Key 'x' does not exist"))
    kms = door.client("kms")
    with pytest.raises(kms.exceptions.NotFoundException) as raised:
        kms.describe_key(KeyId="x")
    assert raised.value.response["Error"] == {"Code": "NotFoundException", "Message": "Key 'x' does not exist"}
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_errors_of_the_query_services_become_modelled_exceptions(door: Edge) -> None:
    """Code and status come from the model's error trait."""
    door.engine.handle = fails(NoSuchUser("The user with name <x> cannot be found."))
    iam = door.client("iam")
    with pytest.raises(iam.exceptions.NoSuchEntityException) as raised:
        iam.get_user(UserName="x")
    assert raised.value.response["Error"]["Message"] == "The user with name <x> cannot be found."
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize(
    ("service", "call", "code", "status"), [("kms", "list_keys", "AccessDeniedException", 400), ("iam", "list_users", "AccessDenied", 403)]
)
def test_access_denied_is_named_by_protocol(door: Edge, service: str, call: str, code: str, status: int) -> None:
    """The json services say AccessDeniedException with 400, the query services AccessDenied with 403."""
    door.engine.handle = fails(AccessDenied("no"))
    with pytest.raises(ClientError) as raised:
        getattr(door.client(service), call)()
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_wrong_secret_is_refused_and_recorded(door: Edge) -> None:
    """Nothing reaches the engine's calls; the refusal does."""
    with pytest.raises(ClientError) as raised:
        door.client("kms", secret="wrong").list_keys()
    assert raised.value.response["Error"]["Code"] == "InvalidSignatureException"
    assert not door.engine.calls
    refusal = door.engine.refusals[0]
    assert (refusal.service, refusal.operation, refusal.region, refusal.principal) == ("kms", "ListKeys", REGION, None)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_presigned_call_works(door: Edge, method: str) -> None:
    """What EKS and Vault use as proof of identity: a URL, sent on by somebody else."""
    door.engine.handle = responds({"Account": ACCOUNT})
    url = door.client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod=method)
    status, _, body = asyncio.run(call_asgi(door.application, method, url, {}, b""))
    assert status == 200
    assert f"<Account>{ACCOUNT}</Account>".encode() in body
    assert door.engine.calls[0].operation == "GetCallerIdentity"
