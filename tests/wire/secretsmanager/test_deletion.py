"""Deleting and restoring."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.support.clients import Clients

MARKED = ("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
NOT_FOUND = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
Refusal = Callable[..., tuple[str, str]]


def test_a_scheduled_deletion_can_be_seen_and_taken_back(clients: Clients) -> None:
    """DeletedDate is the time of the request; the secret is itself again afterwards."""
    sm = clients.secretsmanager
    arn = sm.create_secret(Name="n", SecretString="x")["ARN"]
    deleted = sm.delete_secret(SecretId="n", RecoveryWindowInDays=7)
    described = sm.describe_secret(SecretId="n")
    assert deleted["ARN"] == arn
    assert deleted["DeletionDate"] - described["DeletedDate"] == timedelta(days=7)
    assert described["VersionIdsToStages"]
    assert sm.list_secrets()["SecretList"] == []
    assert [each["Name"] for each in sm.list_secrets(IncludePlannedDeletion=True)["SecretList"]] == ["n"]
    for _ in range(2):  # on an active secret it succeeds too
        restored = sm.restore_secret(SecretId="n")
        assert (restored["ARN"], restored["Name"]) == (arn, "n")
    assert sm.get_secret_value(SecretId="n")["SecretString"] == "x"
    assert "DeletedDate" not in sm.describe_secret(SecretId="n")


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("get_secret_value", {}),
        ("put_secret_value", {"SecretString": "x"}),
        ("update_secret", {"Description": "x"}),
        ("update_secret_version_stage", {"VersionStage": "X"}),
        ("delete_secret", {}),
        ("tag_resource", {"Tags": [{"Key": "k", "Value": "v"}]}),
        ("untag_resource", {"TagKeys": ["k"]}),
        ("rotate_secret", {}),
        ("cancel_rotate_secret", {}),
        ("put_resource_policy", {"ResourcePolicy": "{}"}),
        ("delete_resource_policy", {}),
        ("replicate_secret_to_regions", {"AddReplicaRegions": [{"Region": "us-east-1"}]}),
    ],
)
def test_a_secret_marked_for_deletion_is_left_alone(clients: Clients, refused: Refusal, operation: str, more: dict[str, Any]) -> None:
    """Every operation that would use or change it."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x")
    sm.delete_secret(SecretId="n")
    assert refused(getattr(sm, operation), SecretId="n", **more) == MARKED
    assert refused(sm.create_secret, Name="n", SecretString="x") == (
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )


def test_a_forced_deletion_is_at_once_and_the_name_gets_a_new_arn(clients: Clients, refused: Refusal) -> None:
    """Also for a secret that was scheduled already."""
    sm = clients.secretsmanager
    first = sm.create_secret(Name="n", SecretString="x")["ARN"]
    sm.delete_secret(SecretId="n")
    sm.delete_secret(SecretId="n", ForceDeleteWithoutRecovery=True)
    assert refused(sm.describe_secret, SecretId="n") == NOT_FOUND
    second = sm.create_secret(Name="n", SecretString="y")["ARN"]
    assert first != second
    assert refused(sm.get_secret_value, SecretId=first) == NOT_FOUND


def test_forcing_an_absent_secret_away_succeeds(clients: Clients) -> None:
    """So that clean-up can be repeated."""
    assert clients.secretsmanager.delete_secret(SecretId="absent", ForceDeleteWithoutRecovery=True)["Name"] == "absent"


@pytest.mark.parametrize("days", [6, 31, 0])
def test_the_recovery_window_has_bounds(clients: Clients, refused: Refusal, days: int) -> None:
    """7 to 30 days, and none with force."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x")
    assert refused(sm.delete_secret, SecretId="n", RecoveryWindowInDays=days) == (
        "InvalidParameterException",
        "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
    )
    assert refused(sm.delete_secret, SecretId="n", RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True) == (
        "InvalidParameterException",
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    )
