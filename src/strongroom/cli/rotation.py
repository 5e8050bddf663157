"""rotation status and functions logs."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from strongroom.app.rotations import RotationStatus, logs, reading, rotations
from strongroom.cli import options
from strongroom.cli.options import fail, settings_from
from strongroom.core.errors import ApiError, OperatorError

rotation_app = typer.Typer(help="How secrets rotate, and why a rotation failed.", no_args_is_help=True)
functions_app = typer.Typer(help="What functions printed.", no_args_is_help=True)


def _time(seconds: float | None) -> str:
    return "never" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _told(found: RotationStatus) -> str:
    lines = [f"{found.name}: {found.state}", f"  function  {found.function}", f"  rotated   {_time(found.rotated)}"]
    if found.next_rotation is not None:
        lines.append(f"  next by   {_time(found.next_rotation)}")
    if found.retry is not None:
        lines.append(f"  due       {_time(found.retry)}")
    if found.error is not None:
        lines.append(f"  failed    {_time(found.error_at)} in {found.error}")
    return "\n".join(lines)


@rotation_app.command("status")
def status(
    secret: Annotated[str | None, typer.Argument(help="Name of a secret; absent: all that rotate.")] = None,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    account_id: options.AccountId = None,
    region: options.Region = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Print how secrets rotate: when they did, when they will, and the last error; ends with 1 if a rotation failed."""
    settings = settings_from(
        config,
        data_dir=data_dir,
        database_url=database_url,
        account_id=account_id,
        region=region,
        seal=seal,
        passphrase_file=passphrase_file,
    )
    failed = False
    try:
        with reading(settings) as store:
            for found in rotations(store, settings, secret):
                failed |= found.error is not None
                typer.echo(json.dumps(asdict(found)) if as_json else _told(found))
    except (OperatorError, ApiError) as error:
        raise fail(str(error)) from None
    if failed:
        raise typer.Exit(1)


@functions_app.command("logs")
def function_logs(
    name: Annotated[str, typer.Argument(help="Name of the function, a template's too.")],
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    account_id: options.AccountId = None,
    region: options.Region = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
    *,
    invocations: Annotated[int, typer.Option("--invocations", "-n", min=1, help="How many of the newest invocations.")] = 10,
) -> None:
    """Print what the last invocations of a function printed, oldest first."""
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
        with reading(settings) as store:
            for found in logs(store, settings, name, invocations):
                typer.echo(f"--- {_time(found.time_ms / 1000)} {found.request_id}")
                typer.echo(found.output.decode(errors="replace").rstrip("\n"))
    except (OperatorError, ApiError) as error:
        raise fail(str(error)) from None
