"""init, serve and dev."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from strongroom.app.dev import DEV_CREDENTIAL, serve_dev
from strongroom.app.initialise import initialise, save_credentials
from strongroom.app.layout import DataDirectory
from strongroom.app.seed_file import Seed, read_seed
from strongroom.app.serve import serve as serve_until_stopped
from strongroom.cli import options
from strongroom.cli.options import fail, settings_from
from strongroom.config import Settings
from strongroom.core.errors import OperatorError


def init(
    data_dir: options.DataDir = None,
    account_id: options.AccountId = None,
    database_url: options.DatabaseUrl = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
    *,
    save_credentials_file: Annotated[
        bool,
        typer.Option("--save-credentials", help="Write the root access key to DATA_DIR/root-credentials (0600) instead of showing it."),
    ] = False,
    if_missing: Annotated[bool, typer.Option("--if-missing", help="Do nothing if the data directory is initialised already.")] = False,
) -> None:
    """Make a new installation: root key, first domain key, account, and its root access key (shown once)."""
    settings = settings_from(
        config, data_dir=data_dir, account_id=account_id, database_url=database_url, seal=seal, passphrase_file=passphrase_file
    )
    layout = DataDirectory(settings.data_dir)
    if if_missing and layout.is_initialised():
        return
    try:
        credentials = initialise(settings)
    except OperatorError as error:
        raise fail(str(error)) from None
    typer.echo(f"Initialised {settings.data_dir}. Back up {layout.root_key}: without it nothing that is stored can be read.")
    typer.echo(f"Account            {credentials.account_id}")
    if credentials.secret_access_key is None:
        typer.echo("The account is in the shared database already; its root access key is as it was.")
    elif save_credentials_file:
        save_credentials(layout, credentials)
        typer.echo(f"Root access key    in {layout.root_credentials}")
    else:
        typer.echo(f"Root access key    {credentials.access_key_id}")
        typer.echo(f"Secret access key  {credentials.secret_access_key.reveal().decode()}   (not shown again)")


def _announce(settings: Settings, url: str) -> None:
    layout = DataDirectory(settings.data_dir)
    account = layout.marker.read_text(encoding="utf-8").strip()
    typer.echo(f"Strongroom serves {url}  (account {account}, Region {settings.region} or any other)")
    if layout.root_credentials.exists():
        command = sys.argv[0] if Path(sys.argv[0]).name == "strongroom" else "strongroom"
        typer.echo(f"Root credentials: {layout.root_credentials}. In another terminal:")
        typer.echo(f'\n  eval "$({command} env --data-dir {settings.data_dir} --listen {settings.listen})"')
        typer.echo("  aws kms create-key --description first\n")
    else:
        typer.echo(
            f"Root credentials were shown by init. In another terminal:\n\n  export AWS_ENDPOINT_URL={url} AWS_REGION={settings.region}\n"
        )


def serve(
    data_dir: options.DataDir = None,
    listen: options.Listen = None,
    workers: options.Workers = None,
    database_url: options.DatabaseUrl = None,
    tls_cert: options.TlsCert = None,
    tls_key: options.TlsKey = None,
    tls: options.Tls = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    region: options.Region = None,
    otlp_endpoint: options.OtlpEndpoint = None,
    lambda_endpoint: options.LambdaEndpoint = None,
    log_level: options.LogLevel = None,
    config: options.ConfigFile = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; requests that are running are finished."""
    settings = settings_from(
        config,
        data_dir=data_dir,
        listen=listen,
        workers=workers,
        database_url=database_url,
        tls_cert=tls_cert,
        tls_key=tls_key,
        tls=tls,
        seal=seal,
        passphrase_file=passphrase_file,
        region=region,
        otlp_endpoint=otlp_endpoint,
        lambda_endpoint=lambda_endpoint,
        log_level=log_level,
    )
    try:
        serve_until_stopped(settings, lambda url: _announce(settings, url))
    except OperatorError as error:
        raise fail(str(error)) from None


def dev(
    listen: options.Listen = None,
    account_id: options.AccountId = None,
    access_key_id: Annotated[str | None, typer.Option("--access-key-id", help="Root access key id instead of test.")] = None,
    secret_access_key: Annotated[str | None, typer.Option("--secret-access-key", help="Its secret instead of test.")] = None,
    seed_file: Annotated[
        Path | None, typer.Option("--seed-file", help="TOML or JSON file of keys, secrets and parameters to start with.", dir_okay=False)
    ] = None,
    region: options.Region = None,
    otlp_endpoint: options.OtlpEndpoint = None,
    lambda_endpoint: options.LambdaEndpoint = None,
    log_level: options.LogLevel = None,
    config: options.ConfigFile = None,
) -> None:
    """Serve a throw-away server for tests on loopback; POST /_dev/reset empties it."""
    settings = settings_from(
        config,
        listen=listen,
        account_id=account_id,
        root_access_key_id=access_key_id,
        root_secret_access_key=secret_access_key,
        region=region,
        otlp_endpoint=otlp_endpoint,
        lambda_endpoint=lambda_endpoint,
        log_level=log_level,
    )

    def announce(url: str) -> None:
        key, secret = settings.root_access_key_id or DEV_CREDENTIAL, settings.root_secret_access_key or DEV_CREDENTIAL
        typer.echo(f"Strongroom for tests serves {url}; nothing is kept. Any 12-digit access key id with the secret `test` is an account.")
        typer.echo(
            f"\n  export AWS_ENDPOINT_URL={url} AWS_REGION={settings.region} AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}\n"
        )

    try:
        serve_dev(settings, read_seed(seed_file) if seed_file else Seed(), announce)
    except OperatorError as error:
        raise fail(str(error)) from None
