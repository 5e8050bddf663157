"""Kubernetes service accounts and other web identities: a real issuer over TLS, and every way in which its tokens can be forged."""

import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey
from tests.support.clients import Clients, new_account
from tests.support.issuer import AUDIENCE, HOST, Issuer, issuing, new_key
from tests.support.process import ServerProcess, start

PATH = "/id/A1b2"
CURVE = ECKey.generate_key("P-256", {"kid": "curve"})
SUBJECT = "system:serviceaccount:shop:billing"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    """An issuer."""
    with issuing(tmp_path_factory.mktemp("issuer"), PATH) as made:
        made.publish(made.key, CURVE)
        yield made


@pytest.fixture(scope="module")
def trusting(issuer: Issuer) -> Iterator[ServerProcess]:
    """A server that may ask the issuer for its keys."""
    settings = {"STRONGROOM_OIDC_ISSUERS": f"{HOST}={issuer.address}", "STRONGROOM_OIDC_CA_FILE": str(issuer.ca_file)}
    running = start(["dev", "--listen", "127.0.0.1:0"], env=settings)
    yield running
    running.stop()


@pytest.fixture
def root(trusting: ServerProcess, issuer: Issuer) -> Iterator[Clients]:
    """The root user of a fresh account that has the issuer as a provider."""
    account = new_account()
    made = Clients(trusting.url, account, account_id=account)
    made.iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=[AUDIENCE])
    yield made
    made.close()


def make_role(root: Clients, issuer: Issuer, *actions: str, name: str = "billing", condition: dict[str, Any] | None = None) -> str:
    """Make a role that trusts the service account of the tests; it may list keys."""
    default = {"StringEquals": {f"{issuer.name}:sub": SUBJECT, f"{issuer.name}:aud": AUDIENCE}}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{root.account_id}:oidc-provider/{issuer.name}"},
        "Action": ["sts:AssumeRoleWithWebIdentity", *actions],
        "Condition": default if condition is None else condition,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = root.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]}
    root.iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps(may))
    return arn


def assume(root: Clients, role: str, token: str, **more: Any) -> dict[str, Any]:
    """Call AssumeRoleWithWebIdentity, which is not signed."""
    found: dict[str, Any] = dict(
        root.sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="pod", WebIdentityToken=token, **more)
    )
    return found


def refused(root: Clients, role: str, token: str) -> tuple[str, str]:
    """Return the code and text that a token is turned away with."""
    with pytest.raises(ClientError) as caught:
        assume(root, role, token)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def encoded(value: Any) -> str:
    """Return a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _an_hour_later() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=55)


def test_a_pod_finds_its_credentials_by_itself(root: Clients, issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With IRSA's variables boto3 assumes the role, and again with the file's next token when the session nears its end."""
    role = make_role(root, issuer)
    token = tmp_path / "token"
    token.write_text(issuer.token(), encoding="utf-8")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ENDPOINT_URL": root.url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ROLE_ARN": role,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_SESSION_NAME": "pod",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }.items():
        monkeypatch.setenv(name, value)
    session = boto3.Session()
    assert session.client("kms").list_keys()["Keys"] == []
    caller = session.client("sts").get_caller_identity()["Arn"]
    assert caller == f"arn:aws:sts::{root.account_id}:assumed-role/billing/pod"
    credentials: Any = session.get_credentials()
    first = credentials.get_frozen_credentials().access_key
    token.write_text(issuer.token(), encoding="utf-8")
    monkeypatch.setattr("botocore.credentials._local_now", _an_hour_later)
    monkeypatch.setattr(credentials, "_time_fetcher", _an_hour_later)
    assert credentials.get_frozen_credentials().access_key != first


def test_the_answer_and_the_event_tell_whose_token_it_was(root: Clients, issuer: Issuer) -> None:
    """Subject, audience and provider; the token itself is in no event."""
    role = make_role(root, issuer)
    token = issuer.token()
    answer = assume(root, role, token)
    provider = f"arn:aws:iam::{root.account_id}:oidc-provider/{issuer.name}"
    assert answer["SubjectFromWebIdentityToken"] == SUBJECT
    assert (answer["Audience"], answer["Provider"]) == (AUDIENCE, provider)
    trail = root.in_region("us-east-1").cloudtrail  # the Region of requests that name none
    lookup = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRoleWithWebIdentity"}])
    event = json.loads(lookup["Events"][0]["CloudTrailEvent"])
    assert event["userIdentity"] == {
        "type": "WebIdentityUser",
        "principalId": f"{issuer.name}:{AUDIENCE}:{SUBJECT}",
        "userName": SUBJECT,
        "identityProvider": provider,
    }
    assert event["requestParameters"] == {"roleArn": role, "roleSessionName": "pod"}
    assert token not in json.dumps(event)


