"""Key policies: the default one, and what a new one must satisfy.

Source: KMS Developer Guide, "Default key policy"; KMS API Reference, PutKeyPolicy.
"""

from strongroom.calls.call import Call
from strongroom.calls.target import Conditions, Resource
from strongroom.core.arn import root_arn
from strongroom.kms.errors import LimitExceeded, MalformedPolicyDocument, NotFound
from strongroom.kms.rules.limits import POLICY_BYTES
from strongroom.policy.compile import compile_policy
from strongroom.policy.decision import ResourceRule
from strongroom.policy.parse import MalformedPolicy, PolicyKind

POLICY_NAME = "default"
_DEFAULT_POLICY = """{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "%s"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}"""


def default_key_policy(account_id: str) -> str:
    """Return the policy of a key created without one: the account decides by its IAM policies."""
    return _DEFAULT_POLICY % root_arn(account_id)


def ensure_policy_name(name: str) -> None:
    """Return if `name` is `default`, the only name there is. Raises NotFound."""
    if name != POLICY_NAME:
        raise NotFound("No such policy exists")


def ensure_acceptable(call: Call, arn: str, policy: str, conditions: Conditions, *, bypass_lockout_check: bool) -> None:
    """Return if `policy` may become the policy of the key `arn` in the caller's account.

    Raises:
        LimitExceeded: more than 32 KB.
        MalformedPolicyDocument: bad grammar, or (unless bypassed) a policy under which the caller could not change it again.
    """
    if len(policy.encode()) > POLICY_BYTES:
        raise LimitExceeded(f"The key policy is larger than {POLICY_BYTES} bytes.")
    try:
        compile_policy(policy, PolicyKind.KEY)
    except MalformedPolicy as error:
        raise MalformedPolicyDocument(error.reason) from None
    if bypass_lockout_check:
        return
    under_it = Resource(arn, call.account_id, policy=policy, policy_kind=PolicyKind.KEY, rule=ResourceRule.KMS_KEY, conditions=conditions)
    if not call.may("kms:PutKeyPolicy", under_it):
        raise MalformedPolicyDocument("The new key policy will not allow you to update the key policy in the future.")
