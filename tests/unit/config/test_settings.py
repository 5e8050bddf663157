"""Settings come from the command line, the environment and a file, in that order, and unknown ones are refused."""

from pathlib import Path

import pytest

from strongroom.config import SettingsError, load, split_listen


def test_the_command_line_wins_over_variables_and_variables_over_the_file(tmp_path: Path) -> None:
    """Each source overrides the one beneath it."""
    file = tmp_path / "strongroom.toml"
    file.write_text('workers = 3\nregion = "eu-west-1"\ncache-bytes = 5\n')
    settings = load({"workers": 5, "listen": None}, file, {"STRONGROOM_WORKERS": "4", "STRONGROOM_REGION": "us-west-2"})
    assert (settings.workers, settings.region, settings.cache_bytes) == (5, "us-west-2", 5)


def test_the_file_can_be_named_by_a_variable(tmp_path: Path) -> None:
    """STRONGROOM_CONFIG is the file, not a setting of its own."""
    file = tmp_path / "strongroom.toml"
    file.write_text("workers = 7\n")
    assert load({}, None, {"STRONGROOM_CONFIG": str(file)}).workers == 7


@pytest.mark.parametrize(
    ("environ", "content", "message"),
    [
        ({"STRONGROOM_LISTN": "x"}, "", "STRONGROOM_LISTN. Did you mean STRONGROOM_LISTEN?"),
        ({"STRONGROOM_ZZZ": "x"}, "", "there is no setting STRONGROOM_ZZZ."),
        ({}, "workrs = 2", "there is no setting workrs. Did you mean workers?"),
        ({"STRONGROOM_WORKERS": "0"}, "", "workers: Input should be greater than or equal to 1"),
        ({"STRONGROOM_LISTEN": "nowhere"}, "", "listen: Value error, 'nowhere' is not HOST:PORT"),
        ({"STRONGROOM_ACCOUNT_ID": "12"}, "", "account_id: String should match pattern"),
        ({}, "workers = ", "Invalid value"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_name(tmp_path: Path, environ: dict[str, str], content: str, message: str) -> None:
    """Nothing misspelt or out of range is silently ignored."""
    file = tmp_path / "strongroom.toml"
    file.write_text(content)
    with pytest.raises(SettingsError) as caught:
        load({}, file, environ)
    assert message in str(caught.value)


def test_secrets_are_not_in_the_settings_repr() -> None:
    """A logged settings object shows no secret."""
    settings = load({"root_secret_access_key": "hunter2", "metrics_token": "t0ken"}, None, {})
    assert "hunter2" not in repr(settings)
    assert "t0ken" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "address"), [("127.0.0.1:80", ("127.0.0.1", 80)), ("[::1]:4577", ("::1", 4577)), (":4577", ("127.0.0.1", 4577))]
)
def test_an_address_is_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    """IPv6 addresses stand in brackets; an absent host is loopback."""
    assert split_listen(text) == address
