"""Who may do what: identity policies, condition keys, and parameters shared with other accounts."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.clients import Clients
from tests.wire.ssm.helpers import allow, code_of, failure, names_in


def arn_of(clients: Clients, name: str) -> str:
    """Return the ARN of a parameter."""
    return f"arn:aws:ssm:eu-west-1:{clients.account_id}:parameter{name}"


def test_what_exists_is_not_told_to_who_may_not_read_it(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """Present and absent parameters are denied alike."""
    clients.ssm.put_parameter(Name="/there", Value="v", Type="String")
    nobody = make_user(clients, "nobody")
    for name in ("/there", "/not/there"):
        code, text = failure(nobody.ssm.get_parameter, Name=name)
        assert code == "AccessDeniedException"
        assert text == (
            f"User: arn:aws:iam::{clients.account_id}:user/nobody is not authorized to perform: ssm:GetParameter on resource:"
            f" {arn_of(clients, name)} because no identity-based policy allows the ssm:GetParameter action"
        )
        assert code_of(nobody.ssm.delete_parameter, Name=name) == "AccessDeniedException"
        assert code_of(nobody.ssm.get_parameter_history, Name=name) == "AccessDeniedException"
        assert code_of(nobody.ssm.list_tags_for_resource, ResourceType="Parameter", ResourceId=name) == "AccessDeniedException"
    assert code_of(nobody.ssm.describe_parameters) == "AccessDeniedException"
    assert code_of(nobody.ssm.get_service_setting, SettingId="/ssm/parameter-store/high-throughput-enabled") == "AccessDeniedException"


def test_each_read_has_its_own_action(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """GetParameters does not follow from GetParameter, and one denied name fails the whole call."""
    for name in ("/a/x", "/b/x"):
        clients.ssm.put_parameter(Name=name, Value="v", Type="String")
    reader = make_user(clients, "reader", allow("ssm:GetParameters", "ssm:DeleteParameters", resource=arn_of(clients, "/a/*")))
    assert names_in(reader.ssm.get_parameters(Names=["/a/x", "/a/none"])) == ["/a/x"]
    assert code_of(reader.ssm.get_parameters, Names=["/a/x", "/b/x"]) == "AccessDeniedException"
    assert code_of(reader.ssm.get_parameter, Name="/a/x") == "AccessDeniedException"
    assert code_of(reader.ssm.delete_parameters, Names=["/a/x", "/b/x"]) == "AccessDeniedException"
    assert names_in(clients.ssm.describe_parameters()) == ["/a/x", "/b/x"]
    assert reader.ssm.delete_parameters(Names=["/a/x"])["DeletedParameters"] == ["/a/x"]


def test_a_path_is_authorised_on_the_path_alone(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """A Deny below does not hide what is read through the path above; ssm:Recursive limits the reach."""
    for name in ("/a/x", "/a/b/x"):
        clients.ssm.put_parameter(Name=name, Value="v", Type="String")
    reader = make_user(
        clients,
        "reader",
        allow("ssm:GetParametersByPath", resource=arn_of(clients, "/a")),
        {"Effect": "Deny", "Action": "ssm:GetParametersByPath", "Resource": arn_of(clients, "/a/b")},
    )
    assert names_in(reader.ssm.get_parameters_by_path(Path="/a/", Recursive=True)) == ["/a/b/x", "/a/x"]
    assert code_of(reader.ssm.get_parameters_by_path, Path="/a/b") == "AccessDeniedException"
    shallow = make_user(
        clients,
        "shallow",
        allow("ssm:GetParametersByPath", Condition={"StringEquals": {"ssm:Recursive": "false"}}),
    )
    assert names_in(shallow.ssm.get_parameters_by_path(Path="/a")) == ["/a/x"]
    assert code_of(shallow.ssm.get_parameters_by_path, Path="/a", Recursive=True) == "AccessDeniedException"


def test_condition_keys_of_a_write(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """ssm:Overwrite, ssm:Policies, aws:RequestTag and the tags of the parameter."""
    ssm = clients.ssm
    ssm.put_parameter(Name="/red", Value="v", Type="String", Tags=[{"Key": "Team", "Value": "red"}])
    ssm.put_parameter(Name="/blue", Value="v", Type="String", Tags=[{"Key": "Team", "Value": "blue"}])
    creator = make_user(clients, "creator", allow("ssm:PutParameter", Condition={"StringEquals": {"ssm:Overwrite": "false"}}))
    creator.ssm.put_parameter(Name="/new", Value="v", Type="String")
    assert code_of(creator.ssm.put_parameter, Name="/new", Value="v", Overwrite=True) == "AccessDeniedException"
    tags: Any = [{"Key": "Team", "Value": "red"}]
    assert code_of(creator.ssm.put_parameter, Name="/tagged", Value="v", Type="String", Tags=tags) == "AccessDeniedException"
    plain = make_user(clients, "plain", allow("ssm:PutParameter", Condition={"StringEquals": {"ssm:Policies": "false"}}))
    plain.ssm.put_parameter(Name="/plain", Value="v", Type="String")
    assert code_of(plain.ssm.put_parameter, Name="/p", Value="v", Type="String", Policies="[{}]") == "AccessDeniedException"
    tagger = make_user(
        clients,
        "tagger",
        allow("ssm:PutParameter", "ssm:AddTagsToResource", Condition={"StringEquals": {"aws:RequestTag/Team": "red"}}),
    )
    tagger.ssm.put_parameter(Name="/tagged", Value="v", Type="String", Tags=tags)
    for key in ("ssm:resourceTag/Team", "aws:ResourceTag/Team"):
        red = make_user(clients, key.split(":")[0], allow("ssm:GetParameter", Condition={"StringEquals": {key: "red"}}))
        assert red.ssm.get_parameter(Name="/red")["Parameter"]["Value"] == "v"
        assert code_of(red.ssm.get_parameter, Name="/blue") == "AccessDeniedException"


def sharing(owner: Clients, name: str, with_account: str, *actions: str) -> str:
    """Return a resource policy that shares a parameter."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": with_account},
        "Action": list(actions),
        "Resource": arn_of(owner, name),
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_shared_parameter_is_read_by_its_full_arn(clients: Clients, make_account: Callable[[], Clients]) -> None:
    """Only the shared actions, only the named account, and only while the policy stands."""
    other, stranger = make_account(), make_account()
    ssm, arn = clients.ssm, arn_of(clients, "/shared")
    ssm.put_parameter(Name="/shared", Value="v", Type="String", Tier="Advanced")
    assert code_of(other.ssm.get_parameter, Name=arn) == "AccessDeniedException"
    policy = sharing(clients, "/shared", other.account_id, "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory")
    made = ssm.put_resource_policy(ResourceArn=arn, Policy=policy)
    assert other.ssm.get_parameter(Name=arn)["Parameter"]["Value"] == "v"
    assert other.ssm.get_parameter(Name=arn + ":1")["Parameter"]["ARN"] == arn
    assert names_in(other.ssm.get_parameters(Names=[arn])) == ["/shared"]
    assert other.ssm.get_parameter_history(Name=arn)["Parameters"][0]["Version"] == 1
    assert failure(other.ssm.get_parameter, Name="/shared") == ("ParameterNotFound", "")
    assert code_of(stranger.ssm.get_parameter, Name=arn) == "AccessDeniedException"
    assert code_of(other.ssm.put_resource_policy, ResourceArn=arn, Policy=policy) == "ResourcePolicyInvalidParameterException"
    assert names_in(other.ssm.describe_parameters(Shared=True)) == []
    ssm.delete_resource_policy(ResourceArn=arn, PolicyId=made["PolicyId"], PolicyHash=made["PolicyHash"])
    assert code_of(other.ssm.get_parameter, Name=arn) == "AccessDeniedException"


