"""Lists, filters, orders, pages and batches."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.clients import Clients

Refusal = Callable[..., tuple[str, str]]


def names(clients: Clients, **request: Any) -> list[str]:
    """Return the names of one page of ListSecrets."""
    return [each["Name"] for each in clients.secretsmanager.list_secrets(**request)["SecretList"]]


def test_secrets_are_listed_by_creation_name_or_change_in_either_order(clients: Clients) -> None:
    """The oldest first by default."""
    sm = clients.secretsmanager
    for name in ("b", "c", "a"):
        sm.create_secret(Name=name, SecretString="x")
    sm.update_secret(SecretId="b", Description="changed")
    assert names(clients) == ["b", "c", "a"]
    assert names(clients, SortOrder="desc") == ["a", "c", "b"]
    assert names(clients, SortBy="name") == ["a", "b", "c"]
    assert names(clients, SortBy="name", SortOrder="desc") == ["c", "b", "a"]
    assert names(clients, SortBy="last-changed-date") == ["c", "a", "b"]
    sm.get_secret_value(SecretId="c")
    deadline = time.monotonic() + 10  # reads are remembered for a second before they are written
    while names(clients, SortBy="last-accessed-date")[-1] != "c" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert names(clients, SortBy="last-accessed-date") == ["a", "b", "c"]
    assert names(clients, SortBy="last-accessed-date", SortOrder="desc")[0] == "c"


def test_an_entry_names_its_labels_differently_from_describe(clients: Clients) -> None:
    """SecretVersionsToStages, not VersionIdsToStages."""
    sm = clients.secretsmanager
    version = sm.create_secret(Name="n", SecretString="x", Tags=[{"Key": "k", "Value": "v"}])["VersionId"]
    [entry] = sm.list_secrets()["SecretList"]
    assert entry["SecretVersionsToStages"] == {version: ["AWSCURRENT"]}
    assert entry["Tags"] == [{"Key": "k", "Value": "v"}]
    assert entry.keys() == {"ARN", "Name", "CreatedDate", "LastChangedDate", "Tags", "SecretVersionsToStages"}


@pytest.mark.parametrize("sort_by", ["created-date", "name", "last-changed-date", "last-accessed-date"])
def test_pages_neither_repeat_nor_lose_a_secret_while_others_come_and_go(clients: Clients, sort_by: str) -> None:
    """A position in the order continues the list, so a deletion or creation elsewhere moves nothing."""
    sm: Any = clients.secretsmanager
    for number in range(7):
        sm.create_secret(Name=f"s{number}", SecretString="x")
    first = sm.list_secrets(MaxResults=3, SortBy=sort_by)
    seen = [each["Name"] for each in first["SecretList"]]
    sm.delete_secret(SecretId=seen[-1], ForceDeleteWithoutRecovery=True)
    sm.create_secret(Name="s9", SecretString="x")
    page = first
    while "NextToken" in page:
        page = sm.list_secrets(MaxResults=3, SortBy=sort_by, NextToken=page["NextToken"])
        seen += [each["Name"] for each in page["SecretList"]]
    assert seen == sorted({*(f"s{number}" for number in range(7)), "s9"})


def test_a_token_belongs_to_its_call(clients: Clients, make_account: Callable[[], Clients], refused: Refusal) -> None:
    """Another order, another account or another text is refused."""
    sm = clients.secretsmanager
    for name in ("a", "b"):
        sm.create_secret(Name=name, SecretString="x")
    token = sm.list_secrets(MaxResults=1)["NextToken"]
    invalid = ("InvalidNextTokenException", "The NextToken value is invalid.")
    assert refused(sm.list_secrets, MaxResults=1, NextToken=token, SortBy="name") == invalid
    assert refused(make_account().secretsmanager.list_secrets, MaxResults=1, NextToken=token) == invalid
    assert refused(sm.list_secrets, NextToken="bad") == invalid


def test_filters_find_what_aws_finds(clients: Clients) -> None:
    """AND between filters, OR between values, a leading ! negates."""
    sm = clients.secretsmanager
    sm.create_secret(Name="SecretOne", SecretString="x", Description="DescTwo", Tags=[{"Key": "team", "Value": "red"}])
    sm.create_secret(Name="Thirdsecret", SecretString="x", Tags=[{"Key": "team", "Value": "blue"}])

    def found(*filters: tuple[str, list[str]]) -> list[str]:
        return names(clients, Filters=[{"Key": key, "Values": values} for key, values in filters])

    assert found(("all", ["sec"])) == ["SecretOne"]
    assert found(("description", ["d t"])) == ["SecretOne"]
    assert found(("tag-value", ["red", "blue"])) == ["SecretOne", "Thirdsecret"]
    assert found(("tag-value", ["red"]), ("name", ["Third"])) == []
    assert found(("name", ["!Third"])) == ["SecretOne"]


def test_a_read_shows_as_a_date(clients: Clients) -> None:
    """LastAccessedDate is the UTC day, and absent before the first read."""
    sm: Any = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x")
    assert "LastAccessedDate" not in sm.describe_secret(SecretId="n")
    sm.get_secret_value(SecretId="n")
    today = datetime.now(UTC).date()
    deadline = time.monotonic() + 10  # reads are remembered for a second before they are written
    while "LastAccessedDate" not in (described := sm.describe_secret(SecretId="n")) and time.monotonic() < deadline:
        time.sleep(0.05)
    read = described["LastAccessedDate"].astimezone(UTC)
    assert (read.date(), read.hour, read.minute, read.second) == (today, 0, 0, 0)
    assert "LastAccessedDate" in sm.list_secret_version_ids(SecretId="n")["Versions"][0]


def test_a_batch_returns_values_and_tells_what_failed(clients: Clients) -> None:
    """One secret that can't be read spoils nothing."""
    sm = clients.secretsmanager
    arn = sm.create_secret(Name="a", SecretString="1")["ARN"]
    sm.create_secret(Name="b", SecretString="2")
    sm.delete_secret(SecretId="b")
    batch = sm.batch_get_secret_value(SecretIdList=[arn, "b", "absent"])
    assert [(each["Name"], each["SecretString"], each["VersionStages"]) for each in batch["SecretValues"]] == [("a", "1", ["AWSCURRENT"])]
    assert batch["Errors"] == [
        {
            "SecretId": "b",
            "ErrorCode": "InvalidRequestException",
            "Message": "You can't perform this operation on the secret because it was marked for deletion.",
        },
        {"SecretId": "absent", "ErrorCode": "ResourceNotFoundException", "Message": "Secrets Manager can't find the specified secret."},
    ]


