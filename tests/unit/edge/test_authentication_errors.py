"""Every way in which a signature can be wrong, in both protocols: code, HTTP status, text; and that each is recorded."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.edge.fakes import EXPIRED_TOKEN, REGION, ROOT, SESSION_KEY_ID, Edge, edge
from tests.unit.edge.signing import KMS_HEADERS, NOW, signed, signed_query, with_header

from strongroom.core.errors import ServiceUnavailable
from strongroom.edge.http import HttpAnswer, HttpRequest

SIGNATURE_TEXT = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and "
    "signing method. Consult the service documentation for details."
)
TOKEN_TEXT = "The security token included in the request is invalid."
EXPIRED_TEXT = "The security token included in the request is expired"


@pytest.fixture
def door() -> Iterator[Edge]:
    """Yield an edge whose clock stands still at the time the requests are signed."""
    with edge(lambda: NOW) as made:
        yield made


def json_error(answer: HttpAnswer) -> tuple[str, int, str | None]:
    """Return code, status and message."""
    document = json.loads(answer.body)
    assert answer.content_type == b"application/x-amz-json-1.1"
    return document["__type"], answer.status, document.get("message")


def xml_error(answer: HttpAnswer) -> tuple[str, int, str | None]:
    """Return code, status and message."""
    text = answer.body.decode()
    assert answer.content_type == b"text/xml"
    assert "<Type>Sender</Type>" in text
    code = re.search("<Code>(.*)</Code>", text)
    message = re.search("<Message>(.*)</Message>", text)
    assert code
    return code[1], answer.status, message[1] if message else None


CASES: dict[str, tuple[dict[str, Any], tuple[str, int, str], tuple[str, int, str]]] = {
    "unknown key": (
        {"key": "AKIDUNKNOWN"},
        ("UnrecognizedClientException", 400, TOKEN_TEXT),
        ("InvalidClientTokenId", 403, TOKEN_TEXT),
    ),
    "bad session token": (
        {"key": SESSION_KEY_ID, "token": "x"},
        ("UnrecognizedClientException", 400, TOKEN_TEXT),
        ("InvalidClientTokenId", 403, TOKEN_TEXT),
    ),
    "missing session token": (
        {"key": SESSION_KEY_ID},
        ("UnrecognizedClientException", 400, TOKEN_TEXT),
        ("InvalidClientTokenId", 403, TOKEN_TEXT),
    ),
    "expired session": (
        {"key": SESSION_KEY_ID, "token": EXPIRED_TOKEN},
        ("ExpiredTokenException", 400, EXPIRED_TEXT),
        ("ExpiredToken", 403, EXPIRED_TEXT),
    ),
    "wrong secret": (
        {"secret": "x"},
        ("InvalidSignatureException", 400, SIGNATURE_TEXT),
        ("SignatureDoesNotMatch", 403, SIGNATURE_TEXT),
    ),
    "too old": (
        {"now": NOW - 301},
        (
            "InvalidSignatureException",
            400,
            "Signature expired: 20231231T235459Z is now earlier than 20231231T235500Z (20240101T000000Z - 5 min.)",
        ),
        (
            "SignatureDoesNotMatch",
            403,
            "Signature expired: 20231231T235459Z is now earlier than 20231231T235500Z (20240101T000000Z - 5 min.)",
        ),
    ),
    "too new": (
        {"now": NOW + 301},
        (
            "InvalidSignatureException",
            400,
            "Signature not yet current: 20240101T000501Z is still later than 20240101T000500Z (20240101T000000Z + 5 min.)",
        ),
        (
            "SignatureDoesNotMatch",
            403,
            "Signature not yet current: 20240101T000501Z is still later than 20240101T000500Z (20240101T000000Z + 5 min.)",
        ),
    ),
    "presigned and expired": (
        {"now": NOW - 61, "expires": 60},
        ("InvalidSignatureException", 400, "Request has expired."),
        ("RequestExpired", 400, "Request has expired."),
    ),
    "presigned too far ahead": (
        {"now": NOW + 301, "expires": 60},
        (
            "InvalidSignatureException",
            400,
            "Signature not yet current: 20240101T000501Z is still later than 20240101T000500Z (20240101T000000Z + 5 min.)",
        ),
        (
            "SignatureDoesNotMatch",
            403,
            "Signature not yet current: 20240101T000501Z is still later than 20240101T000500Z (20240101T000000Z + 5 min.)",
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_signature_is_answered_as_the_json_services_do(door: Edge, case: str) -> None:
    """400 throughout."""
    options, wanted, _ = CASES[case]
    assert json_error(door.answer(signed(**options))) == wanted
    assert (door.engine.calls, door.engine.refusals[0].error.code) == ([], wanted[0])


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_signature_is_answered_as_the_query_services_do(door: Edge, case: str) -> None:
    """403 mostly, under other names."""
    options, _, wanted = CASES[case]
    assert xml_error(door.answer(signed_query(**options))) == wanted
    assert door.engine.calls == []
    assert len(door.engine.refusals) == 1


@pytest.mark.parametrize("now", [NOW - 300, NOW + 300])
def test_five_minutes_of_skew_are_allowed(door: Edge, now: float) -> None:
    """To the second."""
    assert door.answer(signed(now=now)).status == 200
    assert door.answer(signed_query(now=now, expires=None)).status == 200


def test_a_presigned_request_is_valid_for_as_long_as_it_says(door: Edge) -> None:
    """To the second, up to a week."""
    assert door.answer(signed_query(now=NOW - 604800, expires=604800)).status == 200


def test_an_unsigned_request_is_told_so(door: Edge) -> None:
    """In each protocol's words."""
    unsigned = HttpRequest(method="POST", headers={b"x-amz-target": b"TrentService.ListKeys"}, body=b"{}")
    assert json_error(door.answer(unsigned)) == ("MissingAuthenticationTokenException", 400, "Missing Authentication Token")
    unsigned = HttpRequest(method="POST", headers={}, body=b"Action=ListUsers&Version=2010-05-08")
    assert xml_error(door.answer(unsigned)) == ("MissingAuthenticationToken", 403, "Request is missing Authentication Token")
    assert [refusal.operation for refusal in door.engine.refusals] == ["ListKeys", "ListUsers"]


