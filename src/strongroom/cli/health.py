"""env, status and doctor."""

import configparser
import json
import shlex
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from strongroom.app.doctor import Finding, examine
from strongroom.app.layout import DataDirectory
from strongroom.cli import options
from strongroom.cli.options import fail, settings_from
from strongroom.config import Settings, split_listen

TIMEOUT_SECONDS = 5
ANY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 - read from the settings, not bound here


def _uses_tls(settings: Settings) -> bool:
    return settings.tls == "auto" or settings.tls_cert is not None


def _endpoint(settings: Settings) -> str:
    host, port = split_listen(settings.listen)
    host = "127.0.0.1" if host in ANY_ADDRESS else host
    return f"{'https' if _uses_tls(settings) else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def _saved_credentials(path: Path) -> dict[str, str]:
    parser = configparser.ConfigParser()
    parser.read(path, encoding="utf-8")
    section = parser["default"]
    return {"AWS_ACCESS_KEY_ID": section["aws_access_key_id"], "AWS_SECRET_ACCESS_KEY": section["aws_secret_access_key"]}


def env(
    data_dir: options.DataDir = None,
    listen: options.Listen = None,
    region: options.Region = None,
    tls: options.Tls = None,
    config: options.ConfigFile = None,
) -> None:
    """Print shell exports for AWS tools: eval "$(strongroom env)"."""
    settings = settings_from(config, data_dir=data_dir, listen=listen, region=region, tls=tls)
    layout = DataDirectory(settings.data_dir)
    variables = {"AWS_ENDPOINT_URL": _endpoint(settings), "AWS_REGION": settings.region, "AWS_DEFAULT_REGION": settings.region}
    if layout.root_credentials.exists():
        variables |= _saved_credentials(layout.root_credentials)
    if settings.tls == "auto":
        variables["AWS_CA_BUNDLE"] = str((layout.tls / "ca.pem").resolve())
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
    if "AWS_ACCESS_KEY_ID" not in variables:
        typer.echo("# set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to what `strongroom init` showed")


def _fetch(settings: Settings, path: str) -> tuple[int, bytes]:
    url = _endpoint(settings) + path
    context = ssl.create_default_context() if _uses_tls(settings) else None
    authority = DataDirectory(settings.data_dir).tls / "ca.pem"
    if context is not None and settings.tls == "auto" and authority.exists():
        context.load_verify_locations(authority)
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS, context=context) as answer:  # noqa: S310 - our own endpoint
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError as error:
        raise fail(f"nothing answers at {url}: {error}") from None


def status(
    data_dir: options.DataDir = None, listen: options.Listen = None, tls: options.Tls = None, config: options.ConfigFile = None
) -> None:
    """Say whether the server answers and is ready; ends with 1 if not."""
    settings = settings_from(config, data_dir=data_dir, listen=listen, tls=tls)
    code, body = _fetch(settings, "/readyz")
    typer.echo(f"{_endpoint(settings)}: {'ready' if code == 200 else 'not ready'} ({body.decode(errors='replace').strip()})")  # noqa: PLR2004
    if code != 200:  # noqa: PLR2004 - HTTP's own number
        raise typer.Exit(1)


def _show(findings: list[Finding]) -> None:
    table = Table("Check", "Result", "What to do")
    for finding in findings:
        table.add_row(finding.check, "ok" if finding.ok else "[bold red]failed[/]", finding.advice)
    Console().print(table)


def doctor(
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
    *,
    verify: Annotated[bool, typer.Option("--verify", help="Also open every stored record and check the chains of feed and audit.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Examine an installation: permissions, root key, database, disk space; ends with 1 if anything is wrong."""
    settings = settings_from(config, data_dir=data_dir, database_url=database_url, seal=seal, passphrase_file=passphrase_file)
    findings = list(examine(settings, verify=verify))
    if as_json:
        for finding in findings:
            typer.echo(json.dumps({"check": finding.check, "ok": finding.ok, "advice": finding.advice}))
    else:
        _show(findings)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
