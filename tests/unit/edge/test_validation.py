"""Requests that break a constraint of the service model get AWS's own words for it."""

import json
from typing import Any

import pytest
from tests.unit.edge.fakes import models

from strongroom.core.errors import ApiError, ValidationFailed
from strongroom.edge.json11 import JsonCodec
from strongroom.edge.query import QueryCodec
from strongroom.edge.refusals import SerializationFailed

KEY_SPECS = ", ".join(models().services["kms"].shapes["KeySpec"]["enum"])
ONE = "1 validation error detected: "


def decode(service: str, operation: str, body: Any) -> dict[str, Any]:
    """Decode a JSON body, or the fields of a form."""
    model = models().services[service].operations[operation]
    if isinstance(body, bytes):
        return JsonCodec(model).decode(body)
    return QueryCodec(model).decode(body) if service in {"iam", "sts"} else JsonCodec(model).decode(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("service", "operation", "body", "text"),
    [
        (
            "kms",
            "GenerateRandom",
            {"NumberOfBytes": 0},
            f"{ONE}Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        (
            "kms",
            "GenerateRandom",
            {"NumberOfBytes": 1025},
            f"{ONE}Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
        ),
        ("kms", "DescribeKey", {}, f"{ONE}Value null at 'keyId' failed to satisfy constraint: Member must not be null"),
        ("kms", "DescribeKey", {"KeyId": None}, f"{ONE}Value null at 'keyId' failed to satisfy constraint: Member must not be null"),
        (
            "kms",
            "DescribeKey",
            {"KeyId": ""},
            f"{ONE}Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "kms",
            "Encrypt",
            {"KeyId": "k", "Plaintext": "A" * 5464},
            f"{ONE}Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
        ),
        (
            "kms",
            "Decrypt",
            {"CiphertextBlob": ""},
            (
                f"{ONE}Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'ciphertextBlob' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            ),
        ),
        (
            "kms",
            "CreateKey",
            {"KeySpec": "X"},
            f"{ONE}Value 'X' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [{KEY_SPECS}]",
        ),
        (
            "kms",
            "CreateKey",
            {"Tags": [{"TagKey": "", "TagValue": "v"}]},
            f"{ONE}Value '' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "kms",
            "CreateKey",
            {"Tags": [{"TagKey": "a", "TagValue": "v"}, {"TagKey": "b"}]},
            f"{ONE}Value null at 'tags.2.member.tagValue' failed to satisfy constraint: Member must not be null",
        ),
        (
            "kms",
            "CreateAlias",
            {"AliasName": "a b", "TargetKeyId": ""},
            (
                "2 validation errors detected: Value 'a b' at 'aliasName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$; Value '' at 'targetKeyId' "
                "failed to satisfy constraint: Member must have length greater than or equal to 1"
            ),
        ),
        (
            "kms",
            "CreateGrant",
            {"KeyId": "k", "GranteePrincipal": "arn:aws:iam::111122223333:root", "Operations": ["Decrypt", "Sing"]},
            (
                f"{ONE}Value '[Decrypt, Sing]' at 'operations' failed to satisfy constraint: Member must satisfy constraint: "
                f"[Member must satisfy enum value set: [{', '.join(models().services['kms'].shapes['GrantOperation']['enum'])}]]"
            ),
        ),
        (
            "ssm",
            "GetParameters",
            {"Names": list("abcdefghijk")},
            (
                f"{ONE}Value '[a, b, c, d, e, f, g, h, i, j, k]' at 'names' failed to satisfy constraint: "
                "Member must have length less than or equal to 10"
            ),
        ),
        (
            "sts",
            "AssumeRole",
            {"RoleArn": "arn:aws:iam::111122223333:role/r", "RoleSessionName": "Session1:2"},
            (
                f"{ONE}Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: "
                r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
            ),
        ),
        (
            "iam",
            "CreateUser",
            {"UserName": "a b"},
            "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        ),
        (
            "iam",
            "CreateLoginProfile",
            {"UserName": "u", "Password": "é\u4e00"},
            (
                f"{ONE}Value at 'password' failed to satisfy constraint: "
                r"Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+"
            ),
        ),
        (
            "sts",
            "AssumeRole",
            {"RoleArn": "arn:aws:iam::111122223333:role/r", "RoleSessionName": "ss", "TokenCode": "12345x"},
            rf"{ONE}Value at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\d]*",
        ),
    ],
)
def test_a_broken_constraint_is_named_as_aws_names_it(service: str, operation: str, body: Any, text: str) -> None:
    """One row for each kind of constraint, and for sensitive values, which are not repeated."""
    with pytest.raises(ValidationFailed) as raised:
        decode(service, operation, body)
    assert raised.value.message == text


def test_an_overlong_text_is_not_run_through_its_pattern() -> None:
    """Only the length is reported: patterns never see more than the model allows."""
    with pytest.raises(ValidationFailed) as raised:
        decode("kms", "CreateAlias", {"AliasName": "!" * 300, "TargetKeyId": "k"})
    assert str(raised.value.message).count("Member must") == 1


def test_labels_of_parameters_are_left_to_the_handler() -> None:
    """An overlong label is no error in Parameter Store; it comes back in InvalidLabels."""
    request = {"Name": "n", "Labels": ["x" * 101]}
    assert decode("ssm", "LabelParameterVersion", request) == request


def test_a_secret_in_a_list_hides_the_whole_list() -> None:
    """A value is left out where anything it holds is sensitive."""
    with pytest.raises(ValidationFailed) as raised:
        decode(
            "kms",
            "CreateCustomKeyStore",
            {"CustomKeyStoreName": "n", "XksProxyAuthenticationCredential": {"AccessKeyId": "a b", "RawSecretAccessKey": "s" * 50}},
        )
    text = str(raised.value.message)
    assert "rawSecretAccessKey" not in text or "sss" not in text
    assert "a b" not in text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"{", "The request body is not valid JSON."),
        (b'{"NumberOfBytes": NaN}', "The request body is not valid JSON."),
        (b'{"NumberOfBytes": 1e999}', "The request body is not valid JSON."),
        (b'{"CustomKeyStoreId": "\xff"}', "The request body is not valid JSON."),
        (b'{"CustomKeyStoreId": "\\ud800"}', "The request body is not valid JSON."),
        (b'{"CustomKeyStoreId": "\\ud800abcdefgh"}', "The request body is not valid JSON."),
        (b'{"CustomKeyStoreId": "\\udc00abcdefgh"}', "The request body is not valid JSON."),
        (b"\xef\xbb\xbf{}", "The request body is not valid JSON."),
        (b"[" * 100000, "The request body is not valid JSON."),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "The request body is not valid JSON."),
        (b"[]", "Start of list found where not expected"),
        (b'"x"', "STRING_VALUE found where a structure was expected"),
        (b"null", "NULL_VALUE found where a structure was expected"),
        (b'{"NumberOfBytes": "8"}', "STRING_VALUE cannot be converted to Integer"),
        (b'{"NumberOfBytes": true}', "TRUE_VALUE cannot be converted to Integer"),
        (b'{"NumberOfBytes": 1.5}', "NUMBER_VALUE cannot be converted to Integer"),
        (b'{"NumberOfBytes": 2147483648}', "NUMBER_VALUE cannot be converted to Integer"),
        (b'{"NumberOfBytes": ' + b"9" * 500 + b"}", "NUMBER_VALUE cannot be converted to Integer"),
        (b'{"NumberOfBytes": {}}', "Start of structure or map found where not expected."),
        (b'{"CustomKeyStoreId": 1}', "NUMBER_VALUE cannot be converted to String"),
        (b'{"CustomKeyStoreId": false}', "FALSE_VALUE cannot be converted to String"),
        (b'{"Recipient": {"AttestationDocument": "!"}}', "STRING_VALUE cannot be converted to Blob: it is not valid base64"),
        (b'{"Recipient": {"AttestationDocument": "AAA"}}', "STRING_VALUE cannot be converted to Blob: it is not valid base64"),
        (b'{"Recipient": {"AttestationDocument": "\\u00e9AAA"}}', "STRING_VALUE cannot be converted to Blob: it is not valid base64"),
        (b'{"Recipient": {"AttestationDocument": 7}}', "NUMBER_VALUE cannot be converted to Blob"),
    ],
)
def test_a_body_of_the_wrong_form_is_a_serialization_exception(body: bytes, text: str) -> None:
    """GenerateRandom has an integer, a string and a blob to get wrong."""
    with pytest.raises(SerializationFailed) as raised:
        decode("kms", "GenerateRandom", body)
    assert raised.value.message == text


