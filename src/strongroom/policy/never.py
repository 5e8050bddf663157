"""Statements that no request can meet: misspelt actions, resources of another kind, conditions that exclude each other. Pure."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from strongroom.policy.documents import ANYONE, Condition, PolicyDocument, Statement
from strongroom.policy.kinds import PolicyKind
from strongroom.policy.operators import Qualifier, parse_operator
from strongroom.policy.wildcard import matcher, tokens_of

_GLOBAL = "aws:"
_SECRET = re.compile(r"arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:(.+)")
_SECRET_SUFFIX = re.compile(r".*-[A-Za-z0-9]{6}")
_ALIAS_RESOURCE = re.compile(r"arn:[^:]*:kms:[^:]*:[^:]*:alias/.*")
_ALIAS_ACTIONS = frozenset(("kms:createalias", "kms:updatealias", "kms:deletealias"))
_OTHER_SERVICES = {"sts": frozenset(("iam", "sts"))}  # whose ARNs a service's actions are about, where not its own
_ARN_PARTS = 6


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What exists, as the server knows it.

    Attributes:
        actions: every action in lower case -> its spelling. Actions of other services are not judged.
        without_resource: those, in lower case, whose only resource is `*`.
        global_keys: the `aws:` condition keys, in lower case, that a request can have; those ending in a slash are prefixes.
    """

    actions: Mapping[str, str]
    without_resource: Collection[str]
    global_keys: Collection[str]

    def serves(self, action: str) -> bool:
        """Return whether the action's service is known here."""
        service = action.partition(":")[0].lower() + ":"
        return any(known.startswith(service) for known in self.actions)

    def matching(self, pattern: str) -> list[str]:
        """Return the known actions, in lower case, that a pattern of a policy means."""
        test = matcher(tokens_of(pattern.lower()))
        return [action for action in self.actions if test(action)]


@dataclass(frozen=True, slots=True)
class Unmet:
    """Why a statement, or (if not `whole`) a part of it, never matches."""

    code: str
    message: str
    whole: bool


def unmet_reasons(document: PolicyDocument, statement: Statement, kind: PolicyKind, catalogue: Catalogue) -> Iterator[Unmet]:
    """Yield why `statement` or parts of it can never match."""
    yield from _unknown_actions(statement, catalogue)
    if kind is PolicyKind.IDENTITY and not statement.not_resource and not statement.not_action and ANYONE not in statement.resources:
        yield from _foreign_resources(statement, catalogue)
        yield from _impossible_resources(statement)
    if not document.has_variables and any("${" in text for text in _texts(statement)):
        yield Unmet("old-version", "policy variables mean nothing without Version 2012-10-17: the text is taken as it stands", whole=False)
    yield from _conditions(statement, catalogue)


def _texts(statement: Statement) -> list[str]:
    return [*statement.resources, *(value for condition in statement.conditions for value in condition.values)]


def _unknown_actions(statement: Statement, catalogue: Catalogue) -> Iterator[Unmet]:
    judged = [action for action in statement.actions if action != ANYONE and catalogue.serves(action)]
    unknown = [action for action in judged if not catalogue.matching(action)]
    whole = bool(unknown) and len(unknown) == len(statement.actions) and not statement.not_action
    for action in unknown:
        near = difflib.get_close_matches(action.lower(), catalogue.actions, n=1, cutoff=0.6)
        hint = f"; did you mean {catalogue.actions[near[0]]}?" if near else ""
        yield Unmet("unknown-action", f"there is no action {action}{hint}", whole=whole)


def _foreign_resources(statement: Statement, catalogue: Catalogue) -> Iterator[Unmet]:
    """Yield the actions that none of the statement's resources can be about."""
    dead = [(action, reason) for action in statement.actions if (reason := _no_resource_for(action, statement.resources, catalogue))]
    for action, reason in dead:
        yield Unmet("wrong-resource", f"{action} {reason}", whole=len(dead) == len(statement.actions))


