"""References to Secrets Manager: /aws/reference/secretsmanager/<secret name>, read through and never stored.

Source: Systems Manager User Guide, "Referencing AWS Secrets Manager secrets from Parameter Store parameters".
"""

import base64
import json
import re
from typing import Any

from strongroom.calls.call import Call
from strongroom.core.errors import ApiError, ValidationFailed
from strongroom.ssm.errors import ParameterNotFound
from strongroom.ssm.resolve import Found
from strongroom.ssm.rules.content import SECURE_STRING
from strongroom.ssm.rules.data_types import TEXT
from strongroom.ssm.rules.names import BAD_REFERENCE, SECRET_PREFIX
from strongroom.ssm.views import View

NEEDS_DECRYPTION = "WithDecryption flag must be True for retrieving a Secret Manager secret."
NOT_FOUND = "An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {} not found."

_VERSION_ID = re.compile(r"[0-9a-fA-F-]{32,64}")
_NOT_FOUND_CODES = frozenset({"ResourceNotFoundException"})
_BAD_REFERENCE_CODES = frozenset({"ValidationException", "InvalidParameterException"})
_SOURCE_MEMBERS = ("ARN", "Name", "VersionId", "SecretString", "VersionStages", "CreatedDate")


def is_secret(found: Found) -> bool:
    """Return whether the reference is one to Secrets Manager."""
    return found.reference.name.startswith(SECRET_PREFIX)


def _secret_request(found: Found) -> dict[str, Any]:
    request = {"SecretId": found.reference.name.removeprefix(SECRET_PREFIX)}
    selector = found.reference.selector
    if not request["SecretId"]:
        raise ValidationFailed(BAD_REFERENCE)
    if selector is None:
        return request
    return {**request, "VersionId" if _VERSION_ID.fullmatch(selector) else "VersionStage": selector}


def _read(call: Call, found: Found) -> dict[str, Any]:
    try:
        return call.invoke("secretsmanager", "GetSecretValue", _secret_request(found))
    except ApiError as error:
        if error.code in _NOT_FOUND_CODES:
            raise ParameterNotFound(NOT_FOUND.format(found.reference.name)) from error
        if error.code in _BAD_REFERENCE_CODES:
            raise ValidationFailed(BAD_REFERENCE) from error
        raise


def secret_view(call: Call, found: Found, *, decrypt: bool) -> View:
    """Return the shape `Parameter` for a secret, read with the caller's own rights.

    Raises ValidationFailed without decryption, ParameterNotFound for a missing secret, and Secrets Manager's own errors.
    """
    if not decrypt:
        raise ValidationFailed(NEEDS_DECRYPTION)
    secret = _read(call, found)
    if "SecretBinary" in secret:
        secret = {**secret, "SecretString": base64.b64encode(secret["SecretBinary"]).decode()}
    selector = found.reference.selector
    return {
        "Name": found.reference.name,
        "Type": SECURE_STRING,
        "Value": secret["SecretString"],
        "Version": 0,
        "Selector": None if selector is None else f":{selector}",
        "SourceResult": json.dumps({member: secret[member] for member in _SOURCE_MEMBERS if member in secret}),
        "LastModifiedDate": secret["CreatedDate"],
        "ARN": found.arn,
        "DataType": TEXT,
    }
