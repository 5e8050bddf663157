"""What somebody tries who wants more than a session gives: more rights, more time, another account, another name."""

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from tests.support.clients import Clients
from tests.wire.sts.support import ALL, ASSUME, document, refused, role

Make = Callable[..., Clients]


def test_revoking_older_sessions_ends_them_and_not_new_ones(clients: Clients, make_user: Make, with_credentials: Make) -> None:
    """The console's AWSRevokeOlderSessions policy: a Deny for tokens issued before now."""
    alice = make_user(clients)
    arn = role(clients, "ops", f"arn:aws:iam::{clients.account_id}:user/alice", ALL)
    old = with_credentials(clients, alice.sts.assume_role(RoleArn=arn, RoleSessionName="old")["Credentials"])
    old.kms.list_keys()
    time.sleep(1.1)  # tokens are issued at whole seconds
    before = {"DateLessThan": {"aws:TokenIssueTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}}
    revoke = {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": before}
    clients.iam.put_role_policy(RoleName="ops", PolicyName="AWSRevokeOlderSessions", PolicyDocument=document(revoke))
    for call in (old.kms.list_keys, old.iam.list_users, old.ssm.describe_parameters, old.secretsmanager.list_secrets):
        code, text = refused(call)
        assert code in {"AccessDenied", "AccessDeniedException"}
        assert "with an explicit deny in an identity-based policy" in text
    new = with_credentials(clients, alice.sts.assume_role(RoleArn=arn, RoleSessionName="new")["Credentials"])
    new.kms.list_keys()
    new.iam.list_users()


def test_a_session_policy_is_never_escaped(clients: Clients, make_user: Make, with_credentials: Make) -> None:
    """Not by a broader one in the next session, nor by giving the role more, nor by a resource policy that names the role."""
    alice = make_user(clients)
    user = f"arn:aws:iam::{clients.account_id}:user/alice"
    arn = role(clients, "ops", user, ALL)
    wide = role(clients, "wide", f"arn:aws:iam::{clients.account_id}:role/ops", ALL)
    only_list = document({"Effect": "Allow", "Action": ["kms:ListKeys", "iam:PutRolePolicy"], "Resource": "*"})
    session = with_credentials(clients, alice.sts.assume_role(RoleArn=arn, RoleSessionName="s1", Policy=only_list)["Credentials"])
    session.kms.list_keys()
    assert (
        "no session policy allows the sts:AssumeRole action"
        in refused(lambda: session.sts.assume_role(RoleArn=wide, RoleSessionName="s2"))[1]
    )
    session.iam.put_role_policy(RoleName="ops", PolicyName="more", PolicyDocument=document(ALL))
    assert "no session policy allows the kms:CreateKey action" in refused(session.kms.create_key)[1]
    policy = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "*", "Resource": "*"}}
    )
    secret = clients.secretsmanager.create_secret(Name="s", SecretString="x")["ARN"]
    clients.secretsmanager.put_resource_policy(SecretId=secret, ResourcePolicy=policy)
    assert "no session policy allows" in refused(lambda: session.secretsmanager.get_secret_value(SecretId=secret))[1]


def test_a_session_policy_may_not_give_what_the_role_lacks(clients: Clients, make_user: Make, with_credentials: Make) -> None:
    """A session that passes AdministratorAccess has the role's rights, and no others."""
    alice = make_user(clients)
    arn = role(clients, "ops", f"arn:aws:iam::{clients.account_id}:user/alice", {"Effect": "Allow", "Action": "kms:List*", "Resource": "*"})
    wider: Any = {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}], "Policy": document(ALL)}
    session = with_credentials(clients, alice.sts.assume_role(RoleArn=arn, RoleSessionName="s1", **wider)["Credentials"])
    session.kms.list_keys()
    assert refused(session.kms.create_key)[0] == "AccessDeniedException"
    assert refused(session.iam.list_users)[0] == "AccessDenied"