def test_a_shared_secure_string_needs_the_key_too(clients: Clients, make_account: Callable[[], Clients]) -> None:
    """The customer key's own policy must let the other account decrypt."""
    other = make_account()
    arn = arn_of(clients, "/shared")
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{clients.account_id}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other.account_id}:root"}, "Action": "kms:Decrypt", "Resource": "*"},
    ]
    key = clients.kms.create_key()["KeyMetadata"]["KeyId"]
    clients.ssm.put_parameter(Name="/shared", Value="v", Type="SecureString", Tier="Advanced", KeyId=key)
    clients.ssm.put_resource_policy(ResourceArn=arn, Policy=sharing(clients, "/shared", other.account_id, "ssm:GetParameter"))
    assert code_of(other.ssm.get_parameter, Name=arn, WithDecryption=True) == "AccessDeniedException"
    clients.kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    assert other.ssm.get_parameter(Name=arn, WithDecryption=True)["Parameter"]["Value"] == "v"


def test_a_resource_policy_is_changed_with_its_id_and_hash(clients: Clients) -> None:
    """Stale hashes conflict, unknown ids are not found, and a second policy is one too many."""
    ssm, arn = clients.ssm, arn_of(clients, "/x")
    ssm.put_parameter(Name="/x", Value="v", Type="String", Tier="Advanced")
    one = sharing(clients, "/x", "111122223333", "ssm:GetParameter")
    two = sharing(clients, "/x", "111122223333", "ssm:GetParameters")
    assert ssm.get_resource_policies(ResourceArn=arn)["Policies"] == []
    made = ssm.put_resource_policy(ResourceArn=arn, Policy=one)
    place = {"ResourceArn": arn, "PolicyId": made["PolicyId"]}
    changed = ssm.put_resource_policy(**place, PolicyHash=made["PolicyHash"], Policy=two)
    assert ssm.get_resource_policies(ResourceArn=arn)["Policies"] == [
        {"PolicyId": made["PolicyId"], "PolicyHash": changed["PolicyHash"], "Policy": two}
    ]
    assert code_of(ssm.put_resource_policy, **place, PolicyHash=made["PolicyHash"], Policy=one) == "ResourcePolicyConflictException"
    assert code_of(ssm.delete_resource_policy, **place, PolicyHash="stale") == "ResourcePolicyConflictException"
    assert code_of(ssm.put_resource_policy, ResourceArn=arn, Policy=one) == "ResourcePolicyLimitExceededException"
    unknown = {"ResourceArn": arn, "PolicyId": "none", "PolicyHash": "none"}
    assert code_of(ssm.delete_resource_policy, **unknown) == "ResourcePolicyNotFoundException"


