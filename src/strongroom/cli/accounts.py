"""account create, list, close and reopen; account policy attach, detach and list."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from strongroom.app import accounts
from strongroom.app.initialise import save_credentials_at
from strongroom.cli import options
from strongroom.cli.options import fail, settings_from
from strongroom.core.errors import OperatorError
from strongroom.identity.organisation_changes import ROOT_TARGET, ControlType

app = typer.Typer(help="The accounts of this installation.", no_args_is_help=True)
policy = typer.Typer(help="Service and resource control policies of accounts.", no_args_is_help=True)
app.add_typer(policy, name="policy")

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Account id.")]
Target = Annotated[
    str, typer.Argument(metavar="TARGET", help=f"Account id, or `{ROOT_TARGET}` for every account but the management account.")
]
Kind = Annotated[ControlType, typer.Option("--type", help="service binds the account's principals, resource its resources.")]
PolicyName = Annotated[str, typer.Option("--name", help="Name of the policy; one of the same name is replaced.")]


def _day(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


@app.command("create")
def create(
    account_id: Annotated[str | None, typer.Argument(metavar="[ACCOUNT]", help="12 digits; made up if not given.")] = None,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
    *,
    name: Annotated[str | None, typer.Option("--name", help="What the account is for.")] = None,
    save_credentials: Annotated[
        Path | None, typer.Option("--save-credentials", help="Write the root access key to this new file (0600) instead of showing it.")
    ] = None,
) -> None:
    """Make an account and its root access key (shown once)."""
    settings = settings_from(config, data_dir=data_dir, database_url=database_url, seal=seal, passphrase_file=passphrase_file)
    if save_credentials is not None and save_credentials.exists():
        raise fail(f"{save_credentials} exists already")
    try:
        made = accounts.create(settings, account_id, name)
        typer.echo(f"Account            {made.account_id}")
        if save_credentials is not None:
            save_credentials_at(save_credentials, made)
            typer.echo(f"Root access key    in {save_credentials}")
        elif made.secret_access_key is not None:
            typer.echo(f"Root access key    {made.access_key_id}")
            typer.echo(f"Secret access key  {made.secret_access_key.reveal().decode()}   (not shown again)")
    except OperatorError as error:
        raise fail(str(error)) from None


@app.command("list")
def list_(
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
) -> None:
    """List the accounts."""
    settings = settings_from(config, data_dir=data_dir, database_url=database_url, seal=seal, passphrase_file=passphrase_file)
    try:
        lines = accounts.list_accounts(settings)
    except OperatorError as error:
        raise fail(str(error)) from None
    table = Table("Account", "Name", "Made", "State")
    for line in lines:
        state = "management" if line.is_management else "open" if line.closed_at is None else f"closed {_day(line.closed_at)}"
        table.add_row(line.account_id, line.name, _day(line.created_at), state)
    Console().print(table)


@app.command("close")
def close(
    account_id: Account,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
) -> None:
    """Close an account: its credentials end to work at once and its resources are shut. Nothing is deleted."""
    settings = settings_from(config, data_dir=data_dir, database_url=database_url, seal=seal, passphrase_file=passphrase_file)
    try:
        accounts.close(settings, account_id)
    except OperatorError as error:
        raise fail(str(error)) from None
    typer.echo(f"Closed {account_id}")


@app.command("reopen")
def reopen(
    account_id: Account,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
) -> None:
    """Open a closed account again, with everything that it had."""
    settings = settings_from(config, data_dir=data_dir, database_url=database_url, seal=seal, passphrase_file=passphrase_file)
    try:
        accounts.reopen(settings, account_id)
    except OperatorError as error:
        raise fail(str(error)) from None
    typer.echo(f"Opened {account_id}")


@policy.command("attach")
def attach(
    target: Target,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy, as JSON.", exists=True, dir_okay=False)],
    name: PolicyName,
    kind: Kind = ControlType.SERVICE,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
) -> None:
    """Attach a control policy; it counts from the next call on."""
    settings = settings_from(config, data_dir=data_dir, database_url=database_url, seal=seal, passphrase_file=passphrase_file)
    try:
        accounts.attach(settings, target, kind, name, file.read_text(encoding="utf-8"))
    except (OperatorError, OSError, UnicodeDecodeError) as error:
        raise fail(str(error)) from None
    typer.echo(f"Attached {kind.value} control policy {name} to {target}")


@policy.command("detach")
def detach(
    target: Target,
    name: PolicyName,
    kind: Kind = ControlType.SERVICE,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
) -> None:
    """Detach a control policy. Without FullAWSAccess, only what the others allow is allowed."""
    settings = settings_from(config, data_dir=data_dir, database_url=database_url, seal=seal, passphrase_file=passphrase_file)
    try:
        accounts.detach(settings, target, kind, name)
    except OperatorError as error:
        raise fail(str(error)) from None
    typer.echo(f"Detached {kind.value} control policy {name} from {target}")


@policy.command("list")
def list_policies(
    target: Target,
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
) -> None:
    """Print the control policies of an account or of the root."""
    settings = settings_from(config, data_dir=data_dir, database_url=database_url, seal=seal, passphrase_file=passphrase_file)
    try:
        controls = accounts.list_policies(settings, target)
    except OperatorError as error:
        raise fail(str(error)) from None
    for kind, texts in (("service", controls.service), ("resource", controls.resource)):
        for name, text in texts.items():
            typer.echo(f"{kind}\t{name}\t{' '.join(text.split())}")
