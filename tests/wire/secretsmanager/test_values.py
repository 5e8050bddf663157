"""Secrets and their values: creation, versions, tokens, staging labels."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients

NOT_FOUND = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
BAD_NAME = (
    "ValidationException",
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
)
NO_TOKEN = "You must provide a ClientRequestToken value. We recommend a UUID-type value."
Refusal = Callable[..., tuple[str, str]]
Token = Callable[[], str]


def stages(clients: Clients, name: str) -> dict[str, list[str]]:
    """Return the version ids of a secret with their labels."""
    return clients.secretsmanager.describe_secret(SecretId=name)["VersionIdsToStages"]


def test_a_text_and_bytes_come_back_as_they_were_stored(clients: Clients) -> None:
    """The stored kind decides which member answers."""
    sm: Any = clients.secretsmanager
    sm.create_secret(Name="text", SecretString="pässword")
    sm.create_secret(Name="bytes", SecretBinary=b"\0\xff")
    text, binary = sm.get_secret_value(SecretId="text"), sm.get_secret_value(SecretId="bytes")
    assert (text["SecretString"], text["VersionStages"]) == ("pässword", ["AWSCURRENT"])
    assert "SecretBinary" not in text
    assert binary["SecretBinary"] == b"\0\xff"
    assert "SecretString" not in binary


def test_a_secret_is_found_by_name_by_arn_and_by_partial_arn(clients: Clients, refused: Refusal) -> None:
    """An ARN that ends like a complete one is never taken as partial."""
    sm = clients.secretsmanager
    for name in ("N-a1b2", "N-a1b2c3-", "N-a1b2c3"):
        arn = sm.create_secret(Name=name, SecretString=name)["ARN"]
        assert arn.startswith(f"arn:aws:secretsmanager:{clients.region}:{clients.account_id}:secret:{name}-")
        assert len(arn.rsplit("-", 1)[1]) == 6
        assert sm.get_secret_value(SecretId=arn)["SecretString"] == name
        assert sm.get_secret_value(SecretId=name)["SecretString"] == name
        partial = arn[:-7]
        if name == "N-a1b2c3":
            assert refused(sm.get_secret_value, SecretId=partial) == NOT_FOUND
        else:
            assert sm.get_secret_value(SecretId=partial)["SecretString"] == name
    assert refused(sm.get_secret_value, SecretId=partial[:-3] + "xxx-yyyyyy") == NOT_FOUND


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("describe_secret", {}),
        ("get_secret_value", {}),
        ("put_secret_value", {"SecretString": "x"}),
        ("update_secret", {"Description": "x"}),
        ("delete_secret", {}),
        ("restore_secret", {}),
        ("tag_resource", {"Tags": []}),
        ("untag_resource", {"TagKeys": []}),
        ("list_secret_version_ids", {}),
        ("update_secret_version_stage", {"VersionStage": "X"}),
        ("get_resource_policy", {}),
        ("put_resource_policy", {"ResourcePolicy": "{}"}),
        ("delete_resource_policy", {}),
        ("rotate_secret", {}),
        ("cancel_rotate_secret", {}),
        ("replicate_secret_to_regions", {"AddReplicaRegions": [{"Region": "us-east-1"}]}),
        ("remove_regions_from_replication", {"RemoveReplicaRegions": ["us-east-1"]}),
        ("stop_replication_to_replica", {}),
    ],
)
def test_every_operation_answers_alike_for_absent_secrets_and_bad_names(
    clients: Clients, refused: Refusal, operation: str, more: dict[str, Any]
) -> None:
    """Not found, and the one text for names."""
    method = getattr(clients.secretsmanager, operation)
    assert refused(method, SecretId="absent", **more) == NOT_FOUND
    assert refused(method, SecretId="bad name", **more) == BAD_NAME


def test_a_name_is_checked_and_taken_once(clients: Clients, refused: Refusal) -> None:
    """A second creation of the name is refused."""
    sm = clients.secretsmanager
    sm.create_secret(Name="once", SecretString="x")
    assert refused(sm.create_secret, Name="bad name", SecretString="x") == BAD_NAME
    assert refused(sm.create_secret, Name="once", SecretString="x") == (
        "ResourceExistsException",
        "The operation failed because the secret once already exists.",
    )


def test_a_secret_without_a_value_has_no_version(clients: Clients, refused: Refusal) -> None:
    """Members that are not set are left out."""
    sm = clients.secretsmanager
    created = sm.create_secret(Name="empty")
    assert created.keys() == {"ARN", "Name", "ResponseMetadata"}
    described = sm.describe_secret(SecretId="empty")
    assert described.keys() == {"ARN", "Name", "CreatedDate", "LastChangedDate", "ResponseMetadata"}
    assert refused(sm.get_secret_value, SecretId="empty") == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    )
    assert sm.put_secret_value(SecretId="empty", SecretString="x")["VersionStages"] == ["AWSCURRENT"]


def test_a_repeated_creation_answers_like_the_first(clients: Clients, refused: Refusal, token: Token) -> None:
    """The token makes it the same request, also for a secret without a value; another value under the token is refused."""
    sm, first = clients.secretsmanager, token()
    created = sm.create_secret(Name="n", SecretString="x", ClientRequestToken=first)
    again = sm.create_secret(Name="n", SecretString="x", ClientRequestToken=first)
    assert [created[member] for member in ("ARN", "Name", "VersionId")] == [again["ARN"], "n", first]
    expected = (
        "ResourceExistsException",
        f"You can't use ClientRequestToken {first} because that value is already in use for a version of secret {created['ARN']}.",
    )
    assert refused(sm.create_secret, Name="n", SecretString="y", ClientRequestToken=first) == expected
    assert refused(sm.create_secret, Name="n", SecretBinary=b"x", ClientRequestToken=first) == expected
    empty = sm.create_secret(Name="empty", ClientRequestToken=first)
    assert sm.create_secret(Name="empty", ClientRequestToken=first)["ARN"] == empty["ARN"]


def test_a_repeated_put_or_update_changes_nothing(clients: Clients, refused: Refusal, token: Token) -> None:
    """The answer to a repeated put holds the labels of now."""
    sm, second, third = clients.secretsmanager, token(), token()
    arn = sm.create_secret(Name="n", SecretString="1")["ARN"]
    sm.put_secret_value(SecretId="n", SecretString="2", ClientRequestToken=second)
    sm.update_secret(SecretId="n", SecretString="3", ClientRequestToken=third)
    again = sm.put_secret_value(SecretId="n", SecretString="2", ClientRequestToken=second)
    assert (again["VersionId"], again["VersionStages"]) == (second, ["AWSPREVIOUS"])
    assert sm.update_secret(SecretId="n", SecretString="3", ClientRequestToken=third)["VersionId"] == third
    for method in (sm.put_secret_value, sm.update_secret):
        assert refused(method, SecretId="n", SecretString="other", ClientRequestToken=second) == (
            "ResourceExistsException",
            f"You can't use ClientRequestToken {second} because that value is already in use for a version of secret {arn}.",
        )
    assert sm.get_secret_value(SecretId="n")["SecretString"] == "3"


def test_a_request_without_a_token_is_refused(clients: Clients, refused: Refusal) -> None:
    """SDKs fill the token in; whoever does not is told so, by a different error for RotateSecret."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x")
    invalid = ("InvalidRequestException", NO_TOKEN)
    assert refused(sm.create_secret, Name="m", SecretString="x", ClientRequestToken=None) == invalid
    assert refused(sm.put_secret_value, SecretId="n", SecretString="x", ClientRequestToken=None) == invalid
    assert refused(sm.update_secret, SecretId="n", SecretString="x", ClientRequestToken=None) == invalid
    assert refused(sm.rotate_secret, SecretId="n", ClientRequestToken=None) == ("InvalidParameterException", NO_TOKEN)