def test_what_can_not_be_shared(clients: Clients) -> None:
    """Standard parameters, the account's own key, writes, malformed and overlong policies."""
    ssm = clients.ssm
    ssm.put_parameter(Name="/x", Value="v", Type="String")
    ssm.put_parameter(Name="/s", Value="v", Type="SecureString", Tier="Advanced")
    ssm.put_parameter(Name="/a", Value="v", Type="String", Tier="Advanced")
    for name in ("/x", "/s"):
        policy = sharing(clients, name, "111122223333", "ssm:GetParameter")
        assert (
            code_of(ssm.put_resource_policy, ResourceArn=arn_of(clients, name), Policy=policy) == "ResourcePolicyInvalidParameterException"
        )
    arn = arn_of(clients, "/a")
    for policy in ("{}", "x", sharing(clients, "/a", "111122223333", "ssm:PutParameter"), sharing(clients, "/a", "*", "ssm:*")):
        assert code_of(ssm.put_resource_policy, ResourceArn=arn, Policy=policy) == "MalformedResourcePolicyDocumentException"
    assert code_of(ssm.put_resource_policy, ResourceArn=arn, Policy=" " * 1024 + "{}") == "ResourcePolicyLimitExceededException"
    missing = arn_of(clients, "/none")
    assert code_of(ssm.put_resource_policy, ResourceArn=missing, Policy="{}") == "ResourceNotFoundException"
    assert code_of(ssm.get_resource_policies, ResourceArn="arn:aws:s3:::a-bucket-name") == "ResourcePolicyInvalidParameterException"
