"""What the claims of a verified web identity token must say, and what they mean to policies. Pure.

Sources: STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide, "Available keys for AWS OIDC federation" and "Pass session
tags using AssumeRoleWithWebIdentity"; OpenID Connect Core 1.0, "ID Token Validation".
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from strongroom.policy.decision import ContextValue
from strongroom.sts.errors import ExpiredIdentityToken, InvalidIdentityToken

CLOCK_SKEW = 300  # seconds that an issuer's clock may run ahead
LONGEST_SUBJECT = 255
MOST_TAGS = 50
LONGEST_TAG_KEY, LONGEST_TAG_VALUE = 128, 256
_TAGS_CLAIM = "https://aws.amazon.com/tags"
_SOURCE_IDENTITY_CLAIM = "https://aws.amazon.com/source_identity"
_INVALID = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """Who a token says its bearer is.

    Attributes:
        audience: the client that the token was issued to: azp where the token has one, else aud.
        original_audience: aud where azp stands in for it.
        tags, transitive_tag_keys: session tags that the provider passes.
    """

    provider: str
    subject: str
    audience: str
    original_audience: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    tags: Mapping[str, str] | None = None
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None


def web_identity(provider: str, client_ids: Collection[str], claims: Mapping[str, Any], now: float) -> WebIdentity:
    """Return the identity in verified claims. `provider` is the issuer without its scheme.

    Raises InvalidIdentityToken or ExpiredIdentityToken.
    """
    _check_times(claims, now)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUBJECT:
        raise InvalidIdentityToken(_INVALID)
    audiences = _texts(claims.get("aud"))
    party = claims.get("azp")
    candidates = (party,) if isinstance(party, str) else audiences
    audience = next((each for each in candidates if each in client_ids), None)
    if audience is None:
        raise InvalidIdentityToken("Incorrect token audience")
    tags, transitive = _tags(claims.get(_TAGS_CLAIM))
    identity = claims.get(_SOURCE_IDENTITY_CLAIM)
    if identity is not None and not isinstance(identity, str):
        raise InvalidIdentityToken(_INVALID)
    original = audiences if isinstance(party, str) else ()
    return WebIdentity(provider, subject, audience, original, _texts(claims.get("amr", [])), tags, transitive, identity)


def malformed_token() -> InvalidIdentityToken:
    """Return the error for a text that is no token."""
    return InvalidIdentityToken(_INVALID)


def identity_conditions(identity: WebIdentity) -> dict[str, ContextValue]:
    """Return the condition keys of the provider: `<provider>:aud`, `:sub`, and `:oaud` and `:amr` where the token has them."""
    prefix = identity.provider.lower()
    found: dict[str, ContextValue] = {f"{prefix}:aud": (identity.audience,), f"{prefix}:sub": (identity.subject,)}
    if identity.original_audience:
        found[f"{prefix}:oaud"] = identity.original_audience
    if identity.methods:
        found[f"{prefix}:amr"] = identity.methods
    return found


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires_at = _number(claims.get("exp"))
    if expires_at is None:
        raise InvalidIdentityToken("Missing a required claim: exp")
    if now >= expires_at:
        raise ExpiredIdentityToken(f"Token expired: current date/time {int(now)} must be before the expiration date/time{int(expires_at)}")
    for name in ("iat", "nbf"):
        begins_at = _number(claims.get(name)) if name in claims else now
        if begins_at is None or begins_at > now + CLOCK_SKEW:
            raise InvalidIdentityToken(f"Token is not valid yet: {name} is in the future")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**53:
        return None
    return float(value)


def _texts(value: Any) -> tuple[str, ...]:
    """Return a claim that is a text or a list of texts. Raises InvalidIdentityToken."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        raise InvalidIdentityToken(_INVALID)
    return tuple(values)


def _tags(claim: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the session tags of the token: each value is a list with one text. Raises InvalidIdentityToken."""
    if claim is None:
        return {}, ()
    entries = claim.get("principal_tags", {}) if isinstance(claim, dict) else None
    if not isinstance(entries, dict) or len(entries) > MOST_TAGS:
        raise InvalidIdentityToken(_INVALID)
    tags: dict[str, str] = {}
    for key, value in entries.items():
        values = _texts(value)
        if len(values) != 1 or not 1 <= len(key) <= LONGEST_TAG_KEY or len(values[0]) > LONGEST_TAG_VALUE:
            raise InvalidIdentityToken(_INVALID)
        tags[key] = values[0]
    return tags, _texts(claim.get("transitive_tag_keys", []))
