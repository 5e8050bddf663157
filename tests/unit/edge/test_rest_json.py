"""The rest-json protocol: members from path, query, headers and body, and answers the other way round."""

import json
from typing import Any

import pytest

from strongroom.core.errors import AccessDenied, ApiError, ValidationFailed
from strongroom.edge.http import HttpRequest
from strongroom.edge.models import Models, load_models
from strongroom.edge.refusals import SerializationFailed
from strongroom.edge.rest_json import RestJsonCodec, encode_rest_error
from strongroom.edge.routing import route

MODELS: Models = load_models(("lambda", "kms"))
LAMBDA = MODELS.services["lambda"]


class Missing(ApiError):
    """An error of the model's, whose shape says `Message`."""

    code = "ResourceNotFoundException"


class Conflicting(ApiError):
    """An error of the model's, whose shape says `message`."""

    code = "ResourceConflictException"


def decoded(
    method: str, path: str, query: str = "", body: bytes = b"", headers: dict[bytes, bytes] | None = None
) -> tuple[str, dict[str, Any]]:
    """Return the operation and its members."""
    request = HttpRequest(method=method, path=path.encode(), query=query.encode(), headers=headers or {}, body=body)
    way = route(MODELS, request, "lambda")
    assert way.error is None, way.error
    return way.operation, RestJsonCodec(LAMBDA.operations[way.operation]).decode(way.labels, request)


@pytest.mark.parametrize(
    ("method", "path", "operation", "members"),
    [
        ("GET", "/2015-03-31/functions", "ListFunctions", {}),
        ("GET", "/2015-03-31/functions/", "ListFunctions", {}),
        ("GET", "/2015-03-31/functions/f", "GetFunction", {"FunctionName": "f"}),
        (
            "GET",
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af/policy",
            "GetPolicy",
            {"FunctionName": "arn:aws:lambda:eu-west-1:111122223333:function:f"},
        ),
        ("DELETE", "/2015-03-31/functions/f/policy/s", "RemovePermission", {"FunctionName": "f", "StatementId": "s"}),
    ],
)
def test_operations_are_named_by_method_and_path(method: str, path: str, operation: str, members: dict[str, str]) -> None:
    """Labels are decoded once."""
    assert decoded(method, path) == (operation, members)


def test_members_come_from_everywhere() -> None:
    """Query, headers, body and payload, each of its own type."""
    assert decoded("GET", "/2015-03-31/functions", "MaxItems=7&Marker=a%2Fb")[1] == {"MaxItems": 7, "Marker": "a/b"}
    headers = {b"x-amz-invocation-type": b"DryRun", b"x-amz-log-type": b"Tail"}
    invoked = decoded("POST", "/2015-03-31/functions/f/invocations", body=b"not JSON", headers=headers)
    assert invoked == ("Invoke", {"FunctionName": "f", "InvocationType": "DryRun", "LogType": "Tail", "Payload": b"not JSON"})
    resource = "arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af"
    untagged = decoded("DELETE", f"/2017-03-31/tags/{resource}", "tagKeys=a&tagKeys=b")
    assert untagged[1]["TagKeys"] == ["a", "b"]
    code = decoded("PUT", "/2015-03-31/functions/f/code", body=json.dumps({"ZipFile": "AAEC", "FunctionName": "other"}).encode())
    assert code[1] == {"FunctionName": "f", "ZipFile": b"\x00\x01\x02"}, "the path says which function it is"


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "error"),
    [
        ("GET", "/2015-03-31/functions", "MaxItems=x", b"", SerializationFailed),
        ("GET", "/2015-03-31/functions", "MaxItems=99999999999999999999", b"", SerializationFailed),
        ("GET", "/2015-03-31/functions", "MaxItems=0", b"", ValidationFailed),
        ("GET", "/2015-03-31/functions", "&".join("a=b" for _ in range(2000)), b"", SerializationFailed),
        ("PUT", "/2015-03-31/functions/f/code", "", b"[1]", SerializationFailed),
        ("PUT", "/2015-03-31/functions/f/code", "", b"{", SerializationFailed),
        ("PUT", "/2015-03-31/functions/f/code", "", b'{"ZipFile":"?"}', SerializationFailed),
        ("GET", "/2015-03-31/functions/a%20b", "", b"", ValidationFailed),
    ],
)
def test_hostile_requests_get_an_answer(method: str, path: str, query: str, body: bytes, error: type[ApiError]) -> None:
    """AWS's, never a traceback."""
    with pytest.raises(error):
        decoded(method, path, query, body)


@pytest.mark.parametrize("path", ["/", "/2015-03-31", "/2015-03-31/functions/f/nothing", "/2015-03-31/functions//policy", "/%ff%fe/x"])
def test_paths_of_nothing_are_unknown_operations(path: str) -> None:
    """Also for those who signed for Lambda."""
    way = route(MODELS, HttpRequest(method="GET", path=path.encode(), headers={}), "lambda")
    assert way.error is not None


def test_answers_use_status_headers_and_payload() -> None:
    """As the model binds them."""
    invoke = RestJsonCodec(LAMBDA.operations["Invoke"])
    answer = invoke.encode({"StatusCode": 200, "FunctionError": "Unhandled", "Payload": b"{}", "LogResult": None}, "r")
    assert (answer.status, answer.body, answer.headers) == (200, b"{}", ((b"x-amz-function-error", b"Unhandled"),))
    assert invoke.encode({"StatusCode": 204}, "r").body == b""
    created = RestJsonCodec(LAMBDA.operations["CreateFunction"]).encode({"FunctionName": "f", "Timeout": 3}, "r")
    assert (created.status, json.loads(created.body)) == (201, {"FunctionName": "f", "Timeout": 3})
    assert RestJsonCodec(LAMBDA.operations["RemovePermission"]).encode({}, "r").status == 204


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (Missing("no"), 404, {"Type": "User", "Message": "no"}),
        (Conflicting("taken"), 409, {"Type": "User", "message": "taken"}),
        (AccessDenied("never"), 403, {"Message": "never"}),
    ],
)
def test_errors_carry_their_type_in_a_header(error: ApiError, status: int, body: dict[str, str]) -> None:
    """The message stands where the error's shape has it."""
    answer = encode_rest_error(LAMBDA, error, "r")
    assert (answer.status, json.loads(answer.body)) == (status, body)
    assert answer.headers == ((b"x-amzn-errortype", error.code.encode()),)
