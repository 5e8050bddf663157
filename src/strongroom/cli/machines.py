"""imds, container-credentials and credentials."""

import json
import shlex
from pathlib import Path
from typing import Annotated

import typer

from strongroom.app.layout import DataDirectory
from strongroom.app.machines import Machine, process_credentials, serve_container, serve_metadata
from strongroom.cli import options
from strongroom.cli.options import fail, settings_from
from strongroom.config import Settings
from strongroom.core.errors import ApiError, OperatorError
from strongroom.machines.credentials import process_form

SHORTEST, LONGEST = 900, 43200  # seconds; AssumeRole's limits

Role = Annotated[str, typer.Option("--role", help="Name or ARN of the role whose credentials are given out.")]
SessionName = Annotated[str | None, typer.Option("--session-name", help="Name of the sessions, instead of one made up.")]
Duration = Annotated[int | None, typer.Option("--duration", min=SHORTEST, max=LONGEST, help="Seconds that each session lasts.")]
ListenHere = Annotated[str, typer.Option("--listen", metavar="HOST:PORT", help="Address and port on this machine.")]


def _settings(config: Path | None, listen: str, **given: object) -> Settings:
    return settings_from(config, listen=listen, **given)


def imds(
    role: Role,
    listen: ListenHere = "127.0.0.1:1338",
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    account_id: options.AccountId = None,
    region: options.Region = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    log_level: options.LogLevel = None,
    config: options.ConfigFile = None,
    *,
    duration: Duration = None,
    instance_id: Annotated[str | None, typer.Option("--instance-id", help="Instance id, instead of one made up.")] = None,
    hop_limit: Annotated[int, typer.Option("--hop-limit", min=1, max=64, help="Network hops that an answer may travel.")] = 1,
) -> None:
    """Serve EC2's metadata service (IMDSv2) for a role that trusts ec2.amazonaws.com."""
    settings = _settings(
        config,
        listen,
        data_dir=data_dir,
        database_url=database_url,
        account_id=account_id,
        region=region,
        seal=seal,
        passphrase_file=passphrase_file,
        log_level=log_level,
    )

    def announce(url: str) -> None:
        typer.echo(f"Serving the metadata service for {role}\n\n  export AWS_EC2_METADATA_SERVICE_ENDPOINT={url}\n")

    try:
        serve_metadata(settings, Machine(role, instance_id, duration, hop_limit), announce)
    except (OperatorError, ApiError) as error:
        raise fail(str(error)) from None


def container_credentials(
    role: Role,
    listen: ListenHere = "127.0.0.1:1339",
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    account_id: options.AccountId = None,
    region: options.Region = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    log_level: options.LogLevel = None,
    config: options.ConfigFile = None,
    *,
    duration: Duration = None,
    session_name: SessionName = None,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="Authorisation token; made (0600) if it is not there. [DATA_DIR/container-token]")
    ] = None,
) -> None:
    """Serve the container credentials endpoint for a role that trusts ecs-tasks.amazonaws.com."""
    settings = _settings(
        config,
        listen,
        data_dir=data_dir,
        database_url=database_url,
        account_id=account_id,
        region=region,
        seal=seal,
        passphrase_file=passphrase_file,
        log_level=log_level,
    )
    path = (token_file or DataDirectory(settings.data_dir).root / "container-token").absolute()

    def announce(url: str) -> None:
        typer.echo(f"Serving container credentials for {role}\n\n  export AWS_CONTAINER_CREDENTIALS_FULL_URI={url}")
        typer.echo(f"  export AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE={shlex.quote(str(path))}\n")

    try:
        serve_container(settings, Machine(role, session_name, duration), path, announce)
    except (OperatorError, ApiError) as error:
        raise fail(str(error)) from None


def credentials(
    role: Role,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    account_id: options.AccountId = None,
    region: options.Region = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
    *,
    duration: Duration = None,
    session_name: SessionName = None,
) -> None:
    """Print one session of a role that trusts rolesanywhere.amazonaws.com, as credential_process wants it."""
    settings = settings_from(
        config,
        data_dir=data_dir,
        database_url=database_url,
        account_id=account_id,
        region=region,
        seal=seal,
        passphrase_file=passphrase_file,
    )
    try:
        made = process_credentials(settings, Machine(role, session_name, duration))
    except (OperatorError, ApiError) as error:
        raise fail(str(error)) from None
    typer.echo(json.dumps(process_form(made)))
