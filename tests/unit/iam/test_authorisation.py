"""On which resource, and under which condition keys, IAM's operations are authorised."""

from contextlib import suppress
from typing import Any

import pytest
from tests.unit.identity.bench import ACCOUNT, Bench, allow, deny, policy, trust

from strongroom.core.errors import AccessDenied
from strongroom.iam.errors import NoSuchEntity

IAM = f"arn:aws:iam::{ACCOUNT}"
READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
TRUST = trust({"AWS": ACCOUNT})
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("CreateUser", {"UserName": "new", "Path": "/a/b/"}, f"{IAM}:user/a/b/new"),
    ("GetUser", {"UserName": "bob"}, f"{IAM}:user/eng/bob"),
    ("GetUser", {"UserName": "ghost"}, f"{IAM}:user/ghost"),
    ("ListAccessKeys", {"UserName": "bob"}, f"{IAM}:user/eng/bob"),
    ("AttachUserPolicy", {"UserName": "bob", "PolicyArn": READ}, f"{IAM}:user/eng/bob"),
    ("CreateGroup", {"GroupName": "new"}, f"{IAM}:group/new"),
    ("AddUserToGroup", {"GroupName": "staff", "UserName": "bob"}, f"{IAM}:group/staff"),
    ("CreateRole", {"RoleName": "new", "Path": "/x/", "AssumeRolePolicyDocument": TRUST}, f"{IAM}:role/x/new"),
    ("PutRolePolicy", {"RoleName": "OPS", "PolicyName": "p", "PolicyDocument": policy(allow("kms:*"))}, f"{IAM}:role/team/ops"),
    ("CreatePolicy", {"PolicyName": "new", "Path": "/y/", "PolicyDocument": policy(allow("kms:*"))}, f"{IAM}:policy/y/new"),
    ("GetPolicy", {"PolicyArn": READ}, READ),
    ("CreateInstanceProfile", {"InstanceProfileName": "new"}, f"{IAM}:instance-profile/new"),
    ("CreateVirtualMFADevice", {"VirtualMFADeviceName": "new"}, f"{IAM}:mfa/new"),
    ("CreateOpenIDConnectProvider", {"Url": "https://id.example/x"}, f"{IAM}:oidc-provider/id.example/x"),
    ("CreateServiceLinkedRole", {"AWSServiceName": "mrk.kms.amazonaws.com"}, f"{IAM}:role/aws-service-role/mrk.kms.amazonaws.com/*"),
    ("ListUsers", {}, "*"),
    ("ListPolicies", {}, "*"),
    ("GetAccountSummary", {}, "*"),
]


@pytest.fixture
def filled(bench: Bench) -> Bench:
    """Return a server with something of each kind."""
    bench.iam("CreateUser", UserName="bob", Path="/eng/")
    bench.iam("CreateGroup", GroupName="staff")
    bench.iam("CreateRole", RoleName="ops", Path="/team/", AssumeRolePolicyDocument=TRUST)
    return bench


@pytest.mark.parametrize(("operation", "request_", "resource"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_an_operation_is_authorised_on_its_resource(filled: Bench, operation: str, request_: dict[str, Any], resource: str) -> None:
    """Allowed on it, denied on everything else; what is absent is denied before it is missed."""
    allowed = filled.user("allowed", allow(f"iam:{operation}", resource=resource))
    with suppress(NoSuchEntity):
        filled.iam(operation, allowed, **request_)
    elsewhere = filled.user("elsewhere", allow("iam:*", resource=f"{IAM}:user/somebody-else"))
    with pytest.raises(AccessDenied, match=f"iam:{operation}"):
        filled.iam(operation, elsewhere, **request_)


def test_an_administrator_can_be_held_to_boundaries(filled: Bench) -> None:
    """The pattern of AWS's guide: make users and roles only with the boundary, and touch only those that have it."""
    bounded = {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
    admin = filled.user(
        "admin",
        allow("iam:CreateUser", "iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:PutUserPermissionsBoundary", Condition=bounded),
        deny("iam:DeleteUserPermissionsBoundary"),
    )
    filled.iam("CreateUser", admin, UserName="new", PermissionsBoundary=BOUNDARY)
    filled.iam("AttachUserPolicy", admin, UserName="new", PolicyArn=READ)
    filled.iam("PutUserPermissionsBoundary", admin, UserName="bob", PermissionsBoundary=BOUNDARY)
    for operation, request in (
        ("CreateUser", {"UserName": "free"}),
        ("CreateUser", {"UserName": "free", "PermissionsBoundary": READ}),
        ("PutUserPermissionsBoundary", {"UserName": "new", "PermissionsBoundary": READ}),
        ("DeleteUserPermissionsBoundary", {"UserName": "new"}),
        ("AttachUserPolicy", {"UserName": "admin", "PolicyArn": READ}),
    ):
        with pytest.raises(AccessDenied):
            filled.iam(operation, admin, **request)


def test_attaching_can_be_held_to_some_policies(filled: Bench) -> None:
    """By iam:PolicyARN."""
    condition = {"ArnEquals": {"iam:PolicyARN": READ}}
    admin = filled.user("admin", allow("iam:AttachUserPolicy", "iam:DetachUserPolicy", Condition=condition))
    filled.iam("AttachUserPolicy", admin, UserName="bob", PolicyArn=READ)
    filled.iam("DetachUserPolicy", admin, UserName="bob", PolicyArn=READ)
    with pytest.raises(AccessDenied):
        filled.iam("AttachUserPolicy", admin, UserName="bob", PolicyArn=BOUNDARY)


def test_tags_of_requests_resources_and_principals_are_seen(filled: Bench) -> None:
    """aws:RequestTag, aws:TagKeys, aws:ResourceTag, iam:ResourceTag; tagging while creating needs leave to tag."""
    red = {"Tags": [{"Key": "team", "Value": "red"}]}
    request_tag = {"StringEquals": {"aws:RequestTag/team": "red"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    maker = filled.user("maker", allow("iam:CreateUser", "iam:TagUser", Condition=request_tag))
    filled.iam("CreateUser", maker, UserName="r", **red)
    with pytest.raises(AccessDenied):
        filled.iam("CreateUser", maker, UserName="b", Tags=[{"Key": "team", "Value": "blue"}])
    creator = filled.user("creator", allow("iam:CreateUser"))
    with pytest.raises(AccessDenied, match="iam:TagUser"):
        filled.iam("CreateUser", creator, UserName="b", **red)
    for key in ("aws:ResourceTag/team", "iam:ResourceTag/Team"):
        deleter = filled.user("d" + key[0], allow("iam:DeleteUser", Condition={"StringEquals": {key: "red"}}))
        with pytest.raises(AccessDenied):
            filled.iam("DeleteUser", deleter, UserName="bob")
        filled.iam("DeleteUser", deleter, UserName="r")
        filled.iam("CreateUser", UserName="r", **red)


def test_nobody_without_rights_learns_what_exists(filled: Bench) -> None:
    """A name that is taken and one that is free are denied in the same words."""
    nobody = filled.user("nobody")
    texts = set()
    for name in ("staff", "ghost"):
        with pytest.raises(AccessDenied) as denied:
            filled.iam("GetGroup", nobody, GroupName=name)
        texts.add(str(denied.value).replace(name, "NAME"))
    assert len(texts) == 1
