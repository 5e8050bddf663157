"""Signatures: AWS's published test suite, botocore's signer over its odd corners, and what must not verify."""

from typing import Any

import pytest
from tests.unit.edge.fakes import ROOT, SECRET, SESSION_TOKEN
from tests.unit.edge.signing import changed, signed, with_header

from strongroom.core.secret import SecretBytes
from strongroom.edge.canonical import canonical_path, canonical_query
from strongroom.edge.http import HttpRequest
from strongroom.edge.refusals import InvalidSignature, SignatureMismatch
from strongroom.edge.signature import read_signature
from strongroom.edge.sigv4 import SIGNING_KEYS_MAX, Verifier, derive_signing_key
from strongroom.identity.credentials import Credential

SUITE_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SUITE_SCOPE = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"


def credential(secret: str = SECRET, fingerprint: str = "print") -> Credential:
    """Return a credential with this secret."""
    return Credential(SecretBytes(secret.encode()), fingerprint, ROOT)


def verify(request: HttpRequest, secret: str = SECRET) -> None:
    """Read and verify the request's signature."""
    Verifier().verify(read_signature(request), request, credential(secret))


def suite_request(signature: str, names: str, *, scope: str = SUITE_SCOPE, **parts: Any) -> HttpRequest:
    """Return a request of the published suite, which is signed at 2015-08-30T12:36:00Z."""
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"
    headers = {
        b"host": b"example.amazonaws.com",
        b"x-amz-date": b"20150830T123600Z",
        b"authorization": authorization.encode(),
        **parts.pop("more", {}),
    }
    return HttpRequest(headers=headers, **parts)


@pytest.mark.parametrize(
    ("signature", "names", "parts"),
    [
        ("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", "host;x-amz-date", {"method": "GET"}),
        ("5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b", "host;x-amz-date", {"method": "POST"}),
        (
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            "host;x-amz-date",
            {"method": "GET", "query": b"Param2=value2&Param1=value1"},
        ),
        (
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
            "host;x-amz-date",
            {"method": "GET", "path": "/\u1234".encode()},
        ),
        (
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            "host;my-header1;my-header2;x-amz-date",
            {"method": "GET", "more": {b"my-header1": b"value1", b"my-header2": b'"a   b   c"'}},
        ),
        (
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            "content-type;host;x-amz-date",
            {"method": "POST", "body": b"Param1=value1", "more": {b"content-type": b"application/x-www-form-urlencoded"}},
        ),
    ],
    ids=[
        "get-vanilla",
        "post-vanilla",
        "get-vanilla-query-order-key-case",
        "get-utf8",
        "get-header-value-trim",
        "post-x-www-form-urlencoded",
    ],
)
def test_the_published_signatures_verify(signature: str, names: str, parts: dict[str, Any]) -> None:
    """Source: AWS Signature Version 4 test suite."""
    verify(suite_request(signature, names, **parts), SUITE_SECRET)


def test_the_documented_list_users_example_verifies() -> None:
    """Source: AWS General Reference, "Signature Version 4 signing process", its worked example."""
    request = suite_request(
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        "content-type;host;x-amz-date",
        scope="AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request",
        method="GET",
        query=b"Action=ListUsers&Version=2010-05-08",
        more={b"host": b"iam.amazonaws.com", b"content-type": b"application/x-www-form-urlencoded; charset=utf-8"},
    )
    verify(request, SUITE_SECRET)
    key = derive_signing_key(SecretBytes(SUITE_SECRET.encode()), "20150830", "us-east-1", "iam")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