def test_a_value_is_one_text_or_one_run_of_bytes_of_at_most_64_kilobytes(clients: Clients, refused: Refusal) -> None:
    """Bytes count, not characters."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="x" * 65_536)
    both = {"SecretString": "x", "SecretBinary": b"x"}
    for method, name in (
        (sm.create_secret, {"Name": "m"}),
        (sm.put_secret_value, {"SecretId": "n"}),
        (sm.update_secret, {"SecretId": "n"}),
    ):
        assert refused(method, **name, **both)[0] == "InvalidParameterException"
        assert refused(method, **name, SecretString="ä" * 32_769) == (
            "ValidationException",
            (
                "1 validation error detected: Value at 'secretString' failed to satisfy constraint: "
                "Member must have length less than or equal to 65536"
            ),
        )
        assert refused(method, **name, SecretString="")[0] == "ValidationException"
    assert refused(sm.put_secret_value, SecretId="n") == (
        "InvalidRequestException",
        "You must provide either SecretString or SecretBinary.",
    )


def test_update_with_a_value_makes_a_version_and_without_one_does_not(clients: Clients) -> None:
    """Only a new value answers with a VersionId."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="1", Description="old")
    assert "VersionId" not in sm.update_secret(SecretId="n", Description="new")
    assert "VersionId" in sm.update_secret(SecretId="n", SecretString="2")
    assert sm.describe_secret(SecretId="n")["Description"] == "new"
    assert sm.get_secret_value(SecretId="n")["SecretString"] == "2"


