"""AssumeRole through the engine, over a store in memory."""

import os
from typing import Any

import pytest
from tests.unit.identity.bench import ACCOUNT, OTHER, ROOT, Bench, allow, policy, trust

from strongroom.core.arn import root_arn
from strongroom.core.errors import AccessDenied, ValidationFailed
from strongroom.identity.errors import ExpiredCredential, UnknownCredential
from strongroom.identity.principal import Principal, root_principal
from strongroom.sts.errors import InvalidParameterValue, MalformedPolicyDocument, PackedPolicyTooLarge

ARN = f"arn:aws:iam::{ACCOUNT}:role/team/ops"
ALL_OF_STS = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")


@pytest.fixture
def bench() -> Bench:
    """Return a server with a user `alice` and a role `ops` that trusts her."""
    bench = Bench()
    bench.iam("CreateUser", UserName="alice")
    document = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}, *ALL_OF_STS)
    bench.iam("CreateRole", RoleName="ops", Path="/team/", AssumeRolePolicyDocument=document, MaxSessionDuration=7200)
    return bench


@pytest.fixture
def alice(bench: Bench) -> Principal:
    """Return alice as a caller."""
    return bench.principal_of(bench.iam("CreateAccessKey", UserName="alice")["AccessKey"])


def assume(bench: Bench, who: Principal, **request: Any) -> dict[str, Any]:
    """Assume the role."""
    return bench.sts("AssumeRole", who, **{"RoleArn": ARN, "RoleSessionName": "s1"} | request)


def test_a_trusted_user_becomes_a_session(bench: Bench, alice: Principal) -> None:
    """The answer names the session without the role's path, and the credentials are it."""
    answer = assume(bench, alice)
    session = bench.principal_of(answer["Credentials"])
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/s1"
    assert answer["AssumedRoleUser"]["AssumedRoleId"] == session.user_id
    assert answer["Credentials"]["Expiration"] == int(bench.now) + 3600
    assert answer["PackedPolicySize"] is None
    assert bench.sts("GetCallerIdentity", session) == {"UserId": session.user_id, "Account": ACCOUNT, "Arn": session.arn}


def test_assuming_a_role_stores_nothing(bench: Bench, alice: Principal) -> None:
    """A read-only server could do it."""
    before = {name: dict(rows) for name, rows in bench.store._rows.items()}
    assume(bench, alice)
    assert bench.store._rows == before


def test_a_role_that_is_not_there_is_denied_like_one_that_is(bench: Bench) -> None:
    """A caller without rights does not learn which roles exist."""
    mallory = bench.user("mallory", allow("sts:AssumeRole"))
    texts = []
    for arn in (ARN, f"arn:aws:iam::{ACCOUNT}:role/team/ghost", f"arn:aws:iam::{ACCOUNT}:role/ops"):
        with pytest.raises(AccessDenied) as denied:
            assume(bench, mallory, RoleArn=arn)
        texts.append(str(denied.value).replace(arn, "ARN"))
    assert len(set(texts)) == 1
    assert texts[0].startswith(f"User: arn:aws:iam::{ACCOUNT}:user/mallory is not authorized to perform: sts:AssumeRole on resource: ARN")


@pytest.mark.parametrize("arn", ["nothing-valid-in-here", f"arn:aws:iam::{ACCOUNT}:user/alice", f"arn:aws:iam::{ACCOUNT}:role/"])
def test_what_is_no_role_arn_is_invalid(bench: Bench, alice: Principal, arn: str) -> None:
    """AWS repeats the text."""
    with pytest.raises(ValidationFailed, match=f"^{arn} is invalid$"):
        assume(bench, alice, RoleArn=arn)


def test_the_root_user_assumes_no_role(bench: Bench) -> None:
    """Not even one that trusts the account."""
    with pytest.raises(AccessDenied, match="Roles may not be assumed by root accounts"):
        assume(bench, ROOT)


