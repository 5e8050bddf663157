"""events tail."""

import json
import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from strongroom.app.events import OutboxReader, read_outbox
from strongroom.cli import options
from strongroom.cli.options import fail, settings_from
from strongroom.core.errors import ApiError, OperatorError

FOLLOW_SECONDS = 1.0

app = typer.Typer(help="The outbox: what happened to parameters and keys, in the shape of EventBridge events.", no_args_is_help=True)


def _line(event: dict[str, Any]) -> str:
    detail = event["detail"]
    told = detail.get("operation") or detail.get("policy-type") or ""
    return f"{event['time']} {event['detail-type']:<36} {told} {' '.join(event['resources'])}"


def _events(reader: OutboxReader, count: int, *, follow: bool) -> Iterator[dict[str, Any]]:
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
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole events as JSON lines.")] = False,
) -> None:
    """Print an account's newest events, oldest first. Events are kept for seven days."""
    settings = settings_from(
        config, data_dir=data_dir, database_url=database_url, account_id=account_id, seal=seal, passphrase_file=passphrase_file
    )
    try:
        with read_outbox(settings) as reader:
            for event in _events(reader, lines, follow=follow):
                typer.echo(json.dumps(event) if as_json else _line(event))
    except (OperatorError, ApiError) as error:
        raise fail(str(error)) from None
