"""What the service model says of many operations at once: DryRun, KeyMaterialId, and which members an answer has."""

from typing import Any

import pytest
from tests.unit.kms.bench import Bench
from tests.unit.kms.test_states_of_operations import CALLS

from strongroom.core.errors import ApiError
from strongroom.edge.models import OperationModel, load_models
from strongroom.kms.service import KMS

MODEL = load_models(("kms",)).services["kms"]


def _members(operation: OperationModel, shape: str | None) -> set[str]:
    return set(operation.service.shapes[shape]["members"]) if shape else set()


INPUTS = {name: _members(model, model.input) for name, model in MODEL.operations.items()}
OUTPUTS = {name: _members(model, model.output) for name, model in MODEL.operations.items()}
DRY_RUNS = sorted(name for name, members in INPUTS.items() if "DryRun" in members)
WITH_MATERIAL = sorted(name for name, members in OUTPUTS.items() if any(member.endswith("KeyMaterialId") for member in members))


@pytest.mark.parametrize("operation", DRY_RUNS)
def test_every_operation_that_has_dry_run_honours_it(bench: Bench, operation: str) -> None:
    """It ends in the one error, and changes nothing."""
    created, prepare = CALLS[operation]
    key = bench.make(**created)
    request = prepare(bench, key)
    before = bench.key(key)
    with pytest.raises(ApiError) as caught:
        bench.call(operation, **request, DryRun=True)
    assert caught.value.code == "DryRunOperationException"
    assert caught.value.message == "The request would have succeeded, but the DryRun option is set."
    assert bench.key(key) == before


def test_dry_run_is_where_the_model_has_it() -> None:
    """And every one of them is offered."""
    assert set(DRY_RUNS) <= set(CALLS)
    assert set(DRY_RUNS) <= set(KMS.operations)
    assert len(DRY_RUNS) >= 16


@pytest.mark.parametrize("operation", WITH_MATERIAL)
def test_the_key_material_is_named_where_the_model_names_it(bench: Bench, operation: str) -> None:
    """The id that DescribeKey shows, for symmetric keys."""
    created, prepare = CALLS[operation]
    key = bench.make(**created)
    request = prepare(bench, key)
    if operation == "DeleteImportedKeyMaterial":
        bench.call("ImportKeyMaterial", **bench.wrapped(key, bytes(32)))
    answer = bench.call(operation, **request)
    named = {member for member in OUTPUTS[operation] if member.endswith("KeyMaterialId")}
    current = bench.key(key).generations[-1].material_id
    assert named <= answer.keys()
    assert current in {answer[member] for member in named}


@pytest.mark.parametrize("operation", sorted(CALLS))
def test_answers_have_the_members_of_the_model_and_no_other(bench: Bench, operation: str) -> None:
    """Required ones too: what a client's generated type expects is there."""
    created, prepare = CALLS[operation]
    key = bench.make(**created)
    request: dict[str, Any] = prepare(bench, key)
    if operation == "CancelKeyDeletion":
        bench.call("ScheduleKeyDeletion", KeyId=key)
    answer = bench.call(operation, **request)
    assert set(answer) <= OUTPUTS[operation]
    model = MODEL.operations[operation]
    required = set(MODEL.shapes[model.output].get("required", ())) if model.output else set()
    assert required <= set(answer)


def test_the_last_usage_has_the_model_s_members(bench: Bench) -> None:
    """TrackingStartDate and KeyCreationDate always, KeyLastUsage empty until there is one."""
    key = bench.make()
    answer = bench.call("GetKeyLastUsage", KeyId=key)
    assert set(answer) == OUTPUTS["GetKeyLastUsage"]
    assert answer["KeyLastUsage"] == {}
    bench.call("Encrypt", KeyId=key, Plaintext=b"x")
    used = bench.observed[-1]
    assert (used.key[-1], used.detail.split()[0]) == (key, "Encrypt")
