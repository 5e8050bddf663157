"""Whatever bytes arrive, the answer is one of AWS's errors, and never a 500."""

import json
import random
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.edge.fakes import Edge, edge, models
from tests.unit.edge.signing import signed, signed_query, with_header
from tests.unit.edge.test_round_trip import value_of

from strongroom.core.errors import ApiError
from strongroom.edge.http import HttpRequest
from strongroom.edge.json11 import JsonCodec
from strongroom.edge.models import JSON, OperationModel
from strongroom.edge.query import QueryCodec

FAST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
JSON_VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(["KeyId", "Tags", "Plaintext"]), inner, max_size=4)
    ),
    max_leaves=12,
)
TARGETS = st.sampled_from(
    [
        "TrentService.Encrypt",
        "TrentService.CreateKey",
        "secretsmanager.CreateSecret",
        "AmazonSSM.PutParameter",
        "CloudTrail_20131101.LookupEvents",
    ]
)
SERVICE_OF = {"TrentService": "kms", "secretsmanager": "secretsmanager", "AmazonSSM": "ssm", "CloudTrail_20131101": "cloudtrail"}
FIELD_NAMES = st.text(max_size=20) | st.sampled_from(
    ["Tags", "Tags.member.1", "Tags.member.1.Key", "Tags.member", "UserName", ".", "Tags.member.-1.Key"]
)


def service_of(target: str) -> str:
    """Return the service of a target."""
    return SERVICE_OF[target.partition(".")[0]]


def status(door: Edge, request: HttpRequest) -> int:
    """Return the status of the answer, which may be anything but a 500."""
    answer = door.answer(request)
    assert answer.status < 500, answer.body
    return answer.status


@FAST
@given(body=st.binary(max_size=200), target=TARGETS)
def test_bytes_as_json_bodies(body: bytes, target: str) -> None:
    """Signed properly, so that they reach the decoder."""
    with edge(time.time) as door:
        status(door, signed(headers={"X-Amz-Target": target}, body=body, service=service_of(target), now=time.time()))


@FAST
@given(body=JSON_VALUES, target=TARGETS)
def test_documents_of_any_shape(body: Any, target: str) -> None:
    """JSON that parses and fits no model."""
    text = _to_json(body)
    with edge(time.time) as door:
        status(door, signed(headers={"X-Amz-Target": target}, body=text, service=service_of(target), now=time.time()))


def _to_json(value: Any) -> bytes:
    return json.dumps(value).encode()


@FAST
@given(fields=st.lists(st.tuples(FIELD_NAMES, st.text(max_size=20)), max_size=8), raw=st.binary(max_size=50))
def test_form_bodies(fields: list[tuple[str, str]], raw: bytes) -> None:
    """Fields of any name, and bytes that are no form."""
    body = b"Action=CreateUser&Version=2010-05-08&" + urlencode(fields, errors="surrogatepass").encode()
    with edge(time.time) as door:
        status(door, signed_query(body=body, service="iam", now=time.time()))
        status(door, signed_query(body=raw, service="iam", now=time.time()))


@FAST
@given(
    authorization=st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace").decode("latin-1"))
    | st.tuples(st.text(st.characters(max_codepoint=255), max_size=30), st.text(st.characters(max_codepoint=255), max_size=30)).map(
        lambda two: f"AWS4-HMAC-SHA256 Credential={two[0]}/20240101/us-east-1/kms/aws4_request, SignedHeaders={two[1]}, Signature={two[0]}"
    ),
    date=st.none() | st.text(st.characters(max_codepoint=255), max_size=20) | st.just("20240101T000000Z"),
)
def test_authorization_headers(authorization: str, date: str | None) -> None:
    """Also nearly right ones."""
    request = with_header(with_header(signed(), "authorization", authorization), "x-amz-date", date)
    with edge(lambda: 1704067200.0) as door:
        assert status(door, request) in {400, 403}
        assert not door.engine.calls


@FAST
@given(query=st.binary(max_size=100), path=st.binary(max_size=40), method=st.sampled_from(["GET", "POST", "PUT", "X"]))
def test_request_lines(query: bytes, path: bytes, method: str) -> None:
    """Unsigned, or with something like a presigned query."""
    with edge(time.time) as door:
        for text in (query, b"X-Amz-Signature=" + query, query + b"&X-Amz-Signature=1&X-Amz-Credential=a/b/c/d/e"):
            assert status(door, HttpRequest(method=method, path=path, query=text, headers={})) in {400, 403, 404}


OPERATIONS = [operation for service in models().services.values() for operation in service.operations.values() if operation.input]


def mutated(value: Any, chance: random.Random) -> Any:
    """Return a value in which about one leaf in six is something else."""
    if chance.random() < 1 / 6:
        return chance.choice([None, True, -1, 2**70, 1.5, "", "x", "\x00\ud7ff", "A" * 9000, [], {}, [None], {"": {}}])
    if isinstance(value, dict):
        return {name: mutated(item, chance) for name, item in value.items()}
    if isinstance(value, list):
        return [mutated(item, chance) for item in value]
    return value.decode("latin-1") if isinstance(value, bytes) else value


@FAST
@given(operation=st.sampled_from(OPERATIONS), chance=st.randoms(use_true_random=False))
def test_requests_that_are_nearly_right(operation: OperationModel, chance: random.Random) -> None:
    """Of every operation, with some members of the wrong type, size or form."""
    request = mutated(value_of(operation.service, str(operation.input), full=True), chance)
    try:
        if operation.service.protocol == JSON:
            JsonCodec(operation).decode(json.dumps(request).encode())
        else:
            QueryCodec(operation).decode(dict(_fields("", request)))
    except ApiError as error:
        assert error.sender_fault  # noqa: PT017 - either it decodes or it fails in this way


def _fields(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _fields(f"{path}.{name}" if path else name, item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _fields(f"{path}.member.{number}", item)
    else:
        yield path, str(value)
