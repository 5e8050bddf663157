"""botocore's own parsers read our answers, and our decoders read botocore's requests, for every operation of every model."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from botocore.loaders import Loader
from botocore.model import OperationModel as BotocoreOperation
from botocore.model import ServiceModel as BotocoreService
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from tests.unit.edge.fakes import SERVICES, models

from strongroom.edge.decoders import compile_decoder
from strongroom.edge.encoders import NotInModelError
from strongroom.edge.forms import compile_form_reader, form_tree, parse_form
from strongroom.edge.json11 import JsonCodec, parse_json
from strongroom.edge.models import JSON, ServiceModel
from strongroom.edge.query import QueryCodec

DEPTH = 4
MOMENT = 1704067200.0
SCALARS: dict[str, Any] = {
    "string": "a \"<&>' é\u4e00\U0001f600\t\r\n%3A+/ ",
    "boolean": True,
    "blob": b"\x00\xff\x10",
    "timestamp": MOMENT,
    "integer": -7,
    "long": 2**40,
    "float": 0.5,
    "double": 1.25,
}


def value_of(model: ServiceModel, name: str, *, full: bool, depth: int = 0) -> Any:
    """Return a value of a shape: everything set, two items in each list, or as empty as it may be."""
    shape = model.shapes[name]
    kind = shape["type"]
    if kind == "structure":
        members = shape["members"] if (full and depth < DEPTH) or shape.get("union") else {}
        members = dict(list(members.items())[:1]) if shape.get("union") else members
        return {member: value_of(model, reference["shape"], full=full, depth=depth + 1) for member, reference in members.items()}
    if kind == "list":
        return [value_of(model, shape["member"]["shape"], full=full, depth=depth + 1) for _ in range(2 if full else 0)]
    if kind == "map":
        if not full:
            return {}
        item = value_of(model, shape["value"]["shape"], full=full, depth=depth + 1)
        return {(shape_enum(model, shape["key"]["shape"]) or "k &<é"): item}
    return shape_enum(model, name) or SCALARS[kind]


def shape_enum(model: ServiceModel, name: str) -> str | None:
    """Return the first value of an enum, or None."""
    values = model.shapes[name].get("enum")
    return values[0] if values else None


def parsed(model: ServiceModel, name: str, value: Any) -> Any:
    """Return `value` as botocore's parser gives it."""
    shape = model.shapes[name]
    kind = shape["type"]
    if kind == "structure":
        return {member: parsed(model, shape["members"][member]["shape"], item) for member, item in value.items()}
    if kind == "list":
        return [parsed(model, shape["member"]["shape"], item) for item in value]
    if kind == "map":
        return {key: parsed(model, shape["value"]["shape"], item) for key, item in value.items()}
    if kind == "timestamp":
        return datetime.fromtimestamp(value, UTC)
    if (model.name, name) == ("iam", "policyDocumentType"):
        return quote(value, safe="")
    return value


def botocore_model(service: str) -> BotocoreService:
    """Return botocore's own reading of the model."""
    return BotocoreService(Loader().load_service_model(service, "service-2"), service)


def operations(service: str) -> Iterator[tuple[BotocoreOperation, Any]]:
    """Yield botocore's and our model of each operation."""
    theirs = botocore_model(service)
    for name, ours in models().services[service].operations.items():
        yield theirs.operation_model(name), ours


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("service", SERVICES)
def test_botocore_parses_every_answer(service: str, full: bool) -> None:  # noqa: FBT001
    """Each operation's output, full and empty, comes back as it was."""
    model = models().services[service]
    parser: Any = create_parser(model.protocol)
    for theirs, ours in operations(service):
        response = value_of(model, ours.output, full=full) if ours.output else {}
        codec: Any = JsonCodec(ours) if model.protocol == JSON else QueryCodec(ours)
        answer = codec.encode(response, "the-id")
        wire = {"status_code": answer.status, "headers": {"x-amzn-requestid": "the-id"}, "body": answer.body}
        back = parser.parse(wire, theirs.output_shape)
        assert back.pop("ResponseMetadata")["RequestId"] == "the-id"
        assert back == (parsed(model, ours.output, response) if ours.output else {}), ours.name


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("service", SERVICES)
def test_every_request_of_botocore_is_decoded(service: str, full: bool) -> None:  # noqa: FBT001
    """Each operation's input arrives with the same values; constraints are checked elsewhere."""
    model = models().services[service]
    serializer = create_serializer(model.protocol, include_validation=False)
    for theirs, ours in operations(service):
        if ours.input is None:
            continue
        request = value_of(model, ours.input, full=full)
        sent: Any = serializer.serialize_to_request(request, theirs)
        if model.protocol == JSON:
            decoded = compile_decoder(model, ours.input)(parse_json(sent["body"]))
        else:
            fields = {name: str(text) for name, text in sent["body"].items()}
            form = parse_form("&".join(f"{quote(name)}={quote(text)}" for name, text in fields.items()).encode())
            decoded = compile_form_reader(model, ours.input)(form_tree(form))
        assert decoded == request, ours.name


@pytest.mark.parametrize("service", ["kms", "iam"])
def test_none_is_left_out_and_unknown_members_are_a_mistake(service: str) -> None:
    """A handler can't send what the model does not have."""
    name = {"kms": "ListKeys", "iam": "ListUsers"}[service]
    operation = models().services[service].operations[name]
    codec: Any = JsonCodec(operation) if service == "kms" else QueryCodec(operation)
    assert b"Marker" not in codec.encode({"Marker": None}, "id").body
    with pytest.raises(NotInModelError):
        codec.encode({"Markr": "x"}, "id")


def test_json_times_are_whole_or_have_milliseconds() -> None:
    """1704067200 and not 1704067200.0, as far as the fraction goes."""
    codec = JsonCodec(models().services["kms"].operations["DescribeKey"])
    assert codec.encode({"KeyMetadata": {"KeyId": "k", "CreationDate": 1704067200.0}}, "id").body.endswith(b'"CreationDate":1704067200}}')
    assert codec.encode({"KeyMetadata": {"KeyId": "k", "CreationDate": 1.23456}}, "id").body.endswith(b'"CreationDate":1.235}}')


def test_values_of_the_wrong_type_are_a_mistake_too() -> None:
    """Text is no blob, a number no text in XML."""
    with pytest.raises(NotInModelError):
        JsonCodec(models().services["kms"].operations["Decrypt"]).encode({"Plaintext": base64.b64encode(b"x").decode()}, "id")
    with pytest.raises(NotInModelError):
        QueryCodec(models().services["sts"].operations["GetCallerIdentity"]).encode({"Account": 1}, "id")


def test_an_operation_without_output_has_an_empty_body() -> None:
    """CreateAlias answers 200 and nothing else; an operation of an empty structure answers {}."""
    assert JsonCodec(models().services["kms"].operations["CreateAlias"]).encode({}, "id").body == b""
    assert JsonCodec(models().services["ssm"].operations["DeleteParameter"]).encode({}, "id").body == b"{}"
