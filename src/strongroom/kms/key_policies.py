"""Key policies: the default one, and what a new one must satisfy.

Source: KMS Developer Guide, "Default key policy"; KMS API Reference, PutKeyPolicy.
"""

from strongroom.calls.call import Call
from strongroom.calls.target import Conditions, Resource
from strongroom.core.arn import root_arn
from strongroom.identity.ids import is_account_id
from strongroom.kms.errors import LimitExceeded, MalformedPolicyDocument, NotFound
from strongroom.kms.principals import shown_principal, stored_form
from strongroom.kms.rules.limits import POLICY_BYTES
from strongroom.policy.decision import ResourceRule
from strongroom.policy.kinds import MalformedPolicy, PolicyKind
from strongroom.policy.parse import parse_policy
from strongroom.policy.principals import principals_named, rewrite_principals
from strongroom.storage.ports import Store

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


def acceptable_policy(call: Call, arn: str, policy: str, conditions: Conditions, *, bypass_lockout_check: bool) -> str:
    """Return the stored form of `policy` if it may become the policy of the key `arn` in the caller's account.

    In the stored form users and roles are named by unique id, so that a new one of the same name inherits nothing.

    Raises:
        LimitExceeded: more than 32 KB.
        MalformedPolicyDocument: bad grammar, principals that don't exist, or (unless bypassed) a policy under which the caller
            could not change it again.
    """
    if len(policy.encode()) > POLICY_BYTES:
        raise LimitExceeded(f"The key policy is larger than {POLICY_BYTES} bytes.")
    stored = _with_unique_ids(call.store, policy)
    if bypass_lockout_check:
        return stored
    under_it = Resource(arn, call.account_id, policy=stored, policy_kind=PolicyKind.KEY, rule=ResourceRule.KMS_KEY, conditions=conditions)
    if not call.may("kms:PutKeyPolicy", under_it):
        raise MalformedPolicyDocument("The new key policy will not allow you to update the key policy in the future.")
    return stored


def shown_policy(store: Store, stored: str) -> str:
    """Return a stored policy as it was written; a principal that was deleted is shown by its unique id."""
    return rewrite_principals(stored, {name: shown_principal(store, name) for name in _aws_principals(stored)})


def _aws_principals(policy: str) -> list[str]:
    try:
        document = parse_policy(policy, PolicyKind.KEY)
    except MalformedPolicy as error:
        raise MalformedPolicyDocument(error.reason) from None
    return [name for kind, name in principals_named(document) if kind == "AWS" and name != "*"]


def _with_unique_ids(store: Store, policy: str) -> str:
    mapping: dict[str, str] = {}
    for name in _aws_principals(policy):
        stored = stored_form(store, name)
        if stored is None:
            raise MalformedPolicyDocument("Policy contains a statement with one or more invalid principals.")
        if not is_account_id(name):
            mapping[name] = stored
    return rewrite_principals(policy, mapping)
