"""Access keys: made once, shown once, switched off at once."""

import pytest
from tests.unit.identity.bench import ACCOUNT, OTHER, ROOT, Bench, allow

from strongroom.calls.call import Observation
from strongroom.calls.observations import ACCESS_KEY, OBSERVATIONS, ROLE, ObservationRecord, credential_use
from strongroom.core.arn import root_arn
from strongroom.core.errors import AccessDenied, ApiError
from strongroom.identity.errors import UnknownCredential
from strongroom.identity.principal import root_principal


def test_a_secret_is_shown_once(bench: Bench) -> None:
    """In CreateAccessKey's answer, in AWS's shape, and in no list."""
    bench.iam("CreateUser", UserName="alice")
    key = bench.iam("CreateAccessKey", UserName="alice")["AccessKey"]
    assert (len(key["AccessKeyId"]), len(key["SecretAccessKey"]), key["Status"]) == (20, 40, "Active")
    listed = bench.iam("ListAccessKeys", UserName="alice")["AccessKeyMetadata"]
    assert [set(entry) for entry in listed] == [{"UserName", "AccessKeyId", "Status", "CreateDate"}]


def test_an_event_never_holds_a_secret(bench: Bench) -> None:
    """Only what the operation names is recorded of its answer."""
    for service in bench.services.values():
        for operation in service.operations.values():
            named = operation.recorded or ()
            assert not {"AccessKey", "Credentials", "VirtualMFADevice"} & set(named), operation.name
            assert not any("Secret" in name or "Seed" in name or "QRCode" in name for name in named), operation.name


def test_an_inactive_key_is_refused_until_it_is_active_again(bench: Bench) -> None:
    """The very next request feels it."""
    alice = bench.user("alice")
    request = {"UserName": "alice", "AccessKeyId": alice.access_key_id}
    bench.iam("UpdateAccessKey", Status="Inactive", **request)
    with pytest.raises(UnknownCredential):
        bench.resolver.find(bench.store, alice.access_key_id, None, bench.now)
    assert bench.iam("ListAccessKeys", UserName="alice")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    bench.iam("UpdateAccessKey", Status="Active", **request)
    bench.resolver.find(bench.store, alice.access_key_id, None, bench.now)
    bench.iam("DeleteAccessKey", **request)
    with pytest.raises(UnknownCredential):
        bench.resolver.find(bench.store, alice.access_key_id, None, bench.now)


def test_without_a_name_the_caller_is_meant(bench: Bench) -> None:
    """A user rotates its own key."""
    own = f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"
    alice = bench.user("alice", allow("iam:*AccessKey*", resource=own))
    new = bench.iam("CreateAccessKey", alice)["AccessKey"]
    assert new["UserName"] == "alice"
    bench.iam("DeleteAccessKey", alice, AccessKeyId=alice.access_key_id)
    assert [key["AccessKeyId"] for key in bench.iam("ListAccessKeys", alice)["AccessKeyMetadata"]] == [new["AccessKeyId"]]
    bench.iam("CreateUser", UserName="bob")
    with pytest.raises(AccessDenied):
        bench.iam("CreateAccessKey", alice, UserName="bob")


def test_the_root_user_has_keys_too(bench: Bench) -> None:
    """Two, like everybody; an account that was never made begins with the first."""
    key = bench.iam("CreateAccessKey")["AccessKey"]
    assert bench.principal_of(key).arn == root_arn(ACCOUNT)
    bench.iam("CreateAccessKey")
    with pytest.raises(ApiError, match="Cannot exceed quota for AccessKeysPerUser: 2"):
        bench.iam("CreateAccessKey")
    bench.iam("DeleteAccessKey", AccessKeyId=key["AccessKeyId"])
    assert len(bench.iam("ListAccessKeys")["AccessKeyMetadata"]) == 1


def test_a_key_that_was_never_used_says_so(bench: Bench) -> None:
    """N/A for service and Region, and no date."""
    alice = bench.user("alice")
    answer = bench.iam("GetAccessKeyLastUsed", AccessKeyId=alice.access_key_id)
    assert answer == {"UserName": "alice", "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}


def test_the_last_use_is_shown(bench: Bench) -> None:
    """Date, service and Region."""
    alice = bench.user("alice")
    seen = credential_use(alice, "kms", "eu-west-1", 5.0)
    assert seen == Observation(ACCESS_KEY, (alice.access_key_id,), 5.0, "kms eu-west-1")
    record = ObservationRecord(kind=seen.kind, name=seen.key[0], time=seen.time, detail=seen.detail)
    bench.store.insert(OBSERVATIONS, record)
    answer = bench.iam("GetAccessKeyLastUsed", AccessKeyId=alice.access_key_id)
    assert answer["AccessKeyLastUsed"] == {"LastUsedDate": 5.0, "ServiceName": "kms", "Region": "eu-west-1"}


def test_a_role_sessions_use_is_the_roles(bench: Bench) -> None:
    """Session keys leave no trace of their own."""
    bench.iam("CreateUser", UserName="x")
    alice = bench.user("alice")
    bench.trusting_role("ops", alice)
    session = bench.assume(alice, "ops")
    seen = credential_use(session, "kms", "eu-west-1", 5.0)
    assert seen == Observation(ROLE, (session.facts.unique_id or "",), 5.0, "kms eu-west-1")
    bench.store.insert(OBSERVATIONS, ObservationRecord(kind=seen.kind, name=seen.key[0], time=seen.time, detail=seen.detail))
    assert bench.iam("GetRole", RoleName="ops")["Role"]["RoleLastUsed"] == {"LastUsedDate": 5.0, "Region": "eu-west-1"}
    made = bench.sts("GetSessionToken", alice)["Credentials"]
    assert credential_use(bench.principal_of(made), "kms", "eu-west-1", 5.0) is None


def test_an_unknown_key_and_another_accounts_are_denied_alike(bench: Bench) -> None:
    """Nobody learns which keys exist."""
    other = root_principal(OTHER, root_arn(OTHER))
    foreign = bench.user("alice", root=other).access_key_id
    for key_id in (foreign, "AKIAUNKNOWNUNKNOWN00"):
        with pytest.raises(AccessDenied, match=f"{ROOT.arn} is not authorized to perform: iam:GetAccessKeyLastUsed$"):
            bench.iam("GetAccessKeyLastUsed", AccessKeyId=key_id)
