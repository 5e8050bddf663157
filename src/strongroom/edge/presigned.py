"""SigV4 in the query string: presigned requests, such as the GetCallerIdentity URLs that EKS and Vault take as proof of identity.

Source: IAM User Guide, "Elements of an AWS API request signature", query string parameters.
"""

from urllib.parse import parse_qsl

from strongroom.edge.refusals import IncompleteSignature

PRESIGNED = b"X-Amz-Signature="
SIGNATURE_PARAMETER = b"X-Amz-Signature"
PREFIX = "X-Amz-"
EXPIRES_MIN = 1
EXPIRES_MAX = 604800  # seven days
_REQUIRED = ("Algorithm", "Credential", "Signature", "SignedHeaders", "Date", "Expires")
_EXPIRES_DIGITS = 6


def presigned_fields(query: bytes) -> tuple[dict[str, str], int]:
    """Return the X-Amz-... parameters without that prefix, and the seconds the request is valid for. Raises IncompleteSignature."""
    fields: dict[str, str] = {}
    for name, value in _pairs(query):
        if not name.startswith(PREFIX):
            continue
        short = name[len(PREFIX) :]
        if short in fields:
            raise IncompleteSignature(f"AWS query-string parameter '{name}' is given more than once.")
        fields[short] = value
    missing = [f"AWS query-string parameters must include '{PREFIX}{name}'." for name in _REQUIRED if not fields.get(name)]
    if missing:
        raise IncompleteSignature(f"{' '.join(missing)} Re-examine the query-string parameters.")
    return fields, _expires(fields["Expires"])


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise IncompleteSignature("The query string contains a syntax error.") from error


def _expires(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise IncompleteSignature("X-Amz-Expires should be a number")
    seconds = int(text) if len(text) <= _EXPIRES_DIGITS else EXPIRES_MAX + 1
    if seconds < EXPIRES_MIN:
        raise IncompleteSignature("X-Amz-Expires must be greater than 0")
    if seconds > EXPIRES_MAX:
        raise IncompleteSignature(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
        )
    return seconds
