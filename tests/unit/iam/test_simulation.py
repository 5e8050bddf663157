"""Policy simulation answers as the engine would decide."""

import pytest
from tests.unit.identity.bench import ACCOUNT, Bench, allow, deny, policy, trust

from strongroom.core.errors import AccessDenied, ApiError

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"


def decisions(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    """Return the decisions of a simulation."""
    return [result["EvalDecision"] for result in answer["EvaluationResults"]]


def test_custom_policies_are_tried_for_each_action_and_resource(bench: Bench) -> None:
    """Allowed, denied, or neither."""
    document = policy(allow("kms:*", resource=KEY), deny("kms:Delete*"))
    actions = ["kms:Decrypt", "kms:DeleteAlias", "s3:GetObject"]
    answer = bench.iam("SimulateCustomPolicy", PolicyInputList=[document], ActionNames=actions, ResourceArns=[KEY, "*"])
    assert decisions(answer) == ["allowed", "implicitDeny", "explicitDeny", "explicitDeny", "implicitDeny", "implicitDeny"]
    first = answer["EvaluationResults"][0]
    assert (first["EvalActionName"], first["EvalResourceName"]) == ("kms:Decrypt", KEY)
    assert first["MatchedStatements"][0]["SourcePolicyId"] == "PolicyInputList.1"
    assert first["MatchedStatements"][0]["SourcePolicyType"] == "none"
    assert first["MatchedStatements"][0]["StartPosition"] == {"Line": 1, "Column": document.index("[") + 2}


def test_missing_context_values_are_named(bench: Bench) -> None:
    """And those given are used."""
    condition = {"StringEquals": {"aws:PrincipalTag/team": "red", "kms:ViaService": "x"}}
    request = {"PolicyInputList": [policy(allow("kms:Decrypt", Condition=condition))], "ActionNames": ["kms:Decrypt"]}
    answer = bench.iam("SimulateCustomPolicy", **request)
    assert decisions(answer) == ["implicitDeny"]
    assert set(answer["EvaluationResults"][0]["MissingContextValues"]) == {"aws:PrincipalTag/team", "kms:ViaService"}
    entries = [
        {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for name, value in (("AWS:principaltag/Team", "red"), ("kms:ViaService", "x"))
    ]
    assert decisions(bench.iam("SimulateCustomPolicy", ContextEntries=entries, **request)) == ["allowed"]


def test_a_boundary_has_its_own_answer(bench: Bench) -> None:
    """Whether it allows, beside the decision."""
    request = {"PolicyInputList": [policy(allow("*"))], "ActionNames": ["kms:Decrypt", "s3:GetObject"]}
    answer = bench.iam("SimulateCustomPolicy", PermissionsBoundaryPolicyInputList=[policy(allow("kms:*"))], **request)
    assert decisions(answer) == ["allowed", "implicitDeny"]
    allowed = [result["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for result in answer["EvaluationResults"]]
    assert allowed == [True, False]


def test_a_principal_is_tried_with_all_its_policies(bench: Bench) -> None:
    """Inline, managed, of its groups, its boundary, and those of the request."""
    bench.user("alice", allow("kms:Decrypt"))
    bench.iam("CreateGroup", GroupName="staff")
    bench.iam("AddUserToGroup", GroupName="staff", UserName="alice")
    bench.iam("AttachGroupPolicy", GroupName="staff", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    request = {"PolicySourceArn": ALICE, "ActionNames": ["kms:Decrypt", "iam:ListUsers", "s3:GetObject"]}
    answer = bench.iam("SimulatePrincipalPolicy", **request)
    assert decisions(answer) == ["allowed", "allowed", "implicitDeny"]
    sources = [(s["SourcePolicyId"], s["SourcePolicyType"]) for result in answer["EvaluationResults"] for s in result["MatchedStatements"]]
    assert sources == [("user_alice_p", "user"), ("IAMReadOnlyAccess", "aws-managed")]
    more = bench.iam("SimulatePrincipalPolicy", PolicyInputList=[policy(allow("s3:*"), deny("kms:*"))], **request)
    assert decisions(more) == ["explicitDeny", "allowed", "allowed"]
    bench.iam("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary="arn:aws:iam::aws:policy/IAMFullAccess")
    assert decisions(bench.iam("SimulatePrincipalPolicy", **request)) == ["implicitDeny", "allowed", "implicitDeny"]


def test_groups_and_roles_are_principals_too(bench: Bench) -> None:
    """A role is tried as its session."""
    bench.iam("CreateGroup", GroupName="staff")
    bench.iam("PutGroupPolicy", GroupName="staff", PolicyName="p", PolicyDocument=policy(allow("kms:*")))
    bench.iam("CreateRole", RoleName="ops", Path="/x/", AssumeRolePolicyDocument=trust({"AWS": ACCOUNT}))
    for name, decision in (("group/staff", "allowed"), ("role/x/ops", "implicitDeny")):
        arn = f"arn:aws:iam::{ACCOUNT}:{name}"
        answer = bench.iam("SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=["kms:Decrypt"])
        assert decisions(answer) == [decision]


def test_a_resource_policy_takes_part(bench: Bench) -> None:
    """For KMS, by KMS's rule: without the key policy's leave, identity policies count for nothing."""
    request = {"PolicyInputList": [policy(allow("kms:*"))], "ActionNames": ["kms:Decrypt"], "ResourceArns": [KEY], "CallerArn": ALICE}
    for principal, decision in ((f"arn:aws:iam::{ACCOUNT}:root", "allowed"), ("arn:aws:iam::999999999999:root", "implicitDeny")):
        resource_policy = policy({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"})
        assert decisions(bench.iam("SimulateCustomPolicy", ResourcePolicy=resource_policy, **request)) == [decision]
    with pytest.raises(ApiError, match="CallerArn"):
        bench.iam("SimulateCustomPolicy", **request | {"CallerArn": "arn:aws:iam::1:role/x"})


def test_results_come_in_pages(bench: Bench) -> None:
    """Like every list."""
    request = {"PolicyInputList": [policy(allow("*"))], "ActionNames": [f"s3:Get{n}" for n in range(5)], "MaxItems": 2}
    answer = bench.iam("SimulateCustomPolicy", **request)
    assert answer["IsTruncated"]
    answer = bench.iam("SimulateCustomPolicy", Marker=answer["Marker"], **request)
    assert [result["EvalActionName"] for result in answer["EvaluationResults"]] == ["s3:Get2", "s3:Get3"]


def test_context_keys_are_listed(bench: Bench) -> None:
    """Of given policies, and of an entity's own."""
    condition = {"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}}
    document = policy(allow("kms:Decrypt", Condition=condition))
    answer = bench.iam("GetContextKeysForCustomPolicy", PolicyInputList=[document])
    assert answer == {"ContextKeyNames": ["aws:PrincipalTag/team", "aws:username"]}
    bench.user("alice", allow("kms:Decrypt", Condition=condition))
    answer = bench.iam("GetContextKeysForPrincipalPolicy", PolicySourceArn=ALICE)
    assert answer == {"ContextKeyNames": ["aws:PrincipalTag/team", "aws:username"]}


def test_simulating_needs_leave_on_the_principal(bench: Bench) -> None:
    """A user may be let to try its own policies only."""
    own = f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"
    alice = bench.user("alice", allow("iam:SimulatePrincipalPolicy", resource=own))
    bench.iam("CreateUser", UserName="bob")
    bench.iam("SimulatePrincipalPolicy", alice, PolicySourceArn=ALICE, ActionNames=["kms:Decrypt"])
    with pytest.raises(AccessDenied):
        bench.iam("SimulatePrincipalPolicy", alice, PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/bob", ActionNames=["kms:Decrypt"])
    for arn in ("arn:aws:iam::999999999999:user/alice", f"arn:aws:iam::{ACCOUNT}:policy/p", "no-arn-at-all-in-here"):
        with pytest.raises(ApiError, match="does not clearly define entity type and name"):
            bench.iam("SimulatePrincipalPolicy", PolicySourceArn=arn, ActionNames=["kms:Decrypt"])