def test_a_trust_in_the_account_needs_an_identity_policy(bench: Bench) -> None:
    """Naming the root delegates to the account's administrators."""
    bench.iam("CreateRole", RoleName="open", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    arn = f"arn:aws:iam::{ACCOUNT}:role/open"
    assume(bench, bench.user("may", allow("sts:AssumeRole", resource=arn)), RoleArn=arn)
    with pytest.raises(AccessDenied, match="no identity-based policy allows the sts:AssumeRole action"):
        assume(bench, bench.user("maynot"), RoleArn=arn)


def test_another_accounts_role_needs_both_sides(bench: Bench) -> None:
    """The trust policy there and an identity policy here."""
    root = root_principal(OTHER, root_arn(OTHER))
    bench.iam("CreateRole", root, RoleName="guest", AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    arn = f"arn:aws:iam::{OTHER}:role/guest"
    answer = assume(bench, bench.user("may", allow("sts:AssumeRole")), RoleArn=arn)
    assert bench.principal_of(answer["Credentials"]).account_id == OTHER
    with pytest.raises(AccessDenied):
        assume(bench, bench.user("maynot"), RoleArn=arn)
    with pytest.raises(AccessDenied):
        assume(
            bench,
            bench.user("stranger", allow("sts:AssumeRole"), root=root_principal("999988887777", root_arn("999988887777"))),
            RoleArn=arn,
        )


def test_the_external_id_must_match(bench: Bench) -> None:
    """A confused deputy is turned away."""
    condition = {"StringEquals": {"sts:ExternalId": "4711"}}
    user = bench.user("deputy", allow("sts:AssumeRole"))
    bench.iam("CreateRole", RoleName="ext", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}, Condition=condition))
    arn = f"arn:aws:iam::{ACCOUNT}:role/ext"
    assume(bench, user, RoleArn=arn, ExternalId="4711")
    for wrong in ({}, {"ExternalId": "4712"}):
        with pytest.raises(AccessDenied):
            assume(bench, user, RoleArn=arn, **wrong)


def test_a_recreated_user_is_not_trusted_any_more(bench: Bench, alice: Principal) -> None:
    """The trust policy holds the old user's id, and then shows it."""
    user_id = alice.user_id
    bench.iam("DeleteAccessKey", UserName="alice", AccessKeyId=alice.access_key_id)
    bench.iam("DeleteUser", UserName="alice")
    again = bench.user("alice", allow("sts:AssumeRole"))
    with pytest.raises(AccessDenied):
        assume(bench, again)
    assert user_id in bench.iam("GetRole", RoleName="ops")["Role"]["AssumeRolePolicyDocument"]


def test_a_renamed_user_stays_trusted(bench: Bench, alice: Principal) -> None:
    """The trust policy follows the user's id."""
    bench.iam("UpdateUser", UserName="alice", NewUserName="alicia")
    again = bench.resolver.find(bench.store, alice.access_key_id, None, bench.now).principal
    assert again.arn == f"arn:aws:iam::{ACCOUNT}:user/alicia"
    assume(bench, again)
    assert ":user/alicia" in bench.iam("GetRole", RoleName="ops")["Role"]["AssumeRolePolicyDocument"]


@pytest.mark.parametrize(
    ("wanted", "lasts"),
    [(None, 3600), (900, 900), (7200, 7200)],
)
def test_a_session_lasts_as_long_as_asked(bench: Bench, alice: Principal, wanted: int | None, lasts: int) -> None:
    """An hour by default, and then it is expired."""
    request = {} if wanted is None else {"DurationSeconds": wanted}
    made = assume(bench, alice, **request)["Credentials"]
    bench.now = int(bench.now) + lasts - 1
    bench.principal_of(made)
    bench.now += 1
    with pytest.raises(ExpiredCredential):
        bench.principal_of(made)


def test_a_session_is_no_longer_than_the_role_allows(bench: Bench, alice: Principal) -> None:
    """MaxSessionDuration is the role's own limit."""
    with pytest.raises(ValidationFailed, match="exceeds the MaxSessionDuration set for this role"):
        assume(bench, alice, DurationSeconds=7201)


