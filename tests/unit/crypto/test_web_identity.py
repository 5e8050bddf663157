"""Which keys of an issuer are believed, and for how long."""

import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from strongroom.crypto.key_stores import ProxyFailure, ProxyProblem
from strongroom.crypto.web_identity import KEYS_SECONDS, RETRY_SECONDS, TokenProblem, TokenRefused, WebIdentityVerifier, unverified_issuer

ISSUER = "https://issuer.test"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "two"})


class Fetched:
    """An issuer in memory."""

    def __init__(self) -> None:
        self.configuration: Any = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
        self.keys: Any = {"keys": [KEY.as_dict(private=False)]}
        self.status = 200
        self.fetches = 0
        self.down = False

    def host_of(self, endpoint: str) -> str:
        """Allow one host."""
        if endpoint != ISSUER:
            raise ProxyFailure(ProxyProblem.NOT_ALLOWED)
        return "issuer.test"

    def get(self, host: str, path: str) -> tuple[int, bytes]:
        """Answer as the issuer does."""
        assert host == "issuer.test"
        if self.down:
            raise ProxyFailure(ProxyProblem.UNREACHABLE)
        self.fetches += path == "/keys"
        return self.status, json.dumps(self.keys if path == "/keys" else self.configuration).encode()


def token(key: RSAKey | ECKey = KEY, key_id: str = "one", algorithm: str = "RS256") -> str:
    """Return a signed token."""
    return jwt.encode({"alg": algorithm, "kid": key_id}, {"iss": ISSUER}, key, algorithms=[algorithm])


def problem(verifier: WebIdentityVerifier, text: str, now: float = 0.0) -> TokenProblem:
    """Return why a token is refused."""
    with pytest.raises(TokenRefused) as caught:
        verifier.verified_claims(ISSUER, text, now)
    return caught.value.problem


def test_a_withdrawn_key_is_believed_five_minutes_at_the_most() -> None:
    """And a new one as soon as a token names it, but for the pause between two fetches."""
    issuer = Fetched()
    verifier = WebIdentityVerifier(issuer)
    assert verifier.verified_claims(ISSUER, token(), 0.0) == {"iss": ISSUER}
    issuer.keys = {"keys": [OTHER.as_dict(private=False)]}
    assert problem(verifier, token(OTHER, "two"), RETRY_SECONDS - 1) is TokenProblem.UNKNOWN_KEY
    assert verifier.verified_claims(ISSUER, token(), RETRY_SECONDS - 1)
    assert verifier.verified_claims(ISSUER, token(OTHER, "two"), RETRY_SECONDS)
    assert problem(verifier, token(), RETRY_SECONDS + 1) is TokenProblem.UNKNOWN_KEY
    issuer.keys = {"keys": []}
    assert verifier.verified_claims(ISSUER, token(OTHER, "two"), RETRY_SECONDS + KEYS_SECONDS - 1)
    assert problem(verifier, token(OTHER, "two"), RETRY_SECONDS + KEYS_SECONDS) is TokenProblem.UNKNOWN_KEY


def test_an_issuer_that_does_not_answer_lets_nobody_in_and_is_asked_again_after_a_pause() -> None:
    """Keys that can't be confirmed any more are not believed."""
    issuer = Fetched()
    verifier = WebIdentityVerifier(issuer)
    issuer.down = True
    assert problem(verifier, token(), 0.0) is TokenProblem.UNREACHABLE
    issuer.down = False
    assert problem(verifier, token(), 1.0) is TokenProblem.UNREACHABLE
    assert verifier.verified_claims(ISSUER, token(), RETRY_SECONDS)
    issuer.down = True
    assert problem(verifier, token(), RETRY_SECONDS + KEYS_SECONDS) is TokenProblem.UNREACHABLE


@pytest.mark.parametrize(
    "configuration",
    [
        {"issuer": "https://other.test", "jwks_uri": f"{ISSUER}/keys"},
        {"issuer": ISSUER},
        {"issuer": ISSUER, "jwks_uri": "http://issuer.test/keys"},
        {"issuer": ISSUER, "jwks_uri": "https://169.254.169.254/latest/meta-data"},
        {"issuer": ISSUER, "jwks_uri": "https://issuer.test:8443/keys"},
        {"issuer": ISSUER, "jwks_uri": "https://user@issuer.test/keys"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER, "jwks_uri": "https://[/keys"},
        [],
        "text",
    ],
)
def test_a_discovery_document_leads_nowhere_but_to_allowed_hosts(configuration: Any) -> None:
    """Another issuer's, plain HTTP, other ports, the metadata service: none of them is asked."""
    issuer = Fetched()
    issuer.configuration = configuration
    assert problem(WebIdentityVerifier(issuer), token()) is TokenProblem.UNREACHABLE
    assert issuer.fetches == 0


@pytest.mark.parametrize(
    "change",
    [{"use": "enc"}, {"kid": None}, {"kty": "oct", "k": "AAAA"}, {"n": "AQAB"}, {"n": 5}, {"kty": "unknown"}, {"d": "AAAA"}],
)
def test_keys_that_can_not_sign_are_left_out(change: dict[str, Any]) -> None:
    """Encryption keys, symmetric ones, short ones, published private ones, and what is no key at all."""
    issuer = Fetched()
    issuer.keys = {"keys": [{**KEY.as_dict(private=False), **change}, "text", OTHER.as_dict(private=False)]}
    verifier = WebIdentityVerifier(issuer)
    assert problem(verifier, token()) is TokenProblem.UNKNOWN_KEY
    assert verifier.verified_claims(ISSUER, token(OTHER, "two"), 0.0)


@pytest.mark.parametrize("keys", [{"keys": [{}] * 101}, {"keys": 1}, [], {}])
def test_key_sets_that_are_none_are_no_keys(keys: Any) -> None:
    """Nobody is let in by them."""
    issuer = Fetched()
    issuer.keys = keys
    assert problem(WebIdentityVerifier(issuer), token()) is TokenProblem.UNREACHABLE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", TokenProblem.MALFORMED),
        ("a.b", TokenProblem.MALFORMED),
        ("a.b.c.d.e", TokenProblem.MALFORMED),
        ("é.é.é", TokenProblem.MALFORMED),
        ("W10.W10.", TokenProblem.MALFORMED),
        ("e30.e30.", TokenProblem.MALFORMED),
    ],
)
def test_texts_that_are_no_tokens_are_refused_without_asking_the_issuer(text: str, expected: TokenProblem) -> None:
    """Too few parts, too many (an encrypted token), no objects, no algorithm."""
    issuer = Fetched()
    assert problem(WebIdentityVerifier(issuer), text) is expected
    assert issuer.fetches == 0
    with pytest.raises(TokenRefused):
        unverified_issuer(text)


def test_a_token_must_be_signed_in_its_keys_own_way() -> None:
    """An algorithm of another kind of key is refused, and so is one curve's signature under another's name."""
    issuer = Fetched()
    curve = ECKey.generate_key("P-384", {"kid": "one"})
    issuer.keys = {"keys": [curve.as_dict(private=False)]}
    verifier = WebIdentityVerifier(issuer)
    assert verifier.verified_claims(ISSUER, token(curve, "one", "ES384"), 0.0)
    assert problem(verifier, token()) is TokenProblem.BAD_SIGNATURE
    assert problem(verifier, token(ECKey.generate_key("P-256", {"kid": "one"}), "one", "ES256")) is TokenProblem.BAD_SIGNATURE
