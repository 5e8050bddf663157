"""Managed policies, their versions, and who uses them."""

import json

import pytest
from tests.unit.identity.bench import ACCOUNT, Bench, allow, deny, policy, trust

from strongroom.core.errors import AccessDenied, ApiError
from strongroom.identity.managed_policies import AWS_MANAGED_POLICIES
from strongroom.policy.parse import PolicyKind, parse_policy

ARN = f"arn:aws:iam::{ACCOUNT}:policy/team/p"
READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def made(bench: Bench) -> Bench:
    """Return a server with one managed policy."""
    document = policy(allow("iam:ListUsers"))
    bench.iam("CreatePolicy", PolicyName="p", Path="/team/", PolicyDocument=document, Description="why")
    return bench


def test_create_policy_leaves_out_what_get_policy_shows(bench: Bench) -> None:
    """Description even if given; tags always in GetPolicy."""
    answer = bench.iam("CreatePolicy", PolicyName="x", PolicyDocument=policy(allow("kms:*")), Description="why")["Policy"]
    assert "Description" not in answer
    assert answer["Tags"] is None
    assert (answer["DefaultVersionId"], answer["AttachmentCount"], answer["IsAttachable"]) == ("v1", 0, True)
    assert answer["PolicyId"].startswith("ANPA")
    shown = bench.iam("GetPolicy", PolicyArn=answer["Arn"])["Policy"]
    assert (shown["Description"], shown["Tags"]) == ("why", [])


