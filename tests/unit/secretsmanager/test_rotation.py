"""Setting rotation up, where functions can be invoked."""

import uuid

import pytest
from tests.unit.secretsmanager.bench import START, Bench, functions

from strongroom.secretsmanager.errors import InvalidRequest, LabelNotFound
from strongroom.secretsmanager.rules.limits import DAY

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:rotate"


def rotating(**more: object) -> Bench:
    """Return a bench with a secret that rotates every ten days."""
    bench = Bench(functions())
    bench.call("CreateSecret", Name="n", SecretString="x", ClientRequestToken=str(uuid.uuid4()))
    request = {"SecretId": "n", "RotationLambdaARN": FUNCTION, "RotationRules": {"AutomaticallyAfterDays": 10}, **more}
    bench.call("RotateSecret", ClientRequestToken="t" * 32, **request)
    return bench


def test_a_rotation_begins_with_an_empty_pending_version() -> None:
    """Described, but not readable and not listed; a second rotation waits for it."""
    bench = rotating()
    described = bench.call("DescribeSecret", SecretId="n")
    assert described["VersionIdsToStages"]["t" * 32] == ["AWSPENDING"]
    assert (described["RotationEnabled"], described["RotationLambdaARN"]) == (True, FUNCTION)
    assert described["RotationRules"] == {"AutomaticallyAfterDays": 10}
    with pytest.raises(LabelNotFound):
        bench.call("GetSecretValue", SecretId="n", VersionStage="AWSPENDING")
    assert len(bench.call("ListSecretVersionIds", SecretId="n")["Versions"]) == 1
    with pytest.raises(InvalidRequest, match="previous rotation isn't complete"):
        bench.call("RotateSecret", SecretId="n", ClientRequestToken="u" * 32)


def test_the_function_s_calls_complete_the_rotation() -> None:
    """It fills the empty version under the token and moves AWSCURRENT."""
    bench = rotating()
    [old] = bench.call("ListSecretVersionIds", SecretId="n")["Versions"]
    bench.call("PutSecretValue", SecretId="n", ClientRequestToken="t" * 32, SecretString="new", VersionStages=["AWSPENDING"])
    bench.call(
        "UpdateSecretVersionStage",
        SecretId="n",
        VersionStage="AWSCURRENT",
        MoveToVersionId="t" * 32,
        RemoveFromVersionId=old["VersionId"],
    )
    assert bench.call("GetSecretValue", SecretId="n")["SecretString"] == "new"
    assert bench.call("DescribeSecret", SecretId="n")["VersionIdsToStages"] == {
        "t" * 32: ["AWSCURRENT", "AWSPENDING"],
        old["VersionId"]: ["AWSPREVIOUS"],
    }


def test_the_next_date_is_the_end_of_the_day_and_moves_with_a_new_value() -> None:
    """A value stored by hand counts as a rotation; what a later call leaves out stays."""
    bench = rotating(RotateImmediately=False)
    midnight = START // DAY * DAY
    described = bench.call("DescribeSecret", SecretId="n")
    assert described["NextRotationDate"] == midnight + 11 * DAY - 1
    assert described["VersionIdsToStages"]["t" * 32] == ["AWSPENDING"], "a copy for the test"
    assert bench.call("GetSecretValue", SecretId="n", VersionStage="AWSPENDING")["SecretString"] == "x"
    bench.time += 3 * DAY
    bench.call("PutSecretValue", SecretId="n", SecretString="y", ClientRequestToken=str(uuid.uuid4()))
    assert bench.call("DescribeSecret", SecretId="n")["NextRotationDate"] == midnight + 14 * DAY - 1
    bench.call("RotateSecret", SecretId="n", ClientRequestToken="u" * 32)
    assert bench.call("DescribeSecret", SecretId="n")["RotationRules"] == {"AutomaticallyAfterDays": 10}


def test_a_cancelled_rotation_keeps_its_settings() -> None:
    """RotationEnabled stays as a member, and there is no next date."""
    bench = rotating()
    assert bench.call("CancelRotateSecret", SecretId="n")["VersionId"] == "t" * 32
    described = bench.call("DescribeSecret", SecretId="n")
    assert (described["RotationEnabled"], described["RotationLambdaARN"], described["NextRotationDate"]) == (False, FUNCTION, None)
    assert described["VersionIdsToStages"]["t" * 32] == ["AWSPENDING"]