def test_a_policy_passed_by_arn_binds_while_it_exists_and_denies_when_it_is_gone(
    clients: Clients, make_user: Make, with_credentials: Make
) -> None:
    """Deleting a session's policy frees nobody."""
    alice = make_user(clients)
    arn = role(clients, "ops", f"arn:aws:iam::{clients.account_id}:user/alice", ALL)
    only_list = document({"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"})
    passed = clients.iam.create_policy(PolicyName="passed", PolicyDocument=only_list)["Policy"]["Arn"]
    answer = alice.sts.assume_role(RoleArn=arn, RoleSessionName="s1", PolicyArns=[{"arn": passed}])
    session = with_credentials(clients, answer["Credentials"])
    session.kms.list_keys()
    assert refused(session.kms.create_key)[0] == "AccessDeniedException"
    clients.iam.delete_policy(PolicyArn=passed)
    assert refused(session.kms.list_keys)[0] == "AccessDeniedException"


def test_a_policy_of_another_account_is_not_passed(clients: Clients, make_user: Make, make_account: Make) -> None:
    """Its text is not this account's to use, and whether it exists is not told."""
    there = make_account()
    alice = make_user(clients)
    arn = role(clients, "ops", f"arn:aws:iam::{clients.account_id}:user/alice", ALL)
    theirs = there.iam.create_policy(PolicyName="theirs", PolicyDocument=document(ALL))["Policy"]["Arn"]
    for policy in (theirs, theirs.replace("theirs", "ghost")):
        code, text = refused(partial(alice.sts.assume_role, RoleArn=arn, RoleSessionName="s1", PolicyArns=[{"arn": policy}]))
        assert (code, text) == ("ValidationError", f"Policy {policy} does not exist or is not attachable.")


def test_the_confused_deputy_needs_the_external_id(clients: Clients, make_user: Make, make_account: Make, with_credentials: Make) -> None:
    """A role that a vendor assumes for one customer is not assumed for another one: no id, a wrong id and a near id are denied alike."""
    vendor = make_user(make_account(), "vendor", ASSUME)
    arn = role(clients, "vendor", vendor.account_id, ALL, StringEquals={"sts:ExternalId": "customer-1"})
    wrong: list[Any] = [{}, {"ExternalId": "customer-2"}, {"ExternalId": "CUSTOMER-1"}, {"ExternalId": "customer-11"}]
    for more in wrong:
        code, text = refused(partial(vendor.sts.assume_role, RoleArn=arn, RoleSessionName="s1", **more))
        assert code == "AccessDenied"
        assert "customer" not in text
    given = vendor.sts.assume_role(RoleArn=arn, RoleSessionName="s1", ExternalId="customer-1")["Credentials"]
    with_credentials(clients, given).kms.list_keys()


def test_the_external_id_is_no_secret_that_the_callers_own_policy_can_replace(
    clients: Clients, make_user: Make, make_account: Make
) -> None:
    """The caller's administrator rights do not stand in for the trust policy's condition."""
    admin = make_user(make_account(), "admin", ALL)
    arn = role(clients, "vendor", admin.account_id, ALL, StringEquals={"sts:ExternalId": "customer-1"})
    assert refused(lambda: admin.sts.assume_role(RoleArn=arn, RoleSessionName="s1"))[0] == "AccessDenied"


def test_a_token_is_not_used_with_another_accounts_key(clients: Clients, make_account: Make, with_credentials: Make) -> None:
    """Neither a session's token under a foreign key, nor a foreign token under this key."""
    there = make_account()
    mine, theirs = (dict[str, Any](each.sts.get_session_token()["Credentials"]) for each in (clients, there))
    for forged in ({**mine, "SessionToken": theirs["SessionToken"]}, {**theirs, "SessionToken": mine["SessionToken"]}):
        assert refused(with_credentials(clients, forged).sts.get_caller_identity) == (
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        )
    crossed = {**theirs, "SecretAccessKey": mine["SecretAccessKey"]}
    assert refused(with_credentials(clients, crossed).sts.get_caller_identity)[0] == "SignatureDoesNotMatch"


