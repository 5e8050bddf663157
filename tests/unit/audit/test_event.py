"""The shape of one CloudTrail record."""

import json
from typing import Any

import pytest
from tests.unit.audit.memory_audit import ACCOUNT, facts

from strongroom.audit.event import MAX_PARAMETERS_BYTES, encode_event, time_ms
from strongroom.audit.identity import caller_facts, service_caller, unknown_caller
from strongroom.identity.principal import Principal, SessionFacts, root_principal
from strongroom.policy.decision import PrincipalFacts, PrincipalType

ISSUED = 1_700_000_000.0
SESSION = SessionFacts(ISSUED, ISSUED + 3600)
ATTRIBUTES = {"creationDate": "2023-11-14T22:13:20Z", "mfaAuthenticated": "false"}
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/alice"
USER = PrincipalFacts(PrincipalType.USER, ACCOUNT, USER_ARN, unique_id="AIDA1")
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/path/Ops"
ROLE = PrincipalFacts(
    PrincipalType.ASSUMED_ROLE, ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/Ops/me", role_arn=ROLE_ARN, unique_id="AROA1"
)
ROLE_BASE = {"type": "AssumedRole", "principalId": "AROA1:me", "arn": ROLE.arn, "accountId": ACCOUNT, "accessKeyId": "ASIA1"}
ROLE_ISSUER = {"type": "Role", "principalId": "AROA1", "arn": ROLE_ARN, "accountId": ACCOUNT, "userName": "Ops"}
FEDERATED = PrincipalFacts(PrincipalType.FEDERATED_USER, ACCOUNT, f"arn:aws:sts::{ACCOUNT}:federated-user/bob")
FEDERATED_BASE = {
    "type": "FederatedUser",
    "principalId": f"{ACCOUNT}:bob",
    "arn": FEDERATED.arn,
    "accountId": ACCOUNT,
    "accessKeyId": "ASIA1",
}
WEB = PrincipalFacts(PrincipalType.ANONYMOUS, ACCOUNT, "", federated_provider="accounts.example.com")

