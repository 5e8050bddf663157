"""Rotation on a server without functions."""

from collections.abc import Callable
from typing import Any

from tests.support.clients import Clients

Refusal = Callable[..., tuple[str, str]]
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:rotate"


def test_a_secret_does_not_rotate_without_a_function(clients: Clients, refused: Refusal) -> None:
    """No function named, or none that can be invoked: the secret stays as it was."""
    sm: Any = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x")
    assert refused(sm.rotate_secret, SecretId="n") == (
        "InvalidRequestException",
        "No Lambda rotation function ARN is associated with this secret.",
    )
    assert refused(sm.rotate_secret, SecretId="n", RotationLambdaARN=FUNCTION, RotationRules={"AutomaticallyAfterDays": 3}) == (
        "AccessDeniedException",
        (
            "Secrets Manager cannot invoke the specified Lambda function. "
            "Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com."
        ),
    )
    described = sm.describe_secret(SecretId="n")
    assert "RotationEnabled" not in described
    assert list(described["VersionIdsToStages"].values()) == [["AWSCURRENT"]]


def test_rules_are_checked_and_an_unfinished_rotation_is_not_overtaken(clients: Clients, refused: Refusal) -> None:
    """By AWS's errors."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x")
    bad = refused(sm.rotate_secret, SecretId="n", RotationLambdaARN=FUNCTION, RotationRules={"ScheduleExpression": "rate(1 hour)"})
    assert bad[0] == "InvalidParameterException"
    sm.put_secret_value(SecretId="n", SecretString="y", VersionStages=["AWSPENDING"])
    assert refused(sm.rotate_secret, SecretId="n", RotationLambdaARN=FUNCTION) == (
        "InvalidRequestException",
        "A previous rotation isn't complete. That rotation will be reattempted.",
    )


def test_cancelling_names_the_unfinished_version_and_leaves_its_label(clients: Clients) -> None:
    """Only the switch changes."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x")
    assert "VersionId" not in sm.cancel_rotate_secret(SecretId="n")
    pending = sm.put_secret_value(SecretId="n", SecretString="y", VersionStages=["AWSPENDING"])["VersionId"]
    assert sm.cancel_rotate_secret(SecretId="n")["VersionId"] == pending
    assert sm.get_secret_value(SecretId="n", VersionStage="AWSPENDING")["SecretString"] == "y"