def _no_resource_for(action: str, resources: Collection[str], catalogue: Catalogue) -> str | None:
    service = action.partition(":")[0].lower()
    meant = catalogue.matching(action) if ":" in action else []
    if meant and all(each in catalogue.without_resource for each in meant):
        return 'has no resource: it needs "Resource": "*"'
    if "*" in service or "?" in service or action == ANYONE:
        return None
    if not concern(resources, service):
        return f"is about resources of {service}, and no ARN here is one"
    if meant and not any(each in _ALIAS_ACTIONS for each in meant) and all(_ALIAS_RESOURCE.fullmatch(each) for each in resources):
        return "is authorised on the key, never on its alias: name the key, or use the condition key kms:ResourceAliases"
    return None


def concern(resources: Collection[str], service: str) -> bool:
    """Return whether any of these ARNs, or patterns of them, can be what actions of `service` are about."""
    services = _OTHER_SERVICES.get(service, frozenset((service,)))
    return any(_may_be_of(resource, services) for resource in resources)


def _may_be_of(resource: str, services: Collection[str]) -> bool:
    parts = resource.split(":", _ARN_PARTS - 1)
    named = parts[2] if len(parts) == _ARN_PARTS else ANYONE
    return any(matcher(tokens_of(named))(service) for service in services)


def _impossible_resources(statement: Statement) -> Iterator[Unmet]:
    dead = [(resource, reason) for resource in statement.resources if (reason := _impossible(resource))]
    for resource, reason in dead:
        yield Unmet("impossible-resource", f"{resource} {reason}", whole=len(dead) == len(statement.resources))


def _impossible(resource: str) -> str | None:
    secret = _SECRET.fullmatch(resource)
    if secret and not set("*?$") & set(secret[1]) and not _SECRET_SUFFIX.fullmatch(secret[1]):
        return "matches no secret: their ARNs end in a dash and six random characters; write -?????? after the name"
    if ":parameter//" in resource:
        return "matches no parameter: the ARN of /a/b is parameter/a/b, with one slash"
    return None


def _conditions(statement: Statement, catalogue: Catalogue) -> Iterator[Unmet]:
    absent = {condition.key.lower() for condition in statement.conditions if condition.operator == "Null" and condition.values == ("true",)}
    for condition in statement.conditions:
        name = condition.key.lower()
        if not _needs_value(condition):
            continue
        if not condition.values:
            yield Unmet("no-values", f"{condition.operator} on {condition.key} lists no value, so it never holds", whole=True)
        elif name in absent:
            yield Unmet("contradiction", f"{condition.key} is to be absent (Null) and to have a value ({condition.operator})", whole=True)
        elif name.startswith(_GLOBAL) and not _is_known(name, catalogue):
            yield Unmet("unknown-key", f"no request here has the key {condition.key}, so {condition.operator} never holds", whole=True)


def _needs_value(condition: Condition) -> bool:
    """Return whether the condition can hold only for a request that has the key."""
    operator = parse_operator(condition.operator)
    if operator is None or condition.operator == "Null" or operator.qualifier is Qualifier.ALL:
        return False
    return not condition.operator.endswith("IfExists") and "Not" not in condition.operator


def _is_known(name: str, catalogue: Catalogue) -> bool:
    return any(name == known or (known.endswith("/") and name.startswith(known)) for known in catalogue.global_keys)


def covered_by_deny(document: PolicyDocument, statement: Statement, catalogue: Catalogue) -> Statement | None:
    """Return the Deny that takes away everything that an Allow of the same document gives, if there is one."""
    for deny in document.statements:
        if deny.allow or deny.conditions or deny.principals != statement.principals or deny.not_principal:
            continue
        if _covers_resources(deny, statement) and _covers_actions(deny, statement, catalogue):
            return deny
    return None


def _covers_resources(deny: Statement, allow: Statement) -> bool:
    if deny.not_resource or allow.not_resource:
        return False
    return ANYONE in deny.resources or set(allow.resources) <= set(deny.resources)


def _covers_actions(deny: Statement, allow: Statement, catalogue: Catalogue) -> bool:
    if deny.not_action or allow.not_action:
        return False
    if ANYONE in deny.actions:
        return True
    tests = [matcher(tokens_of(action.lower())) for action in deny.actions]
    meant = [each for action in allow.actions for each in (catalogue.matching(action) or [action.lower()])]
    return ANYONE not in allow.actions and all(any(test(each) for test in tests) for each in meant)
