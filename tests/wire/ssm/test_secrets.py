"""References to Secrets Manager over the wire."""

import json
from collections.abc import Callable

from tests.support.clients import Clients
from tests.wire.ssm.helpers import allow, code_of, failure

PREFIX = "/aws/reference/secretsmanager/"


def test_a_secret_is_read_through_as_a_parameter(clients: Clients) -> None:
    """Version 0, type SecureString, and Secrets Manager's answer as its source."""
    made = clients.secretsmanager.create_secret(Name="team/db", SecretString="pw")
    parameter = clients.ssm.get_parameter(Name=PREFIX + "team/db", WithDecryption=True)["Parameter"]
    assert (parameter["Name"], parameter["Type"], parameter["Value"], parameter["Version"]) == (PREFIX + "team/db", "SecureString", "pw", 0)
    assert parameter["ARN"] == f"arn:aws:ssm:eu-west-1:{clients.account_id}:parameter{PREFIX}team/db"
    source = json.loads(parameter["SourceResult"])
    assert (source["ARN"], source["Name"], source["VersionStages"]) == (made["ARN"], "team/db", ["AWSCURRENT"])
    many = clients.ssm.get_parameters(Names=[PREFIX + "team/db", PREFIX + "none", "/x"], WithDecryption=True)
    assert [found["Value"] for found in many["Parameters"]] == ["pw"]
    assert many["InvalidParameters"] == [PREFIX + "none", "/x"]


def test_a_selector_names_a_version_or_a_stage(clients: Clients) -> None:
    """AWSPREVIOUS and version ids reach what came before."""
    first = clients.secretsmanager.create_secret(Name="s", SecretString="one")["VersionId"]
    clients.secretsmanager.put_secret_value(SecretId="s", SecretString="two")
    for selector in ("AWSPREVIOUS", first):
        parameter = clients.ssm.get_parameter(Name=f"{PREFIX}s:{selector}", WithDecryption=True)["Parameter"]
        assert (parameter["Value"], parameter["Selector"]) == ("one", f":{selector}")


def test_reference_errors(clients: Clients) -> None:
    """Each has AWS's text."""
    clients.secretsmanager.create_secret(Name="s", SecretString="one")
    assert failure(clients.ssm.get_parameter, Name=PREFIX + "s") == (
        "ValidationException",
        "WithDecryption flag must be True for retrieving a Secret Manager secret.",
    )
    assert failure(clients.ssm.get_parameter, Name=PREFIX + "test", WithDecryption=True) == (
        "ParameterNotFound",
        "An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret /aws/reference/secretsmanager/test not found.",
    )
    assert failure(clients.ssm.get_parameter, Name=PREFIX + "s:a:b", WithDecryption=True) == (
        "ValidationException",
        "Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>",
    )
    assert code_of(clients.ssm.put_parameter, Name=PREFIX + "s", Value="v", Type="String") == "AccessDeniedException"


def test_the_caller_needs_the_secret_too(clients: Clients, make_user: Callable[..., Clients]) -> None:
    """Rights on the parameter do not open the secret."""
    clients.secretsmanager.create_secret(Name="s", SecretString="pw")
    reader = make_user(clients, "reader", allow("ssm:GetParameter"))
    code, text = failure(reader.ssm.get_parameter, Name=PREFIX + "s", WithDecryption=True)
    assert code == "AccessDeniedException"
    assert "secretsmanager:GetSecretValue" in text
    both = make_user(clients, "both", allow("ssm:GetParameter", "secretsmanager:GetSecretValue"))
    assert both.ssm.get_parameter(Name=PREFIX + "s", WithDecryption=True)["Parameter"]["Value"] == "pw"
