"""Many accounts in one server: made, bound by control policies, closed; and why calls are denied."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients
from tests.support.machines import ACCOUNT, Installation, installed
from typer.testing import CliRunner

from strongroom.cli.main import app

DENY_DECRYPT = {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    """Return a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A server whose first account is the management account."""
    with installed(tmp_path_factory.mktemp("accounts") / "data") as made:
        yield made


def member(installation: Installation, account_id: str, name: str = "team") -> Clients:
    """Make an account and return its root user's clients."""
    printed = installation.command("account", "create", account_id, "--name", name).split()
    return Clients(installation.server.url, printed[printed.index("key") + 1], printed[printed.index("key", 6) + 1], account_id=account_id)


def attach(installation: Installation, target: str, name: str, text: str, kind: str = "service", *, check: bool = True) -> str:
    """Attach a control policy."""
    path = installation.data.parent / f"{name}.json"
    path.write_text(text, encoding="utf-8")
    return installation.command("account", "policy", "attach", target, str(path), "--name", name, "--type", kind, check=check)


def denied(call: Any, **parameters: Any) -> str:
    """Return the text of the AccessDenied that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    assert caught.value.response["Error"]["Code"] in {"AccessDeniedException", "AccessDenied"}
    return str(caught.value.response["Error"]["Message"])


def test_a_service_control_policy_binds_even_root_of_its_account(installation: Installation) -> None:
    """From the next call on, until it is detached, and in that account only."""
    team = member(installation, "222200000001")
    key = team.kms.create_key()["KeyMetadata"]["KeyId"]
    blob = team.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    attach(installation, "222200000001", "no-decrypt", document(DENY_DECRYPT))
    assert denied(team.kms.decrypt, CiphertextBlob=blob, KeyId=key).endswith("with an explicit deny in a service control policy")
    own = installation.root.kms.create_key()["KeyMetadata"]["KeyId"]
    theirs = installation.root.kms.encrypt(KeyId=own, Plaintext=b"x")["CiphertextBlob"]
    assert installation.root.kms.decrypt(CiphertextBlob=theirs)["Plaintext"] == b"x"
    assert "service\tno-decrypt\t" in installation.command("account", "policy", "list", "222200000001")
    installation.command("account", "policy", "detach", "222200000001", "--name", "no-decrypt")
    assert team.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_without_full_access_only_what_control_policies_allow_is_allowed(installation: Installation) -> None:
    """An allow list: attach the policy, then detach FullAWSAccess."""
    team = member(installation, "222200000002")
    allow = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    attach(installation, "222200000002", "only-kms", document(allow))
    installation.command("account", "policy", "detach", "222200000002", "--name", "FullAWSAccess")
    assert team.kms.list_keys()["Keys"] == []
    reason = "because no service control policy allows the secretsmanager:ListSecrets action"
    assert denied(team.secretsmanager.list_secrets).endswith(reason)


def test_the_roots_control_policies_bind_every_account_but_the_management_account(installation: Installation) -> None:
    """One policy for all, those made later too."""
    team = member(installation, "222200000003")
    deny = {"Effect": "Deny", "Action": "ssm:PutParameter", "Resource": "*"}
    attach(installation, "root", "no-parameters", document(deny))
    assert "service control policy" in denied(team.ssm.put_parameter, Name="a", Value="b", Type="String")
    installation.root.ssm.put_parameter(Name="a", Value="b", Type="String")
    installation.command("account", "policy", "detach", "root", "--name", "no-parameters")
    team.ssm.put_parameter(Name="a", Value="b", Type="String")


def test_a_resource_control_policy_guards_an_accounts_resources_from_everybody(installation: Installation) -> None:
    """Whoever comes from outside the organisation, or another account, is denied although the resource's own policy lets it in."""
    owner = member(installation, "222200000004")
    secret = owner.secretsmanager.create_secret(Name="shared", SecretString="value")["ARN"]
    everyone = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "secretsmanager:DescribeSecret", "Resource": "*"}
    owner.secretsmanager.put_resource_policy(SecretId=secret, ResourcePolicy=document(everyone))
    assert installation.root.secretsmanager.describe_secret(SecretId=secret)["Name"] == "shared"
    elsewhere = {"StringNotEquals": {"aws:PrincipalAccount": "222200000004"}}
    perimeter = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*", "Condition": elsewhere}
    attach(installation, "222200000004", "perimeter", document(perimeter), "resource")
    text = denied(installation.root.secretsmanager.describe_secret, SecretId=secret)
    assert text.endswith("with an explicit deny in a resource control policy")
    assert owner.secretsmanager.describe_secret(SecretId=secret)["Name"] == "shared"
    allow = {**perimeter, "Effect": "Allow"}
    assert "may hold Deny statements only" in attach(installation, "root", "bad", document(allow), "resource", check=False)


