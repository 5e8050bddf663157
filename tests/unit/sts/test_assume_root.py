"""AssumeRoot: whose root, for what, and that the session does nothing else."""

from typing import Any

import pytest
from tests.unit.identity.bench import ACCOUNT, OTHER, ROOT, Bench, allow

from strongroom.core.arn import root_arn
from strongroom.core.errors import AccessDenied, ApiError, ValidationFailed
from strongroom.identity.organisation import MEMBERS, ORGANISATIONS, Controls, MemberRecord, OrganisationRecord
from strongroom.identity.principal import Principal, root_principal
from strongroom.identity.records import AccountRecord
from strongroom.identity.tables import ACCOUNTS
from strongroom.policy.decision import PrincipalType

AUDIT = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
DELETE = "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"
MEMBER_ROOT = root_principal(OTHER, root_arn(OTHER))


@pytest.fixture
def bench() -> Bench:
    """A management account, a member account, and root sessions enabled."""
    made = Bench()
    organisation = OrganisationRecord(organisation_id="o-abcdefghij", management_account_id=ACCOUNT, created_at=0.0, controls=Controls())
    made.store.insert(ORGANISATIONS, organisation)
    for account_id in (ACCOUNT, OTHER):
        made.store.insert(ACCOUNTS, AccountRecord(account_id=account_id, created_at=0.0))
    made.iam("EnableOrganizationsRootSessions")
    return made


def assume(bench: Bench, caller: Principal, target: str = OTHER, task: str = AUDIT, **more: Any) -> Principal:
    """Return the session."""
    request = {"TargetPrincipal": target, "TaskPolicyArn": {"arn": task}} | more
    return bench.principal_of(bench.sts("AssumeRoot", caller, **request)["Credentials"])


def test_a_root_session_does_its_task_and_nothing_else(bench: Bench) -> None:
    """It is the member account's root user, and may look at its credentials only."""
    admin = bench.user("admin", allow("sts:AssumeRoot"))
    session = assume(bench, admin)
    assert (session.facts.type, session.account_id) == (PrincipalType.ROOT, OTHER)
    assert session.arn == f"arn:aws:iam::{OTHER}:root"
    bench.iam("ListAccessKeys", session)
    for operation, request in (("ListUsers", {}), ("CreateUser", {"UserName": "eve"}), ("DeactivateMFADevice", {"SerialNumber": "x" * 9})):
        with pytest.raises(AccessDenied):
            bench.iam(operation, session, **request)
    with pytest.raises(AccessDenied):
        bench.sts("GetSessionToken", session)
    assert not bench.decide(session, "kms:ListKeys")


def test_credentials_are_deleted_by_their_own_task(bench: Bench) -> None:
    """IAMDeleteRootUserCredentials passes where IAMAuditRootUserCredentials is denied."""
    admin = bench.user("admin", allow("sts:AssumeRoot"))
    key = bench.iam("CreateAccessKey", MEMBER_ROOT)["AccessKey"]["AccessKeyId"]
    with pytest.raises(AccessDenied):
        bench.iam("DeleteAccessKey", assume(bench, admin), AccessKeyId=key)
    bench.iam("DeleteAccessKey", assume(bench, admin, task=DELETE), AccessKeyId=key)
    assert bench.iam("ListAccessKeys", MEMBER_ROOT)["AccessKeyMetadata"] == []


def test_the_right_may_be_given_for_one_account_and_task(bench: Bench) -> None:
    """By the root's ARN, and by sts:TaskPolicyArn."""
    only = allow("sts:AssumeRoot", resource=root_arn(OTHER), Condition={"StringEquals": {"sts:TaskPolicyArn": AUDIT}})
    admin = bench.user("admin", only)
    assume(bench, admin, root_arn(OTHER))
    with pytest.raises(AccessDenied):
        assume(bench, admin, task=DELETE)
    with pytest.raises(AccessDenied):
        assume(bench, bench.user("eve"))


def test_a_session_lasts_a_quarter_of_an_hour_at_the_most(bench: Bench) -> None:
    """900 seconds unless fewer are asked for."""
    admin = bench.user("admin", allow("sts:AssumeRoot"))
    asked: list[tuple[Any, int]] = [({}, 900), ({"DurationSeconds": 60}, 60)]
    for more, seconds in asked:
        session = assume(bench, admin, **more).session
        assert session is not None
        assert session.expires_at - session.issued_at == seconds


@pytest.mark.parametrize("why", ["own account", "unknown account", "closed account", "from a member", "disabled", "no organisation"])
def test_other_roots_are_denied(bench: Bench, why: str) -> None:
    """In the same words, whatever stands against it."""
    caller, target = bench.user("admin", allow("sts:AssumeRoot")), OTHER
    if why == "own account":
        target = ACCOUNT
    elif why == "unknown account":
        target = "999999999999"
    elif why == "closed account":
        bench.store.insert(MEMBERS, MemberRecord(account_id=OTHER, closed_at=1.0))
    elif why == "from a member":
        caller, target = bench.user("admin", allow("sts:AssumeRoot"), root=MEMBER_ROOT), ACCOUNT
    elif why == "disabled":
        bench.iam("DisableOrganizationsRootSessions")
    else:
        bench.store.delete(ORGANISATIONS, "organisation")
    with pytest.raises(AccessDenied, match="is not authorized to perform: sts:AssumeRoot on resource: arn:aws:iam::"):
        assume(bench, caller, target)


@pytest.mark.parametrize(
    ("target", "task"),
    [
        ("not-an-account", AUDIT),
        (f"arn:aws:iam::{OTHER}:user/alice", AUDIT),
        (OTHER, "arn:aws:iam::aws:policy/AdministratorAccess"),
        (OTHER, "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"),
    ],
)
def test_what_is_no_root_or_no_task_is_refused(bench: Bench, target: str, task: str) -> None:
    """AdministratorAccess is no task."""
    with pytest.raises(ValidationFailed):
        assume(bench, bench.user("admin", allow("*")), target, task)


def test_features_are_the_management_accounts_to_set(bench: Bench) -> None:
    """Each on its own, listed by name."""
    bench.iam("EnableOrganizationsRootCredentialsManagement")
    assert bench.iam("ListOrganizationsFeatures") == {
        "OrganizationId": "o-abcdefghij",
        "EnabledFeatures": ["RootCredentialsManagement", "RootSessions"],
    }
    assert bench.iam("DisableOrganizationsRootCredentialsManagement")["EnabledFeatures"] == ["RootSessions"]
    for operation, code in (
        ("EnableOrganizationsRootSessions", "CallerIsNotManagementAccountException"),
        ("DisableOrganizationsRootSessions", "AccountNotManagementOrDelegatedAdministratorException"),
        ("ListOrganizationsFeatures", "AccountNotManagementOrDelegatedAdministratorException"),
    ):
        with pytest.raises(ApiError) as refused:
            bench.iam(operation, MEMBER_ROOT)
        assert refused.value.code == code
    with pytest.raises(ApiError) as refused:
        Bench().iam("EnableOrganizationsRootSessions", ROOT)
    assert refused.value.code == "OrganizationNotFoundException"