@pytest.mark.parametrize("target", ["TrentService.NoSuch", "Nobody.ListKeys", "x", ""])
def test_an_unsigned_request_learns_nothing_else(door: Edge, target: str) -> None:
    """Whether an operation exists is said to callers who are known."""
    unsigned = HttpRequest(method="POST", headers={b"x-amz-target": target.encode()}, body=b"not json")
    assert json_error(door.answer(unsigned))[0] == "MissingAuthenticationTokenException"


@pytest.mark.parametrize("action", ["AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"])
def test_the_federated_sts_calls_need_no_signature_and_are_checked_all_the_same(door: Edge, action: str) -> None:
    """Their constraints are the only thing between the world and the handler."""
    unsigned = HttpRequest(method="POST", headers={}, body=f"Action={action}&Version=2011-06-15".encode())
    assert xml_error(door.answer(unsigned))[0] == "ValidationError"


def test_a_federated_call_with_a_signature_must_have_a_good_one(door: Edge) -> None:
    """A wrong signature is never ignored."""
    request = signed_query(body=b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15", secret="x")
    assert xml_error(door.answer(request))[0] == "SignatureDoesNotMatch"


SCOPE_DATE = (
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20240101', from '20240101T000000Z'."
)


def scoped(request: HttpRequest, scope: str) -> HttpRequest:
    """Return the request with another credential scope in its Authorization header."""
    authorization = re.sub("Credential=[^,]*", f"Credential={scope}", request.headers[b"authorization"].decode())
    return with_header(request, "authorization", authorization)


@pytest.mark.parametrize(
    ("scope", "text"),
    [
        (
            "AKIAIOSFODNN7EXAMPLE/b/c/d/e",
            (
                "Credential should be scoped to a valid region, not 'c'. Credential should be scoped to correct service: 'kms'. "
                f"Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. {SCOPE_DATE}"
            ),
        ),
        ("AKIAIOSFODNN7EXAMPLE/20240101/eu-west-1/sts/aws4_request", "Credential should be scoped to correct service: 'kms'. "),
        ("AKIAIOSFODNN7EXAMPLE/20240101/eu-west-1/s3/aws4_request", "Credential should be scoped to correct service: 'kms'. "),
        ("AKIAIOSFODNN7EXAMPLE/20240101//kms/aws4_request", "Credential should be scoped to a valid region, not ''. "),
        ("AKIAIOSFODNN7EXAMPLE/20240101/eu-west-1/kms/x", "Credential should be scoped with a valid terminator: 'aws4_request', not 'x'. "),
        ("AKIAIOSFODNN7EXAMPLE/b/eu-west-1/kms/aws4_request", SCOPE_DATE),
    ],
)
def test_everything_wrong_with_the_scope_is_said_at_once(door: Edge, scope: str, text: str) -> None:
    """Region, service, terminator and date, one after the other."""
    assert json_error(door.answer(scoped(signed(), scope))) == ("InvalidSignatureException", 400, text)


def test_a_scope_of_no_service_of_ours_is_told_which_there_are(door: Edge) -> None:
    """Where the request itself names none either."""
    answer = door.answer(signed(service="s3", headers={}, body=b""))
    assert xml_error(answer)[
        2
    ] == "Credential should be scoped to correct service: 'cloudtrail', 'iam', 'kms', 'secretsmanager', 'ssm', 'sts'. ".strip("\n")
    assert door.engine.refusals[0].service == "unknown"
    assert door.engine.refusals[0].operation == "Unknown"


def test_scope_and_version_that_disagree_are_refused(door: Edge) -> None:
    """An IAM scope is no right to call STS."""
    assert xml_error(door.answer(signed_query(service="iam")))[2] == "Credential should be scoped to correct service: 'sts'. "


def hashed(authorization: str) -> str:
    """Return how AWS repeats an Authorization header."""
    digest = base64.b64encode(hashlib.sha256(authorization.encode("latin-1")).digest()).decode()
    return f"(Hashed with SHA-256 and encoded with Base64) Authorization={digest}"


NO_CREDENTIAL = "Authorization header requires 'Credential' parameter."
NO_SIGNATURE = "Authorization header requires 'Signature' parameter."
NO_HEADERS = "Authorization header requires 'SignedHeaders' parameter."
NO_DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."


@pytest.mark.parametrize(
    ("authorization", "date", "text"),
    [
        ("AWS4-HMAC-SHA256 ", None, f"{NO_CREDENTIAL} {NO_SIGNATURE} {NO_HEADERS} {NO_DATE}"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host", "20240101T000000Z", NO_SIGNATURE),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e,Signature=x", "20240101T000000Z", NO_HEADERS),
        ("AWS4-HMAC-SHA256 Credential=, SignedHeaders=host, Signature=x", "20240101T000000Z", NO_CREDENTIAL),
        ("Bearer hunter2", "20240101T000000Z", "Unsupported AWS 'algorithm'. Expected 'AWS4-HMAC-SHA256'."),
        ("", "20240101T000000Z", "Unsupported AWS 'algorithm'. Expected 'AWS4-HMAC-SHA256'."),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Credential=f/b/c/d/e, SignedHeaders=host, Signature=x",
            "20240101T000000Z",
            "Authorization header holds 'Credential' more than once.",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x,AWS4-HMAC-SHA256 Credential=f/b/c/d/e",
            "20240101T000000Z",
            "Authorization header holds more than the parameters of a signature.",
        ),
    ],
)
def test_a_malformed_header_is_told_what_it_lacks(door: Edge, authorization: str, date: str | None, text: str) -> None:
    """The header itself is repeated only as a hash: clients put all sorts of secrets there."""
    request = with_header(with_header(signed(), "authorization", authorization), "x-amz-date", date)
    assert json_error(door.answer(request)) == ("IncompleteSignatureException", 400, f"{text} {hashed(authorization)}")
    request = with_header(with_header(signed_query(), "authorization", authorization), "x-amz-date", date)
    assert xml_error(door.answer(request))[:2] == ("IncompleteSignature", 400)


