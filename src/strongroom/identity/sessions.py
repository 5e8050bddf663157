"""Temporary credentials as stateless sealed tokens: nothing is stored when a session begins.

The session token is sealed by the server and holds the secret access key, so a token that was not made
here, was altered, or belongs to another access key id opens no session.
"""

import zlib
from typing import Protocol

import msgspec

from strongroom.core.ids import RandomBytes, secret_access_key
from strongroom.core.secret import SecretBytes
from strongroom.identity.errors import UnknownCredential
from strongroom.identity.ids import SESSION_KEY_PREFIX, new_access_key_id
from strongroom.identity.principal import SessionFacts
from strongroom.policy.decision import PrincipalType

PURPOSE = "session"


class TokenSealer(Protocol):
    """Seals small texts that clients carry."""

    def seal(self, purpose: str, payload: bytes) -> str:
        """Return `payload` encrypted and authenticated for `purpose`."""
        ...

    def open(self, purpose: str, token: str) -> bytes | None:
        """Return the payload, or None for anything that `seal` did not make for this purpose."""
        ...


class SessionSubject(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Whom a session stands for.

    Attributes:
        unique_id: AIDA... of the user (also of the user whom a federated user acts for) or AROA... of the role; empty for root.
        role_key: key of the role record, for assumed roles.
        tags: session tags, inherited ones included; user and role tags are read anew at each call.
    """

    type: PrincipalType
    account_id: str
    unique_id: str
    facts: SessionFacts
    role_key: str = ""
    tags: dict[str, str] = {}


class SessionToken(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a session token holds besides the secret access key."""

    access_key_id: str
    subject: SessionSubject


LONGEST_UNCOMPRESSED = 512  # bytes; compressing costs a sixth of an AssumeRole, and clients carry the token in every request
_ZLIB = b"\x78"  # how compressed payloads begin; others begin with MessagePack's mark of an array
_DECODER = msgspec.msgpack.Decoder(tuple[bytes, SessionToken])


class SessionCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a client is given when a session begins. `expires_at` is in seconds since the epoch."""

    access_key_id: str
    secret_access_key: SecretBytes
    session_token: str
    expires_at: float


def _packed(payload: bytes) -> bytes:
    """Return the payload, compressed where that is worth its time: session policies are long, everything else is short."""
    return zlib.compress(payload) if len(payload) > LONGEST_UNCOMPRESSED else payload


def begin_session(tokens: TokenSealer, subject: SessionSubject, random_bytes: RandomBytes) -> SessionCredentials:
    """Return new credentials for `subject`."""
    access_key_id = new_access_key_id(SESSION_KEY_PREFIX, subject.account_id, random_bytes)
    secret = secret_access_key(random_bytes).encode()
    payload = _packed(msgspec.msgpack.encode((secret, SessionToken(access_key_id=access_key_id, subject=subject))))
    return SessionCredentials(
        access_key_id=access_key_id,
        secret_access_key=SecretBytes(secret),
        session_token=tokens.seal(PURPOSE, payload),
        expires_at=subject.facts.expires_at,
    )


def open_session(tokens: TokenSealer, session_token: str) -> tuple[SecretBytes, SessionToken]:
    """Return what a session token holds. Raises UnknownCredential for any text that `begin_session` did not make."""
    payload = tokens.open(PURPOSE, session_token)
    if payload is None:
        raise UnknownCredential
    secret, token = _DECODER.decode(zlib.decompress(payload) if payload.startswith(_ZLIB) else payload)
    return SecretBytes(secret), token
