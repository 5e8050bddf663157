"""policy lint and policy from-trail."""

import json
from pathlib import Path
from typing import Annotated

import typer

from strongroom.app.catalogue import catalogue
from strongroom.app.clocks import SystemClock
from strongroom.app.operating import first_account
from strongroom.app.uses import uses_in_trail
from strongroom.cli import options
from strongroom.cli.options import fail, settings_from
from strongroom.core.errors import ApiError, OperatorError
from strongroom.policy.generalise import smallest_policy
from strongroom.policy.kinds import MalformedPolicy, PolicyKind
from strongroom.policy.lint import Weight, lint

LONGEST_MANAGED_POLICY = 6144  # characters without whitespace
SECONDS_PER_DAY = 86_400.0
app = typer.Typer(help="Help with writing policies.", no_args_is_help=True)


@app.command("lint")
def lint_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy, as JSON.", exists=True, dir_okay=False)],
    *,
    kind: Annotated[PolicyKind, typer.Option("--type", help="What kind of policy it is.")] = PolicyKind.IDENTITY,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Find wildcards, statements that never match, and ways to more rights; ends with 1 if there is an error."""
    try:
        findings = lint(file.read_text(encoding="utf-8"), kind, catalogue())
    except MalformedPolicy as malformed:
        raise fail(f"{file}: {malformed.reason}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise fail(f"{file}: {error}") from None
    for found in findings:
        if as_json:
            line = {"weight": found.weight.value, "code": found.code, "statement": found.statement, "message": found.message}
            typer.echo(json.dumps(line))
        else:
            typer.echo(f"{found.weight.value}: {found.code}: statement {found.statement}: {found.message}")
    if any(found.weight is Weight.ERROR for found in findings):
        raise typer.Exit(1)


@app.command("from-trail")
def from_trail(
    principal: Annotated[str, typer.Option("--principal", help="ARN of a user or a session, or of a role for all its sessions.")],
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    account_id: options.AccountId = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
    *,
    days: Annotated[int, typer.Option("--days", min=1, help="How far back the trail is read.")] = 90,
) -> None:
    """Write the smallest policy that covers what the trail shows was used."""
    settings = settings_from(
        config, data_dir=data_dir, database_url=database_url, account_id=account_id, seal=seal, passphrase_file=passphrase_file
    )
    settings = settings.model_copy(update={"account_id": first_account(settings)})
    try:
        uses = uses_in_trail(settings, principal, max(0.0, SystemClock().now() - days * SECONDS_PER_DAY))
    except (OperatorError, ApiError) as error:
        raise fail(str(error)) from None
    if not uses:
        raise fail(f"the trail of account {settings.account_id} shows nothing that {principal} used in {days} days")
    policy = smallest_policy(uses)
    typer.echo(json.dumps(policy, indent=2))
    if len(json.dumps(policy, separators=(",", ":"))) > LONGEST_MANAGED_POLICY:
        typer.echo(f"it is longer than a managed policy may be ({LONGEST_MANAGED_POLICY} characters): split it", err=True)
