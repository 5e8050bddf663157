"""Resource policies: which parameters can be shared, and what a policy may allow. Pure.

Source: PutResourcePolicy API Reference; Systems Manager User Guide, "Working with shared parameters in Parameter Store".
"""

import hashlib

from strongroom.policy.documents import PolicyDocument
from strongroom.ssm.errors import (
    MalformedResourcePolicyDocument,
    ResourcePolicyInvalidParameter,
    ResourcePolicyLimitExceeded,
)
from strongroom.ssm.records import Content
from strongroom.ssm.rules.content import DEFAULT_KEY, SECURE_STRING
from strongroom.ssm.rules.limits import RESOURCE_POLICY_BYTES
from strongroom.ssm.rules.tiers import ADVANCED

SHARED_ACTIONS = frozenset(
    {"ssm:getparameter", "ssm:getparameters", "ssm:getparameterhistory", "ssm:describeparameters"}
)  # lower case: actions are compared without regard to case
NEEDS_ADVANCED = "To share a parameter, it must be in the advanced parameter tier."
NEEDS_CUSTOMER_KEY = "To share a SecureString parameter, it must be encrypted with a customer managed key."
BAD_ACTION = (
    "The policy may allow only the actions ssm:GetParameter, ssm:GetParameters, ssm:GetParameterHistory and ssm:DescribeParameters."
)
BAD_RESOURCE = "The policy must name the parameter itself as its resource."


def check_sharable(content: Content) -> None:
    """Return if a parameter with this content can be shared. Raises ResourcePolicyInvalidParameter."""
    if content.tier != ADVANCED:
        raise ResourcePolicyInvalidParameter(NEEDS_ADVANCED, "ResourceArn")
    if content.type == SECURE_STRING and (content.key_id or DEFAULT_KEY).endswith(DEFAULT_KEY):
        raise ResourcePolicyInvalidParameter(NEEDS_CUSTOMER_KEY, "ResourceArn")


def check_policy_size(text: str) -> None:
    """Return if the policy text is not too long. Raises ResourcePolicyLimitExceeded."""
    if len(text.encode()) > RESOURCE_POLICY_BYTES:
        raise ResourcePolicyLimitExceeded(RESOURCE_POLICY_BYTES, "PolicySize")


def check_shared_actions(document: PolicyDocument, arn: str) -> None:
    """Return if the policy speaks of shared reads of this parameter only. Raises MalformedResourcePolicyDocument."""
    for statement in document.statements:
        shared = {action.lower() for action in statement.actions} <= SHARED_ACTIONS
        if statement.not_action or not shared:
            raise MalformedResourcePolicyDocument(BAD_ACTION)
        if statement.not_resource or statement.resources != (arn,):
            raise MalformedResourcePolicyDocument(BAD_RESOURCE)


def policy_hash(text: str) -> str:
    """Return the hash that an update of the policy must name."""
    return hashlib.sha256(text.encode()).hexdigest()
