"""How the operations are declared."""

from strongroom.ssm import operations
from strongroom.ssm.service import SSM

PARAMETER_STORE = """PutParameter GetParameter GetParameters GetParametersByPath DescribeParameters GetParameterHistory DeleteParameter
    DeleteParameters LabelParameterVersion UnlabelParameterVersion AddTagsToResource RemoveTagsFromResource ListTagsForResource
    GetServiceSetting UpdateServiceSetting ResetServiceSetting PutResourcePolicy GetResourcePolicies DeleteResourcePolicy"""
TOO_MANY_UPDATES = """PutParameter LabelParameterVersion UnlabelParameterVersion AddTagsToResource RemoveTagsFromResource
    UpdateServiceSetting ResetServiceSetting"""


def test_parameter_store_is_complete() -> None:
    """All nineteen operations are registered, each under its own action."""
    assert operations.__all__
    assert set(SSM.operations) == set(PARAMETER_STORE.split())
    assert all(operation.action == f"ssm:{name}" for name, operation in SSM.operations.items())


def test_contention_has_the_name_that_the_model_gives_it() -> None:
    """Operations that list TooManyUpdates answer with it, the others with ThrottlingException."""
    named = {name for name, operation in SSM.operations.items() if operation.contended().code == "TooManyUpdates"}
    assert named == set(TOO_MANY_UPDATES.split())
    text = "There are concurrent updates for a resource that supports one update at a time."
    assert {SSM.operations[name].contended().message for name in named} == {text}


def test_the_value_that_is_written_is_masked_in_events() -> None:
    """And nothing that was read is recorded."""
    assert SSM.operations["PutParameter"].masked == {"Value"}
    assert all(operation.recorded is None for operation in SSM.operations.values() if operation.read_only)
