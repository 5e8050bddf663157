"""GetSessionToken, GetFederationToken, and what nobody may call with their credentials."""

import pytest
from tests.unit.identity.bench import ACCOUNT, ROOT, Bench, allow, policy, trust

from strongroom.calls.denials import encoded_message
from strongroom.core.errors import AccessDenied, ApiError
from strongroom.identity.principal import Principal

TRUST = trust({"AWS": ACCOUNT})


@pytest.fixture
def bench() -> Bench:
    """Return a server in memory."""
    return Bench()


def session(bench: Bench, who: Principal) -> Principal:
    """Return a GetSessionToken session of a caller."""
    return bench.principal_of(bench.sts("GetSessionToken", who)["Credentials"])


def federated(bench: Bench, who: Principal, *statements: dict[str, object]) -> Principal:
    """Return a federated user of a caller."""
    policies = {"Policy": policy(*statements)} if statements else {}
    return bench.principal_of(bench.sts("GetFederationToken", who, Name="bob", **policies)["Credentials"])


def test_a_session_token_is_its_user(bench: Bench) -> None:
    """With the user's rights, and no leave needed to get it."""
    alice = bench.user("alice")
    same = session(bench, alice)
    assert (same.arn, same.user_id) == (alice.arn, alice.user_id)
    assert session(bench, ROOT).arn == ROOT.arn


@pytest.mark.parametrize(("operation", "more"), [("GetSessionToken", {}), ("GetFederationToken", {"Name": "bob"})])
def test_sessions_of_users_last_twelve_hours_and_of_root_one(bench: Bench, operation: str, more: dict[str, str]) -> None:
    """By default; a user may ask for 36."""
    alice = bench.user("alice", allow("sts:*"))
    for who, wanted, lasts in ((alice, None, 43200), (alice, 129600, 129600), (alice, 900, 900), (ROOT, None, 3600), (ROOT, 7200, 3600)):
        duration = {} if wanted is None else {"DurationSeconds": wanted}
        made = bench.sts(operation, who, **more, **duration)["Credentials"]
        assert made["Expiration"] == int(bench.now) + lasts


def test_a_session_makes_no_further_session(bench: Bench) -> None:
    """Neither token from any temporary credentials."""
    alice = bench.user("alice", allow("*"))
    bench.trusting_role("ops", alice)
    bench.iam("PutRolePolicy", RoleName="ops", PolicyName="p", PolicyDocument=policy(allow("*")))
    for who in (session(bench, alice), federated(bench, alice, allow("*")), bench.assume(alice, "ops")):
        for operation, more in (("GetSessionToken", {}), ("GetFederationToken", {"Name": "bob"})):
            with pytest.raises(AccessDenied, match=f"Cannot call {operation} with session credentials"):
                bench.sts(operation, who, **more)


def test_session_token_credentials_call_little(bench: Bench) -> None:
    """No IAM without MFA; of STS only AssumeRole and GetCallerIdentity."""
    alice = bench.user("alice", allow("*"))
    bench.trusting_role("ops", alice)
    who = session(bench, alice)
    bench.sts("GetCallerIdentity", who)
    bench.assume(who, "ops")
    for service, operation, request in (("iam", "ListUsers", {}), ("sts", "GetAccessKeyInfo", {"AccessKeyId": alice.access_key_id})):
        with pytest.raises(AccessDenied):
            bench.call(service, operation, who, **request)


