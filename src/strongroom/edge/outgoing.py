"""Signing requests that the server itself sends to an AWS-compatible endpoint."""

from collections.abc import Mapping

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def signed_headers(url: str, body: bytes, headers: Mapping[str, str], key: tuple[str, str], region: str, service: str) -> dict[str, str]:
    """Return the headers of a signed POST. `key` is an access key id and its secret."""
    request = AWSRequest(method="POST", url=url, data=body, headers={"Content-Type": "application/json", **headers})
    SigV4Auth(Credentials(*key), service, region).add_auth(request)
    return dict(request.headers.items())
