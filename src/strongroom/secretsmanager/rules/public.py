"""Whether a resource policy opens a secret to everybody. Pure.

A statement that allows every principal is public unless a condition holds the callers to fixed values.
Source: Secrets Manager User Guide, "Resource-based policies" (BlockPublicPolicy); the list of keys is that of
IAM User Guide, "Access Analyzer: public access".
"""

from strongroom.policy.documents import Condition, Statement
from strongroom.policy.parse import PolicyDocument

_FIXING_KEYS = frozenset({
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:username",
    "kms:calleraccount",
})  # fmt: skip
_FIXING_OPERATORS = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"})
_ANY_VALUE = "foranyvalue:"
_EVERY_ADDRESS = frozenset({"0.0.0.0/0", "::/0"})
_WILD = "*?$"


def is_public(policy: PolicyDocument) -> bool:
    """Return whether any statement allows principals that nothing narrows down."""
    return any(each.allow and _names_everybody(each) and not any(map(_fixes_caller, each.conditions)) for each in policy.statements)


def _names_everybody(statement: Statement) -> bool:
    if statement.not_principal:
        return True
    return statement.principals is not None and any("*" in name for name in statement.principals.aws)


def _fixes_caller(condition: Condition) -> bool:
    operator = condition.operator.lower().removeprefix(_ANY_VALUE)
    if operator not in _FIXING_OPERATORS or condition.key.lower() not in _FIXING_KEYS:
        return False
    return bool(condition.values) and all(_is_fixed(value) for value in condition.values)


def _is_fixed(value: str) -> bool:
    return value not in _EVERY_ADDRESS and not any(character in value for character in _WILD)
