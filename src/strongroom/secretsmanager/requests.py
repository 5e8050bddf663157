"""What several operations read from their requests."""

import hmac
from collections.abc import Mapping
from typing import Any

from strongroom.calls.call import Call
from strongroom.core.secret import SecretBytes
from strongroom.secretsmanager.encryption import BINARY, STRING, SecretValue, open_value
from strongroom.secretsmanager.errors import TOKEN_WANTED, InvalidRequest, TokenInUse, TwoValues, ValueTooLong
from strongroom.secretsmanager.records import SecretRecord
from strongroom.secretsmanager.rules.limits import MOST_VALUE_BYTES
from strongroom.secretsmanager.tables import VERSIONS


def value_in(request: Mapping[str, Any]) -> SecretValue | None:
    """Return the value that the request brings, or None. Raises TwoValues, ValueTooLong."""
    text, binary = request.get(STRING), request.get(BINARY)
    if text is not None and binary is not None:
        raise TwoValues
    if text is not None:
        return _value(STRING, "secretString", text.encode())
    return _value(BINARY, "secretBinary", binary) if binary is not None else None


def token_in(request: Mapping[str, Any]) -> str:
    """Return the ClientRequestToken, which becomes the version id. Raises InvalidRequest where it is missing."""
    token: str | None = request.get("ClientRequestToken")
    if token is None:
        raise InvalidRequest(TOKEN_WANTED)
    return token


def is_repeated(call: Call, secret: SecretRecord, token: str, value: SecretValue) -> bool:
    """Return whether the version `token` holds this very value already. Raises TokenInUse if it holds another.

    The comparison opens the stored value with the caller's rights, as AWS does.
    """
    version = call.store.get(VERSIONS, secret.account_id, secret.region, secret.secret_id, token)
    if version is None:
        return False
    stored = open_value(call, secret, version)
    if stored.kind != value.kind or not hmac.compare_digest(stored.data.reveal(), value.data.reveal()):
        raise TokenInUse(token, secret.arn)
    return True


def _value(kind: str, member: str, data: bytes) -> SecretValue:
    if len(data) > MOST_VALUE_BYTES:
        raise ValueTooLong(member, MOST_VALUE_BYTES)
    return SecretValue(kind, SecretBytes(data))
