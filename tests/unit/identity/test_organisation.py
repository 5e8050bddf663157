"""The organisation: what binds whom, and what may be changed."""

import json
from typing import Any

import pytest
from tests.unit.identity.bench import ACCOUNT, OTHER, ROOT, Bench, allow, deny, policy

from strongroom.core.arn import root_arn
from strongroom.core.errors import AccessDenied
from strongroom.core.secret import SecretBytes
from strongroom.identity.bootstrap import create_account
from strongroom.identity.errors import UnknownCredential
from strongroom.identity.organisation import is_closed, organisation_of, resource_control_of, service_control_of
from strongroom.identity.organisation_changes import (
    LONGEST_POLICY,
    POLICIES_PER_TARGET,
    ControlType,
    OrganisationError,
    accounts,
    attach_policy,
    close_account,
    detach_policy,
    found_organisation,
    reopen_account,
)
from strongroom.identity.principal import root_principal, service_principal

MANAGEMENT = "999988887777"
SERVICE, RESOURCE = ControlType.SERVICE, ControlType.RESOURCE
DENY_USERS = policy(deny("iam:CreateUser"))


@pytest.fixture
def bench() -> Bench:
    """A server with three accounts and no organisation yet."""
    made = Bench()
    for account in (MANAGEMENT, ACCOUNT, OTHER):
        create_account(made.store, account, f"AKIA{account}", SecretBytes(b"secret"), 0.0)
    return made


def attach(bench: Bench, target: str, text: str, name: str = "given", kind: ControlType = SERVICE) -> None:
    """Attach a control policy."""
    attach_policy(bench.store, found_organisation(bench.store, MANAGEMENT, 0.0, bytes), target, kind, name, text)


def denied(bench: Bench, account: str) -> str:
    """Return why the account's root user may not create a user."""
    with pytest.raises(AccessDenied) as caught:
        bench.iam("CreateUser", root_principal(account, root_arn(account)), UserName="a")
    return str(caught.value)


def test_without_an_organisation_nothing_binds(bench: Bench) -> None:
    """No levels at all: calls pay one look-up."""
    assert organisation_of(bench.store) is None
    assert service_control_of(bench.store, ROOT.facts) == ()
    assert resource_control_of(bench.store, ACCOUNT) == ()
    assert not is_closed(bench.store, ACCOUNT)


def test_a_new_organisation_allows_everything(bench: Bench) -> None:
    """Both levels have the full access policies, and accounts are listed in order."""
    organisation = found_organisation(bench.store, MANAGEMENT, 0.0, bytes)
    assert organisation.organisation_id == "o-aaaaaaaaaa"
    assert len(service_control_of(bench.store, ROOT.facts)) == 2
    bench.iam("CreateUser", UserName="a")
    assert [account.account_id for account in accounts(bench.store)] == sorted((MANAGEMENT, ACCOUNT, OTHER))
    assert found_organisation(bench.store, OTHER, 1.0, bytes) == organisation


def test_a_deny_binds_the_account_that_it_is_attached_to(bench: Bench) -> None:
    """Its root user too, and nobody else."""
    attach(bench, ACCOUNT, DENY_USERS)
    assert denied(bench, ACCOUNT).endswith("with an explicit deny in a service control policy")
    for account in (OTHER, MANAGEMENT):
        bench.iam("CreateUser", root_principal(account, root_arn(account)), UserName="a")


def test_the_root_binds_all_but_the_management_account(bench: Bench) -> None:
    """A level that allows less than the account's own decides."""
    attach(bench, "root", policy(allow("sts:*")))
    organisation = found_organisation(bench.store, MANAGEMENT, 0.0, bytes)
    detach_policy(bench.store, organisation, "root", SERVICE, "FullAWSAccess")
    reason = "because no service control policy allows the iam:CreateUser action"
    assert denied(bench, ACCOUNT).endswith(reason)
    bench.iam("CreateUser", root_principal(MANAGEMENT, root_arn(MANAGEMENT)), UserName="a")