IDENTITIES: list[tuple[str, Principal, dict[str, Any]]] = [
    (
        "root",
        root_principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", "AKIA1"),
        {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT, "accessKeyId": "AKIA1"},
    ),
    (
        "user",
        Principal(USER, "AIDA1", "AKIA1", "alice"),
        {"type": "IAMUser", "principalId": "AIDA1", "arn": USER_ARN, "accountId": ACCOUNT, "accessKeyId": "AKIA1", "userName": "alice"},
    ),
    (
        "user with a session and a second factor",
        Principal(USER, "AIDA1", "ASIA1", "alice", session=SessionFacts(ISSUED, ISSUED + 9, mfa_at=ISSUED)),
        {
            "type": "IAMUser",
            "principalId": "AIDA1",
            "arn": USER_ARN,
            "accountId": ACCOUNT,
            "accessKeyId": "ASIA1",
            "userName": "alice",
            "sessionContext": {"attributes": {**ATTRIBUTES, "mfaAuthenticated": "true"}},
        },
    ),
    (
        "role",
        Principal(ROLE, "AROA1:me", "ASIA1", "Ops", session=SessionFacts(ISSUED, ISSUED + 9, source_identity="alice")),
        {**ROLE_BASE, "sessionContext": {"sessionIssuer": ROLE_ISSUER, "attributes": ATTRIBUTES, "sourceIdentity": "alice"}},
    ),
    (
        "role by web identity",
        Principal(ROLE, "AROA1:me", "ASIA1", None, session=SessionFacts(ISSUED, ISSUED + 9, federated_provider="accounts.example.com")),
        {
            **ROLE_BASE,
            "sessionContext": {
                "sessionIssuer": ROLE_ISSUER,
                "webIdFederationData": {"federatedProvider": "accounts.example.com", "attributes": {}},
                "attributes": ATTRIBUTES,
            },
        },
    ),
    (
        "federated user of a user",
        Principal(FEDERATED, f"{ACCOUNT}:bob", "ASIA1", "alice", session=SESSION, issuer_id="AIDA1"),
        {
            **FEDERATED_BASE,
            "sessionContext": {
                "sessionIssuer": {"type": "IAMUser", "principalId": "AIDA1", "accountId": ACCOUNT, "arn": USER_ARN, "userName": "alice"},
                "attributes": ATTRIBUTES,
            },
        },
    ),
    (
        "federated user of root",
        Principal(FEDERATED, f"{ACCOUNT}:bob", "ASIA1", session=SESSION, issuer_id=ACCOUNT),
        {
            **FEDERATED_BASE,
            "sessionContext": {
                "sessionIssuer": {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT},
                "attributes": ATTRIBUTES,
            },
        },
    ),
    (
        "web identity",
        Principal(WEB, "accounts.example.com:aud:sub", user_name="sub"),
        {
            "type": "WebIdentityUser",
            "principalId": "accounts.example.com:aud:sub",
            "userName": "sub",
            "identityProvider": "accounts.example.com",
        },
    ),
    (
        "anonymous",
        Principal(PrincipalFacts(PrincipalType.ANONYMOUS, ACCOUNT, ""), ""),
        {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"},
    ),
    (
        "service",
        Principal(PrincipalFacts(PrincipalType.SERVICE, ACCOUNT, "", service="secretsmanager.amazonaws.com"), ""),
        {"type": "AWSService", "invokedBy": "secretsmanager.amazonaws.com"},
    ),
]


@pytest.mark.parametrize(("principal", "expected"), [row[1:] for row in IDENTITIES], ids=[row[0] for row in IDENTITIES])
def test_user_identity_by_kind_of_principal(principal: Principal, expected: dict[str, Any]) -> None:
    """As the userIdentity examples of the CloudTrail User Guide."""
    found = caller_facts(principal)
    assert found.identity == expected
    assert found.account_id == ACCOUNT


def test_nested_calls_say_who_invoked_them() -> None:
    """The identity stays the client's."""
    identity = caller_facts(Principal(USER, "AIDA1", "AKIA1", "alice"), invoked_by="ssm.amazonaws.com").identity
    assert (identity["type"], identity["invokedBy"]) == ("IAMUser", "ssm.amazonaws.com")


def test_acts_of_the_servers_own_have_an_account_and_no_type() -> None:
    """As KMS's RotateKey events."""
    assert service_caller(ACCOUNT, "AWS Internal").identity == {"accountId": ACCOUNT, "invokedBy": "AWS Internal"}


def test_an_unknown_caller_belongs_to_no_account() -> None:
    """Nobody's trail may be filled by strangers."""
    assert (unknown_caller().identity, unknown_caller().account_id) == ({"type": "Unknown"}, "")


def test_a_record_has_cloudtrails_members() -> None:
    """A typical call, whole."""
    event = facts(
        0,
        request={"KeyId": "alias/a", "CiphertextBlob": b"secret", "EncryptionContext": {"A": "b"}},
        resources=(("AWS::KMS::Key", "arn:aws:kms:us-east-1:111122223333:key/k", ACCOUNT),),
        additional={"keyMaterialId": "m"},
        tls={"tlsVersion": "TLSv1.3"},
        shared_event_id="s",
    )
    assert json.loads(encode_event(event)) == {
        "eventVersion": "1.11",
        "userIdentity": dict(event.caller.identity),
        "eventTime": "2023-11-14T22:13:20Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "aws-cli",
        "requestParameters": {"keyId": "alias/a", "encryptionContext": {"A": "b"}},
        "responseElements": None,
        "additionalEventData": {"keyMaterialId": "m"},
        "requestID": "r0",
        "eventID": "e0",
        "readOnly": True,
        "resources": [{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": "arn:aws:kms:us-east-1:111122223333:key/k"}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "sharedEventID": "s",
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3"},
    }


def test_failures_have_code_and_text_and_others_have_neither() -> None:
    """An error without a text has its code alone."""
    failed = json.loads(encode_event(facts(0, error_code="AccessDeniedException", error_message="no")))
    assert (failed["errorCode"], failed["errorMessage"]) == ("AccessDenied", "no")
    assert "errorMessage" not in json.loads(encode_event(facts(0, error_code="X")))
    assert "errorCode" not in json.loads(encode_event(facts(0)))


def test_service_events_put_their_details_apart() -> None:
    """As KMS's RotateKey events."""
    event = json.loads(encode_event(facts(0, event_type="AwsServiceEvent", additional={"keyId": "k"})))
    assert event["serviceEventDetails"] == {"keyId": "k"}
    assert "additionalEventData" not in event


def test_responses_are_redacted_like_requests() -> None:
    """Bytes of an answer never enter an event."""
    event = json.loads(encode_event(facts(0, response={"GrantId": "g", "Key": b"secret"})))
    assert event["responseElements"] == {"grantId": "g"}


def test_oversized_parameters_are_omitted_and_texts_are_cut() -> None:
    """100 KB for parameters, 1 KB for texts."""
    large = facts(0, request={"Policy": "x" * MAX_PARAMETERS_BYTES}, user_agent="\u20ac" * 1000, error_code="E", error_message="y" * 2000)
    event = json.loads(encode_event(large))
    assert event["requestParameters"] == {"omitted": True, "originalSize": MAX_PARAMETERS_BYTES + len('{"policy":""}')}
    assert event["userAgent"] == "\u20ac" * 341
    assert event["errorMessage"] == "y" * 1024


def test_half_a_surrogate_pair_does_not_lose_an_event() -> None:
    """A client may send one in JSON; UTF-8 has no form for it."""
    event = json.loads(encode_event(facts(0, request={"Name": "a\ud800", "EncryptionContext": {"\udc00": "b"}, "Tags": ["\ud800"]})))
    assert event["requestParameters"] == {"name": "a?", "encryptionContext": {"?": "b"}, "tags": ["?"]}


def test_an_event_is_one_line() -> None:
    """Whatever stands in it."""
    assert b"\n" not in encode_event(facts(0, request={"Name": "a\nb\r\u2028"}))


def test_times_are_ordered_by_milliseconds() -> None:
    """And eventTime is the second that they fall into."""
    event = facts(0, time=1_700_000_000.9999)
    assert time_ms(event) == 1_700_000_000_999
    assert json.loads(encode_event(event))["eventTime"] == "2023-11-14T22:13:20Z"
