"""audit tail and audit verify."""

import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console

from strongroom.app.doctor import verify_audit
from strongroom.app.trail import Reader, read_trail
from strongroom.cli import options
from strongroom.cli.options import fail, settings_from
from strongroom.core.errors import ApiError, OperatorError

FOLLOW_SECONDS = 1.0

app = typer.Typer(help="The audit trail: one CloudTrail-shaped event for each call.", no_args_is_help=True)


def _line(record: dict[str, Any]) -> str:
    caller = record["userIdentity"].get("arn") or record["userIdentity"].get("invokedBy") or record["userIdentity"]["type"]
    outcome = record.get("errorCode", "ok")
    named = " ".join(resource["ARN"] for resource in record.get("resources") or [])
    return f"{record['eventTime']} {outcome:<24} {record['eventSource'].partition('.')[0]}:{record['eventName']} {caller} {named}".rstrip()


def _events(reader: Reader, count: int, *, follow: bool) -> Iterator[tuple[dict[str, Any], str]]:
    yield from reader.newest(count)
    while follow:
        time.sleep(FOLLOW_SECONDS)
        yield from reader.since_last()


@app.command("tail")
def tail(
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    account_id: options.AccountId = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
    *,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the newest events.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with events as they come.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole records as JSON lines.")] = False,
) -> None:
    """Print an account's newest events, oldest first."""
    settings = settings_from(
        config, data_dir=data_dir, database_url=database_url, account_id=account_id, seal=seal, passphrase_file=passphrase_file
    )
    try:
        with read_trail(settings) as reader:
            for record, text in _events(reader, lines, follow=follow):
                typer.echo(text if as_json else _line(record))
    except (OperatorError, ApiError) as error:
        raise fail(str(error)) from None


@app.command("verify")
def verify(
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
) -> None:
    """Check every chain: finds any changed, missing, reordered or cut event; ends with 1 if there is one."""
    settings = settings_from(config, data_dir=data_dir, database_url=database_url, seal=seal, passphrase_file=passphrase_file)
    try:
        with Console(stderr=True).status("Verifying"):
            report = verify_audit(settings)
    except (OperatorError, ApiError) as error:
        raise fail(str(error)) from None
    typer.echo(f"{report.entries} events of {report.writers} writers")
    for found in (*report.problems, *report.remarks):
        typer.echo(f"{found.kind.value}: {found.writer_id}: {found.detail}")
    typer.echo("intact" if report.intact else "NOT INTACT")
    if not report.intact:
        raise typer.Exit(1)