def test_a_federated_user_may_what_both_allow(bench: Bench) -> None:
    """The user's policies and the session's; nothing without session policies; no IAM."""
    alice = bench.user("alice", allow("sts:GetFederationToken"), allow("kms:*"))
    answer = bench.sts("GetFederationToken", alice, Name="bob", Policy=policy(allow("kms:Encrypt", "ssm:*")))
    assert answer["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:bob", "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob"}
    assert answer["PackedPolicySize"] > 0
    assert bench.sts("GetFederationToken", alice, Name="bob")["PackedPolicySize"] == 0
    bob = federated(bench, alice, allow("kms:Encrypt", "ssm:*"))
    assert bench.decide(bob, "kms:Encrypt")
    assert not bench.decide(bob, "kms:Decrypt")
    assert not bench.decide(bob, "ssm:GetParameter")
    assert not bench.decide(federated(bench, alice), "kms:Encrypt")
    with pytest.raises(AccessDenied, match="iam:ListUsers with these session credentials"):
        bench.iam("ListUsers", bob)
    with pytest.raises(AccessDenied, match="Cannot call AssumeRole"):
        bench.sts("AssumeRole", bob, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/x", RoleSessionName="s1")


def test_a_federated_user_of_the_root_user_may_what_its_session_allows(bench: Bench) -> None:
    """And nothing more."""
    bob = federated(bench, ROOT, allow("kms:Encrypt"))
    assert bench.decide(bob, "kms:Encrypt")
    assert not bench.decide(bob, "kms:Decrypt")


def test_a_federated_users_boundary_is_its_users(bench: Bench) -> None:
    """A session never gets around it."""
    alice = bench.user("alice", allow("*"))
    bench.iam("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess")
    with pytest.raises(AccessDenied, match="no permissions boundary allows the sts:GetFederationToken action"):
        federated(bench, alice, allow("*"))


def test_federation_needs_leave_on_the_federated_user(bench: Bench) -> None:
    """By its name, and for tags too."""
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
    alice = bench.user("alice", allow("sts:GetFederationToken", resource=arn))
    bench.sts("GetFederationToken", alice, Name="bob")
    with pytest.raises(AccessDenied, match="federated-user/eve"):
        bench.sts("GetFederationToken", alice, Name="eve")
    with pytest.raises(AccessDenied, match="sts:TagSession"):
        bench.sts("GetFederationToken", alice, Name="bob", Tags=[{"Key": "a", "Value": "b"}])


def test_callers_are_named(bench: Bench) -> None:
    """GetCallerIdentity for everyone, whatever their policies deny."""
    alice = bench.user("alice", {"Effect": "Deny", "Action": "*", "Resource": "*"})
    root = {"UserId": ACCOUNT, "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root"}
    assert bench.sts("GetCallerIdentity") == root
    assert bench.sts("GetCallerIdentity", alice)["UserId"] == alice.user_id
    bob = federated(bench, ROOT)
    assert bench.sts("GetCallerIdentity", bob)["UserId"] == f"{ACCOUNT}:bob"


def test_the_account_of_any_key_is_known(bench: Bench) -> None:
    """Of long-lived and session keys, alive or not."""
    alice = bench.user("alice", allow("sts:GetAccessKeyInfo"))
    for key_id in (alice.access_key_id, bench.sts("GetSessionToken", alice)["Credentials"]["AccessKeyId"]):
        assert bench.sts("GetAccessKeyInfo", alice, AccessKeyId=key_id) == {"Account": ACCOUNT}
    with pytest.raises(ApiError, match="not a valid access key ID"):
        bench.sts("GetAccessKeyInfo", alice, AccessKeyId="NOTAKEY0000000000000")
    with pytest.raises(AccessDenied):
        bench.sts("GetAccessKeyInfo", bench.user("eve"), AccessKeyId=alice.access_key_id)


def test_authorization_messages_are_read_in_their_account_only(bench: Bench) -> None:
    """Anything else is invalid."""
    token = encoded_message(bench.tokens, ACCOUNT, {"allowed": False})
    assert bench.sts("DecodeAuthorizationMessage", EncodedMessage=token) == {"DecodedMessage": '{"allowed":false}'}
    for bad in ("x", encoded_message(bench.tokens, "444455556666", {}), token + "0"):
        with pytest.raises(ApiError) as refused:
            bench.sts("DecodeAuthorizationMessage", EncodedMessage=bad)
        assert refused.value.code == "InvalidAuthorizationMessageException"