def test_a_key_and_a_token_belong_together(clients: Clients, make_user: Make, with_credentials: Make) -> None:
    """A user's own key with a session's token, and a session's key without its own."""
    alice = make_user(clients)
    token = clients.sts.get_session_token()["Credentials"]
    own = {"AccessKeyId": alice.access_key_id, "SecretAccessKey": alice.secret_access_key, "SessionToken": token["SessionToken"]}
    assert refused(with_credentials(clients, own).sts.get_caller_identity)[0] == "InvalidClientTokenId"
    assert refused(with_credentials(clients, {**token, "SessionToken": None}).sts.get_caller_identity)[0] == "InvalidClientTokenId"


@pytest.mark.parametrize("forge", ["empty", "garbage", "own", "cut", "longer", "page token"])
def test_a_forged_token_opens_nothing(clients: Clients, with_credentials: Make, forge: str) -> None:
    """Not made here, made for something else, or changed in length."""
    made = dict[str, Any](clients.sts.get_session_token()["Credentials"])
    token = made["SessionToken"]
    claim = base64.urlsafe_b64encode(json.dumps({"account": clients.account_id, "type": "Root"}).encode()).decode()
    for name in ("a", "b"):
        clients.iam.create_user(UserName=name)
    marker = clients.iam.list_users(MaxItems=1)["Marker"]
    forged = {"empty": " ", "garbage": "A" * len(token), "own": claim, "cut": token[:-4], "longer": token + "AAAA", "page token": marker}
    assert refused(with_credentials(clients, {**made, "SessionToken": forged[forge]}).sts.get_caller_identity)[0] == "InvalidClientTokenId"


def test_sessions_do_not_make_longer_ones(clients: Clients, make_user: Make, with_credentials: Make) -> None:
    """Role chaining ends after an hour whatever the role allows; a session makes no session of its own user."""
    alice = make_user(clients)
    first = role(clients, "first", f"arn:aws:iam::{clients.account_id}:user/alice", ASSUME)
    second = role(clients, "second", f"arn:aws:iam::{clients.account_id}:role/first", ALL)
    clients.iam.update_role(RoleName="first", MaxSessionDuration=43200)
    clients.iam.update_role(RoleName="second", MaxSessionDuration=43200)
    given = alice.sts.assume_role(RoleArn=first, RoleSessionName="s1", DurationSeconds=43200)["Credentials"]
    session = with_credentials(clients, given)
    assert refused(lambda: session.sts.assume_role(RoleArn=second, RoleSessionName="s2", DurationSeconds=3601)) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )
    chained = session.sts.assume_role(RoleArn=second, RoleSessionName="s2")["Credentials"]
    assert chained["Expiration"] <= datetime.now(UTC) + timedelta(seconds=3601)
    assert refused(session.sts.get_session_token) == ("AccessDenied", "Cannot call GetSessionToken with session credentials")
    assert refused(lambda: session.sts.get_federation_token(Name="bob"))[0] == "AccessDenied"


def test_a_name_set_once_stays(clients: Clients, make_user: Make, with_credentials: Make) -> None:
    """Source identity and transitive tags go from role to role; neither can be changed on the way."""
    alice = make_user(clients)
    first = role(clients, "first", f"arn:aws:iam::{clients.account_id}:user/alice", ASSUME)
    is_alice = {"StringEquals": {"aws:SourceIdentity": "alice", "aws:PrincipalTag/team": "red"}}
    second = role(clients, "second", f"arn:aws:iam::{clients.account_id}:role/first", ALL | {"Condition": is_alice})
    given = alice.sts.assume_role(
        RoleArn=first,
        RoleSessionName="s1",
        SourceIdentity="alice",
        Tags=[{"Key": "team", "Value": "red"}, {"Key": "own", "Value": "x"}],
        TransitiveTagKeys=["team"],
    )["Credentials"]
    session = with_credentials(clients, given)
    code, _ = refused(lambda: session.sts.assume_role(RoleArn=second, RoleSessionName="s2", SourceIdentity="bob"))
    assert code == "AccessDenied"
    changed: Any = [{"Key": "TEAM", "Value": "blue"}]
    code, text = refused(lambda: session.sts.assume_role(RoleArn=second, RoleSessionName="s2", Tags=changed))
    assert (code, text) == (
        "InvalidParameterValue",
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    )
    answer = session.sts.assume_role(RoleArn=second, RoleSessionName="s2")
    assert answer["SourceIdentity"] == "alice"
    with_credentials(clients, answer["Credentials"]).kms.list_keys()


