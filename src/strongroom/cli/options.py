"""The options that several commands share. Each can also be set by STRONGROOM_<NAME> or in the TOML file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from strongroom.config import Settings, SettingsError, load


def _option(name: str, flag: str, **extra: Any) -> Any:
    """Return a typer option whose help is the setting's own description and names its variable."""
    description = Settings.model_fields[name].description
    return typer.Option(flag, help=f"{description} [STRONGROOM_{name.upper()}]", show_default=False, **extra)


ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="TOML file of settings. [STRONGROOM_CONFIG]", exists=True, dir_okay=False)
]
DataDir = Annotated[Path | None, _option("data_dir", "--data-dir")]
Listen = Annotated[str | None, _option("listen", "--listen", metavar="HOST:PORT")]
Workers = Annotated[int | None, _option("workers", "--workers")]
DatabaseUrl = Annotated[str | None, _option("database_url", "--database-url")]
TlsCert = Annotated[Path | None, _option("tls_cert", "--tls-cert")]
TlsKey = Annotated[Path | None, _option("tls_key", "--tls-key")]
Tls = Annotated[str | None, _option("tls", "--tls", metavar="off|auto")]
AccountId = Annotated[str | None, _option("account_id", "--account-id")]
Region = Annotated[str | None, _option("region", "--region")]
SealName = Annotated[str | None, _option("seal", "--seal", metavar="keyfile|passphrase")]
PassphraseFile = Annotated[Path | None, _option("passphrase_file", "--passphrase-file")]
OtlpEndpoint = Annotated[str | None, _option("otlp_endpoint", "--otlp-endpoint", metavar="URL")]
LambdaEndpoint = Annotated[str | None, _option("lambda_endpoint", "--lambda-endpoint", metavar="URL")]
LogLevel = Annotated[str | None, _option("log_level", "--log-level", metavar="debug|info|warning|error")]


def settings_from(config_file: Path | None, **given: Any) -> Settings:
    """Return the settings, or end the command with one line that says what is wrong."""
    try:
        return load(given, config_file)
    except SettingsError as error:
        raise fail(str(error)) from None


def fail(message: str, status: int = 1) -> typer.Exit:
    """Print `message` as this command's error, and return the exit to raise."""
    typer.echo(f"strongroom: {message}", err=True)
    return typer.Exit(status)
