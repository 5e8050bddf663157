"""The grammar that every kind of policy shares: JSON text to documents.

Element names, Effect and operator names count their case; a text or a list of texts may stand for a list.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from strongroom.policy.documents import ANYONE, CURRENT_VERSION, OLD_VERSION, Condition, PolicyDocument, Principals, Statement
from strongroom.policy.json_text import NotStrictJson, decode_strict
from strongroom.policy.kinds import MalformedPolicy, PolicyKind, ensure
from strongroom.policy.operators import condition_test
from strongroom.policy.variables import parse_parts

_VERSIONS = (OLD_VERSION, CURRENT_VERSION)
_TOP = frozenset({"Version", "Id", "Statement"})
_ELEMENTS = frozenset({"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"})
_EFFECTS = ("Deny", "Allow")
_PRINCIPAL_KINDS = {"AWS": "aws", "Service": "service", "Federated": "federated", "CanonicalUser": "canonical_user"}


def read_document(text: str, kind: PolicyKind) -> PolicyDocument:
    """Return the document that `text` holds, as far as the common grammar goes. Raises MalformedPolicy."""
    try:
        top = decode_strict(text)
    except NotStrictJson as error:
        named = "resource policy" if kind is PolicyKind.RESOURCE else "policy"
        raise MalformedPolicy(f"This {named} contains invalid Json") from error
    ensure(isinstance(top, dict) and top.keys() <= _TOP)
    version, identifier, entries = top.get("Version", OLD_VERSION), top.get("Id"), top.get("Statement")
    ensure(version in _VERSIONS and (identifier is None or type(identifier) is str))
    statements = entries if isinstance(entries, list) else [entries]
    ensure(statements)
    variables = version == CURRENT_VERSION
    found = tuple(_statement(entry, position, variables=variables) for position, entry in enumerate(statements, 1))
    return PolicyDocument(version, identifier, found)


def _statement(entry: Any, position: int, *, variables: bool) -> Statement:
    ensure(isinstance(entry, dict) and entry.keys() <= _ELEMENTS)
    sid, effect = entry.get("Sid"), entry.get("Effect")
    ensure((sid is None or type(sid) is str) and effect in _EFFECTS)
    principals, not_principal = _one_of(entry, "Principal")
    actions, not_action = _one_of(entry, "Action")
    resources, not_resource = _one_of(entry, "Resource")
    return Statement(
        position=position,
        sid=sid,
        allow=effect == _EFFECTS[1],
        principals=None if principals is None else _principals(principals),
        not_principal=not_principal,
        # An empty list is as good as a missing element: "not in nothing" must never come to mean everything.
        actions=_texts(actions),
        not_action=not_action and bool(_texts(actions)),
        resources=_resources(resources, variables=variables),
        not_resource=not_resource and bool(_texts(resources)),
        conditions=_conditions(entry.get("Condition", {}), variables=variables),
    )


def _one_of(entry: Mapping[str, Any], name: str) -> tuple[Any, bool]:
    """Return the value of element `name` or of its Not... form, and whether it is the Not... form."""
    negative = f"Not{name}"
    ensure(not (name in entry and negative in entry))
    ensure(entry.get(name, "") is not None and entry.get(negative, "") is not None)
    return (entry[negative], True) if negative in entry else (entry.get(name), False)


def _texts(value: Any) -> tuple[str, ...]:
    values = [] if value is None else value if isinstance(value, list) else [value]
    ensure(all(type(each) is str for each in values))
    return tuple(values)


def _resources(value: Any, *, variables: bool) -> tuple[str, ...]:
    resources = _texts(value)
    for resource in resources:
        try:
            parse_parts(resource, variables=variables, wildcards=True)
        except ValueError as error:
            raise MalformedPolicy(f'Resource {resource} must be in ARN format or "*".') from error
    return resources


def _principals(value: Any) -> Principals:
    if value == ANYONE:
        return Principals(aws=(ANYONE,))
    ensure(isinstance(value, dict) and value and value.keys() <= _PRINCIPAL_KINDS.keys())
    return Principals(**{_PRINCIPAL_KINDS[kind]: _texts(names) for kind, names in value.items()})


def _conditions(value: Any, *, variables: bool) -> tuple[Condition, ...]:
    ensure(isinstance(value, dict))
    return tuple(_each_condition(value, variables=variables))


def _each_condition(value: Mapping[str, Any], *, variables: bool) -> Iterator[Condition]:
    for operator, keys in value.items():
        ensure(isinstance(keys, dict))
        for key, values in keys.items():
            condition = Condition(operator, key, _condition_values(values))
            try:
                condition_test(condition, variables=variables)
            except ValueError as error:
                raise MalformedPolicy from error
            yield condition


def _condition_values(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    ensure(all(isinstance(each, str | bool) for each in values))
    return tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in values)