@pytest.mark.parametrize(
    ("credential", "date", "text"),
    [
        (
            "a/b/c",
            "20240101T000000Z",
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c'",
        ),
        (
            "a/b/c/d/e",
            "2024-01-01",
            "Date must be in ISO-8601 'basic format'. Got '2024-01-01'. See http://en.wikipedia.org/wiki/ISO_8601",
        ),
        (
            "a/b/c/d/e",
            "20241332T000000Z",
            "Date must be in ISO-8601 'basic format'. Got '20241332T000000Z'. See http://en.wikipedia.org/wiki/ISO_8601",
        ),
    ],
)
def test_unreadable_credentials_and_dates_are_told_so(door: Edge, credential: str, date: str, text: str) -> None:
    """Before anything is looked up."""
    authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=x"
    request = with_header(with_header(signed(), "authorization", authorization), "x-amz-date", date)
    assert json_error(door.answer(request)) == ("IncompleteSignatureException", 400, text)


def test_a_date_header_does_instead_of_x_amz_date(door: Edge) -> None:
    """As the older signers send it."""
    assert door.answer(signed(headers={**KMS_HEADERS, "Date": "x"})).status == 200


PRESIGNED = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20240101/us-east-1/sts/aws4_request&X-Amz-Date=20240101T000000Z"
    "&X-Amz-SignedHeaders=host"
)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (
            "X-Amz-Signature=",
            "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Credential'.",
        ),
        (
            f"{PRESIGNED}&X-Amz-Signature=x",
            "AWS query-string parameters must include 'X-Amz-Expires'. Re-examine the query-string parameters.",
        ),
        (f"{PRESIGNED}&X-Amz-Signature=x&X-Amz-Expires=0", "X-Amz-Expires must be greater than 0"),
        (f"{PRESIGNED}&X-Amz-Signature=x&X-Amz-Expires=x", "X-Amz-Expires should be a number"),
        (f"{PRESIGNED}&X-Amz-Signature=x&X-Amz-Expires=604801", "X-Amz-Expires must be less than a week (in seconds);"),
        (f"{PRESIGNED}&X-Amz-Signature=x&X-Amz-Expires=9{'9' * 5000}", "X-Amz-Expires must be less than a week (in seconds);"),
        (
            f"{PRESIGNED}&X-Amz-Signature=x&X-Amz-Expires=60&X-Amz-Date=y",
            "AWS query-string parameter 'X-Amz-Date' is given more than once.",
        ),
        (f"{PRESIGNED}&X-Amz-Signature=%FF&X-Amz-Expires=60", "The query string contains a syntax error."),
        (f"{PRESIGNED}&X-Amz-Signature=x&X-Amz-Expires=60".replace("SHA256", "SHA1"), "Unsupported AWS 'algorithm'."),
    ],
)
def test_a_malformed_presigned_query_is_told_what_is_wrong(door: Edge, query: str, text: str) -> None:
    """Absent, doubled, out of range."""
    request = HttpRequest(method="GET", headers={b"host": b"h"}, query=f"Action=GetCallerIdentity&Version=2011-06-15&{query}".encode())
    code, status, message = xml_error(door.answer(request))
    assert (code, status) == ("IncompleteSignature", 400)
    assert str(message).startswith(text)