@pytest.mark.parametrize(
    "options",
    [
        {"method": "GET", "body": b""},
        {"url": "http://127.0.0.1:4577/a%20b/%E1%88%B4/~x-y_z.%2F"},
        {"url": "http://127.0.0.1:4577//a//b/./c/../d/"},
        {"url": "http://127.0.0.1:4577/.."},
        {"url": "http://127.0.0.1:4577/example/.."},
        {"url": "http://127.0.0.1:4577/./example"},
        {"url": "http://127.0.0.1:4577/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
        {"url": "http://127.0.0.1:4577/?b=2&a=1&a=0&empty=&B=3"},
        {"url": "http://127.0.0.1:4577/?%E1%88%B4=bar&a%20b=c%2Fd%2B%7C"},
        {"url": "http://127.0.0.1:4577/?-._~=-._~"},
        {"url": "http://kms.example.com/"},
        {"headers": {"My-Header1": "  a   b   c  ", "X": "y"}},
        {"headers": {"My-Header1": "a\tb"}},
        {"headers": {"amz-sdk-invocation-id": "1", "amz-sdk-request": "attempt=1; max=3", "Accept": "*/*"}},
        {"headers": {"X-Amz-Content-SHA256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}},
        {"token": SESSION_TOKEN},
        {"body": b"\x00\xff" * 1000},
        {"expires": 60},
        {"expires": 604800, "token": SESSION_TOKEN, "url": "http://127.0.0.1:4577/p%20q?z=1&a=%2F"},
        {"expires": 60, "method": "GET", "body": b"", "headers": {"x-k8s-aws-id": "cluster"}},
        {"expires": 60, "method": "GET", "body": b"", "headers": {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}},
    ],
)
def test_what_botocore_signs_verifies(options: dict[str, Any]) -> None:
    """Paths, queries and header values in every odd shape; and the same request with another secret does not verify."""
    request = signed(**options)
    verify(request)
    with pytest.raises(SignatureMismatch):
        verify(request, "another secret")


def test_repeated_headers_are_signed_joined_by_commas() -> None:
    """Whether they come as one line or as several."""
    request = signed(headers={"My-Header": "value4,value1,value3"})
    verify(changed(request, headers={**request.headers, b"my-header": b"value4,value1,value3"}))
    with pytest.raises(SignatureMismatch):
        verify(changed(request, headers={**request.headers, b"my-header": b"value1,value3,value4"}))


@pytest.mark.parametrize(
    "fields",
    [
        {"method": "GET"},
        {"path": b"/x"},
        {"query": b"a=1"},
        {"body": b"{} "},
        {"body": b""},
    ],
)
def test_a_changed_request_does_not_verify(fields: dict[str, Any]) -> None:
    """Method, path, query and body are all under the signature."""
    with pytest.raises(SignatureMismatch):
        verify(changed(signed(), **fields))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", "127.0.0.1"),
        ("x-amz-target", "TrentService.ScheduleKeyDeletion"),
        ("content-type", "application/x-amz-json-1.0"),
        ("content-type", None),
        ("x-amz-date", "20240101T000001Z"),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("x-amz-content-sha256", "0" * 64),
    ],
)
def test_a_changed_header_does_not_verify(name: str, value: str | None) -> None:
    """Signed headers, one by one; a payload hash that the body does not have; an unsigned payload in the header form."""
    with pytest.raises(SignatureMismatch):
        verify(with_header(signed(), name, value))


def test_an_unsigned_payload_is_not_taken_for_a_body() -> None:
    """Presigned with UNSIGNED-PAYLOAD, a body would be under no signature at all."""
    request = signed(expires=60, method="POST", body=b"", headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    verify(request)
    with pytest.raises(SignatureMismatch):
        verify(changed(request, body=b"Action=DeleteUser"))


@pytest.mark.parametrize(("name", "header"), [("Host", "host"), ("x-amz-target", "x-amz-target")])
def test_host_and_target_must_be_signed(name: str, header: str) -> None:
    """Else whoever is in between could send the request elsewhere, or make another one of it."""
    request = signed()
    names = ";".join(part for part in ("content-type", "host", "x-amz-date", "x-amz-target") if part != header)
    authorization = request.headers[b"authorization"].decode().replace("content-type;host;x-amz-date;x-amz-target", names)
    with pytest.raises(InvalidSignature) as raised:
        verify(with_header(request, "authorization", authorization))
    assert str(raised.value.message).startswith(f"'{name}'")


@pytest.mark.parametrize("signature", ["", "é", "0" * 64, "0" * 63, "F" * 64, "\udcff"])
def test_any_text_in_place_of_the_signature_is_a_mismatch(signature: str) -> None:
    """Text outside ASCII too: the comparison takes bytes."""
    request = signed()
    original = read_signature(request)
    forged = type(original)(**{name: getattr(original, name) for name in original.__struct_fields__} | {"signature": signature})
    with pytest.raises(SignatureMismatch):
        Verifier().verify(forged, request, credential())


def test_signing_keys_are_kept_by_fingerprint_and_bounded() -> None:
    """A changed secret has another fingerprint, so its old key is not used; the memory does not grow without end."""
    verifier = Verifier()
    request = signed()
    signature = read_signature(request)
    verifier.verify(signature, request, credential())
    verifier.verify(signature, request, credential("ignored: the key is known"))
    with pytest.raises(SignatureMismatch):
        verifier.verify(signature, request, credential("another", "another print"))
    for number in range(SIGNING_KEYS_MAX):
        verifier.verify(signature, request, credential(fingerprint=str(number)))
    assert len(verifier._keys) == SIGNING_KEYS_MAX
    with pytest.raises(SignatureMismatch):
        verifier.verify(signature, request, credential("no longer known"))


@pytest.mark.parametrize(
    ("path", "canonical"),
    [(b"", b"/"), (b"/", b"/"), (b"/a/../../b", b"/b"), (b"/a//b/", b"/a/b/"), (b"/%20", b"/%2520"), (b"/~", b"/~"), (b"//", b"/")],
)
def test_paths_are_normalised_and_encoded_once_more(path: bytes, canonical: bytes) -> None:
    """As every service but S3 does."""
    assert canonical_path(path) == canonical


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        (b"b&a", b"a=&b="),
        (b"a=b=c", b"a=b%3Dc"),
        (b"a=%7e", b"a=~"),
        (b"a=+", b"a=%20"),
        (b"&&a=1&", b"a=1"),
        (b"a=%zz", b"a=%25zz"),
        (b"a=\xff", b"a=%FF"),
    ],
)
def test_queries_are_sorted_and_encoded(query: bytes, canonical: bytes) -> None:
    """Whatever encoding the client chose for the wire."""
    assert canonical_query(query) == canonical
