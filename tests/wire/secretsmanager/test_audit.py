"""What CloudTrail keeps of Secrets Manager's calls."""

import json
from typing import Any

from tests.support.clients import Clients


def events(clients: Clients) -> list[dict[str, Any]]:
    """Return every event of the account, newest first."""
    pages = clients.cloudtrail.get_paginator("lookup_events").paginate()
    return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]


def named(found: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the events of one operation."""
    return [event for event in found if event["eventName"] == name]


def test_no_event_holds_a_value(clients: Clients) -> None:
    """Neither stored nor read, text nor bytes."""
    sm = clients.secretsmanager
    arn = sm.create_secret(Name="n", SecretString="hunter2-text", Description="d")["ARN"]
    version = sm.put_secret_value(SecretId="n", SecretBinary=b"hunter2-bytes")["VersionId"]
    sm.update_secret(SecretId="n", SecretString="hunter2-more")
    sm.get_secret_value(SecretId="n")
    found = events(clients)
    text = json.dumps(found)
    assert "hunter2" not in text
    assert "aHVudGVyMi1ieXRlcw" not in text
    [created] = named(found, "CreateSecret")
    assert created["requestParameters"]["name"] == "n"
    assert created["responseElements"]["arn"] == arn
    assert "secretString" not in created["requestParameters"]
    [put] = named(found, "PutSecretValue")
    assert put["responseElements"]["versionId"] == version
    [got] = named(found, "GetSecretValue")
    assert (got["requestParameters"], got["responseElements"], got["readOnly"]) == ({"secretId": "n"}, None, True)


def test_kms_events_name_the_secret_and_the_service(clients: Clients) -> None:
    """The encryption context is AWS's, and the caller is the user behind Secrets Manager."""
    arn = clients.secretsmanager.create_secret(Name="n", SecretString="x")["ARN"]
    version = clients.secretsmanager.get_secret_value(SecretId="n")["VersionId"]
    [decrypted] = named(events(clients), "Decrypt")
    assert decrypted["requestParameters"]["encryptionContext"] == {"SecretARN": arn, "SecretVersionId": version}
    assert decrypted["userIdentity"]["invokedBy"] == "secretsmanager.amazonaws.com"


def test_choosing_a_key_leaves_a_trial_in_the_events(clients: Clients) -> None:
    """GenerateDataKey and Decrypt under the version id that AWS documents for it."""
    key = clients.kms.create_key()["KeyMetadata"]["Arn"]
    clients.secretsmanager.create_secret(Name="n", KmsKeyId=key)
    found = events(clients)
    for name in ("GenerateDataKey", "Decrypt"):
        [trial] = named(found, name)
        assert trial["requestParameters"]["encryptionContext"]["SecretVersionId"] == "RequestToValidateKeyAccess"


def test_a_batch_leaves_one_event_for_each_secret_besides_its_own(clients: Clients) -> None:
    """As if each had been read alone."""
    for name in ("a", "b"):
        clients.secretsmanager.create_secret(Name=name, SecretString="x")
    clients.secretsmanager.batch_get_secret_value(SecretIdList=["a", "b"])
    found = events(clients)
    assert len(named(found, "BatchGetSecretValue")) == 1
    assert sorted(event["requestParameters"]["secretId"] for event in named(found, "GetSecretValue")) == ["a", "b"]
