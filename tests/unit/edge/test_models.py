"""What the edge relies on in the service models."""

from tests.unit.edge.fakes import SERVICES, models

from strongroom.edge.json11 import JsonCodec
from strongroom.edge.models import JSON, QUERY
from strongroom.edge.query import QueryCodec

KNOWN_MEMBER_TRAITS = {"shape", "documentation", "box", "deprecated", "deprecatedMessage", "deprecatedSince", "idempotencyToken"}
KNOWN_SHAPE_TRAITS = {
    "type", "documentation", "members", "required", "member", "key", "value", "min", "max", "pattern", "enum", "sensitive", "exception",
    "fault", "error", "box", "union", "deprecated", "deprecatedMessage",
}  # fmt: skip


def test_the_models_use_no_trait_that_the_edge_does_not_know() -> None:
    """A flattened list or a locationName in a newer model would change the wire without a word."""
    for service in models().services.values():
        for name, shape in service.shapes.items():
            assert set(shape) <= KNOWN_SHAPE_TRAITS, (service.name, name)
            held = [*shape.get("members", {}).values(), *(shape[part] for part in ("member", "key", "value") if part in shape)]
            for member in held:
                assert set(member) <= KNOWN_MEMBER_TRAITS, (service.name, name)


def test_the_six_services_speak_two_protocols() -> None:
    """Json 1.1 by target prefix, query by version."""
    services = models().services
    assert {name for name, service in services.items() if service.protocol == JSON} == {"kms", "secretsmanager", "ssm", "cloudtrail"}
    assert {name for name, service in services.items() if service.protocol == QUERY} == {"iam", "sts"}
    assert set(models().by_target) == {
        "TrentService",
        "secretsmanager",
        "AmazonSSM",
        "CloudTrail_20131101",
        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    }
    assert set(models().by_version) == {"2010-05-08", "2011-06-15"}
    assert tuple(services) == SERVICES


def test_only_the_two_federated_sts_calls_are_unsigned() -> None:
    """Everything else needs a signature, whatever a newer model brings."""
    unsigned = {operation.name for service in models().services.values() for operation in service.operations.values() if operation.unsigned}
    assert unsigned == {"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"}


def test_every_operation_of_every_model_compiles() -> None:
    """Decoders, validators and encoders of 487 operations."""
    count = 0
    for service in models().services.values():
        for operation in service.operations.values():
            assert (JsonCodec if service.protocol == JSON else QueryCodec)(operation)
            count += 1
    assert count == 487


def test_errors_keep_code_status_and_fault_of_the_raw_model() -> None:
    """`fault` is what botocore's own model classes hide."""
    kms, iam = models().services["kms"].errors, models().services["iam"].errors
    assert not kms["KMSInternalException"].sender_fault
    assert (iam["NoSuchEntity"].status, iam["NoSuchEntityException"].code) == (404, "NoSuchEntity")