def test_a_request_signed_twice_over_is_refused(door: Edge) -> None:
    """Header and query at once: which of the two counts must not be a matter of taste."""
    request = with_header(signed_query(expires=60), "authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e")
    assert xml_error(door.answer(request))[0] == "IncompleteSignature"


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("TrentService.NoSuch", ("UnknownOperationException", 400, None)),
        ("Nobody.ListKeys", ("UnknownOperationException", 400, None)),
        ("ListKeys", ("UnknownOperationException", 400, None)),
    ],
)
def test_an_unknown_target_is_an_unknown_operation(door: Edge, target: str, wanted: tuple[str, int, str | None]) -> None:
    """Without a message, as on AWS; the caller is known by then, and recorded."""
    assert json_error(door.answer(signed(headers={"X-Amz-Target": target}))) == wanted
    assert door.engine.refusals[0].principal is ROOT
    assert door.engine.refusals[0].region == REGION


@pytest.mark.parametrize(
    ("body", "code", "status", "text"),
    [
        (b"Action=NoSuch&Version=2010-05-08", "InvalidAction", 400, "Could not find operation NoSuch for version 2010-05-08"),
        (b"Action=ListUsers&Version=2000-01-01", "InvalidAction", 400, "Could not find operation ListUsers for version 2000-01-01"),
        (b"Action=ListUsers", "InvalidAction", 400, "Could not find operation ListUsers for version NO_VERSION_SPECIFIED"),
        (b"Action=%3Cx%3E%00&Version=2010-05-08", "InvalidAction", 400, "Could not find operation &lt;x&gt;\ufffd for version 2010-05-08"),
        (b"Version=2010-05-08", "MissingAction", 400, "The request is missing an action or a required parameter."),
        (b"", "MissingAction", 400, "The request is missing an action or a required parameter."),
        (b"Action=%FF&Version=2010-05-08", "MalformedQueryString", 404, "The query string contains a syntax error."),
        (b"Action=ListUsers&Version=2010-05-08&MaxItems=x", "MalformedInput", 400, "STRING_VALUE cannot be converted to Integer"),
        (b"\xff", "MalformedQueryString", 404, "The query string contains a syntax error."),
        (
            b"Action=ListUsers&Action=ListRoles&Version=2010-05-08",
            "MalformedQueryString",
            404,
            "The query string contains a parameter more than once.",
        ),
        (b"a=1&" * 6000, "MalformedQueryString", 404, "The query string contains a syntax error."),
    ],
)
def test_a_query_that_makes_no_sense_is_told_so(door: Edge, body: bytes, code: str, status: int, text: str) -> None:
    """Once its caller is known."""
    assert xml_error(door.answer(signed_query(body=body, service="iam"))) == (code, status, text)
    assert door.engine.refusals[0].principal is ROOT


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])
def test_other_methods_are_not_allowed(door: Edge, method: str) -> None:
    """GET only in the query protocol; everything else is neither's."""
    assert json_error(door.answer(signed(method=method)))[:2] == ("MethodNotAllowed", 405)
    if method != "GET":
        assert xml_error(door.answer(signed_query(method=method)))[:2] == ("MethodNotAllowed", 405)


