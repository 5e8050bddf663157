"""Quotas that the operator sets, over the wire."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients, new_account
from tests.support.process import start
from tests.wire.ssm.helpers import failure

HIGH = "/ssm/parameter-store/high-throughput-enabled"
FULL = (
    "ParameterLimitExceeded",
    "You have exceeded the number of parameters for this Amazon Web Services account. Delete one or more parameters and try again.",
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that holds rates, and room for few parameters."""
    held = {
        "STRONGROOM_PARAMETER_REQUEST_QUOTAS": "true",
        "STRONGROOM_STANDARD_PARAMETERS": "3",
        "STRONGROOM_ADVANCED_PARAMETERS": "1",
    }
    running = start(["dev", "--listen", "127.0.0.1:0"], env=held)
    yield running.url
    running.stop()


@pytest.fixture
def limited(url: str) -> Iterator[Clients]:
    """The root user of a new account."""
    account = new_account()
    clients = Clients(url, account, account_id=account)
    yield clients
    clients.close()


def _refused(clients: Clients, requests: int) -> set[tuple[str, str]]:
    """Return the errors of so many requests in a row."""
    found = set()
    for _ in range(requests):
        try:
            clients.ssm.get_parameter(Name="/x")
        except ClientError as error:
            found.add((error.response["Error"]["Code"], error.response["Error"]["Message"]))
    return found


def test_forty_requests_a_second_are_answered_until_high_throughput_is_enabled(limited: Clients) -> None:
    """What comes beyond is ThrottlingException; the setting raises the rate at once."""
    limited.ssm.put_parameter(Name="/x", Value="v", Type="String")
    assert _refused(limited, 120) == {("ThrottlingException", "Rate exceeded")}
    limited.ssm.update_service_setting(SettingId=HIGH, SettingValue="true")
    assert _refused(limited, 120) == set()
    limited.ssm.reset_service_setting(SettingId=HIGH)
    assert _refused(limited, 120) == {("ThrottlingException", "Rate exceeded")}


def test_each_tier_has_room_for_as_many_parameters_as_the_operator_says(limited: Clients) -> None:
    """Intelligent-Tiering goes on in the advanced tier when the standard one is full."""
    put = limited.ssm.put_parameter
    for number in range(3):
        put(Name=f"/{number}", Value="v", Type="String")
    assert failure(put, Name="/x", Value="v", Type="String") == FULL
    assert put(Name="/x", Value="v", Type="String", Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    assert failure(put, Name="/0", Value="v", Overwrite=True, Tier="Advanced") == FULL
    limited.ssm.delete_parameter(Name="/x")
    assert put(Name="/0", Value="v", Overwrite=True, Tier="Advanced")["Tier"] == "Advanced"
    assert put(Name="/y", Value="v", Type="String")["Tier"] == "Standard"