def test_service_linked_roles_and_services_are_bound_by_none(bench: Bench) -> None:
    """A role that only lies under their path is no service-linked role, and is bound."""
    attach(bench, ACCOUNT, DENY_USERS)
    assert service_control_of(bench.store, service_principal("ec2.amazonaws.com", ACCOUNT).facts) == ()
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})
    bench.iam("CreateRole", RoleName="fake", Path="/aws-service-role/kms.amazonaws.com/", AssumeRolePolicyDocument=trust)
    bench.iam("PutRolePolicy", RoleName="fake", PolicyName="p", PolicyDocument=policy(allow("*")))
    user = bench.user("u", allow("*"), root=root_principal(OTHER, root_arn(OTHER)))
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/kms.amazonaws.com/fake"
    session = bench.principal_of(bench.sts("AssumeRole", user, RoleArn=role, RoleSessionName="ss")["Credentials"])
    with pytest.raises(AccessDenied, match="service control policy"):
        bench.iam("CreateUser", session, UserName="b")


def test_a_closed_account_is_nobodys(bench: Bench) -> None:
    """Its credentials are unknown, its roles are shut, and reopening brings all back."""
    organisation = found_organisation(bench.store, MANAGEMENT, 0.0, bytes)
    close_account(bench.store, organisation, ACCOUNT, 1.0)
    with pytest.raises(UnknownCredential):
        bench.resolver.find(bench.store, f"AKIA{ACCOUNT}", None, 2.0)
    assert resource_control_of(bench.store, ACCOUNT)[0][0].name == "closed account"
    with pytest.raises(OrganisationError, match="closed already"):
        close_account(bench.store, organisation, ACCOUNT, 1.0)
    reopen_account(bench.store, ACCOUNT)
    assert bench.resolver.find(bench.store, f"AKIA{ACCOUNT}", None, 2.0).principal.account_id == ACCOUNT
    with pytest.raises(OrganisationError, match="is not closed"):
        reopen_account(bench.store, ACCOUNT)


RESOURCE_DENY = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("target", "kind", "text", "reason"),
    [
        (MANAGEMENT, SERVICE, DENY_USERS, "is the management account"),
        ("123412341234", SERVICE, DENY_USERS, "there is no account"),
        ("ou-1", SERVICE, DENY_USERS, "12 digits are needed"),
        (ACCOUNT, SERVICE, "{", "contains invalid Json"),
        (ACCOUNT, SERVICE, policy(RESOURCE_DENY), "should not specify a principal"),
        (ACCOUNT, SERVICE, policy(deny("iam:CreateUser", Sid="a" * LONGEST_POLICY)), "characters at the most"),
        (ACCOUNT, RESOURCE, DENY_USERS, "Missing required field Principal"),
        (ACCOUNT, RESOURCE, policy({**RESOURCE_DENY, "Effect": "Allow"}), "Deny statements only"),
        (ACCOUNT, RESOURCE, policy({**RESOURCE_DENY, "Principal": {"AWS": OTHER}}), '"Principal": "*"'),
    ],
)
def test_bad_control_policies_are_refused(bench: Bench, target: str, kind: ControlType, text: str, reason: str) -> None:
    """With a reason that an operator can act on."""
    with pytest.raises(OrganisationError, match=reason):
        attach(bench, target, text, kind=kind)


def test_a_target_has_five_control_policies_of_a_kind_at_the_most(bench: Bench) -> None:
    """One of the same name is replaced."""
    for number in range(POLICIES_PER_TARGET - 1):
        attach(bench, ACCOUNT, DENY_USERS, f"p{number}")
    attach(bench, ACCOUNT, policy(allow("*")), "p0")
    with pytest.raises(OrganisationError, match="has 5 service control policies already"):
        attach(bench, ACCOUNT, DENY_USERS, "one-more")


@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [(SERVICE, "absent", "has no service control policy absent"), (RESOURCE, "RCPFullAWSAccess", "can't be detached")],
)
def test_what_can_not_be_detached_is_said(bench: Bench, kind: ControlType, name: str, reason: str) -> None:
    """AWS keeps the resource full access policy too."""
    organisation: Any = found_organisation(bench.store, MANAGEMENT, 0.0, bytes)
    with pytest.raises(OrganisationError, match=reason):
        detach_policy(bench.store, organisation, ACCOUNT, kind, name)