def test_there_is_nothing_beneath_other_paths(door: Edge) -> None:
    """AWS's two protocols know one path."""
    assert json_error(door.answer(signed(url="http://127.0.0.1:4577/x")))[0] == "UnknownOperationException"
    assert xml_error(door.answer(signed_query(url="http://127.0.0.1:4577/x")))[:2] == ("InvalidAction", 404)


def test_a_json_service_without_target_is_an_unknown_operation(door: Edge) -> None:
    """The scope says which protocol to answer in."""
    assert json_error(door.answer(signed(headers={})))[0] == "UnknownOperationException"


@pytest.mark.parametrize(
    ("service", "target", "code"),
    [
        ("cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.StartQuery", "UnsupportedOperationException"),
        ("cloudtrail", "CloudTrail_20131101.StartQuery", "UnsupportedOperationException"),
        ("ssm", "AmazonSSM.SendCommand", "UnsupportedOperationException"),
        ("kms", "TrentService.ListKeys", "UnsupportedOperationException"),
        ("secretsmanager", "secretsmanager.ListSecrets", "UnknownOperationException"),
        ("cloudtrail", "CloudTrail_20131101.NoSuch", "UnknownOperationException"),
    ],
)
def test_an_operation_without_handler_is_not_offered(service: str, target: str, code: str) -> None:
    """In the words of the service's model where it has some, else as an unknown one."""
    with edge(lambda: NOW, offered={}) as door:
        assert json_error(door.answer(signed(service=service, headers={"X-Amz-Target": target})))[:2] == (code, 400)
        assert xml_error(door.answer(signed_query()))[2] == "Could not find operation GetCallerIdentity for version 2011-06-15"


def test_what_cannot_be_recorded_is_unavailable(door: Edge) -> None:
    """A refusal that leaves no event is not answered as one."""
    door.engine.refuse_error = ServiceUnavailable()
    answer = door.answer(signed(secret="x"))
    assert json_error(answer)[:2] == ("ServiceUnavailable", 503)
