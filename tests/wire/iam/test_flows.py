"""IAM as boto3 sees it: shapes, documents, pages, and rights that are felt by other services at once."""

import json
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients


def document(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


ALLOW_KMS = {"Effect": "Allow", "Action": "kms:*", "Resource": "arn:aws:kms:*:*:alias/a%3Ab"}


def test_documents_are_encoded_once(clients: Clients) -> None:
    """A document that holds %3A survives; botocore decodes it into an object."""
    clients.iam.create_user(UserName="alice")
    clients.iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=document(ALLOW_KMS))
    got = clients.iam.get_user_policy(UserName="alice", PolicyName="p")["PolicyDocument"]
    assert got == json.loads(document(ALLOW_KMS))
    arn = clients.iam.create_policy(PolicyName="p", PolicyDocument=document(ALLOW_KMS))["Policy"]["Arn"]
    version = clients.iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(document(ALLOW_KMS))
    assert version["IsDefaultVersion"] is True
    detail = clients.iam.get_account_authorization_details(Filter=["User"])["UserDetailList"][0]
    assert detail["UserPolicyList"][0]["PolicyDocument"] == json.loads(document(ALLOW_KMS))


def test_a_document_is_percent_encoded_on_the_wire(clients: Clients) -> None:
    """By RFC 3986: no plus signs, no raw braces."""
    clients.iam.create_user(UserName="alice")
    clients.iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=document(ALLOW_KMS))
    raw: list[bytes] = []
    clients.iam.meta.events.register("before-parse.iam.GetUserPolicy", lambda response_dict, **_: raw.append(response_dict["body"]))
    clients.iam.get_user_policy(UserName="alice", PolicyName="p")
    text = raw[0].decode().partition("<PolicyDocument>")[2].partition("</PolicyDocument>")[0]
    assert urllib.parse.unquote(text) == document(ALLOW_KMS)
    assert not {"{", " ", "+", '"'} & set(text)


def test_paginators_and_waiters_work(clients: Clients) -> None:
    """Markers lead through every page."""
    for n in range(5):
        clients.iam.create_user(UserName=f"u{n}")
    pages = clients.iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 2})
    assert [user["UserName"] for page in pages for user in page["Users"]] == [f"u{n}" for n in range(5)]
    clients.iam.get_waiter("user_exists").wait(UserName="u0")
    arn = clients.iam.create_policy(PolicyName="p", PolicyDocument=document(ALLOW_KMS))["Policy"]["Arn"]
    clients.iam.get_waiter("policy_exists").wait(PolicyArn=arn)


def test_every_region_is_the_same_iam(clients: Clients) -> None:
    """With an endpoint of one's own, botocore signs IAM for the client's Region."""
    other = clients.in_region("ap-southeast-2")
    try:
        other.iam.create_user(UserName="alice")
    finally:
        other.close()
    assert clients.iam.get_user(UserName="alice")["User"]["UserName"] == "alice"