def test_the_organisation_can_be_named_in_conditions(installation: Installation) -> None:
    """aws:PrincipalOrgID lets in every account of the server."""
    owner, other = member(installation, "222200000005"), member(installation, "222200000006")
    secret = owner.secretsmanager.create_secret(Name="org", SecretString="value")["ARN"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:DescribeSecret", "Resource": "*"}
    ours = {"StringLike": {"aws:PrincipalOrgID": "o-*"}}
    owner.secretsmanager.put_resource_policy(SecretId=secret, ResourcePolicy=document({**statement, "Condition": ours}))
    assert other.secretsmanager.describe_secret(SecretId=secret)["Name"] == "org"
    others = {"StringEquals": {"aws:PrincipalOrgID": "o-elsewhere1"}}
    owner.secretsmanager.put_resource_policy(SecretId=secret, ResourcePolicy=document({**statement, "Condition": others}))
    assert denied(other.secretsmanager.describe_secret, SecretId=secret)


def test_a_closed_account_is_shut_from_both_sides_and_opens_again_whole(installation: Installation) -> None:
    """Its keys and sessions are unknown, its resources and roles closed to others, and nothing is lost."""
    team = member(installation, "222200000007")
    secret = team.secretsmanager.create_secret(Name="shared", SecretString="value")["ARN"]
    statement = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "secretsmanager:DescribeSecret", "Resource": "*"}
    team.secretsmanager.put_resource_policy(SecretId=secret, ResourcePolicy=document(statement))
    assert installation.root.secretsmanager.describe_secret(SecretId=secret)
    token = team.sts.get_session_token()["Credentials"]
    session = Clients(installation.server.url, token["AccessKeyId"], token["SecretAccessKey"], token["SessionToken"])
    assert session.sts.get_caller_identity()["Account"] == "222200000007"
    installation.command("account", "close", "222200000007")
    for closed in (team, session):
        with pytest.raises(ClientError) as caught:
            closed.sts.get_caller_identity()
        assert caught.value.response["Error"]["Code"] == "InvalidClientTokenId"
    assert "resource control policy" in denied(installation.root.secretsmanager.describe_secret, SecretId=secret)
    assert "closed" in installation.command("account", "list")
    installation.command("account", "reopen", "222200000007")
    assert team.secretsmanager.get_secret_value(SecretId=secret)["SecretString"] == "value"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("close", ACCOUNT), "is the management account"),
        (("close", "999900000000"), "there is no account 999900000000"),
        (("close", "12"), "12 digits are needed"),
        (("reopen", ACCOUNT), "is not closed"),
        (("create", "12"), "12 digits are needed"),
        (("create", ACCOUNT), "exists already"),
        (("policy", "detach", "root", "--name", "absent"), "has no service control policy absent"),
        (("policy", "detach", "root", "--name", "RCPFullAWSAccess", "--type", "resource"), "can't be detached"),
        (("policy", "list", "999900000000"), "there is no account 999900000000"),
    ],
)
def test_what_the_organisation_can_not_do_is_said_in_one_line(installation: Installation, arguments: tuple[str, ...], reason: str) -> None:
    """And it ends with 1."""
    done = installation.run("account", *arguments)
    assert done.exit_code == 1
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_changes_of_the_organisation_are_in_the_management_accounts_trail(installation: Installation) -> None:
    """With who ran the command and what was attached."""
    member(installation, "222200000008", "audited")
    printed = installation.command("audit", "tail", "--json", "--account-id", ACCOUNT, "-n", "200")
    events = [json.loads(line) for line in printed.splitlines()]
    made = [event for event in events if event["eventName"] == "CreateAccount"][-1]
    assert made["eventSource"] == "organizations.amazonaws.com"
    assert made["serviceEventDetails"]["accountId"] == "222200000008"
    assert made["serviceEventDetails"]["operator"]
    assert "secret" not in json.dumps(made).lower()
    assert "NOT INTACT" not in installation.run("audit", "verify").stdout


