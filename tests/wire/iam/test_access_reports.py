"""When services were used last, as the audit trail tells."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients

Make = Callable[..., Clients]
KMS = {"Effect": "Allow", "Action": ["kms:*", "secretsmanager:*"], "Resource": "*"}


def report(clients: Clients, arn: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Return a report's id and its services by namespace."""
    job = clients.iam.generate_service_last_accessed_details(Arn=arn, **more)["JobId"]
    answer = clients.iam.get_service_last_accessed_details(JobId=job)
    assert answer["JobStatus"] == "COMPLETED"
    return job, {service["ServiceNamespace"]: service for service in answer["ServicesLastAccessed"]}


def test_a_users_report_names_what_it_used_and_what_it_never_did(clients: Clients, make_user: Make) -> None:
    """Every granted service is there; one that was never used has no time."""
    alice = make_user(clients, "alice", KMS)
    before = time.time()
    alice.kms.list_keys()
    arn = f"arn:aws:iam::{clients.account_id}:user/alice"
    _, services = report(clients, arn)
    assert sorted(services) == ["kms", "secretsmanager"]
    assert services["kms"]["ServiceName"] == "AWS Key Management Service"
    assert services["kms"]["LastAuthenticatedEntity"] == arn
    assert services["kms"]["LastAuthenticatedRegion"] == "eu-west-1"
    assert services["kms"]["TotalAuthenticatedEntities"] == 1
    assert abs(services["kms"]["LastAuthenticated"].timestamp() - before) < 30
    assert "LastAuthenticated" not in services["secretsmanager"]
    assert services["secretsmanager"]["TotalAuthenticatedEntities"] == 0
    assert "TrackedActionsLastAccessed" not in services["kms"]


def test_actions_are_reported_where_asked_for(clients: Clients, make_user: Make) -> None:
    """Denied attempts count, as on AWS."""
    alice = make_user(clients, "alice", {"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"})
    alice.kms.list_keys()
    with pytest.raises(ClientError):
        alice.kms.create_key()
    _, services = report(clients, f"arn:aws:iam::{clients.account_id}:user/alice", Granularity="ACTION_LEVEL")
    actions = services["kms"]["TrackedActionsLastAccessed"]
    assert [action["ActionName"] for action in actions] == ["CreateKey", "ListKeys"]
    assert all(action["LastAccessedRegion"] == "eu-west-1" for action in actions)


def test_a_policys_report_names_the_entities(clients: Clients, make_user: Make) -> None:
    """Members of its groups, users and roles; those that used it first."""
    alice, bob = make_user(clients, "alice"), make_user(clients, "bob")
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}'
    policy = clients.iam.create_policy(PolicyName="keys", PolicyDocument=document)["Policy"]["Arn"]
    clients.iam.create_group(GroupName="g")
    clients.iam.attach_group_policy(GroupName="g", PolicyArn=policy)
    for name in ("alice", "bob"):
        clients.iam.add_user_to_group(GroupName="g", UserName=name)
    bob.kms.list_keys()
    job, services = report(clients, policy)
    assert services["kms"]["TotalAuthenticatedEntities"] == 1
    details = clients.iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="kms")["EntityDetailsList"]
    assert [(each["EntityInfo"]["Name"], each["EntityInfo"]["Type"], "LastAuthenticated" in each) for each in details] == [
        ("bob", "USER", True),
        ("alice", "USER", False),
    ]
    with pytest.raises(ClientError) as refused:
        clients.iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="s3")
    assert refused.value.response["Error"]["Code"] == "InvalidInput"
    alice.kms.list_keys()
    _, services = report(clients, f"arn:aws:iam::{clients.account_id}:group/g")
    assert services["kms"]["TotalAuthenticatedEntities"] == 2
    assert services["kms"]["LastAuthenticatedEntity"] == f"arn:aws:iam::{clients.account_id}:user/alice"


def test_a_roles_sessions_count_for_the_role(clients: Clients, make_user: Make) -> None:
    """Whoever assumed it."""
    alice = make_user(clients)
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{clients.account_id}:user/alice"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": statement}
    role = clients.iam.create_role(RoleName="ops", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    clients.iam.attach_role_policy(RoleName="ops", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    given = alice.sts.assume_role(RoleArn=role, RoleSessionName="s1")["Credentials"]
    session = Clients(clients.url, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    session.ssm.describe_parameters()
    session.close()
    _, services = report(clients, role)
    assert services["ssm"]["LastAuthenticatedEntity"] == role
    assert len(services) == 7


def test_a_report_is_its_makers_own(clients: Clients, make_user: Make) -> None:
    """Another user, or another id, finds nothing."""
    alice = make_user(clients, "alice", {"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    arn = f"arn:aws:iam::{clients.account_id}:user/alice"
    job, _ = report(clients, arn)
    for caller, wanted in ((alice, job), (clients, "00000000-0000-4000-8000-000000000000")):
        with pytest.raises(ClientError) as refused:
            caller.iam.get_service_last_accessed_details(JobId=wanted)
        assert refused.value.response["Error"]["Code"] == "NoSuchEntity"
    for bad in ("arn:aws:iam::111122223333:user/alice", f"arn:aws:iam::{clients.account_id}:banana/alice"):
        with pytest.raises(ClientError) as refused:
            clients.iam.generate_service_last_accessed_details(Arn=bad)
        assert refused.value.response["Error"]["Code"] == "InvalidInput"
    with pytest.raises(ClientError) as refused:
        clients.iam.generate_service_last_accessed_details(Arn=f"{arn}2")
    assert refused.value.response["Error"]["Code"] == "NoSuchEntity"


def test_policies_that_grant_a_service_are_listed(clients: Clients, make_user: Make) -> None:
    """Inline ones with their owner, managed ones with their ARN, a user's groups' too."""
    make_user(clients, "alice", KMS)
    clients.iam.create_group(GroupName="g")
    clients.iam.add_user_to_group(GroupName="g", UserName="alice")
    clients.iam.attach_group_policy(GroupName="g", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    clients.iam.put_group_policy(
        GroupName="g",
        PolicyName="p",
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ssm:Get*","Resource":"*"}}',
    )
    answer = clients.iam.list_policies_granting_service_access(
        Arn=f"arn:aws:iam::{clients.account_id}:user/alice", ServiceNamespaces=["ssm", "kms"]
    )
    admin = {
        "PolicyName": "AdministratorAccess",
        "PolicyType": "MANAGED",
        "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
    }
    assert answer["PoliciesGrantingServiceAccess"] == [
        {
            "ServiceNamespace": "kms",
            "Policies": [{"PolicyName": "given", "PolicyType": "INLINE", "EntityType": "USER", "EntityName": "alice"}, admin],
        },
        {
            "ServiceNamespace": "ssm",
            "Policies": [{"PolicyName": "p", "PolicyType": "INLINE", "EntityType": "GROUP", "EntityName": "g"}, admin],
        },
    ]
    assert answer["IsTruncated"] is False