def test_tags_and_identities_need_the_trust_policys_leave(clients: Clients, make_user: Make) -> None:
    """A trust policy that allows AssumeRole alone allows neither."""
    alice = make_user(clients, "alice", ALL)
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{clients.account_id}:user/alice"}, "Action": "sts:AssumeRole"}
    arn = clients.iam.create_role(RoleName="plain", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    alice.sts.assume_role(RoleArn=arn, RoleSessionName="s1")
    code, text = refused(lambda: alice.sts.assume_role(RoleArn=arn, RoleSessionName="s1", Tags=[{"Key": "team", "Value": "red"}]))
    assert code == "AccessDenied"
    assert "sts:TagSession" in text
    code, text = refused(lambda: alice.sts.assume_role(RoleArn=arn, RoleSessionName="s1", SourceIdentity="bob"))
    assert code == "AccessDenied"
    assert "sts:SetSourceIdentity" in text


def test_a_user_made_anew_is_not_the_one_that_was_trusted(clients: Clients, make_user: Make) -> None:
    """Trust policies hold unique ids."""
    make_user(clients, "alice", ASSUME)
    arn = role(clients, "ops", f"arn:aws:iam::{clients.account_id}:user/alice", ALL)
    for key in clients.iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]:
        clients.iam.delete_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"])
    clients.iam.delete_user_policy(UserName="alice", PolicyName="given")
    clients.iam.delete_user(UserName="alice")
    impostor = make_user(clients, "alice", ASSUME)
    assert refused(lambda: impostor.sts.assume_role(RoleArn=arn, RoleSessionName="s1"))[0] == "AccessDenied"


def test_a_denied_call_is_explained_to_those_who_may_decode_it(clients: Clients, make_user: Make, make_account: Make) -> None:
    """The event holds a sealed message; the account's own people with sts:DecodeAuthorizationMessage read it, and nobody else."""
    deny = {
        "Sid": "NoKeys",
        "Effect": "Deny",
        "Action": "kms:CreateKey",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    alice = make_user(clients, "alice", ALL, deny)
    bob = make_user(clients, "bob")
    assert "Encoded authorization" not in refused(alice.kms.create_key)[1]
    found = clients.cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateKey"}])["Events"]
    text = json.loads(found[0]["CloudTrailEvent"])["additionalEventData"]["encodedAuthorizationMessage"]
    message = json.loads(clients.sts.decode_authorization_message(EncodedMessage=text)["DecodedMessage"])
    assert (message["allowed"], message["explicitDeny"]) == (False, True)
    assert message["context"]["action"] == "kms:CreateKey"
    assert message["context"]["principal"]["arn"] == f"arn:aws:iam::{clients.account_id}:user/alice"
    assert message["context"]["principal"]["name"] == "alice"
    statement = message["matchedStatements"]["items"][0]
    assert (statement["statementId"], statement["effect"]) == ("NoKeys", "DENY")
    assert {"key": "aws:securetransport", "values": {"items": [{"value": "false"}]}} in message["context"]["conditions"]["items"]
    assert refused(lambda: bob.sts.decode_authorization_message(EncodedMessage=text))[0] == "AccessDenied"
    for caller, spoilt in ((make_account(), text), (clients, text[:-4] + "AAAA"), (clients, "garbage")):
        code, _ = refused(partial(caller.sts.decode_authorization_message, EncodedMessage=spoilt))
        assert code == "InvalidAuthorizationMessageException"
