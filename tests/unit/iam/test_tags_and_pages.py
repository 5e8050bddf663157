"""Tags of everything that has them, and lists that come in pages."""

from typing import Any

import pytest
from tests.unit.identity.bench import ACCOUNT, Bench, allow, policy, trust

from strongroom.core.errors import ApiError

DOCUMENT = policy(allow("kms:*"))
TAGGED = [
    ("User", {"UserName": "x"}, "CreateUser", {"UserName": "x"}),
    ("Role", {"RoleName": "x"}, "CreateRole", {"RoleName": "x", "AssumeRolePolicyDocument": trust({"AWS": ACCOUNT})}),
    ("Policy", {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/x"}, "CreatePolicy", {"PolicyName": "x", "PolicyDocument": DOCUMENT}),
    ("InstanceProfile", {"InstanceProfileName": "x"}, "CreateInstanceProfile", {"InstanceProfileName": "x"}),
    ("MFADevice", {"SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/x"}, "CreateVirtualMFADevice", {"VirtualMFADeviceName": "x"}),
    (
        "OpenIDConnectProvider",
        {"OpenIDConnectProviderArn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/x.example"},
        "CreateOpenIDConnectProvider",
        {"Url": "https://x.example"},
    ),
]


def tags(**pairs: str) -> list[dict[str, str]]:
    """Return tags in AWS's form."""
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


@pytest.mark.parametrize(("kind", "name", "create", "request_"), TAGGED, ids=[case[0] for case in TAGGED])
def test_tags_are_set_changed_listed_and_removed(
    bench: Bench, kind: str, name: dict[str, Any], create: str, request_: dict[str, Any]
) -> None:
    """Keys differ by more than case; a key that isn't there is ignored."""
    bench.iam(create, Tags=tags(one="1"), **request_)
    bench.iam(f"Tag{kind}", Tags=tags(Two="2", ONE="new"), **name)
    assert bench.iam(f"List{kind}Tags", **name)["Tags"] == tags(ONE="new", Two="2")
    bench.iam(f"Untag{kind}", TagKeys=["one", "nothing"], **name)
    assert bench.iam(f"List{kind}Tags", **name) == {"Tags": tags(Two="2"), "IsTruncated": False, "Marker": None}
    with pytest.raises(ApiError, match="reserved"):
        bench.iam(f"Tag{kind}", Tags=[{"Key": "aws:x", "Value": ""}], **name)


def pages(bench: Bench, operation: str, member: str, **request: Any) -> list[list[Any]]:
    """Return every page of a list."""
    found = []
    while True:
        answer = bench.iam(operation, **request)
        found.append(answer[member])
        if not answer["IsTruncated"]:
            assert answer["Marker"] is None
            return found
        assert len(answer["Marker"]) <= 320
        request["Marker"] = answer["Marker"]


def test_every_list_comes_in_pages(bench: Bench) -> None:
    """Each thing once, in order of names, and no page longer than asked."""
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    bench.iam("CreateGroup", GroupName="all")
    for n in range(5):
        bench.iam("CreateUser", UserName=f"u{n}", Path=f"/{'p' * 500}/")
        bench.iam("CreateGroup", GroupName=f"g{n}")
        bench.iam("CreateRole", RoleName=f"r{n}", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
        bench.iam("CreatePolicy", PolicyName=f"p{n}", Path=f"/{'p' * 500}/", PolicyDocument=DOCUMENT)
        bench.iam("CreateInstanceProfile", InstanceProfileName=f"i{n}")
        bench.iam("AddUserToGroup", GroupName="all", UserName=f"u{n}")
        bench.iam("AttachUserPolicy", UserName=f"u{n}", PolicyArn=arn)
        bench.iam("AttachRolePolicy", RoleName="r0", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/{'p' * 500}/p{n}")
        bench.iam("PutRolePolicy", RoleName="r0", PolicyName=f"x{n}", PolicyDocument=DOCUMENT)
        bench.iam("TagRole", RoleName="r0", Tags=[{"Key": f"{n}" + "\U0001f511" * 127, "Value": ""}])
        bench.iam("AddUserToGroup", GroupName=f"g{n}", UserName="u0")
    for operation, member, request, count in (
        ("ListUsers", "Users", {}, 5),
        ("ListGroups", "Groups", {}, 6),
        ("ListRoles", "Roles", {}, 5),
        ("ListPolicies", "Policies", {"Scope": "Local"}, 5),
        ("ListInstanceProfiles", "InstanceProfiles", {}, 5),
        ("GetGroup", "Users", {"GroupName": "all"}, 5),
        ("ListGroupsForUser", "Groups", {"UserName": "u0"}, 6),
        ("ListEntitiesForPolicy", "PolicyUsers", {"PolicyArn": arn}, 5),
        ("ListAttachedRolePolicies", "AttachedPolicies", {"RoleName": "r0"}, 5),
        ("ListRolePolicies", "PolicyNames", {"RoleName": "r0"}, 5),
        ("ListRoleTags", "Tags", {"RoleName": "r0"}, 5),
    ):
        found = pages(bench, operation, member, MaxItems=2, **request)
        assert all(len(page) <= 2 for page in found), operation
        flat = [str(item) for page in found for item in page]
        assert len(flat) == len(set(flat)) == count, operation


def test_pages_go_on_through_what_a_filter_leaves_out(bench: Bench) -> None:
    """A path that only the last of many has is found."""
    for n in range(9):
        bench.iam("CreateUser", UserName=f"u{n}", Path="/last/" if n >= 7 else "/")
    found = pages(bench, "ListUsers", "Users", PathPrefix="/last/", MaxItems=1)
    assert [[user["UserName"] for user in page] for page in found] == [["u7"], ["u8"]]


def test_a_marker_is_good_for_its_own_list_only(bench: Bench) -> None:
    """Of this operation and this account."""
    for n in range(2):
        bench.iam("CreateUser", UserName=f"u{n}")
    marker = bench.iam("ListUsers", MaxItems=1)["Marker"]
    for operation, more in (("ListGroups", {}), ("ListUsers", {"Marker": marker[:-1] + "x"})):
        with pytest.raises(ApiError, match="Invalid Marker"):
            bench.iam(operation, **{"Marker": marker} | more)
