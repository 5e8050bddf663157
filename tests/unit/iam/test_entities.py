"""Users, groups and roles through the engine."""

import json

import pytest
from tests.unit.identity.bench import ACCOUNT, OTHER, ROOT, Bench, allow, policy, trust

from strongroom.core.arn import root_arn
from strongroom.core.errors import AccessDenied, ApiError, ValidationFailed
from strongroom.identity.principal import root_principal

TRUST = trust({"AWS": ACCOUNT})


def test_a_user_without_tags_and_boundary_shows_neither(bench: Bench) -> None:
    """CreateUser and GetUser leave them out, and lists always do."""
    made = bench.iam("CreateUser", UserName="Alice", Path="/eng/")["User"]
    assert {name for name, value in made.items() if value is not None} == {"Path", "UserName", "UserId", "Arn", "CreateDate"}
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/eng/Alice"
    assert made["UserId"].startswith("AIDA")
    tagged = {"Tags": [{"Key": "a", "Value": "b"}], "PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    bench.iam("CreateUser", UserName="bob", **tagged)
    shown = bench.iam("GetUser", UserName="bob")["User"]
    assert shown["Tags"] == tagged["Tags"]
    assert shown["PermissionsBoundary"]["PermissionsBoundaryArn"] == tagged["PermissionsBoundary"]
    listed = bench.iam("ListUsers")["Users"]
    assert [set(user) for user in listed] == [{"Path", "UserName", "UserId", "Arn", "CreateDate"}] * 2


def test_names_are_found_whatever_their_case(bench: Bench) -> None:
    """And shown as they were made."""
    bench.iam("CreateUser", UserName="Alice")
    assert bench.iam("GetUser", UserName="aLICE")["User"]["UserName"] == "Alice"


def test_get_user_without_a_name_is_the_caller(bench: Bench) -> None:
    """The root user is the root user; a role session has no user."""
    alice = bench.user("alice", allow("iam:GetUser"))
    assert bench.iam("GetUser", alice)["User"]["UserName"] == "alice"
    assert bench.iam("GetUser")["User"]["Arn"] == root_arn(ACCOUNT)
    bench.iam("CreateAccountAlias", AccountAlias="acme")
    assert bench.iam("GetUser")["User"]["UserName"] == "acme"
    bench.iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust({"AWS": alice.arn}))
    session = bench.assume(alice, "r")
    with pytest.raises(ValidationFailed, match="Must specify userName when calling with non-User credentials"):
        bench.iam("GetUser", session)


def test_renaming_a_user_keeps_all_that_it_has(bench: Bench) -> None:
    """Its id, key, groups and policies stay; the ARN changes, and the old name is free."""
    alice = bench.user("alice", allow("iam:ListUsers"))
    bench.iam("CreateGroup", GroupName="staff")
    bench.iam("AddUserToGroup", GroupName="staff", UserName="alice")
    bench.iam("AttachUserPolicy", UserName="alice", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    bench.iam("UpdateUser", UserName="alice", NewUserName="Alicia", NewPath="/x/")
    again = bench.resolver.find(bench.store, alice.access_key_id, None, bench.now).principal
    assert again.arn == f"arn:aws:iam::{ACCOUNT}:user/x/Alicia"
    assert again.user_id == alice.user_id
    bench.iam("ListUsers", again)
    assert bench.iam("GetGroup", GroupName="staff")["Users"][0]["UserName"] == "Alicia"
    used = bench.iam("ListEntitiesForPolicy", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert used["PolicyUsers"] == [{"UserName": "Alicia", "UserId": alice.user_id}]
    bench.iam("CreateUser", UserName="alice")


def test_changing_only_the_case_of_a_name_is_allowed(bench: Bench) -> None:
    """It is the same name."""
    bench.iam("CreateUser", UserName="alice")
    bench.iam("UpdateUser", UserName="alice", NewUserName="Alice")
    assert [user["UserName"] for user in bench.iam("ListUsers")["Users"]] == ["Alice"]


def test_renaming_needs_leave_on_both_arns(bench: Bench) -> None:
    """Else a user could be renamed into a policy's reach."""
    bench.iam("CreateUser", UserName="bob")
    caller = bench.user("mover", allow("iam:UpdateUser", resource=f"arn:aws:iam::{ACCOUNT}:user/bob"))
    with pytest.raises(AccessDenied, match=f"arn:aws:iam::{ACCOUNT}:user/admin/bob"):
        bench.iam("UpdateUser", caller, UserName="bob", NewPath="/admin/")


def test_a_deleted_user_leaves_nothing_behind(bench: Bench) -> None:
    """Not even as the user of a boundary."""
    bench.iam("CreatePolicy", PolicyName="p", PolicyDocument=policy(allow("kms:*")))
    arn = f"arn:aws:iam::{ACCOUNT}:policy/p"
    bench.iam("CreateUser", UserName="alice", PermissionsBoundary=arn)
    assert bench.iam("GetPolicy", PolicyArn=arn)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    bench.iam("DeleteUser", UserName="alice")
    bench.iam("DeletePolicy", PolicyArn=arn)
    left = {name: rows for name, rows in bench.store._rows.items() if rows and name != "identity_usage"}
    assert left == {}
    assert bench.usage().users == 0


def test_groups_hold_users_once(bench: Bench) -> None:
    """Joining twice and leaving twice succeed; leaving lets the group go."""
    bench.iam("CreateGroup", GroupName="staff")
    for name in ("alice", "bob"):
        bench.iam("CreateUser", UserName=name)
        bench.iam("AddUserToGroup", GroupName="staff", UserName=name)
        bench.iam("AddUserToGroup", GroupName="staff", UserName=name)
    assert {user["UserName"] for user in bench.iam("GetGroup", GroupName="staff")["Users"]} == {"alice", "bob"}
    assert [g["GroupName"] for g in bench.iam("ListGroupsForUser", UserName="alice")["Groups"]] == ["staff"]
    for name in ("alice", "bob", "bob"):
        bench.iam("RemoveUserFromGroup", GroupName="staff", UserName=name)
    bench.iam("DeleteGroup", GroupName="staff")


def test_a_user_is_in_ten_groups_at_most(bench: Bench) -> None:
    """The eleventh is refused."""
    bench.iam("CreateUser", UserName="alice")
    for number in range(11):
        bench.iam("CreateGroup", GroupName=f"g{number}")
    for number in range(10):
        bench.iam("AddUserToGroup", GroupName=f"g{number}", UserName="alice")
    with pytest.raises(ApiError, match="Cannot exceed quota for GroupsPerUser: 10"):
        bench.iam("AddUserToGroup", GroupName="g10", UserName="alice")


def test_a_groups_policies_are_its_users(bench: Bench) -> None:
    """Inline and managed, until the user leaves; renaming the group changes nothing."""
    alice = bench.user("alice")
    bench.iam("CreateGroup", GroupName="staff")
    bench.iam("PutGroupPolicy", GroupName="staff", PolicyName="p", PolicyDocument=policy(allow("iam:ListUsers")))
    bench.iam("AttachGroupPolicy", GroupName="staff", PolicyArn="arn:aws:iam::aws:policy/AWSCloudTrail_ReadOnlyAccess")
    with pytest.raises(AccessDenied):
        bench.iam("ListUsers", alice)
    bench.iam("AddUserToGroup", GroupName="staff", UserName="alice")
    bench.iam("UpdateGroup", GroupName="staff", NewGroupName="crew")
    bench.iam("ListUsers", alice)
    bench.iam("RemoveUserFromGroup", GroupName="crew", UserName="alice")
    with pytest.raises(AccessDenied):
        bench.iam("ListUsers", alice)


def test_a_role_has_defaults_and_shows_its_last_use(bench: Bench) -> None:
    """An hour, path /, RoleLastUsed empty; lists leave RoleLastUsed, tags and boundary out."""
    made = bench.iam("CreateRole", RoleName="ops", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "a", "Value": "b"}])["Role"]
    assert (made["Path"], made["MaxSessionDuration"]) == ("/", 3600)
    assert made["RoleId"].startswith("AROA")
    assert json.loads(made["AssumeRolePolicyDocument"]) == json.loads(TRUST)
    shown = bench.iam("GetRole", RoleName="ops")["Role"]
    assert shown["RoleLastUsed"] == {}
    assert shown["Tags"] == [{"Key": "a", "Value": "b"}]
    assert bench.iam("ListRoles")["Roles"][0].keys().isdisjoint({"RoleLastUsed", "Tags", "PermissionsBoundary"})