def test_a_chained_session_is_an_hour_at_most(bench: Bench, alice: Principal) -> None:
    """Whatever the second role's own limit says."""
    bench.iam("PutRolePolicy", RoleName="ops", PolicyName="p", PolicyDocument=policy(allow("sts:AssumeRole")))
    bench.iam("CreateRole", RoleName="next", AssumeRolePolicyDocument=trust({"AWS": ARN}), MaxSessionDuration=43200)
    first = bench.principal_of(assume(bench, alice)["Credentials"])
    arn = f"arn:aws:iam::{ACCOUNT}:role/next"
    second = bench.principal_of(assume(bench, first, RoleArn=arn, DurationSeconds=3600)["Credentials"])
    assert second.session is not None
    assert second.session.chained
    with pytest.raises(ValidationFailed, match="1 hour session limit for roles assumed by role chaining"):
        assume(bench, first, RoleArn=arn, DurationSeconds=3601)


def test_a_session_policy_narrows_the_role(bench: Bench, alice: Principal) -> None:
    """What both allow is allowed, and nothing else."""
    bench.iam("PutRolePolicy", RoleName="ops", PolicyName="p", PolicyDocument=policy(allow("iam:List*")))
    narrow = policy(allow("iam:ListUsers", "iam:CreateUser"))
    answer = assume(bench, alice, Policy=narrow)
    session = bench.principal_of(answer["Credentials"])
    assert answer["PackedPolicySize"] > 0
    bench.iam("ListUsers", session)
    with pytest.raises(AccessDenied, match="no session policy allows the iam:ListRoles action"):
        bench.iam("ListRoles", session)
    with pytest.raises(AccessDenied, match="no identity-based policy allows the iam:CreateUser action"):
        bench.iam("CreateUser", session, UserName="x")