@pytest.mark.parametrize(
    ("service", "operation", "body"),
    [
        ("kms", "Encrypt", {"KeyId": "k", "Plaintext": "AA==", "EncryptionContext": {"a": None}}),
        ("kms", "Encrypt", {"KeyId": "k", "Plaintext": "AA==", "EncryptionContext": {"a": 1}}),
        ("kms", "Encrypt", {"KeyId": "k", "Plaintext": "AA==", "EncryptionContext": []}),
        ("kms", "Encrypt", {"KeyId": "k", "Plaintext": "AA==", "EncryptionContext": "a"}),
        ("kms", "Encrypt", {"KeyId": "k", "Plaintext": "AA==", "GrantTokens": [None]}),
        ("kms", "Encrypt", {"KeyId": "k", "Plaintext": "AA==", "GrantTokens": {}}),
        ("kms", "Encrypt", {"KeyId": "k", "Plaintext": "AA==", "DryRun": "true"}),
        ("kms", "ImportKeyMaterial", {"KeyId": "k", "ValidTo": "soon"}),
        ("kms", "ImportKeyMaterial", {"KeyId": "k", "ValidTo": 1e300}),
        ("kms", "ImportKeyMaterial", {"KeyId": "k", "ValidTo": int("9" * 400)}),
        ("kms", "ImportKeyMaterial", {"KeyId": "k", "ValidTo": "9999-12-31T23:59:59-23:00"}),
        ("kms", "ImportKeyMaterial", {"KeyId": "k", "ValidTo": True}),
        ("sts", "AssumeRole", {"DurationSeconds": "x"}),
        ("sts", "AssumeRole", {"DurationSeconds": "9" * 30}),
        ("sts", "AssumeRole", {"DurationSeconds": "1_0"}),
        ("sts", "AssumeRole", {"DurationSeconds": "99999999999"}),
        ("sts", "AssumeRole", {"RoleArn.member.1": "x"}),
        ("sts", "AssumeRole", {"Tags.member.x.Key": "a"}),
        ("sts", "AssumeRole", {"Tags.member.1.Key": "a", "Tags.member.01.Key": "b"}),
        ("iam", "ListPolicies", {"OnlyAttached": "yes"}),
    ],
)
def test_values_of_the_wrong_type_are_refused(service: str, operation: str, body: dict[str, Any]) -> None:
    """Null in a map or list too: leaving it out would change what was asked for."""
    with pytest.raises(SerializationFailed):
        decode(service, operation, body)