def test_version_numbers_are_never_used_again(made: Bench) -> None:
    """Not even after the newest version was deleted."""
    for expected in ("v2", "v3"):
        version = made.iam("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=policy(allow("kms:*")))["PolicyVersion"]
        assert (version["VersionId"], version["IsDefaultVersion"]) == (expected, False)
    made.iam("DeletePolicyVersion", PolicyArn=ARN, VersionId="v3")
    version = made.iam("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=policy(allow("kms:*")), SetAsDefault=True)["PolicyVersion"]
    assert (version["VersionId"], version["IsDefaultVersion"]) == ("v4", True)
    listed = made.iam("ListPolicyVersions", PolicyArn=ARN)["Versions"]
    assert [(v["VersionId"], v["IsDefaultVersion"]) for v in listed] == [("v4", True), ("v2", False), ("v1", False)]
    assert "Document" not in listed[0]


def test_the_default_version_is_what_counts(made: Bench) -> None:
    """From the next call on."""
    alice = made.user("alice")
    made.iam("AttachUserPolicy", UserName="alice", PolicyArn=ARN)
    made.iam("ListUsers", alice)
    made.iam("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=policy(deny("iam:ListUsers")), SetAsDefault=True)
    with pytest.raises(AccessDenied, match="with an explicit deny in an identity-based policy"):
        made.iam("ListUsers", alice)
    made.iam("SetDefaultPolicyVersion", PolicyArn=ARN, VersionId="v1")
    made.iam("ListUsers", alice)


def test_a_document_comes_back_as_it_was_given(bench: Bench) -> None:
    """White space, order and percent signs included."""
    document = '{ "Version":"2012-10-17",\n "Statement": {"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:*:alias/a%3Ab"} }'
    arn = bench.iam("CreatePolicy", PolicyName="x", PolicyDocument=document)["Policy"]["Arn"]
    assert bench.iam("GetPolicyVersion", PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == document


def test_white_space_does_not_count(bench: Bench) -> None:
    """Against any quota of characters."""
    document = policy(allow("kms:*")).replace(" ", " " * 1500)
    bench.iam("CreatePolicy", PolicyName="x", PolicyDocument=document)
    bench.iam("CreateUser", UserName="alice")
    bench.iam("PutUserPolicy", UserName="alice", PolicyName="x", PolicyDocument=document)


def test_attachments_are_counted_and_found_from_both_sides(made: Bench) -> None:
    """Attaching twice counts once."""
    made.iam("CreateUser", UserName="alice", Path="/eng/")
    made.iam("CreateGroup", GroupName="staff")
    made.iam("CreateRole", RoleName="ops", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}), PermissionsBoundary=ARN)
    for arn in (ARN, READ):
        for _ in range(2):
            made.iam("AttachUserPolicy", UserName="alice", PolicyArn=arn)
            made.iam("AttachGroupPolicy", GroupName="staff", PolicyArn=arn)
    shown = made.iam("GetPolicy", PolicyArn=ARN)["Policy"]
    assert (shown["AttachmentCount"], shown["PermissionsBoundaryUsageCount"]) == (2, 1)
    assert made.iam("GetPolicy", PolicyArn=READ)["Policy"]["AttachmentCount"] == 2
    entities = made.iam("ListEntitiesForPolicy", PolicyArn=ARN)
    assert [len(entities[name]) for name in ("PolicyUsers", "PolicyGroups", "PolicyRoles")] == [1, 1, 1]
    for more, expected in (
        ({"EntityFilter": "User"}, [1, 0, 0]),
        ({"EntityFilter": "AWSManagedPolicy"}, [0, 0, 0]),
        ({"PolicyUsageFilter": "PermissionsBoundary"}, [0, 0, 1]),
        ({"PathPrefix": "/eng/"}, [1, 0, 0]),
    ):
        entities = made.iam("ListEntitiesForPolicy", PolicyArn=ARN, **more)
        assert [len(entities[name]) for name in ("PolicyUsers", "PolicyGroups", "PolicyRoles")] == expected
    attached = made.iam("ListAttachedUserPolicies", UserName="alice")["AttachedPolicies"]
    assert attached == [{"PolicyName": "p", "PolicyArn": ARN}, {"PolicyName": "ReadOnlyAccess", "PolicyArn": READ}]
    assert len(made.iam("ListAttachedUserPolicies", UserName="alice", PathPrefix="/team/")["AttachedPolicies"]) == 1
    made.iam("DetachUserPolicy", UserName="alice", PolicyArn=ARN)
    made.iam("DetachGroupPolicy", GroupName="staff", PolicyArn=ARN)
    assert made.iam("GetPolicy", PolicyArn=ARN)["Policy"]["AttachmentCount"] == 0


def test_an_eleventh_policy_is_refused(bench: Bench) -> None:
    """For users, groups and roles alike."""
    bench.iam("CreateUser", UserName="alice")
    for number in range(11):
        bench.iam("CreatePolicy", PolicyName=f"p{number}", PolicyDocument=policy(allow("kms:*")))
    for number in range(10):
        bench.iam("AttachUserPolicy", UserName="alice", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/p{number}")
    with pytest.raises(ApiError, match="Cannot exceed quota for PoliciesPerUser: 10"):
        bench.iam("AttachUserPolicy", UserName="alice", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/p10")


def test_lists_are_filtered(made: Bench) -> None:
    """By scope, use and path; entries have no description."""
    made.iam("CreateUser", UserName="alice", PermissionsBoundary=ARN)
    made.iam("AttachUserPolicy", UserName="alice", PolicyArn=READ)

    def names(**request: object) -> list[str]:
        return [p["PolicyName"] for p in made.iam("ListPolicies", MaxItems=1000, **request)["Policies"]]

    assert names(Scope="Local") == ["p"]
    assert len(names(Scope="AWS")) == len(AWS_MANAGED_POLICIES)
    assert len(names()) == len(AWS_MANAGED_POLICIES) + 1
    assert names(OnlyAttached=True) == ["ReadOnlyAccess"]
    assert names(PolicyUsageFilter="PermissionsBoundary") == ["p"]
    assert names(PathPrefix="/team/") == ["p"]
    assert "Description" not in made.iam("ListPolicies", Scope="Local")["Policies"][0]


def test_inline_policies_are_put_replaced_and_deleted(bench: Bench) -> None:
    """The document comes back as it was put."""
    bench.iam("CreateRole", RoleName="ops", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    for action in ("kms:Encrypt", "kms:Decrypt"):
        bench.iam("PutRolePolicy", RoleName="ops", PolicyName="p", PolicyDocument=policy(allow(action)))
    got = bench.iam("GetRolePolicy", RoleName="ops", PolicyName="p")
    assert got == {"RoleName": "ops", "PolicyName": "p", "PolicyDocument": policy(allow("kms:Decrypt"))}
    assert bench.iam("ListRolePolicies", RoleName="ops")["PolicyNames"] == ["p"]
    bench.iam("DeleteRolePolicy", RoleName="ops", PolicyName="p")
    assert bench.iam("ListRolePolicies", RoleName="ops")["PolicyNames"] == []


def test_a_boundary_limits_and_is_replaced_and_removed(made: Bench) -> None:
    """Its use is counted."""
    alice = made.user("alice", allow("iam:*"))
    made.iam("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=ARN)
    made.iam("ListUsers", alice)
    with pytest.raises(AccessDenied, match="because no permissions boundary allows the iam:ListRoles action"):
        made.iam("ListRoles", alice)
    made.iam("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=READ)
    made.iam("ListRoles", alice)
    assert made.iam("GetPolicy", PolicyArn=ARN)["Policy"]["PermissionsBoundaryUsageCount"] == 0
    assert made.iam("GetPolicy", PolicyArn=READ)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    made.iam("DeleteUserPermissionsBoundary", UserName="alice")
    assert made.iam("GetUser", UserName="alice")["User"]["PermissionsBoundary"] is None


@pytest.mark.parametrize("arn", list(AWS_MANAGED_POLICIES))
def test_awss_own_policies_are_good_policies(bench: Bench, arn: str) -> None:
    """Each parses, and reads like a customer's, but can't be changed."""
    found = AWS_MANAGED_POLICIES[arn]
    assert parse_policy(found.document, PolicyKind.IDENTITY).statements
    shown = bench.iam("GetPolicy", PolicyArn=arn)["Policy"]
    assert (shown["Arn"], shown["DefaultVersionId"]) == (arn, "v1")
    assert len(shown["PolicyId"]) == 21
    document = bench.iam("GetPolicyVersion", PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    assert json.loads(document)["Version"] == "2012-10-17"
    with pytest.raises(ApiError, match="was not found"):
        bench.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=found.document)