def test_a_managed_session_policy_narrows_the_role(bench: Bench, alice: Principal) -> None:
    """Policies given by ARN work like an inline one."""
    bench.iam("PutRolePolicy", RoleName="ops", PolicyName="p", PolicyDocument=policy(allow("iam:*")))
    arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    session = bench.principal_of(assume(bench, alice, PolicyArns=[{"arn": arn}])["Credentials"])
    bench.iam("ListUsers", session)
    with pytest.raises(AccessDenied, match="no session policy"):
        bench.iam("CreateUser", session, UserName="x")
    with pytest.raises(ValidationFailed, match="does not exist or is not attachable"):
        assume(bench, alice, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/Nothing"}])


def test_bad_session_policies_are_refused(bench: Bench, alice: Principal) -> None:
    """Malformed, too long, and too big once packed."""
    with pytest.raises(MalformedPolicyDocument, match="invalid Json"):
        assume(bench, alice, Policy="{")
    with pytest.raises(ValidationFailed, match="less than or equal to 2048"):
        assume(bench, alice, Policy=policy(allow("iam:" + "x" * 2048)))
    big = [{"Key": f"{n:03d}" + os.urandom(60).hex(), "Value": os.urandom(120).hex()} for n in range(50)]
    with pytest.raises(PackedPolicyTooLarge, match=r"Packed policy consumes \d+% of allotted space"):
        assume(bench, alice, Tags=big)


def test_a_boundary_of_the_role_limits_its_sessions(bench: Bench, alice: Principal) -> None:
    """What the boundary does not allow is denied, and says why."""
    bench.iam("PutRolePolicy", RoleName="ops", PolicyName="p", PolicyDocument=policy(allow("iam:*")))
    bench.iam("PutRolePermissionsBoundary", RoleName="ops", PermissionsBoundary="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    session = bench.principal_of(assume(bench, alice)["Credentials"])
    bench.iam("ListUsers", session)
    with pytest.raises(AccessDenied, match="no permissions boundary allows the iam:CreateUser action"):
        bench.iam("CreateUser", session, UserName="x")


def test_session_tags_need_the_trust_policys_leave(bench: Bench, alice: Principal) -> None:
    """sts:TagSession is an action of its own."""
    tags = [{"Key": "team", "Value": "red"}]
    bench.iam("CreateRole", RoleName="plain", AssumeRolePolicyDocument=trust({"AWS": alice.arn}))
    with pytest.raises(AccessDenied, match="sts:TagSession"):
        assume(bench, alice, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/plain", Tags=tags)
    session = bench.principal_of(assume(bench, alice, Tags=tags)["Credentials"])
    assert session.tags == {"team": "red"}


def test_the_trust_policy_sees_requested_tags(bench: Bench, alice: Principal) -> None:
    """aws:RequestTag and aws:TagKeys."""
    condition = {"StringEquals": {"aws:RequestTag/Team": "red"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    document = trust({"AWS": alice.arn}, *ALL_OF_STS, Condition=condition)
    bench.iam("UpdateAssumeRolePolicy", RoleName="ops", PolicyDocument=document)
    assume(bench, alice, Tags=[{"Key": "team", "Value": "red"}])
    for tags in ([], [{"Key": "team", "Value": "blue"}], [{"Key": "team", "Value": "red"}, {"Key": "x", "Value": "1"}]):
        with pytest.raises(AccessDenied):
            assume(bench, alice, Tags=tags)


def test_transitive_tags_go_on_and_others_do_not(bench: Bench, alice: Principal) -> None:
    """And what was inherited can't be overridden."""
    bench.iam("PutRolePolicy", RoleName="ops", PolicyName="p", PolicyDocument=policy(allow("sts:*")))
    bench.iam("CreateRole", RoleName="next", AssumeRolePolicyDocument=trust({"AWS": ARN}, *ALL_OF_STS))
    arn = f"arn:aws:iam::{ACCOUNT}:role/next"
    tags = [{"Key": "Keep", "Value": "1"}, {"Key": "drop", "Value": "2"}]
    first = bench.principal_of(assume(bench, alice, Tags=tags, TransitiveTagKeys=["keep"])["Credentials"])
    second = bench.principal_of(assume(bench, first, RoleArn=arn)["Credentials"])
    assert second.tags == {"Keep": "1"}
    third_role = trust({"AWS": arn}, *ALL_OF_STS)
    bench.iam("CreateRole", RoleName="last", AssumeRolePolicyDocument=third_role)
    bench.iam("PutRolePolicy", RoleName="next", PolicyName="p", PolicyDocument=policy(allow("sts:*")))
    third = bench.principal_of(assume(bench, second, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/last")["Credentials"])
    assert third.tags == {"Keep": "1"}
    with pytest.raises(InvalidParameterValue, match="conflicts with a transitive tag key from the calling session"):
        assume(bench, first, RoleArn=arn, Tags=[{"Key": "KEEP", "Value": "2"}])


def test_bad_tags_are_refused(bench: Bench, alice: Principal) -> None:
    """In AWS's words."""
    with pytest.raises(InvalidParameterValue, match=r"Duplicate tag keys found. Please note that Tag keys are case insensitive."):
        assume(bench, alice, Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
    with pytest.raises(InvalidParameterValue, match=r"The specified transitive tag key must be included in the requested tags."):
        assume(bench, alice, Tags=[{"Key": "a", "Value": "1"}], TransitiveTagKeys=["b"])


def test_a_source_identity_stays_through_chaining(bench: Bench, alice: Principal) -> None:
    """It needs leave in each trust policy, and can't be changed."""
    bench.iam("PutRolePolicy", RoleName="ops", PolicyName="p", PolicyDocument=policy(allow("sts:*")))
    bench.iam("CreateRole", RoleName="next", AssumeRolePolicyDocument=trust({"AWS": ARN}, *ALL_OF_STS))
    bench.iam("CreateRole", RoleName="plain", AssumeRolePolicyDocument=trust({"AWS": ARN}))
    arn = f"arn:aws:iam::{ACCOUNT}:role/next"
    answer = assume(bench, alice, SourceIdentity="al")
    assert answer["SourceIdentity"] == "al"
    first = bench.principal_of(answer["Credentials"])
    assert assume(bench, first, RoleArn=arn)["SourceIdentity"] == "al"
    with pytest.raises(AccessDenied, match="cannot be changed"):
        assume(bench, first, RoleArn=arn, SourceIdentity="eve")
    with pytest.raises(AccessDenied, match="sts:SetSourceIdentity"):
        assume(bench, first, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/plain")


def test_sessions_end_with_their_role(bench: Bench, alice: Principal) -> None:
    """DeleteRole is felt by the next request."""
    made = assume(bench, alice)["Credentials"]
    bench.iam("DeleteRole", RoleName="ops")
    with pytest.raises(UnknownCredential):
        bench.principal_of(made)
