"""Policy documents: strict parsing into frozen values. Pure.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from strongroom.policy.documents import PolicyDocument
from strongroom.policy.kinds import MalformedPolicy, PolicyKind
from strongroom.policy.rules import check_document, require_current_version
from strongroom.policy.syntax import read_document

__all__ = ["MalformedPolicy", "PolicyDocument", "PolicyKind", "parse_policy", "require_current_version"]


def parse_policy(text: str, kind: PolicyKind) -> PolicyDocument:
    """Return the document that `text` holds, checked against the grammar of its kind.

    How long the text may be, and whether its principals exist, is the caller's matter. Raises MalformedPolicy and nothing else.
    """
    document = read_document(text, kind)
    check_document(document, kind)
    return document
