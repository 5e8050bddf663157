"""What somebody tries whom an administrator has fenced in: boundaries, conditions on policies and tags, names in other letters."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients

Make = Callable[..., Clients]
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def document(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def denied(call: Callable[[], Any]) -> str:
    """Return the text of the denial that `call` must end in."""
    with pytest.raises(ClientError) as raised:
        call()
    assert raised.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}
    return raised.value.response["Error"]["Message"]


@pytest.fixture
def fence(clients: Clients) -> str:
    """A boundary that lets nothing but listing keys through."""
    text = document({"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"})
    return clients.iam.create_policy(PolicyName="fence", PolicyDocument=text)["Policy"]["Arn"]


@pytest.fixture
def delegate(clients: Clients, make_user: Make, fence: str) -> Clients:
    """Somebody who may make users and roles and give them any rights, if they are inside the fence; as the IAM User Guide has it."""
    inside = {"StringEquals": {"iam:PermissionsBoundary": fence}}
    changes = ["Create", "Put", "Attach", "Detach", "Delete"]
    fenced = ["iam:CreateUser", "iam:CreateRole", *(f"iam:{verb}{kind}Policy" for verb in changes for kind in ("User", "Role"))]
    return make_user(
        clients,
        "delegate",
        {"Effect": "Allow", "Action": [*fenced, "iam:PutUserPermissionsBoundary"], "Resource": "*", "Condition": inside},
        {"Effect": "Allow", "Action": ["iam:CreateAccessKey", "iam:AddUserToGroup", "iam:Get*", "iam:List*"], "Resource": "*"},
        {"Effect": "Deny", "Action": ["iam:*PolicyVersion", "iam:DeletePolicy"], "Resource": fence},
        {"Effect": "Deny", "Action": ["iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary"], "Resource": "*"},
    )


def test_nobody_is_made_outside_the_fence(clients: Clients, delegate: Clients, fence: str) -> None:
    """Without a boundary, under a wider one, or under one whose name is written differently."""
    wider: list[Any] = [
        {},
        {"PermissionsBoundary": ADMIN},
        {"PermissionsBoundary": fence.replace("policy/fence", "policy/FENCE")},
        {"PermissionsBoundary": fence.replace(clients.account_id, "444455556666")},
    ]
    for more in wider:
        denied(partial(delegate.iam.create_user, UserName="mallory", **more))
    delegate.iam.create_user(UserName="mallory", PermissionsBoundary=fence)
    trust = document({"Effect": "Allow", "Principal": {"AWS": clients.account_id}, "Action": "sts:AssumeRole"})
    denied(partial(delegate.iam.create_role, RoleName="mallory", AssumeRolePolicyDocument=trust))
    delegate.iam.create_role(RoleName="mallory", AssumeRolePolicyDocument=trust, PermissionsBoundary=fence)


def test_rights_given_inside_the_fence_stay_inside(clients: Clients, delegate: Clients, fence: str) -> None:
    """An inline policy, AdministratorAccess, and a group that has it: the boundary limits the sum."""
    delegate.iam.create_user(UserName="mallory", PermissionsBoundary=fence)
    delegate.iam.put_user_policy(UserName="mallory", PolicyName="all", PolicyDocument=document(ALL))
    delegate.iam.attach_user_policy(UserName="mallory", PolicyArn=ADMIN)
    clients.iam.create_group(GroupName="admins")
    clients.iam.attach_group_policy(GroupName="admins", PolicyArn=ADMIN)
    delegate.iam.add_user_to_group(GroupName="admins", UserName="mallory")
    key = delegate.iam.create_access_key(UserName="mallory")["AccessKey"]
    mallory = Clients(clients.url, key["AccessKeyId"], key["SecretAccessKey"], account_id=clients.account_id)
    mallory.kms.list_keys()
    assert "no permissions boundary allows the kms:CreateKey action" in denied(mallory.kms.create_key)
    denied(partial(mallory.iam.delete_user_permissions_boundary, UserName="mallory"))
    denied(partial(mallory.iam.create_user, UserName="accomplice"))
    mallory.close()


def test_those_outside_the_fence_are_not_touched(clients: Clients, delegate: Clients, fence: str) -> None:
    """A user without a boundary, or under another one, is out of reach: for policies, and for being fenced in another way."""
    clients.iam.create_user(UserName="free")
    clients.iam.create_user(UserName="other", PermissionsBoundary=ADMIN)
    for name in ("free", "other", "delegate"):
        denied(partial(delegate.iam.put_user_policy, UserName=name, PolicyName="all", PolicyDocument=document(ALL)))
        denied(partial(delegate.iam.attach_user_policy, UserName=name, PolicyArn=ADMIN))
        denied(partial(delegate.iam.put_user_permissions_boundary, UserName=name, PermissionsBoundary=ADMIN))
    delegate.iam.create_user(UserName="mallory", PermissionsBoundary=fence)
    denied(partial(delegate.iam.put_user_permissions_boundary, UserName="mallory", PermissionsBoundary=ADMIN))
    denied(partial(delegate.iam.delete_user_permissions_boundary, UserName="mallory"))


def test_the_fence_itself_is_not_moved(delegate: Clients, fence: str) -> None:
    """No new version, no other default, no deletion."""
    denied(partial(delegate.iam.create_policy_version, PolicyArn=fence, PolicyDocument=document(ALL), SetAsDefault=True))
    denied(partial(delegate.iam.set_default_policy_version, PolicyArn=fence, VersionId="v1"))
    denied(partial(delegate.iam.delete_policy, PolicyArn=fence))


def test_a_boundary_in_use_is_not_deleted_by_anybody(clients: Clients, delegate: Clients, fence: str) -> None:
    """DeleteConflict, so that no user loses its boundary with the policy."""
    delegate.iam.create_user(UserName="mallory", PermissionsBoundary=fence)
    with pytest.raises(clients.iam.exceptions.DeleteConflictException):
        clients.iam.delete_policy(PolicyArn=fence)


def test_only_the_listed_policies_are_attached(clients: Clients, make_user: Make) -> None:
    """iam:PolicyARN is the policy that the request names, whatever its letters."""
    read = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    may = {"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*", "Condition": {"ArnEquals": {"iam:PolicyARN": read}}}
    helper = make_user(clients, "helper", may)
    clients.iam.create_user(UserName="bob")
    helper.iam.attach_user_policy(UserName="bob", PolicyArn=read)
    denied(partial(helper.iam.attach_user_policy, UserName="bob", PolicyArn=ADMIN))
    denied(partial(helper.iam.attach_user_policy, UserName="helper", PolicyArn=ADMIN))


def test_a_name_in_other_letters_is_the_same_resource(clients: Clients, make_user: Make) -> None:
    """A Deny on user/boss holds for BOSS, and no second boss is made."""
    boss = f"arn:aws:iam::{clients.account_id}:user/boss"
    clients.iam.create_user(UserName="boss")
    helper = make_user(
        clients, "helper", {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}, ALL | {"Effect": "Deny", "Resource": boss}
    )
    for name in ("boss", "BOSS", "Boss"):
        denied(partial(helper.iam.create_access_key, UserName=name))
        denied(partial(helper.iam.delete_user, UserName=name))
    with pytest.raises(ClientError) as refused:
        helper.iam.create_user(UserName="BOSS")
    assert refused.value.response["Error"]["Code"] == "EntityAlreadyExists"


def test_tags_that_give_rights_are_not_given_to_oneself(clients: Clients, make_user: Make) -> None:
    """Rights by aws:PrincipalTag hold as long as the tag key is denied: in other letters, and among others, too."""
    by_tag = {
        "Effect": "Allow",
        "Action": "kms:ListKeys",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "keys"}},
    }
    tag = {"Effect": "Allow", "Action": ["iam:TagUser", "iam:UntagUser"], "Resource": "*"}
    no_team = {
        "Effect": "Deny",
        "Action": "iam:*",
        "Resource": "*",
        "Condition": {"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": "team"}},
    }
    alice = make_user(clients, "alice", by_tag, tag, no_team)
    own: Any = [[("team", "keys")], [("Team", "keys")], [("x", "y"), ("TEAM", "keys")]]
    for tags in own:
        denied(partial(alice.iam.tag_user, UserName="alice", Tags=[{"Key": key, "Value": value} for key, value in tags]))
    alice.iam.tag_user(UserName="alice", Tags=[{"Key": "x", "Value": "y"}])
    denied(alice.kms.list_keys)
    clients.iam.tag_user(UserName="alice", Tags=[{"Key": "Team", "Value": "keys"}])
    alice.kms.list_keys()
    denied(partial(alice.iam.untag_user, UserName="alice", TagKeys=["TEAM"]))


def test_another_accounts_entities_are_out_of_reach(clients: Clients, make_account: Make, make_user: Make) -> None:
    """An administrator's rights end with the account, whatever ARN the request holds."""
    there = make_account()
    policy = there.iam.create_policy(PolicyName="theirs", PolicyDocument=document(ALL))["Policy"]["Arn"]
    admin = make_user(clients, "admin", ALL)
    for call in (
        partial(admin.iam.get_policy, PolicyArn=policy),
        partial(admin.iam.create_policy_version, PolicyArn=policy, PolicyDocument=document(ALL)),
        partial(admin.iam.delete_policy, PolicyArn=policy),
        partial(admin.iam.attach_user_policy, UserName="admin", PolicyArn=policy),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["Error"]["Code"] in {"NoSuchEntity", "AccessDenied"}
    assert there.iam.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] == 0