def test_tokens_of_every_kind_of_key_are_believed(root: Clients, issuer: Issuer) -> None:
    """RSA with each hash, and elliptic curves."""
    role = make_role(root, issuer)
    assert assume(root, role, issuer.token(header={"alg": "RS512"}))
    assert assume(root, role, issuer.token(CURVE, {"alg": "ES256", "kid": "curve"}))


def _unsigned(issuer: Issuer) -> str:
    return f"{encoded({'alg': 'none', 'kid': 'one', 'typ': 'JWT'})}.{encoded(issuer.claims())}."


def _keyed_by_the_public_key(issuer: Issuer) -> str:
    pem = issuer.key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{encoded({'alg': 'HS256', 'kid': 'one'})}.{encoded(issuer.claims())}"
    mac = hmac.new(pem, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _altered(issuer: Issuer) -> str:
    header, _, signature = issuer.token().split(".")
    return f"{header}.{encoded(issuer.claims(sub='system:serviceaccount:shop:admin'))}.{signature}"


def _with_its_own_key(issuer: Issuer) -> str:
    key = new_key("mine")
    return issuer.token(key, {"jwk": key.as_dict(private=False)})


def _pointing_at_its_own_keys(issuer: Issuer) -> str:
    return issuer.token(new_key("mine"), {"kid": "mine", "jku": "https://attacker.example/keys"})


NOT_VALID = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"


@pytest.mark.parametrize(
    ("forge", "code", "text"),
    [
        (_unsigned, "InvalidIdentityToken", NOT_VALID),
        (_keyed_by_the_public_key, "InvalidIdentityToken", NOT_VALID),
        (_altered, "InvalidIdentityToken", NOT_VALID),
        (lambda issuer: issuer.token(new_key("one")), "InvalidIdentityToken", NOT_VALID),
        (_with_its_own_key, "InvalidIdentityToken", NOT_VALID),
        (_pointing_at_its_own_keys, "InvalidIdentityToken", "Couldn't retrieve verification key"),
        (lambda issuer: issuer.token(header={"kid": "../other"}), "InvalidIdentityToken", "Couldn't retrieve verification key"),
        (lambda issuer: issuer.token(aud=["someone-else"]), "InvalidIdentityToken", "Incorrect token audience"),
        (lambda issuer: issuer.token(aud=[AUDIENCE], azp="someone-else"), "InvalidIdentityToken", "Incorrect token audience"),
        (lambda issuer: issuer.token(aud=None), "InvalidIdentityToken", NOT_VALID),
        (lambda issuer: issuer.token(sub=None), "InvalidIdentityToken", NOT_VALID),
        (lambda issuer: issuer.token(sub=["a"]), "InvalidIdentityToken", NOT_VALID),
        (lambda issuer: issuer.token(exp=None), "InvalidIdentityToken", "Missing a required claim: exp"),
        (lambda issuer: issuer.token(exp=True), "InvalidIdentityToken", "Missing a required claim: exp"),
        (lambda issuer: issuer.token(exp=int(time.time()) - 1), "ExpiredTokenException", "Token expired: current date/time"),
        (lambda issuer: issuer.token(nbf=int(time.time()) + 900), "InvalidIdentityToken", "nbf is in the future"),
        (lambda issuer: issuer.token(iss=f"https://{HOST}/id/other"), "InvalidIdentityToken", "No OpenIDConnect provider found"),
        (lambda issuer: issuer.token(iss=f"http://{HOST}{PATH}"), "InvalidIdentityToken", "No OpenIDConnect provider found"),
        (lambda issuer: issuer.token(iss=f"https://{HOST}{PATH.lower()}"), "InvalidIdentityToken", "No OpenIDConnect provider found"),
        (lambda _: "a.b.c", "InvalidIdentityToken", NOT_VALID),
        (lambda _: "no token", "InvalidIdentityToken", NOT_VALID),
        (lambda _: f"{encoded([])}.{encoded([])}.", "InvalidIdentityToken", NOT_VALID),
        (lambda _: f"a.{encoded(1)[:-1]}{'W1tb' * 2000}.c", "InvalidIdentityToken", NOT_VALID),
        (lambda issuer: issuer.token(sub="system:serviceaccount:shop:admin"), "AccessDenied", "Not authorized to perform"),
    ],
)
def test_forged_altered_and_misdirected_tokens_begin_no_session(
    root: Clients, issuer: Issuer, forge: Callable[[Issuer], str], code: str, text: str
) -> None:
    """Each with the error that AWS answers."""
    found, message = refused(root, make_role(root, issuer), forge(issuer))
    assert found == code
    assert text in message


def test_a_refused_token_is_in_the_trail_of_the_account_that_it_was_aimed_at(root: Clients, issuer: Issuer) -> None:
    """With the reason, and without the token."""
    token = issuer.token(aud=["someone-else"])
    refused(root, make_role(root, issuer), token)
    trail = root.in_region("us-east-1").cloudtrail
    found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRoleWithWebIdentity"}])
    event = json.loads(found["Events"][0]["CloudTrailEvent"])
    assert (event["errorCode"], event["errorMessage"]) == ("InvalidIdentityToken", "Incorrect token audience")
    assert event["recipientAccountId"] == root.account_id
    assert token not in json.dumps(event)


def test_a_subject_that_names_a_user_is_not_that_user(root: Clients, issuer: Issuer) -> None:
    """A trust policy that lets a user do everything lets in nobody whose token only calls himself so."""
    root.iam.create_user(UserName="admin")
    user = f"arn:aws:iam::{root.account_id}:user/admin"
    unique_id = root.iam.get_user(UserName="admin")["User"]["UserId"]
    statement = {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "sts:*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = root.iam.create_role(RoleName="admins", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for subject in (user, unique_id, f"arn:aws:iam::{root.account_id}:root"):
        assert refused(root, role, issuer.token(sub=subject))[0] == "AccessDenied"


def test_roles_of_accounts_without_the_provider_stay_closed(root: Clients, trusting: ServerProcess, issuer: Issuer) -> None:
    """Neither another account's role nor one that is absent can be assumed, and an absent one looks like one that does not trust."""
    make_role(root, issuer)
    other = Clients(trusting.url, new_account())
    account = other.sts.get_caller_identity()["Account"]
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{root.account_id}:oidc-provider/{issuer.name}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    role = other.iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))[
        "Role"
    ]["Arn"]
    assert f"arn:aws:iam::{account}:role/r" == role
    assert refused(root, role, issuer.token())[1].startswith("No OpenIDConnect provider found in your account for")
    absent = f"arn:aws:iam::{root.account_id}:role/absent"
    assert refused(root, absent, issuer.token()) == ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    other.close()


