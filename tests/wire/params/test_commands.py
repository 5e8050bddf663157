"""`strongroom params` against real servers."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.clients import REGION, Clients
from tests.support.process import start
from typer.testing import CliRunner, Result

from strongroom.cli.main import app

Run = Callable[..., Result]


VARIABLES = [name for name in os.environ if name.startswith("AWS_")]


def strongroom(*arguments: str, env: dict[str, str], check: bool = True) -> Result:
    """Run the command in this process; the variables are all that it sees of AWS."""
    ended = CliRunner().invoke(app, arguments, env={**dict.fromkeys(VARIABLES), **env})
    assert not check or ended.exit_code == 0, ended.output
    return ended


def environment(clients: Clients) -> dict[str, str]:
    """Return the variables of an AWS tool."""
    return {
        "AWS_ENDPOINT_URL": clients.url,
        "AWS_ACCESS_KEY_ID": clients.access_key_id,
        "AWS_SECRET_ACCESS_KEY": clients.secret_access_key,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_MAX_ATTEMPTS": "1",
    }


@pytest.fixture
def params(clients: Clients) -> Run:
    """Runs the command as the root of a new account."""

    def run(*arguments: str, check: bool = True) -> Result:
        return strongroom("params", *arguments, env=environment(clients), check=check)

    return run


@pytest.fixture
def filled(clients: Clients) -> Clients:
    """An account with parameters of all types under /app."""
    ssm = clients.ssm
    ssm.put_parameter(Name="/app/db/password", Value="hush $x 'y'\nz", Type="SecureString", Description="secret")
    ssm.put_parameter(Name="/app/hosts", Value="a,b", Type="StringList")
    ssm.put_parameter(Name="/app/port", Value="8080", Type="String", DataType="integer", AllowedPattern="[0-9]+")
    ssm.put_parameter(Name="/app/big", Value="x" * 5000, Type="String", Tier="Advanced")
    ssm.put_parameter(Name="/apple", Value="other", Type="String")
    return clients


def values_below(clients: Clients, path: str) -> dict[str, tuple[str, str]]:
    """Return name -> (type, value)."""
    pages = clients.ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True, WithDecryption=True)
    return {found["Name"]: (found["Type"], found["Value"]) for page in pages for found in page["Parameters"]}


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_an_export_is_imported_again_as_it_was(filled: Clients, params: Run, tmp_path: Path, form: str) -> None:
    """Into another path, with types, descriptions, patterns and tiers; twice changes nothing."""
    file = tmp_path / f"app.{form}"
    params("export", "/app", str(file), "--with-decryption")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert params("import", "/copy", str(file)).stderr.splitlines()[-1] == "4 created, 0 changed, 0 the same"
    assert params("import", "/copy", str(file)).stderr.splitlines()[-1] == "0 created, 0 changed, 4 the same"
    below = values_below(filled, "/copy")
    assert below == {name.replace("/app", "/copy"): value for name, value in values_below(filled, "/app").items()}
    described = {found["Name"]: found for found in filled.ssm.describe_parameters()["Parameters"]}
    assert described["/copy/db/password"]["Description"] == "secret"
    assert (described["/copy/port"]["AllowedPattern"], described["/copy/port"]["DataType"]) == ("[0-9]+", "integer")
    assert described["/copy/big"]["Tier"] == "Advanced"
    assert params("diff", "/app", "/copy").exit_code == 0


def test_env_is_for_programs(filled: Clients, params: Run, tmp_path: Path) -> None:
    """Variables from names; a .env file is imported as SecureStrings unless --type says otherwise."""
    filled.ssm.delete_parameter(Name="/app/big")  # a .env file can't say that it needs the advanced tier
    shown = params("export", "/app", "--format", "env", "--with-decryption").stdout
    assert "DB_PASSWORD='hush $x \\'y\\'\nz'\n" in shown
    file = tmp_path / ".env"
    file.write_text(shown, encoding="utf-8")
    params("import", "/env", str(file))
    below = values_below(filled, "/env")
    assert below["/env/DB_PASSWORD"] == ("SecureString", "hush $x 'y'\nz")
    params("import", "/plain", str(file), "--type", "String", "--overwrite")
    assert values_below(filled, "/plain")["/plain/PORT"] == ("String", "8080")


@pytest.mark.usefixtures("filled")
def test_secure_strings_leave_only_when_that_is_said(params: Run, tmp_path: Path) -> None:
    """Neither decrypted nor left out by guess, and an existing file is not replaced by guess either."""
    refused = params("export", "/app", "--format", "json", check=False)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "1 parameters below /app are SecureStrings" in refused.stderr
    assert list(json.loads(params("export", "/app", "-f", "json", "--skip-secure").stdout)) == ["big", "hosts", "port"]
    file = tmp_path / "app.json"
    file.write_text("mine", encoding="utf-8")
    assert "exists; --force replaces it" in params("export", "/app", str(file), "--skip-secure", check=False).stderr
    assert file.read_text(encoding="utf-8") == "mine"
    params("export", "/app", str(file), "--skip-secure", "--force")
    assert (len(json.loads(file.read_text(encoding="utf-8"))), stat.S_IMODE(file.stat().st_mode)) == (3, 0o600)
    assert "the name x.txt does not tell" in params("export", "/app", "x.txt", check=False).stderr


def test_what_differs_is_overwritten_only_when_that_is_said(filled: Clients, params: Run, tmp_path: Path) -> None:
    """Without --overwrite nothing at all is written; a type never changes."""
    file = tmp_path / "new.yaml"
    file.write_text("port: 9090\nnew: {Value: n, Type: String}\nhosts: [a, b]\n", encoding="utf-8")
    planned = params("import", "/app", str(file), "--dry-run")
    assert planned.stdout.splitlines() == ["+ new", "~ port (value)"]
    assert planned.stderr.splitlines()[-1] == "1 would be created, 1 would be changed, 1 the same"
    refused = params("import", "/app", str(file), check=False)
    assert refused.exit_code == 1
    assert "1 parameters differ; nothing was written" in refused.stderr
    assert "/app/new" not in values_below(filled, "/app")
    params("import", "/app", str(file), "--overwrite")
    assert values_below(filled, "/app")["/app/port"] == ("String", "9090")
    assert filled.ssm.get_parameter(Name="/app/port")["Parameter"]["Version"] == 2
    file.write_text("port: {Value: x, Type: SecureString}\n", encoding="utf-8")
    assert "/app/port is a String, and a type can't be changed" in params("import", "/app", str(file), "--overwrite", check=False).stderr
    file.write_text("port: words\n", encoding="utf-8")
    failed = params("import", "/app", str(file), "--overwrite", check=False)
    assert failed.exit_code == 1
    assert "PutParameter /app/port: " in failed.stderr
    assert "words" not in failed.stderr.replace("allowedPattern", "")


def test_diff_says_where_paths_differ_and_no_values(filled: Clients, params: Run) -> None:
    """As diff(1) ends: 1 for differences, 2 for trouble."""
    ssm = filled.ssm
    ssm.put_parameter(Name="/other/db/password", Value="another", Type="SecureString", Description="secret")
    ssm.put_parameter(Name="/other/hosts", Value="a,b", Type="String")
    ssm.put_parameter(Name="/other/new", Value="n", Type="String")
    found = params("diff", "/app", "/other", check=False)
    assert (found.exit_code, found.stdout.splitlines()) == (1, ["- big", "~ db/password (value)", "~ hosts (type)", "+ new", "- port"])
    trouble = params("diff", "no-path", check=False)
    assert (trouble.exit_code, trouble.stdout) == (2, "")
    assert "ValidationException" in trouble.stderr


def test_a_path_is_copied_to_another_server_by_its_profile(filled: Clients, params: Run, tmp_path: Path) -> None:
    """The profile's endpoint counts more than AWS_ENDPOINT_URL, and its key encrypts there."""
    other = start(["dev", "--listen", "127.0.0.1:0"])
    try:
        account = "111122223333"
        config = tmp_path / "config"
        text = f"[profile other]\nregion = us-east-1\nendpoint_url = {other.url}\n"
        config.write_text(text + f"aws_access_key_id = {account}\naws_secret_access_key = test\n", encoding="utf-8")
        there = Clients(other.url, account, region="us-east-1")
        command = ["params", "copy", "/app", "/here", "--to-profile", "other"]
        copied = strongroom(*command, env={**environment(filled), "AWS_CONFIG_FILE": str(config)})
        assert copied.stderr.splitlines()[-1] == "4 created, 0 changed, 0 the same"
        assert values_below(there, "/here") == {name.replace("/app", "/here"): v for name, v in values_below(filled, "/app").items()}
        there.close()
    finally:
        other.stop()
    assert "Could not connect" in strongroom(*command, env={**environment(filled), "AWS_CONFIG_FILE": str(config)}, check=False).stderr
    assert "could not be found" in params("copy", "/app", "/x", "--to-profile", "none", check=False).stderr


def test_without_credentials_the_command_says_so(tmp_path: Path) -> None:
    """In one line."""
    nothing = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_DEFAULT_REGION": REGION, "AWS_CONFIG_FILE": str(tmp_path / "none")}
    ended = strongroom("params", "diff", "/a", "/b", env={**nothing, "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}, check=False)
    assert (ended.exit_code, ended.stderr) == (2, "strongroom: describe_parameters: Unable to locate credentials\n")