def test_a_role_is_changed(bench: Bench) -> None:
    """Description, longest session, trust."""
    bench.iam("CreateRole", RoleName="ops", AssumeRolePolicyDocument=TRUST)
    bench.iam("UpdateRole", RoleName="ops", Description="d", MaxSessionDuration=7200)
    bench.iam("UpdateAssumeRolePolicy", RoleName="ops", PolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    shown = bench.iam("GetRole", RoleName="ops")["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"]) == ("d", 7200)
    assert "ec2.amazonaws.com" in shown["AssumeRolePolicyDocument"]
    assert bench.iam("UpdateRoleDescription", RoleName="ops", Description="e")["Role"]["Description"] == "e"


def test_accounts_do_not_see_each_other(bench: Bench) -> None:
    """The same names live side by side."""
    other = root_principal(OTHER, root_arn(OTHER))
    for root in (ROOT, other):
        bench.iam("CreateUser", root, UserName="alice")
        bench.iam("CreatePolicy", root, PolicyName="p", PolicyDocument=policy(allow("kms:*")))
    assert len(bench.iam("ListUsers")["Users"]) == 1
    bench.iam("DeleteUser", other, UserName="alice")
    bench.iam("GetUser", UserName="alice")
    with pytest.raises(ApiError, match="does not exist or is not attachable"):
        bench.iam("AttachUserPolicy", UserName="alice", PolicyArn=f"arn:aws:iam::{OTHER}:policy/p")
    with pytest.raises(ApiError, match="was not found"):
        bench.iam("GetPolicy", PolicyArn=f"arn:aws:iam::{OTHER}:policy/p")


def test_service_linked_roles_belong_to_their_service(bench: Bench) -> None:
    """Made with their policy, deleted through their own operation."""
    role = bench.iam("CreateServiceLinkedRole", AWSServiceName="mrk.kms.amazonaws.com")["Role"]
    assert role["Path"] == "/aws-service-role/mrk.kms.amazonaws.com/"
    name = role["RoleName"]
    assert len(bench.iam("ListAttachedRolePolicies", RoleName=name)["AttachedPolicies"]) == 1
    for operation, more in (
        ("PutRolePolicy", {"PolicyName": "p", "PolicyDocument": policy(allow("kms:*"))}),
        ("AttachRolePolicy", {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        ("UpdateAssumeRolePolicy", {"PolicyDocument": TRUST}),
    ):
        with pytest.raises(ApiError, match="only modifiable by AWS"):
            bench.iam(operation, RoleName=name, **more)
    task = bench.iam("DeleteServiceLinkedRole", RoleName=name)["DeletionTaskId"]
    assert bench.iam("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task) == {"Status": "SUCCEEDED"}
    assert bench.iam("ListRoles")["Roles"] == []
    with pytest.raises(ApiError, match="cannot be found"):
        bench.iam("GetServiceLinkedRoleDeletionStatus", DeletionTaskId="task/made/up")