def test_rights_are_felt_by_the_next_request(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """Given and taken away."""
    alice = make_user(clients)
    with pytest.raises(ClientError, match="no identity-based policy allows the kms:ListKeys action"):
        alice.kms.list_keys()
    clients.iam.put_user_policy(
        UserName="alice", PolicyName="p", PolicyDocument=document({"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"})
    )
    alice.kms.list_keys()
    clients.iam.delete_user_policy(UserName="alice", PolicyName="p")
    with pytest.raises(ClientError, match="AccessDenied"):
        alice.kms.list_keys()
    clients.iam.update_access_key(UserName="alice", AccessKeyId=alice.access_key_id, Status="Inactive")
    with pytest.raises(ClientError) as refused:
        alice.sts.get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"
    assert refused.value.response["Error"]["Message"] == "The security token included in the request is invalid."


def test_lists_leave_out_what_get_shows(clients: Clients) -> None:
    """As AWS does."""
    clients.iam.create_user(UserName="alice", Tags=[{"Key": "a", "Value": "b"}])
    assert "Tags" not in clients.iam.list_users()["Users"][0]
    assert clients.iam.get_user(UserName="alice")["User"]["Tags"] == [{"Key": "a", "Value": "b"}]
    policy = clients.iam.create_policy(PolicyName="p", PolicyDocument=document(ALLOW_KMS), Description="d")["Policy"]
    assert "Description" not in policy
    assert "Tags" not in policy
    shown = clients.iam.get_policy(PolicyArn=policy["Arn"])["Policy"]
    assert (shown["Description"], shown["Tags"]) == ("d", [])
    trust = document({"Effect": "Allow", "Principal": {"AWS": clients.account_id}, "Action": "sts:AssumeRole"})
    clients.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    assert clients.iam.get_role(RoleName="r")["Role"]["RoleLastUsed"] == {}
    assert "RoleLastUsed" not in clients.iam.list_roles()["Roles"][0]


def test_simulations_answer_in_awss_shape(clients: Clients) -> None:
    """The decision and what matched."""
    answer = clients.iam.simulate_custom_policy(
        PolicyInputList=[document({"Effect": "Allow", "Action": "kms:*", "Resource": "*"})], ActionNames=["kms:Decrypt", "s3:GetObject"]
    )
    results = answer["EvaluationResults"]
    assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]
    assert results[0]["MatchedStatements"][0]["SourcePolicyId"] == "PolicyInputList.1"


def test_a_credential_report_is_read(clients: Clients) -> None:
    """Its content comes as bytes."""
    clients.iam.generate_credential_report()
    report = clients.iam.get_credential_report()
    assert report["ReportFormat"] == "text/csv"
    assert report["Content"].startswith(b"user,arn,user_creation_time")


def test_an_mfa_device_shows_its_seed_once(clients: Clients) -> None:
    """As base32 text in bytes, and as a picture of it."""
    made = clients.iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    assert len(made["Base32StringSeed"]) == 64
    assert made["QRCodePNG"].startswith(b"\x89PNG")
    assert "Base32StringSeed" not in clients.iam.list_virtual_mfa_devices()["VirtualMFADevices"][0]


def test_constraints_of_the_model_hold(clients: Clients) -> None:
    """Names, paths and numbers are checked before anything else."""
    for call in (
        lambda: clients.iam.create_user(UserName="no spaces"),
        lambda: clients.iam.create_user(UserName="x" * 65),
        lambda: clients.iam.create_user(UserName="x", Path="no-slashes"),
        lambda: clients.iam.list_users(MaxItems=1001),
        lambda: clients.iam.list_users(MaxItems=0),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_what_is_not_offered_says_so(clients: Clients) -> None:
    """InvalidAction, like an operation that never was."""
    with pytest.raises(ClientError) as refused:
        clients.iam.list_server_certificates()
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidAction", "Could not find operation ListServerCertificates for version 2010-05-08")


def test_no_user_has_credentials_of_services_that_do_not_exist_here(clients: Clients) -> None:
    """Clients ask for them before they delete a user; one that is not there is still said to be missing."""
    clients.iam.create_user(UserName="alice")
    assert clients.iam.list_ssh_public_keys(UserName="alice")["SSHPublicKeys"] == []
    assert clients.iam.list_signing_certificates(UserName="alice")["Certificates"] == []
    assert clients.iam.list_service_specific_credentials(UserName="alice")["ServiceSpecificCredentials"] == []
    with pytest.raises(clients.iam.exceptions.NoSuchEntityException):
        clients.iam.list_ssh_public_keys(UserName="bob")


def test_a_quota_holds_against_callers_at_once(clients: Clients) -> None:
    """Of eight that ask for a key together, two get one."""
    clients.iam.create_user(UserName="alice")

    def ask(_: int) -> str:
        try:
            return clients.iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert answers.count("LimitExceeded") == 6
    assert len(clients.iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]) == 2