def test_a_denied_call_records_which_policy_and_statement_decided(installation: Installation) -> None:
    """The event's additionalEventData has it, and explain tells it again by the request's id."""
    installation.root.iam.create_user(UserName="eve")
    statements = [
        {"Sid": "Everything", "Effect": "Allow", "Action": "ssm:*", "Resource": "*"},
        {"Sid": "NotThese", "Effect": "Deny", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:*:*:parameter/private/*"},
    ]
    installation.root.iam.put_user_policy(UserName="eve", PolicyName="given", PolicyDocument=document(*statements))
    key = installation.root.iam.create_access_key(UserName="eve")["AccessKey"]
    eve = Clients(installation.server.url, key["AccessKeyId"], key["SecretAccessKey"])
    with pytest.raises(ClientError) as caught:
        eve.ssm.get_parameter(Name="/private/a")
    request_id = caught.value.response["ResponseMetadata"]["RequestId"]
    told = installation.command("explain", "--request-id", request_id)
    assert "then denied an explicit Deny: identity-based policy user/eve/given, statement NotThese" in told
    assert "now: DENIED" in told
    line = json.loads(installation.command("explain", "--request-id", request_id, "--json"))
    assert line["decision"] == {
        "allowed": False,
        "action": "ssm:GetParameter",
        "resource": f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/private/a",
        "explicitDeny": True,
        "policyType": "identity-based policy",
        "policy": "user/eve/given",
        "statement": "NotThese",
        "considered": [],
    }
    installation.root.iam.put_user_policy(UserName="eve", PolicyName="given", PolicyDocument=document(statements[0]))
    assert "now: ALLOWED" in installation.command("explain", "--request-id", request_id)
    assert "has no request" in installation.command("explain", "--request-id", "unknown", check=False)


def test_explain_answers_for_any_principal_with_the_real_policies(installation: Installation) -> None:
    """Users, roles, sessions and root; the resource's policy and the keys in --context count; nothing is recorded."""
    root = installation.root
    key = root.kms.create_key()["KeyMetadata"]["Arn"]
    root.iam.create_user(UserName="oscar")
    context = {"StringEquals": {"kms:EncryptionContext:app": "billing"}}
    statement = {"Sid": "Billing", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": context}
    root.iam.put_user_policy(UserName="oscar", PolicyName="given", PolicyDocument=document(statement))
    asked = ("--principal", f"arn:aws:iam::{ACCOUNT}:user/oscar", "--action", "kms:Decrypt", "--resource", key)
    refused = installation.run("explain", *asked)
    assert refused.exit_code == 2
    assert "DENIED" in refused.stdout
    assert "because no identity-based policy allows the kms:Decrypt action" in refused.stdout
    assert "the request has no such key" in refused.stdout
    assert "kms:EncryptionContext:app" in refused.stdout.splitlines()[-1]
    allowed = installation.command("explain", *asked, "--context", "kms:EncryptionContext:app=billing")
    assert allowed.startswith("ALLOWED")
    assert "Decided by: identity-based policy user/oscar/given, statement Billing" in allowed
    found = json.loads(
        installation.command(
            "explain", "--principal", f"arn:aws:iam::{ACCOUNT}:root", "--action", "kms:Decrypt", "--resource", key, "--json"
        )
    )
    assert found["allowed"]
    assert found["policyType"] == "resource-based policy"
    role = installation.role("worker", "ec2.amazonaws.com")
    trust = ("--action", "sts:AssumeRole", "--resource", role)
    assert installation.command("explain", "--principal", "ec2.amazonaws.com", *trust).startswith("ALLOWED")
    for principal in (role, f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/one"):
        assert installation.run("explain", "--principal", principal, *asked[2:]).exit_code == 2
    absent = installation.command("explain", "--principal", f"arn:aws:iam::{ACCOUNT}:user/nobody", *asked[2:], check=False)
    assert absent == f"strongroom: there is no principal arn:aws:iam::{ACCOUNT}:user/nobody\n"


def test_a_policy_from_the_trail_allows_what_was_done_again_and_nothing_else(installation: Installation) -> None:
    """Under the policy that from-trail wrote, the same work succeeds; what was never done does not."""
    root = installation.root
    root.iam.create_user(UserName="worker")
    root.iam.put_user_policy(
        UserName="worker", PolicyName="given", PolicyDocument=document({"Effect": "Allow", "Action": "*", "Resource": "*"})
    )
    access = root.iam.create_access_key(UserName="worker")["AccessKey"]
    worker = Clients(installation.server.url, access["AccessKeyId"], access["SecretAccessKey"])
    key = root.kms.create_key()["KeyMetadata"]["Arn"]
    other = root.kms.create_key()["KeyMetadata"]["Arn"]

    def work(turn: str) -> None:
        blob = worker.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        worker.kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other)
        worker.kms.list_keys()
        secret = worker.secretsmanager.create_secret(Name="made", SecretString="a", KmsKeyId=key, Tags=[{"Key": "a", "Value": "b"}])
        worker.secretsmanager.get_secret_value(SecretId=secret["ARN"])
        worker.secretsmanager.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)
        worker.ssm.put_parameter(Name="/app/a", Value=turn, Type="SecureString", KeyId=key, Overwrite=True)
        worker.ssm.get_parameters_by_path(Path="/app", WithDecryption=True)
        worker.ssm.get_parameters(Names=["/app/a"])

    work("one")
    written = installation.command("policy", "from-trail", "--principal", f"arn:aws:iam::{ACCOUNT}:user/worker")
    root.iam.put_user_policy(UserName="worker", PolicyName="given", PolicyDocument=written)
    assert '"*"' not in json.dumps([each["Action"] for each in json.loads(written)["Statement"]])
    with pytest.raises(ClientError):
        worker.kms.decrypt(CiphertextBlob=root.kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])
    with pytest.raises(ClientError):
        worker.kms.encrypt(KeyId=other, Plaintext=b"x")
    secret_arns = [each for each in json.loads(written)["Statement"] if "secretsmanager:GetSecretValue" in each["Action"]]
    again = json.loads(written)
    again["Statement"].append({**secret_arns[0], "Resource": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:made-??????"})
    root.iam.put_user_policy(UserName="worker", PolicyName="given", PolicyDocument=json.dumps(again))
    work("two")
    nothing = installation.run("policy", "from-trail", "--principal", f"arn:aws:iam::{ACCOUNT}:user/nobody")
    assert nothing.exit_code == 1
    assert "shows nothing that" in nothing.stderr


def test_lint_ends_with_one_for_errors_and_prints_what_to_do(tmp_path: Path) -> None:
    """Warnings alone end with 0."""
    bad = tmp_path / "bad.json"
    bad.write_text(document({"Effect": "Allow", "Action": "kms:Decript", "Resource": "*"}), encoding="utf-8")
    done = CliRunner().invoke(app, ["policy", "lint", str(bad)])
    assert done.exit_code == 1
    assert "error: unknown-action: statement 1: there is no action kms:Decript; did you mean kms:Decrypt?" in done.stdout
    wide = tmp_path / "wide.json"
    wide.write_text(document({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}), encoding="utf-8")
    assert [json.loads(line)["code"] for line in CliRunner().invoke(app, ["policy", "lint", str(wide), "--json"]).stdout.splitlines()] == [
        "wildcard-action",
        "wildcard-resource",
        "privilege-escalation",
        "privilege-escalation",
    ]
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    assert "contains invalid Json" in CliRunner().invoke(app, ["policy", "lint", str(broken)]).stderr


def test_the_management_account_deletes_a_members_root_key(installation: Installation) -> None:
    """By a root session for that task, which does nothing else; never its own root."""
    team = member(installation, "222200000091")
    root = installation.root
    task: Any = {"arn": "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"}
    denied(root.sts.assume_root, TargetPrincipal="222200000091", TaskPolicyArn=task)
    root.iam.enable_organizations_root_credentials_management()
    given = root.sts.assume_root(TargetPrincipal="222200000091", TaskPolicyArn=task)["Credentials"]
    session = Clients(installation.server.url, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert session.sts.get_caller_identity()["Arn"] == "arn:aws:iam::222200000091:root"
    assert "session policy" in denied(session.kms.list_keys)
    key = session.iam.list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"]
    session.iam.delete_access_key(AccessKeyId=key)
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        team.sts.get_caller_identity()
    session.close()
    team.close()
    assert ACCOUNT in root.sts.get_caller_identity()["Arn"]
    denied(root.sts.assume_root, TargetPrincipal=ACCOUNT, TaskPolicyArn=task)
