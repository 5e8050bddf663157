"""Trust policies: checked, stored by unique id, shown by ARN."""

from strongroom.calls.call import Call
from strongroom.iam.errors import LimitExceeded, MalformedPolicyDocument
from strongroom.iam.limits import TRUST_POLICY_CHARACTERS
from strongroom.iam.rules.policy_text import counted_length
from strongroom.identity.policy_principals import UnknownPrincipal, shown_form, stored_form
from strongroom.policy.parse import MalformedPolicy, PolicyKind


def stored_trust(call: Call, text: str) -> str:
    """Return a trust policy as it is stored. Raises MalformedPolicyDocument or LimitExceeded."""
    if counted_length(text) > TRUST_POLICY_CHARACTERS:
        raise LimitExceeded.of("ACLSizePerRole", TRUST_POLICY_CHARACTERS)
    try:
        return stored_form(call.store, text, PolicyKind.TRUST)
    except MalformedPolicy as malformed:
        raise MalformedPolicyDocument(malformed.reason) from malformed
    except UnknownPrincipal as unknown:
        raise MalformedPolicyDocument(f'Invalid principal in policy: "{unknown.kind}":"{unknown.name}"') from unknown


def shown_trust(call: Call, text: str) -> str:
    """Return a stored trust policy as answers show it."""
    return shown_form(call.store, text, PolicyKind.TRUST)