def test_versions_are_selected_by_id_by_label_or_by_both(clients: Clients, refused: Refusal, token: Token) -> None:
    """Where both are given they must agree."""
    sm, first, second, absent = clients.secretsmanager, token(), token(), token()
    sm.create_secret(Name="n", SecretString="1", ClientRequestToken=first)
    sm.put_secret_value(SecretId="n", SecretString="2", ClientRequestToken=second)
    previous = sm.get_secret_value(SecretId="n", VersionStage="AWSPREVIOUS")
    assert (previous["SecretString"], previous["VersionId"]) == ("1", first)
    assert sm.get_secret_value(SecretId="n", VersionId=first)["SecretString"] == "1"
    assert sm.get_secret_value(SecretId="n", VersionId=second, VersionStage="AWSCURRENT")["SecretString"] == "2"
    assert refused(sm.get_secret_value, SecretId="n", VersionId=first, VersionStage="AWSCURRENT") == (
        "InvalidRequestException",
        "You provided a VersionStage that is not associated to the provided VersionId.",
    )
    assert refused(sm.get_secret_value, SecretId="n", VersionStage="NONE") == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: NONE",
    )
    assert refused(sm.get_secret_value, SecretId="n", VersionId=absent) == (
        "ResourceNotFoundException",
        f"Secrets Manager can't find the specified secret value for VersionId: {absent}",
    )


def test_a_put_drops_pending_from_the_old_current_version_and_a_move_keeps_it(clients: Clients, token: Token) -> None:
    """The two recorded differences between PutSecretValue and UpdateSecretVersionStage."""
    sm, one, two, three = clients.secretsmanager, token(), token(), token()
    sm.create_secret(Name="n", SecretString="1", ClientRequestToken=one)
    put = sm.put_secret_value(SecretId="n", SecretString="2", ClientRequestToken=two, VersionStages=["AWSPENDING"])
    assert put["VersionStages"] == ["AWSPENDING"]
    assert stages(clients, "n") == {one: ["AWSCURRENT"], two: ["AWSPENDING"]}
    moved = sm.update_secret_version_stage(SecretId="n", VersionStage="AWSCURRENT", MoveToVersionId=two, RemoveFromVersionId=one)
    assert moved.keys() == {"ARN", "Name", "ResponseMetadata"}
    assert stages(clients, "n") == {one: ["AWSPREVIOUS"], two: ["AWSCURRENT", "AWSPENDING"]}
    sm.put_secret_value(SecretId="n", SecretString="3", ClientRequestToken=three)
    assert stages(clients, "n") == {two: ["AWSPREVIOUS"], three: ["AWSCURRENT"]}


def test_a_label_only_leaves_the_version_that_was_named(clients: Clients, refused: Refusal, token: Token) -> None:
    """AWS's text names the holder."""
    sm, one, two = clients.secretsmanager, token(), token()
    sm.create_secret(Name="n", SecretString="1", ClientRequestToken=one)
    sm.put_secret_value(SecretId="n", SecretString="2", ClientRequestToken=two, VersionStages=["MINE"])
    assert refused(sm.update_secret_version_stage, SecretId="n", VersionStage="AWSCURRENT", MoveToVersionId=two) == (
        "InvalidParameterException",
        (
            f"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version {one}, "
            "so you must explicitly reference that version in RemoveFromVersionId."
        ),
    )
    removal = refused(sm.update_secret_version_stage, SecretId="n", VersionStage="AWSCURRENT", RemoveFromVersionId=one)
    assert removal[0] == "InvalidParameterException"
    absent = token()
    assert refused(sm.update_secret_version_stage, SecretId="n", VersionStage="X", MoveToVersionId=absent) == (
        "ResourceNotFoundException",
        f"Secrets Manager can't find the specified secret value for VersionId: {absent}",
    )


