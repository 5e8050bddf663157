"""Saying why: AWS's AccessDenied sentence, and the full story for simulations and `strongroom explain`.

Source: IAM User Guide, "Troubleshoot access denied error messages".
"""

from strongroom.policy.decision import AccessRequest, Decision, PolicyType

_NO_RESOURCE = "*"


def denial_text(request: AccessRequest, decision: Decision) -> str:
    """Return AWS's sentence for a denial: who, what, on what, and which kind of policy denied or was missing."""
    resource = "" if request.resource == _NO_RESOURCE else f" on resource: {request.resource}"
    return f"User: {request.principal.arn} is not authorized to perform: {request.action}{resource}{_reason(request.action, decision)}"


def _reason(action: str, decision: Decision) -> str:
    kind = decision.policy_type
    if kind is None:
        return ""
    if not decision.explicit:
        return f" because no {kind.value} allows the {action} action"
    article = "the" if kind is PolicyType.TRUST else "an" if kind.value[0] in "aeiou" else "a"
    return f" with an explicit deny in {article} {kind.value}"
