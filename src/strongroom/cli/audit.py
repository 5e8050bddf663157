"""audit tail and audit verify."""

import typer

app = typer.Typer(help="The audit trail.", no_args_is_help=True)