def test_versions_without_labels_are_deprecated_but_readable(clients: Clients, token: Token) -> None:
    """They are listed only when asked for, and without a VersionStages member."""
    sm, ids = clients.secretsmanager, [token() for _ in range(3)]
    sm.create_secret(Name="n", SecretString="0", ClientRequestToken=ids[0])
    for number in (1, 2):
        sm.put_secret_value(SecretId="n", SecretString=str(number), ClientRequestToken=ids[number])
    assert set(stages(clients, "n")) == {ids[1], ids[2]}
    listed = sm.list_secret_version_ids(SecretId="n")["Versions"]
    assert [version["VersionId"] for version in listed] == [ids[1], ids[2]]
    assert listed[1]["VersionStages"] == ["AWSCURRENT"]
    assert listed[1]["KmsKeyIds"] == ["DefaultEncryptionKey"]
    everything = sm.list_secret_version_ids(SecretId="n", IncludeDeprecated=True)["Versions"]
    assert "VersionStages" not in everything[0]
    old = sm.get_secret_value(SecretId="n", VersionId=ids[0])
    assert (old["SecretString"], "VersionStages" in old) == ("0", False)


def test_version_lists_are_paged(clients: Clients, refused: Refusal) -> None:
    """A token continues where the page ended; any other is refused."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="0")
    for number in range(4):
        sm.put_secret_value(SecretId="n", SecretString=str(number))
    request: dict[str, Any] = {"SecretId": "n", "IncludeDeprecated": True, "MaxResults": 2}
    sizes, page = [], sm.list_secret_version_ids(**request)
    sizes.append(len(page["Versions"]))
    while "NextToken" in page:
        page = sm.list_secret_version_ids(**request, NextToken=page["NextToken"])
        sizes.append(len(page["Versions"]))
    assert sizes == [2, 2, 1]
    assert refused(sm.list_secret_version_ids, SecretId="n", NextToken="bad")[0] == "InvalidNextTokenException"


def test_a_secret_full_of_young_versions_takes_no_more(clients: Clients, refused: Refusal) -> None:
    """A hundred versions within a day are the limit."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="0")
    for number in range(99):
        sm.put_secret_value(SecretId="n", SecretString=str(number))
    assert refused(sm.put_secret_value, SecretId="n", SecretString="x")[0] == "LimitExceededException"
    assert sm.get_secret_value(SecretId="n")["SecretString"] == "98"


def test_random_passwords_follow_their_rules(clients: Clients, refused: Refusal) -> None:
    """The defaults, exclusions, and what can't be."""
    sm = clients.secretsmanager
    assert len(sm.get_random_password()["RandomPassword"]) == 32
    digits = sm.get_random_password(PasswordLength=50, ExcludeLowercase=True, ExcludeUppercase=True, ExcludePunctuation=True)
    assert digits["RandomPassword"].isdigit()
    assert refused(sm.get_random_password, PasswordLength=3) == (
        "InvalidParameterException",
        "Password length is too short based on the required types.",
    )
    assert refused(sm.get_random_password, PasswordLength=4097)[0] == "ValidationException"
    assert (
        refused(sm.get_random_password, ExcludeLowercase=True, ExcludeUppercase=True, ExcludePunctuation=True, ExcludeNumbers=True)[0]
        == "InvalidParameterException"
    )


def test_writers_at_the_same_time_lose_no_version(clients: Clients) -> None:
    """Each put is a version, one is current, and one is previous."""
    sm = clients.secretsmanager
    sm.create_secret(Name="n", SecretString="start")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: sm.put_secret_value(SecretId="n", SecretString=str(number)), range(20)))
    versions = {answer["VersionId"] for answer in answers}
    listed = sm.list_secret_version_ids(SecretId="n", IncludeDeprecated=True)["Versions"]
    assert versions < {version["VersionId"] for version in listed}
    assert len(listed) == 21
    assert sorted(stages(clients, "n").values()) == [["AWSCURRENT"], ["AWSPREVIOUS"]]


@pytest.mark.parametrize("value", ["\ud800", "\0", "\U0010ffff", '"}{', "\u2028"])
def test_any_text_is_stored_exactly_or_refused(clients: Clients, value: str) -> None:
    """Half a surrogate pair is no text; everything else comes back as it was."""
    sm = clients.secretsmanager
    try:
        sm.create_secret(Name="n", SecretString=value, Description="d")
    except ClientError as error:
        assert value == "\ud800", error  # noqa: PT017 - the one text that may be refused
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400  # noqa: PT017 - and never by a 500
        return
    assert sm.get_secret_value(SecretId="n")["SecretString"] == value
