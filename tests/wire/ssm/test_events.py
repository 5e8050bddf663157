"""What events tell of Parameter Store, and what they keep to themselves; writers at the same time."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.clients import Clients


def events_of(clients: Clients, name: str) -> list[dict[str, Any]]:
    """Return the account's events with this name, newest first."""
    for _ in range(40):
        found = clients.cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])["Events"]
        if found:
            return [json.loads(event["CloudTrailEvent"]) for event in found]
        time.sleep(0.1)
    raise AssertionError(name)


def test_no_event_holds_a_value(clients: Clients) -> None:
    """The value that was written is masked, and what was read is not recorded."""
    clients.ssm.put_parameter(Name="/s", Value="hush-hush", Type="SecureString", Tags=[{"Key": "k", "Value": "v"}])
    clients.ssm.put_parameter(Name="/t", Value="hush-hush", Type="String")
    clients.ssm.get_parameter(Name="/s", WithDecryption=True)
    clients.ssm.get_parameters_by_path(Path="/", WithDecryption=True)
    written, read = events_of(clients, "PutParameter"), events_of(clients, "GetParameter")
    assert [event["requestParameters"]["value"] for event in written] == ["HIDDEN_DUE_TO_SECURITY_REASONS"] * 2
    assert {event["requestParameters"]["name"] for event in written} == {"/s", "/t"}
    assert written[0]["responseElements"] == {"version": 1, "tier": "Standard"}
    assert read[0]["readOnly"] is True
    assert read[0]["resources"][0]["ARN"] == f"arn:aws:ssm:eu-west-1:{clients.account_id}:parameter/s"
    decrypted = events_of(clients, "Decrypt")
    assert decrypted[0]["requestParameters"]["encryptionContext"]["PARAMETER_ARN"].endswith(":parameter/s")
    everything = json.dumps([written, read, decrypted, events_of(clients, "GetParametersByPath"), events_of(clients, "Encrypt")])
    assert "hush-hush" not in everything


def test_writers_at_the_same_time_lose_nothing(clients: Clients) -> None:
    """Every acknowledged overwrite is a version of its own, and creations side by side all succeed."""
    ssm = clients.ssm
    ssm.put_parameter(Name="/x", Value="0", Type="String")

    def overwrite(number: int) -> int:
        return int(ssm.put_parameter(Name="/x", Value=str(number), Overwrite=True)["Version"])

    def create(number: int) -> int:
        return int(ssm.put_parameter(Name=f"/many/{number}", Value="v", Type="String")["Version"])

    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(overwrite, range(12)))
        assert list(pool.map(create, range(24))) == [1] * 24
    assert sorted(versions) == list(range(2, 14))
    history = {version["Version"]: version["Value"] for version in ssm.get_parameter_history(Name="/x")["Parameters"]}
    assert all(history[version] == str(number) for number, version in enumerate(versions))
