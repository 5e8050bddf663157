"""The engine that carries rotations out, with functions that are Python here."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.secretsmanager.bench import Bench, functions

from strongroom.secretsmanager.rotation.ports import CannotInvoke, RotationFunction
from strongroom.secretsmanager.rotation.worker import RotationWorker
from strongroom.secretsmanager.rules.limits import DAY
from strongroom.secretsmanager.rules.rotation import FIRST_RETRY

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:rotate"
TOKEN = "t" * 32
Step = Callable[[dict[str, str]], str | None]


class KilledError(BaseException):
    """Stands for the end of the process: nothing catches it."""


class Rotating:
    """A secret, its function, and the engine. The function does what it should unless told otherwise."""

    def __init__(self, **more: Any) -> None:
        self.bench = Bench(functions())
        self.old = str(uuid.uuid4())
        self.bench.call("CreateSecret", Name="n", SecretString="old", ClientRequestToken=self.old)
        self.steps: list[str] = []
        self.instead: dict[str, Step] = {}
        rotation = {"RotationLambdaARN": FUNCTION, "RotationRules": {"AutomaticallyAfterDays": 10}, "ClientRequestToken": TOKEN}
        self.bench.call("RotateSecret", SecretId="n", **{**rotation, **more})
        self.bench.events.clear()

    def invoke(self, function: RotationFunction, payload: bytes) -> str | None:
        """Carry out a step, as the FunctionInvoker."""
        event = json.loads(payload)
        assert (function.arn, function.secret_arn) == (FUNCTION, event["SecretId"])
        self.steps.append(event["Step"])
        return self.instead.get(event["Step"], self.step)(event)

    def step(self, event: dict[str, str]) -> str | None:
        """Do what a rotation function does."""
        token = event["ClientRequestToken"]
        if event["Step"] == "createSecret":
            self.bench.call("PutSecretValue", SecretId="n", ClientRequestToken=token, SecretString="new", VersionStages=["AWSPENDING"])
        elif event["Step"] == "finishSecret":
            current = next(version for version, labels in self.stages().items() if "AWSCURRENT" in labels)
            self.bench.call(
                "UpdateSecretVersionStage", SecretId="n", VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
            )
        return None

    def run(self, later: float = 0.0) -> None:
        """Let time pass, and the engine do what is due."""
        self.bench.time += later
        worker = RotationWorker(self)
        worker.begin_due(self.bench)
        worker.wait(10)
        worker.close()

    def stages(self) -> dict[str, list[str]]:
        """Return version id -> labels."""
        stages: dict[str, list[str]] = self.bench.call("DescribeSecret", SecretId="n")["VersionIdsToStages"]
        return stages

    def value(self) -> str:
        """Return the current value."""
        return str(self.bench.call("GetSecretValue", SecretId="n")["SecretString"])


def test_a_rotation_runs_its_steps_in_order_and_ends_without_pending() -> None:
    """And again when the next window opens, not before."""
    rotating = Rotating()
    rotating.run()
    assert rotating.steps == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert rotating.bench.events == ["RotationStarted", "RotationSucceeded"]
    assert (rotating.value(), rotating.stages()) == ("new", {TOKEN: ["AWSCURRENT"], rotating.old: ["AWSPREVIOUS"]})
    described = rotating.bench.call("DescribeSecret", SecretId="n")
    assert described["LastRotatedDate"] == rotating.bench.time
    rotating.run(8 * DAY)
    assert len(rotating.steps) == 4
    rotating.run(2 * DAY)
    assert len(rotating.steps) == 8


@pytest.mark.parametrize("failing", ["createSecret", "setSecret", "testSecret", "finishSecret"])
def test_a_failed_step_leaves_current_alone_and_is_tried_again_from_the_first(failing: str) -> None:
    """With the same version, after a pause; the reason is kept until it ends well."""
    rotating = Rotating()
    rotating.instead[failing] = lambda _event: "ValueError: the database is down"
    rotating.run()
    assert rotating.bench.events == ["RotationStarted", "RotationFailed"]
    assert (rotating.value(), rotating.stages()[TOKEN]) == ("old", ["AWSPENDING"])
    rotating.run(FIRST_RETRY - 1)
    assert rotating.steps.count(failing) == 1, "not before its time"
    del rotating.instead[failing]
    rotating.steps.clear()
    rotating.run(1)
    assert rotating.steps == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert rotating.bench.events[2:] == ["RotationSucceeded"]
    assert rotating.value() == "new"


def test_a_function_that_can_t_be_invoked_fails_the_step() -> None:
    """As one that fails does."""

    def gone(_event: dict[str, str]) -> str | None:
        raise CannotInvoke("ResourceNotFoundException: Function not found")

    rotating = Rotating()
    rotating.instead["createSecret"] = gone
    rotating.run()
    assert rotating.bench.events == ["RotationStarted", "RotationFailed"]


def test_a_function_that_moves_nothing_has_failed() -> None:
    """However well its steps ended."""
    rotating = Rotating()
    rotating.instead["finishSecret"] = lambda _event: None
    rotating.run()
    assert rotating.bench.events == ["RotationStarted", "RotationFailed"]
    assert rotating.value() == "old"


def test_a_crash_after_the_label_moved_is_only_finished() -> None:
    """The steps are not run again on a version that is current."""
    rotating = Rotating()

    def moves_and_dies(event: dict[str, str]) -> str | None:
        rotating.step(event)
        raise KilledError

    rotating.instead["finishSecret"] = moves_and_dies
    rotating.run()
    rotating.steps.clear()
    rotating.run()
    assert rotating.steps == []
    assert rotating.bench.events == ["RotationStarted", "RotationSucceeded"]
    assert rotating.stages() == {TOKEN: ["AWSCURRENT"], rotating.old: ["AWSPREVIOUS"]}


def test_an_error_of_the_server_s_own_is_a_failed_attempt() -> None:
    """Noted, and tried again after a pause rather than at once."""
    rotating = Rotating()

    def breaks(_event: dict[str, str]) -> str | None:
        raise ZeroDivisionError

    rotating.instead["setSecret"] = breaks
    rotating.run()
    assert rotating.bench.events == ["RotationStarted", "RotationFailed"]
    rotating.run()
    assert rotating.steps == ["createSecret", "setSecret"]


def test_a_new_value_by_hand_abandons_the_rotation() -> None:
    """No further step runs, and the version of the rotation goes."""
    rotating = Rotating()

    def meanwhile(_event: dict[str, str]) -> str | None:
        rotating.bench.call("PutSecretValue", SecretId="n", SecretString="by hand", ClientRequestToken="h" * 32)
        return None

    rotating.instead["setSecret"] = meanwhile
    rotating.run()
    assert rotating.steps == ["createSecret", "setSecret"]
    assert rotating.bench.events == ["RotationStarted", "RotationAbandoned"]
    assert (rotating.value(), rotating.stages()) == ("by hand", {"h" * 32: ["AWSCURRENT"], rotating.old: ["AWSPREVIOUS"]})


def test_a_cancelled_rotation_stops_before_its_next_step() -> None:
    """Its version keeps its label, as CancelRotateSecret says."""
    rotating = Rotating()

    def meanwhile(_event: dict[str, str]) -> str | None:
        rotating.bench.call("CancelRotateSecret", SecretId="n")
        return None

    rotating.instead["createSecret"] = meanwhile
    rotating.run()
    rotating.run(30 * DAY)
    assert rotating.steps == ["createSecret"]
    assert rotating.stages()[TOKEN] == ["AWSPENDING"]


def test_without_rotating_at_once_only_the_test_step_runs() -> None:
    """On a copy of the current value, which goes afterwards, whether the test passes or not."""
    rotating = Rotating(RotateImmediately=False)
    rotating.run()
    assert rotating.steps == ["testSecret"]
    assert rotating.bench.events == ["TestRotationStarted", "TestRotationSucceeded"]
    assert rotating.stages() == {rotating.old: ["AWSCURRENT"]}
    assert rotating.bench.call("DescribeSecret", SecretId="n")["LastRotatedDate"] is None
    failing = Rotating(RotateImmediately=False)
    failing.instead["testSecret"] = lambda _event: "refused"
    failing.run()
    assert failing.bench.events == ["TestRotationStarted", "TestRotationFailed"]
    assert failing.stages() == {failing.old: ["AWSCURRENT"]}


def test_a_secret_to_be_deleted_does_not_rotate_until_it_is_restored() -> None:
    """Its schedule goes on then."""
    rotating = Rotating()
    rotating.run()
    rotating.bench.call("DeleteSecret", SecretId="n")
    rotating.run(11 * DAY)
    assert len(rotating.steps) == 4
    rotating.bench.call("RestoreSecret", SecretId="n")
    rotating.run(10 * DAY)
    assert len(rotating.steps) == 8


def test_a_rotation_that_another_process_holds_is_left_to_it() -> None:
    """One rotation of a secret at a time."""
    rotating = Rotating()
    rotating.bench.claim = lambda name, seconds: not (name and seconds)  # type: ignore[method-assign]
    rotating.run()
    assert rotating.steps == []


def test_the_same_request_again_is_the_same_rotation() -> None:
    """SDKs repeat a call whose answer was lost; another token is refused meanwhile."""
    rotating = Rotating()
    again = rotating.bench.call("RotateSecret", SecretId="n", ClientRequestToken=TOKEN)
    assert again["VersionId"] == TOKEN
    rotating.run()
    assert rotating.bench.events == ["RotationStarted", "RotationSucceeded"]