@pytest.mark.parametrize(
    ("service", "operation", "body", "decoded"),
    [
        ("kms", "ListKeys", {"Limit": 10.0, "Unknown": [1], "Marker": None}, {"Limit": 10}),
        ("kms", "ListKeys", b"", {}),
        ("kms", "ListKeys", b'{"Limit": 1, "Limit": 2}', {"Limit": 2}),
        ("iam", "CreateUser", {"UserName": "u", "Tags": ""}, {"UserName": "u", "Tags": []}),
        (
            "iam",
            "CreateUser",
            {"UserName": "u", "Tags.member.10.Key": "b", "Tags.member.10.Value": "", "Tags.member.2.Key": "a", "Tags.member.2.Value": "x"},
            {"UserName": "u", "Tags": [{"Key": "a", "Value": "x"}, {"Key": "b", "Value": ""}]},
        ),
        ("iam", "ListPolicies", {"OnlyAttached": "TRUE", "MaxItems": "7", "Action": "ListPolicies"}, {"OnlyAttached": True, "MaxItems": 7}),
        ("kms", "UpdateAlias", {"AliasName": "alias/a", "TargetKeyId": "k"}, {"AliasName": "alias/a", "TargetKeyId": "k"}),
        ("secretsmanager", "CreateSecret", {"Name": "n", "SecretString": "\u0000é"}, {"Name": "n", "SecretString": "\u0000é"}),
    ],
)
def test_unknown_and_null_members_are_ignored(service: str, operation: str, body: Any, decoded: dict[str, Any]) -> None:
    """What is left is exactly what the model knows, in its types."""
    assert decode(service, operation, body) == decoded


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (1704067200, 1704067200.0),
        (1704067200.25, 1704067200.25),
        ("2024-01-01T00:00:00Z", 1704067200.0),
        ("2024-01-01T01:00:00.5+01:00", 1704067200.5),
        ("1704067200", 1704067200.0),
    ],
)
def test_timestamps_are_epoch_seconds_whatever_their_form(text: Any, seconds: float) -> None:
    """Numbers with a fraction, and ISO 8601."""
    decoded = decode("cloudtrail", "LookupEvents", {"StartTime": text})
    assert decoded == {"StartTime": seconds}
    assert isinstance(decoded["StartTime"], float)


def test_every_failure_is_an_api_error_of_the_sender() -> None:
    """So that none of these becomes a 500."""
    assert issubclass(SerializationFailed, ApiError)
    assert SerializationFailed.sender_fault


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("ssm", "GetParameters", {"Names": ["x"] * 200_000}),
        ("secretsmanager", "BatchGetSecretValue", {"SecretIdList": ["x"] * 200_000}),
        ("kms", "Encrypt", {"KeyId": "x", "Plaintext": "", "EncryptionContext": {f"k{n}": "v" for n in range(60_000)}}),
    ],
)
def test_very_long_lists_and_maps_are_refused_before_their_members_are_looked_at(
    service: str, operation: str, request_: dict[str, Any]
) -> None:
    """A megabyte of members costs little more than parsing it."""
    with pytest.raises(SerializationFailed, match="more than 5000 members"):
        decode(service, operation, request_)
