"""Reading documents as a whole: whom they name, whom they let in, and which context keys they use.

Sources: IAM User Guide, "AWS JSON policy elements: Principal"; Secrets Manager API Reference, PutResourcePolicy (BlockPublicPolicy);
IAM API Reference, GetContextKeysForCustomPolicy.
"""

import ipaddress
import json
from collections.abc import Iterator, Mapping

from strongroom.policy.arns import SEGMENTS, segments_of
from strongroom.policy.documents import ANYONE, Condition, PolicyDocument, Statement
from strongroom.policy.json_text import value_spans
from strongroom.policy.operators import Qualifier, condition_variables, parse_operator
from strongroom.policy.variables import parse_parts, variables_in

_AWS_PRINCIPALS = frozenset({("Statement", "Principal", "AWS"), ("Statement", "NotPrincipal", "AWS")})
_FIXED_TEXT_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:principalarn",
        "aws:sourcearn",
        "kms:calleraccount",
    }
)
_FIXED_ADDRESS_KEYS = frozenset({"aws:sourceip", "aws:vpcsourceip"})
_WIDEST_V4, _WIDEST_V6 = 8, 32  # prefixes shorter than these hold a good part of the internet
_ACCOUNT_SEGMENT = 4
_EXACT = frozenset({"StringEquals", "StringEqualsIgnoreCase"})


def principals_named(document: PolicyDocument) -> list[tuple[str, str]]:
    """Return (kind, value) for every name in Principal and NotPrincipal, each once, as written.

    Kinds are the element's own: AWS, Service, Federated, CanonicalUser. `"Principal": "*"` gives ("AWS", "*").
    """
    return list(dict.fromkeys(named for statement in document.statements for named in _named(statement)))


def _named(statement: Statement) -> Iterator[tuple[str, str]]:
    principals = statement.principals
    if principals is None:
        return
    yield from (("AWS", name) for name in principals.aws)
    yield from (("Service", name) for name in principals.service)
    yield from (("Federated", name) for name in principals.federated)
    yield from (("CanonicalUser", name) for name in principals.canonical_user)


def rewrite_principals(document_text: str, mapping: Mapping[str, str]) -> str:
    """Return the text with every AWS principal that `mapping` knows replaced, and every other character as it was.

    With a mapping from ARNs to unique ids this makes the stored form, in which a principal that is deleted and made anew is
    another one; with a mapping back it makes the form that is shown.

    Args:
        document_text: a document that parse_policy accepted.
        mapping: from names as written to their replacements; names that it lacks stay.
    """
    pieces: list[str] = []
    done = 0
    for path, start, end in value_spans(document_text):
        if path not in _AWS_PRINCIPALS or document_text[start] != '"':
            continue
        replacement = mapping.get(json.loads(document_text[start:end]))
        if replacement is not None:
            pieces += [document_text[done:start], json.dumps(replacement)]
            done = end
    return "".join([*pieces, document_text[done:]])


def is_public(document: PolicyDocument) -> bool:
    """Return whether a statement allows everyone, without a condition that pins the caller to fixed accounts, principals or networks."""
    return any(
        statement.allow
        and _names_everyone(statement)
        and bool(statement.actions)
        and not any(_pins_caller(condition) for condition in statement.conditions)
        for statement in document.statements
    )


def _names_everyone(statement: Statement) -> bool:
    principals = statement.principals
    return principals is not None and (statement.not_principal or ANYONE in principals.aws)


def _pins_caller(condition: Condition) -> bool:
    operator = parse_operator(condition.operator)
    if operator is None or operator.negated or operator.if_exists or operator.qualifier is Qualifier.ALL or not condition.values:
        return False
    key = condition.key.lower()
    if operator.base == "IpAddress" and key in _FIXED_ADDRESS_KEYS:
        return all(_is_narrow(value) for value in condition.values)
    if key not in _FIXED_TEXT_KEYS or any("${" in value for value in condition.values):
        return False
    if operator.base == "ArnLike":
        return all(_has_fixed_account(value) for value in condition.values)
    if operator.base == "StringLike":
        return all(not {"*", "?"} & set(value) or _has_fixed_account(value) for value in condition.values)
    return operator.base in _EXACT


def _is_narrow(network: str) -> bool:
    parsed = ipaddress.ip_network(network, strict=False)
    return parsed.prefixlen >= (_WIDEST_V4 if isinstance(parsed, ipaddress.IPv4Network) else _WIDEST_V6)


def _has_fixed_account(arn: str) -> bool:
    segments = segments_of(arn)
    return len(segments) == SEGMENTS and segments[_ACCOUNT_SEGMENT].isdigit()


def context_keys(document: PolicyDocument) -> list[str]:
    """Return the context keys that conditions and policy variables use, each once in the case first written, sorted."""
    first_written: dict[str, str] = {}
    for statement in document.statements:
        for name in statement_keys(statement, variables=document.has_variables):
            first_written.setdefault(name.lower(), name)
    return sorted(first_written.values())


def statement_keys(statement: Statement, *, variables: bool) -> Iterator[str]:
    """Give the context keys that one statement uses, as written."""
    for condition in statement.conditions:
        yield condition.key
        if variables:
            yield from (variable.name for variable in condition_variables(condition))
    if variables:
        for resource in statement.resources:
            yield from (variable.name for variable in variables_in(parse_parts(resource, variables=True, wildcards=True)))
