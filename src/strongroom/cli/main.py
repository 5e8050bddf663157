"""The `strongroom` command."""

from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from strongroom.cli import accounts, audit, events, explain, health, machines, params, policies, rotation, server

app = typer.Typer(
    name="strongroom",
    help="The key and secrets server that speaks AWS's wire: KMS, Secrets Manager and Parameter Store on your own machines.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they print local variables, and those may be secrets
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback form
    if wanted:
        typer.echo(f"strongroom {installed_version('strongroom')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")] = False,  # noqa: FBT002
) -> None:
    """Take the options that come before a command."""


app.command("init")(server.init)
app.command("serve")(server.serve)
app.command("dev")(server.dev)
app.command("env")(health.env)
app.command("status")(health.status)
app.command("doctor")(health.doctor)
app.command("imds")(machines.imds)
app.command("container-credentials")(machines.container_credentials)
app.command("credentials")(machines.credentials)
app.command("explain")(explain.explain)
app.add_typer(audit.app, name="audit")
app.add_typer(events.app, name="events")
app.add_typer(accounts.app, name="account")
app.add_typer(policies.app, name="policy")
app.add_typer(params.app, name="params")
app.add_typer(rotation.rotation_app, name="rotation")
app.add_typer(rotation.functions_app, name="functions")


def main() -> None:
    """Run the command."""
    app()
