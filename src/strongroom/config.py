"""Every setting of the server, in one frozen object, read from the command line, the environment and a TOML file.

The order is: command line, then STRONGROOM_* variables, then the file, then the defaults here. A setting that does
not exist is refused at start with its nearest match: a misspelt safety setting must not be silently ignored.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from strongroom.ssm.rules.limits import ADVANCED_PARAMETERS, STANDARD_PARAMETERS

PREFIX = "STRONGROOM_"
ACCOUNT_ID_PATTERN = r"^[0-9]{12}$"
DEFAULT_ACCOUNT_ID = "000000000000"


class SettingsError(Exception):
    """The settings can't be used; the text names the setting and says what to write instead."""


class Settings(BaseSettings):
    """The server's settings. Each field's description is its documentation (docs/settings.md is generated from it)."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Field(Path("strongroom-data"), description="Directory of the root key, the embedded database and the audit segments.")
    listen: str = Field("127.0.0.1:4577", description="Address and port to serve on. Any address but loopback needs TLS.")
    workers: int = Field(2, ge=1, le=256, description="Worker processes that answer requests.")
    database_url: str | None = Field(None, description="postgresql://... for many nodes; absent: embedded SQLite in the data directory.")
    tls_cert: Path | None = Field(None, description="PEM file of the server's certificate chain.")
    tls_key: Path | None = Field(None, description="PEM file of the certificate's private key.")
    tls: Literal["off", "auto"] = Field("off", description="auto: make a local CA and a certificate in the data directory.")
    account_id: str = Field(DEFAULT_ACCOUNT_ID, pattern=ACCOUNT_ID_PATTERN, description="Account that `init` creates.")
    root_access_key_id: str | None = Field(None, description="Root access key id for `init`, instead of a new random one.")
    root_secret_access_key: str | None = Field(None, repr=False, description="Root secret access key for `init`.")
    region: str = Field("us-east-1", description="Region that `env` prints.")
    seal: Literal["keyfile", "passphrase"] = Field("keyfile", description="What protects the root key.")
    passphrase_file: Path | None = Field(None, description="File that holds the passphrase of the passphrase seal.")
    audit_durability: Literal["process", "power"] = Field(
        "process",
        description="Events of reads survive a killed process, or (power) a power cut too. Events of changes always survive both.",
    )
    audit_refusals_per_second: float = Field(
        10.0, gt=0, description="Unauthenticated refusals that each worker records one by one, a second; the rest goes into summaries."
    )
    audit_retention_days: int = Field(
        90, ge=0, description="Days after which audit events are removed from the database; 0 keeps them for ever."
    )
    cache_bytes: int = Field(64 * 1024 * 1024, ge=0, description="Memory for cached records in each worker, in bytes.")
    threads: int = Field(8, ge=1, le=256, description="Threads in each worker for work that waits.")
    header_timeout: float = Field(10.0, gt=0, description="Seconds in which a request's headers must arrive.")
    idle_timeout: float = Field(65.0, gt=0, description="Seconds that an idle connection is kept.")
    stop_timeout: float = Field(10.0, gt=0, description="Seconds that running requests get when the server is stopped.")
    metrics_token: str | None = Field(None, repr=False, description="Bearer token for /metrics from other addresses than loopback.")
    otlp_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^\s/]+",
        description="Base URL of an OpenTelemetry collector that is sent traces (OTLP over HTTP), such as http://127.0.0.1:4318.",
    )
    standard_parameters: int = Field(
        STANDARD_PARAMETERS, ge=0, description="Parameters of the standard tier that an account may have in a Region."
    )
    advanced_parameters: int = Field(
        ADVANCED_PARAMETERS, ge=0, description="Parameters of the advanced tier that an account may have in a Region."
    )
    parameter_request_quotas: bool = Field(
        False, description="Hold requests of Parameter Store to AWS's rates: 40 a second, or those of high-throughput-enabled."
    )
    kms_request_quotas: bool = Field(False, description="Hold requests of KMS to the rates that AWS starts an account with.")
    xks_proxies: str = Field(
        "", description="External key store proxies that may be reached, separated by commas: HOST or HOST=ADDRESS:PORT. None by default."
    )
    xks_ca_file: Path | None = Field(None, description="PEM file of the authorities to trust for those proxies; absent: the system's.")
    functions_endpoint_url: str | None = Field(
        None, description="URL at which functions reach this server; absent: the address that it listens on."
    )
    allow_unconfined_functions: bool = Field(
        False,
        description="Run functions although neither root rights nor user namespaces keep them apart from the server's files.",
    )
    lambda_endpoint: str | None = Field(
        None, description="Lambda-compatible endpoint that is sent the Invoke calls of functions which this server does not hold."
    )
    lambda_access_key_id: str | None = Field(None, description="Access key id that signs the calls to lambda-endpoint.")
    lambda_secret_access_key: str | None = Field(None, repr=False, description="Secret access key that signs the calls to lambda-endpoint.")
    oidc_issuers: str = Field(
        "", description="OpenID Connect issuers that may be asked for keys, by commas: HOST or HOST=ADDRESS:PORT. None by default."
    )
    oidc_ca_file: Path | None = Field(None, description="PEM file of the authorities to trust for those issuers; absent: the system's.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severe log lines to write.")

    @field_validator("listen")
    @classmethod
    def _listen_is_an_address(cls, value: str) -> str:
        split_listen(value)
        return value

    @field_validator("xks_proxies", "oidc_issuers")
    @classmethod
    def _proxies_are_hosts(cls, value: str) -> str:
        split_proxies(value)
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read constructor arguments only; `load` puts the sources together so that each can be checked by name."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


MOST_PORT = 65535


def split_listen(listen: str) -> tuple[str, int]:
    """Return (host, port) of `host:port` or `[v6]:port`. Raises ValueError."""
    host, separator, port = listen.rpartition(":")
    if not separator or not port.isdigit() or int(port) > MOST_PORT:
        raise ValueError(f"{listen!r} is not HOST:PORT")
    return host.strip("[]") or "127.0.0.1", int(port)


HTTPS_PORT = 443


def split_proxies(proxies: str) -> dict[str, tuple[str, int]]:
    """Return host name -> (address, port) of `host` or `host=address:port`, separated by commas. Raises ValueError."""
    found: dict[str, tuple[str, int]] = {}
    for entry in filter(None, (part.strip() for part in proxies.split(","))):
        host, separator, address = entry.partition("=")
        found[host.lower()] = split_listen(address) if separator else (host, HTTPS_PORT)
    return found


def _refuse_unknown(names: Mapping[str, Any], where: str, show: Mapping[str, str]) -> None:
    known = Settings.model_fields
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f" Did you mean {show.get(near[0], near[0])}?" if near else ""
            raise SettingsError(f"{where}: there is no setting {show.get(name, name)}.{hint}")


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    found = {key[len(PREFIX) :].lower(): value for key, value in environ.items() if key.startswith(PREFIX) and key != f"{PREFIX}CONFIG"}
    shown = {name: f"{PREFIX}{name.upper()}" for name in {*found, *Settings.model_fields}}
    _refuse_unknown(found, "environment", shown)
    return found


def _from_file(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from error
    found = {name.replace("-", "_"): value for name, value in found.items()}
    _refuse_unknown(found, str(path), {})
    return found


def load(given: Mapping[str, Any], config_file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings from `given` (command line; None means not given), the environment, and a TOML file.

    Raises SettingsError with one line for each mistake.
    """
    environ = os.environ if environ is None else environ
    path = config_file or (Path(environ[f"{PREFIX}CONFIG"]) if f"{PREFIX}CONFIG" in environ else None)
    merged: dict[str, Any] = _from_file(path) if path else {}
    merged.update(_from_environment(environ))
    merged.update({name: value for name, value in given.items() if value is not None})
    try:
        return Settings(**merged)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()]
        raise SettingsError("; ".join(lines)) from None
