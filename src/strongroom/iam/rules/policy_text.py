"""Policy documents as IAM accepts them. Pure.

Source: IAM User Guide, "IAM and AWS STS quotas" (white space is not counted).
"""

from strongroom.iam.errors import LimitExceeded, MalformedPolicyDocument
from strongroom.policy.compile import compile_policy
from strongroom.policy.parse import MalformedPolicy, PolicyKind, require_current_version


def counted_length(text: str) -> int:
    """Return how many characters of a document count against quotas."""
    return sum(not character.isspace() for character in text)


def check_identity_policy(text: str) -> None:
    """Return if `text` is a good identity policy. Raises MalformedPolicyDocument."""
    try:
        compile_policy(text, PolicyKind.IDENTITY)
    except MalformedPolicy as malformed:
        raise MalformedPolicyDocument(malformed.reason) from malformed


def check_managed_policy(text: str, longest: int) -> None:
    """Return if `text` may be a version of a managed policy. Raises MalformedPolicyDocument or LimitExceeded."""
    try:
        require_current_version(compile_policy(text, PolicyKind.IDENTITY).document)
    except MalformedPolicy as malformed:
        raise MalformedPolicyDocument(malformed.reason) from malformed
    if counted_length(text) > longest:
        raise LimitExceeded.of("PolicySize", longest)