def test_tags_and_a_source_identity_in_the_token_need_the_trust_policys_leave(root: Clients, issuer: Issuer) -> None:
    """With it they are the session's; without it there is no session."""
    tags: dict[str, Any] = {
        "https://aws.amazon.com/tags": {"principal_tags": {"team": ["shop"]}, "transitive_tag_keys": ["team"]},
        "https://aws.amazon.com/source_identity": "ci",
    }
    token = issuer.token(**tags)
    assert refused(root, make_role(root, issuer), token)[0] == "AccessDenied"
    role = make_role(root, issuer, "sts:TagSession", "sts:SetSourceIdentity", name="tagged")
    assert assume(root, role, token)["SourceIdentity"] == "ci"
    wrong = make_role(
        root,
        issuer,
        "sts:TagSession",
        "sts:SetSourceIdentity",
        name="other-team",
        condition={"StringEquals": {"aws:RequestTag/team": "ops"}},
    )
    assert refused(root, wrong, token)[0] == "AccessDenied"


def test_a_session_policy_limits_a_web_identitys_session(root: Clients, issuer: Issuer) -> None:
    """As it does every role session's."""
    nothing = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    made = assume(root, make_role(root, issuer), issuer.token(), Policy=nothing)["Credentials"]
    session = Clients(root.url, made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    with pytest.raises(ClientError):
        session.kms.list_keys()
    session.close()


def test_issuers_that_the_operator_does_not_name_are_never_asked(root: Clients, issuer: Issuer) -> None:
    """A tenant chooses the provider's URL, so it must not choose whom the server connects to."""
    root.iam.create_open_id_connect_provider(Url="https://internal.example", ClientIDList=[AUDIENCE])
    code, _ = refused(root, make_role(root, issuer), issuer.token(iss="https://internal.example"))
    assert code == "IDPCommunicationError"


def test_keys_are_kept_and_not_fetched_for_every_request(root: Clients, issuer: Issuer) -> None:
    """Ten tokens, with known and unknown keys, ask the issuer once at the most."""
    role = make_role(root, issuer)
    assume(root, role, issuer.token())
    before = len(issuer.asked)
    for _ in range(5):
        assume(root, role, issuer.token())
        refused(root, role, issuer.token(header={"kid": "unknown"}))
    assert len(issuer.asked) - before <= 2