def test_a_batch_may_be_chosen_by_filters_and_paged(clients: Clients) -> None:
    """As ListSecrets would find them."""
    sm = clients.secretsmanager
    for number in range(3):
        sm.create_secret(Name=f"x{number}", SecretString=str(number))
    sm.create_secret(Name="y", SecretString="y")
    filters: Any = [{"Key": "name", "Values": ["x"]}]
    first = sm.batch_get_secret_value(Filters=filters, MaxResults=2)
    second = sm.batch_get_secret_value(Filters=filters, MaxResults=2, NextToken=first["NextToken"])
    assert [each["SecretString"] for page in (first, second) for each in page["SecretValues"]] == ["0", "1", "2"]
    assert "NextToken" not in second


def test_a_batch_names_secrets_or_filters_but_not_both(clients: Clients, refused: Refusal) -> None:
    """AWS's two texts."""
    batch = clients.secretsmanager.batch_get_secret_value
    either = ("InvalidParameterException", "Either 'SecretIdList' or 'Filters' must be provided, but not both.")
    assert refused(batch) == either
    assert refused(batch, SecretIdList=["a"], Filters=[{"Key": "name", "Values": ["a"]}]) == either
    assert refused(batch, SecretIdList=["a"], MaxResults=1) == (
        "InvalidParameterException",
        "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
    )
    assert refused(batch, SecretIdList=[str(number) for number in range(21)])[0] == "ValidationException"
