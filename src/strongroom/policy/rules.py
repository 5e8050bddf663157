"""What each kind of policy document demands beyond the common grammar.

Sources: IAM User Guide, "IAM JSON policy elements reference"; KMS Developer Guide, "Key policies in AWS KMS".
"""

import re
from collections.abc import Callable, Iterator

from strongroom.policy.documents import ANYONE, CURRENT_VERSION, PolicyDocument, Principals, Statement
from strongroom.policy.kinds import MalformedPolicy, PolicyKind, ensure
from strongroom.policy.operators import Qualifier, parse_operator

_SID = re.compile(r"[0-9A-Za-z]*")
_VENDOR = re.compile(r"[0-9A-Za-z-]+")
_NAME = r"[\w+=,.@-]+"
_AWS_PRINCIPAL = re.compile(
    r"\*|[0-9]{12}|A(?:IDA|ROA)[A-Z0-9]{12,124}"
    rf"|arn:aws:iam::[0-9]{{12}}:(?:root|(?:user|role)/(?:[!-)+-.0->@-~]+/)*{_NAME})"
    rf"|arn:aws:sts::[0-9]{{12}}:(?:assumed-role/{_NAME}/{_NAME}|federated-user/{_NAME})",
    re.ASCII,
)
_SERVICE = re.compile(r"[0-9a-z-]+(?:\.[0-9a-z-]+)+")
_FEDERATED = re.compile(r"[^\s*?$]+")
_CANONICAL_USER = re.compile(r"[0-9a-f]{64}")
_SINGLE_VALUED_PREFIXES = ("kms:encryptioncontext:", "aws:requesttag/")
_OVERLY_PERMISSIVE = (
    "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches requests without the "
    "specified [encryption context or tag] or with an unspecified [encryption context or tag]. To fix, remove ForAllValues."
)
_NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


def check_document(document: PolicyDocument, kind: PolicyKind) -> None:
    """Return if `document` is a good policy of its kind. Raises MalformedPolicy with AWS's reason."""
    if kind is not PolicyKind.KEY:
        _check_sids(document, spaces=kind is PolicyKind.RESOURCE)
    for statement in document.statements:
        _CHECKS[kind](statement)
        _check_actions(statement)
        _check_condition_keys(statement)


def require_current_version(document: PolicyDocument) -> None:
    """Return if the document may be a managed policy, which must say its version. Raises MalformedPolicy."""
    ensure(document.version == CURRENT_VERSION, "Policy document must be version 2012-10-17 or greater.")


def _check_sids(document: PolicyDocument, *, spaces: bool) -> None:
    sids = [statement.sid for statement in document.statements if statement.sid]
    ensure(len(set(sids)) == len(sids), "Statement IDs (SID) in a single policy must be unique.")
    good = spaces or all(_SID.fullmatch(sid) for sid in sids)
    ensure(good, "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")


def _check_actions(statement: Statement) -> None:
    for action in statement.actions:
        if action == ANYONE:
            continue
        vendor, colon, name = action.partition(":")
        ensure(colon and vendor and name, _NO_VENDOR)
        ensure(":" not in name, "Actions/Condition can contain only one colon.")
        ensure(_VENDOR.fullmatch(vendor), f"Vendor {vendor} is not valid")


def _check_condition_keys(statement: Statement) -> None:
    for condition in statement.conditions:
        vendor, colon, name = condition.key.partition(":")
        ensure(colon and vendor and name, _NO_VENDOR)


def _identity(statement: Statement) -> None:
    ensure(statement.principals is None, "Policy document should not specify a principal.")
    _must_have_actions_and_resources(statement)
    for resource in statement.resources:
        ensure(resource == ANYONE or resource.startswith("arn:"), f'Resource {resource} must be in ARN format or "*".')


def _resource(statement: Statement) -> None:
    _check_principals(statement, lambda _kind, _name: "This resource policy contains an unsupported principal.")
    _must_have_actions_and_resources(statement)


def _must_have_actions_and_resources(statement: Statement) -> None:
    ensure(statement.actions, "Policy statement must contain actions.")
    ensure(statement.resources, "Policy statement must contain resources.")


def _key(statement: Statement) -> None:
    ensure(statement.principals is not None, "Policy contains a statement with no principal.")
    _check_principals(statement, lambda _kind, _name: "Policy contains a statement with one or more invalid principals.")
    for condition in statement.conditions:
        operator = parse_operator(condition.operator)
        risky = operator is not None and operator.qualifier is Qualifier.ALL
        ensure(not (risky and condition.key.lower().startswith(_SINGLE_VALUED_PREFIXES)), _OVERLY_PERMISSIVE)


def _trust(statement: Statement) -> None:
    ensure(not statement.resources, f"Has prohibited field {'NotResource' if statement.not_resource else 'Resource'}.")
    ensure(not statement.not_principal, "Has prohibited field NotPrincipal.")
    _check_principals(statement, lambda kind, name: f'Invalid principal in policy: "{kind}":"{name}"')
    ensure(statement.actions, "Policy statement must contain actions.")
    mine = all(action.lower().startswith("sts:") for action in statement.actions) and not statement.not_action
    ensure(mine, "AssumeRole policy may only specify STS AssumeRole actions.")


_CHECKS: dict[PolicyKind, Callable[[Statement], None]] = {
    PolicyKind.IDENTITY: _identity,
    PolicyKind.RESOURCE: _resource,
    PolicyKind.KEY: _key,
    PolicyKind.TRUST: _trust,
}


def _check_principals(statement: Statement, reason: Callable[[str, str], str]) -> None:
    principals = statement.principals
    if principals is None:
        raise MalformedPolicy("Missing required field Principal")
    ensure(any(_named(principals)), "Missing required field Principal")
    for kind, name, form in _named(principals):
        ensure(form.fullmatch(name), reason(kind, name))


def _named(principals: Principals) -> Iterator[tuple[str, str, re.Pattern[str]]]:
    yield from (("AWS", name, _AWS_PRINCIPAL) for name in principals.aws)
    yield from (("SERVICE", name, _SERVICE) for name in principals.service)
    yield from (("FEDERATED", name, _FEDERATED) for name in principals.federated)
    yield from (("CANONICAL", name, _CANONICAL_USER) for name in principals.canonical_user)
