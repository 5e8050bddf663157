"""JSON Web Tokens of OpenID Connect issuers: found by discovery, verified by the issuer's published keys.

A token names its issuer and its key itself, so nothing of it is believed before its signature is good: the issuer must be one
that was asked for, the key one that this issuer publishes, and the algorithm a signature with a public key.

Sources: OpenID Connect Discovery 1.0; RFC 7515, 7517, 7519; RFC 8725 (JSON Web Token best current practices).
"""

import json
import threading
import warnings
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from strongroom.crypto.key_stores import ProxyFailure

ISSUER_TIMEOUT_SECONDS = 5.0
KEYS_SECONDS = 300.0  # a key that the issuer withdraws is believed no longer than this
RETRY_SECONDS = 5.0  # at the least between two fetches from one issuer, so that strangers can't make the server ask without end
MOST_KEYS = 100  # of one issuer; AWS's limit
MOST_ISSUERS = 256
LEAST_RSA_BITS, MOST_RSA_BITS = 2048, 8192
ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
_DISCOVERY = "/.well-known/openid-configuration"
_PARTS = 3
_OK = 200

Claims = Mapping[str, Any]


class TokenProblem(Enum):
    """Why a token is not believed."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "the issuer publishes no such key"
    BAD_SIGNATURE = "the signature is not the issuer's"
    UNREACHABLE = "the issuer's keys can't be fetched"


class TokenRefused(Exception):
    """The token proves nothing."""

    def __init__(self, problem: TokenProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class IdentityProviders(Protocol):
    """Verifies tokens of OpenID Connect issuers."""

    def verified_claims(self, issuer: str, token: str, now: float) -> Claims:
        """Return the claims of a token that `issuer` (an https URL) has signed. Its times and audience are not judged. Blocks.

        Raises TokenRefused.
        """
        ...


def unverified_issuer(token: str) -> str:
    """Return the issuer that a token names itself: good for looking the provider up, and for nothing else. Raises TokenRefused."""
    issuer = _part(token, 1).get("iss")
    if not isinstance(issuer, str):
        raise TokenRefused(TokenProblem.MALFORMED)
    return issuer


def _part(token: str, number: int) -> Mapping[str, Any]:
    """Return the header (0) or the claims (1) of a compact token. Raises TokenRefused."""
    parts = token.split(".")
    if len(parts) != _PARTS:
        raise TokenRefused(TokenProblem.MALFORMED)
    try:
        decoded = json.loads(urlsafe_b64decode(parts[number] + "=" * (-len(parts[number]) % 4)))
    except (ValueError, RecursionError):
        raise TokenRefused(TokenProblem.MALFORMED) from None
    if not isinstance(decoded, dict):
        raise TokenRefused(TokenProblem.MALFORMED)
    return decoded


class Fetcher(Protocol):
    """Fetches from hosts that the operator allows; crypto.xks.transport.Transport."""

    def host_of(self, endpoint: str) -> str:
        """Return the host of `https://host`. Raises ProxyFailure for one that is not allowed."""
        ...

    def get(self, host: str, path: str) -> tuple[int, bytes]:
        """Return (status, body). Raises ProxyFailure."""
        ...


class _Published(NamedTuple):
    """The keys of an issuer by their ids, when they were fetched; None where fetching failed."""

    fetched_at: float
    keys: Mapping[str, RSAKey | ECKey] | None


class WebIdentityVerifier:
    """Implements IdentityProviders. Safe to use from many threads."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._published: dict[str, _Published] = {}
        self._locks: dict[str, threading.Lock] = {}

    def verified_claims(self, issuer: str, token: str, now: float) -> Claims:
        """Return the claims of a token that `issuer` has signed; see IdentityProviders."""
        header = _part(token, 0)
        key_id, algorithm = header.get("kid"), header.get("alg")
        if algorithm not in ALGORITHMS or not isinstance(key_id, str):
            raise TokenRefused(TokenProblem.MALFORMED)
        key = self._key(issuer, key_id, now)
        try:
            claims: Claims = jwt.decode(token, key, algorithms=[algorithm]).claims
        except (JoseError, ValueError, TypeError):
            raise TokenRefused(TokenProblem.BAD_SIGNATURE) from None
        return claims

    def _key(self, issuer: str, key_id: str, now: float) -> RSAKey | ECKey:
        """Return the issuer's key of this id; keys are fetched again when they are old, or when the id is new."""
        with self._locks.setdefault(issuer, threading.Lock()):  # one fetch at a time from an issuer; a slow one holds up no other
            published = self._published.get(issuer)
            age = now - published.fetched_at if published else KEYS_SECONDS
            stale = published is None or published.keys is None or key_id not in published.keys
            if published is None or age >= KEYS_SECONDS or (stale and age >= RETRY_SECONDS):
                published = self._fetch(issuer, now)
        if published.keys is None:
            raise TokenRefused(TokenProblem.UNREACHABLE)
        key = published.keys.get(key_id)
        if key is None:
            raise TokenRefused(TokenProblem.UNKNOWN_KEY)
        return key

    def _fetch(self, issuer: str, now: float) -> _Published:
        try:
            keys: Mapping[str, RSAKey | ECKey] | None = self._keys_of(issuer)
        except (ProxyFailure, ValueError, RecursionError):
            keys = None
        if len(self._published) >= MOST_ISSUERS:
            self._published.clear()
            self._locks.clear()
        self._published[issuer] = published = _Published(now, keys)
        return published

    def _keys_of(self, issuer: str) -> Mapping[str, RSAKey | ECKey]:
        """Fetch the keys. Raises ProxyFailure or ValueError."""
        configuration = self._document(issuer.rstrip("/") + _DISCOVERY)
        if configuration.get("issuer") != issuer or not isinstance(configuration.get("jwks_uri"), str):
            raise ValueError("the discovery document is another issuer's")
        entries = self._document(configuration["jwks_uri"]).get("keys")
        if not isinstance(entries, list) or len(entries) > MOST_KEYS:
            raise ValueError("the key set is malformed")
        keys = ((entry.get("kid"), _imported(entry)) for entry in entries if isinstance(entry, dict))
        return {key_id: key for key_id, key in keys if isinstance(key_id, str) and key is not None}

    def _document(self, url: str) -> Mapping[str, Any]:
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.query or parts.netloc != parts.hostname:
            raise ValueError("an issuer's URL must be https, without a port, a user or a query")
        status, body = self._fetcher.get(self._fetcher.host_of(f"https://{parts.hostname}"), parts.path or "/")
        found = json.loads(body)
        if status != _OK or not isinstance(found, dict):
            raise ValueError("the issuer did not answer with a document")
        return found


def _imported(entry: dict[str, Any]) -> RSAKey | ECKey | None:
    """Return a published signing key, or None for one that is of no use here."""
    if entry.get("use", "sig") != "sig" or "d" in entry:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SecurityWarning)
            if entry.get("kty") == "RSA":
                rsa = RSAKey.import_key(entry)
                return rsa if LEAST_RSA_BITS <= rsa.public_key.key_size <= MOST_RSA_BITS else None
            return ECKey.import_key(entry) if entry.get("kty") == "EC" else None
    except (JoseError, SecurityWarning, ValueError, TypeError, KeyError):
        return None
