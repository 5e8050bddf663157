"""Session policies of a request: an inline document and managed policies, checked before they go into a session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strongroom.calls.call import Call
from strongroom.core.errors import ValidationFailed
from strongroom.identity.policies import managed_policy
from strongroom.policy.compile import compile_policy
from strongroom.policy.parse import MalformedPolicy, PolicyKind
from strongroom.sts.errors import MalformedPolicyDocument
from strongroom.sts.rules.packing import packed_size

LONGEST_POLICY = 2048
MOST_POLICY_ARNS = 10


@dataclass(frozen=True, slots=True)
class SessionPolicies:
    """What limits a session: texts and ARNs, and what share of the token they and the tags take."""

    texts: tuple[str, ...]
    arns: tuple[str, ...]
    packed_size: int

    @property
    def given(self) -> bool:
        """Return whether there are any."""
        return bool(self.texts or self.arns)


def session_policies(call: Call, request: Mapping[str, Any], account_id: str, tags: Mapping[str, str]) -> SessionPolicies:
    """Return the session policies of `request`. Raises MalformedPolicyDocument, ValidationFailed, PackedPolicyTooLarge."""
    text = request.get("Policy")
    arns = tuple(item["arn"] for item in request.get("PolicyArns", ()) if item.get("arn"))
    if text is not None:
        _check_text(text)
    if len(arns) > MOST_POLICY_ARNS:
        raise ValidationFailed(f"The number of policy ARNs exceeds the limit of {MOST_POLICY_ARNS}")
    for arn in arns:
        if managed_policy(call.store, arn) is None or arn.split(":")[4] not in {"aws", account_id}:
            raise ValidationFailed(f"Policy {arn} does not exist or is not attachable.")
    texts = (text,) if text is not None else ()
    return SessionPolicies(texts, arns, packed_size(texts, arns, tags) if texts or arns or tags else 0)


def _check_text(text: str) -> None:
    if len(text) > LONGEST_POLICY:
        raise ValidationFailed(
            f"1 validation error detected: Value at 'policy' failed to satisfy constraint: "
            f"Member must have length less than or equal to {LONGEST_POLICY}"
        )
    try:
        compile_policy(text, PolicyKind.IDENTITY)
    except MalformedPolicy as malformed:
        raise MalformedPolicyDocument(malformed.reason) from malformed
