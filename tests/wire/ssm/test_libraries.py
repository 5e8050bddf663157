"""Libraries that read parameters and secrets, unmodified: only AWS's usual variables point them here."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from pydantic_settings.sources import AWSSecretsManagerSettingsSource, AWSSystemsManagerSettingsSource
from tests.support.clients import REGION, Clients


@pytest.fixture
def account(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """A new account that the AWS variables point to, in a boto3 that knows nothing yet."""
    variables = {
        "AWS_ENDPOINT_URL": clients.url,
        "AWS_ACCESS_KEY_ID": clients.access_key_id,
        "AWS_SECRET_ACCESS_KEY": clients.secret_access_key,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return clients


def test_powertools_reads_and_writes_parameters(account: Clients) -> None:
    """By name, decrypted, as JSON, by the path over several pages, many by name, and a missing one."""
    ssm = account.ssm
    ssm.put_parameter(Name="/app/secret", Value="hush", Type="SecureString")
    ssm.put_parameter(Name="/app/json", Value='{"a": 1}', Type="String")
    for number in range(23):
        ssm.put_parameter(Name=f"/many/deep/{number:02d}", Value=str(number), Type="String")
    provider: Any = SSMProvider()
    try:
        assert provider.get("/app/secret", decrypt=True) == "hush"
        assert provider.get("/app/json", transform="json") == {"a": 1}
        many = provider.get_multiple("/many", recursive=True)
        assert many == {f"deep/{number:02d}": str(number) for number in range(23)}
        named: dict[str, Any] = {f"/many/deep/{number:02d}": {} for number in range(12)}
        named["/app/secret"] = {"decrypt": True}
        found = provider.get_parameters_by_name(named, raise_on_error=False)
        assert (found["/app/secret"], found["/many/deep/11"]) == ("hush", "11")
        assert provider.get_parameters_by_name({"/none": {}}, raise_on_error=False) == {"_errors": ["/none"]}
        with pytest.raises(GetParameterError):
            provider.get("/none")
        assert provider.set("/app/new", "v", parameter_type="SecureString")["Version"] == 1
        assert provider.set("/app/new", "w", overwrite=True, parameter_type="SecureString")["Version"] == 2
        assert provider.get("/app/new", decrypt=True, force_fetch=True) == "w"
    finally:
        provider.client.close()


def test_powertools_reads_and_writes_secrets(account: Clients) -> None:
    """Through Secrets Manager; a new value is read when asked for."""
    account.secretsmanager.create_secret(Name="db", SecretString='{"password": "hush"}')
    provider = SecretsProvider()
    try:
        assert provider.get("db", transform="json") == {"password": "hush"}
        provider.set("db", "next")
        assert provider.get("db", force_fetch=True) == "next"
        provider.set("made", "v")
        assert account.secretsmanager.get_secret_value(SecretId="made")["SecretString"] == "v"
    finally:
        provider.client.close()


class Database(BaseModel):
    """A part of the settings."""

    host: str
    port: int
    password: SecretStr


class Sourced(BaseSettings):
    """Settings that are read from what `source` makes, and nowhere else."""

    source: ClassVar[Callable[[type[BaseSettings]], PydanticBaseSettingsSource]]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the one source."""
        del init_settings, env_settings, dotenv_settings, file_secret_settings
        return (cls.source(settings_cls),)


def test_pydantic_settings_reads_a_path(account: Clients) -> None:
    """Levels of the hierarchy are nested models, and values become their types."""
    for name, value in [("debug", "true"), ("db/host", "h"), ("db/port", "5432")]:
        account.ssm.put_parameter(Name=f"/app/{name}", Value=value, Type="String")
    account.ssm.put_parameter(Name="/app/db/password", Value="hush", Type="SecureString")
    used: list[AWSSystemsManagerSettingsSource] = []

    def open_source(settings: type[BaseSettings]) -> PydanticBaseSettingsSource:
        used.append(AWSSystemsManagerSettingsSource(settings, "/app"))
        return used[0]

    class Settings(Sourced):
        source = open_source

        debug: bool
        db: Database

    read = Settings()
    used[0]._ssm_client.close()
    assert (read.debug, read.db.host, read.db.port, read.db.password.get_secret_value()) == (True, "h", 5432, "hush")


def test_pydantic_settings_reads_a_secret(account: Clients) -> None:
    """A JSON secret, and one of its older versions by id."""
    values = [json.dumps({"db--host": host, "db--port": port, "db--password": "hush"}) for host, port in (("old", 1), ("new", 2))]
    first = account.secretsmanager.create_secret(Name="app", SecretString=values[0])["VersionId"]
    account.secretsmanager.put_secret_value(SecretId="app", SecretString=values[1])
    used: list[AWSSecretsManagerSettingsSource] = []

    def read(version: str | None) -> tuple[str, int]:
        def open_source(settings: type[BaseSettings]) -> PydanticBaseSettingsSource:
            used.append(AWSSecretsManagerSettingsSource(settings, "app", version_id=version))
            return used[-1]

        class Settings(Sourced):
            source = open_source

            db: Database

        found = Settings()
        used[-1]._secretsmanager_client.close()
        return found.db.host, found.db.port

    assert read(first) == ("old", 1)
    assert read(None) == ("new", 2)
