"""Denials by policies, and the sealed messages that say more about them than a denied caller is told.

Source: AWS STS API Reference, DecodeAuthorizationMessage.
"""

import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import msgspec

from strongroom.core.errors import AccessDenied
from strongroom.policy.decision import AccessRequest, Decision, PolicySet, PolicyType, Values
from strongroom.policy.documents import Statement
from strongroom.policy.evaluate import policies_in_order
from strongroom.policy.explain import denial_text

LONGEST_MESSAGE = 10_240  # characters that DecodeAuthorizationMessage takes
_OWNERS = frozenset({PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.RESOURCE_CONTROL})


class Sealer(Protocol):
    """Seals small texts that clients carry; calls.call.Tokens."""

    def seal(self, purpose: str, payload: bytes) -> str:
        """Return `payload` encrypted and authenticated for `purpose`."""
        ...

    def open(self, purpose: str, token: str) -> bytes | None:
        """Return the payload, or None for anything that `seal` did not make for this purpose."""
        ...


class Denied(AccessDenied):
    """A denial by policies. What decided goes into the call's event, as additionalEventData."""

    def __init__(self, request: AccessRequest, decision: Decision, policies: PolicySet) -> None:
        super().__init__(denial_text(request, decision))
        self._request = request
        self._decision = decision
        self._policies = policies

    @property
    def _is_foreign(self) -> bool:
        """Return whether another account's policy decided: its names and statements are that account's business."""
        return self._decision.policy_type in _OWNERS and self._request.resource_account_id != self._request.principal.account_id

    @property
    def decision(self) -> Mapping[str, Any]:
        """Return what decided, for the caller's own trail: names of another account's policies and statements are left out."""
        request, decision = self._request, self._decision
        kind = decision.policy_type
        found: dict[str, Any] = {
            "allowed": False,
            "action": request.action,
            "resource": request.resource,
            "explicitDeny": decision.explicit,
            "policyType": kind.value if kind else None,
            "policy": None if self._is_foreign else decision.policy,
            "statement": None if self._is_foreign else decision.statement,
            "considered": [] if self._is_foreign else list(decision.considered),
        }
        return {name: value for name, value in found.items() if value is not None}

    def explained(self, user_id: str, user_name: str | None) -> dict[str, Any]:
        """Return the denial in the form of AWS's decoded authorization messages, with the condition keys that took part."""
        request = self._request
        statement = None if self._is_foreign else self._deciding_statement()
        return {
            "allowed": False,
            "explicitDeny": self._decision.explicit,
            "matchedStatements": _items([_statement_view(statement)] if statement is not None else []),
            "failures": _items([]),
            "context": {
                "principal": {"id": user_id, "name": user_name, "arn": request.principal.arn},
                "action": request.action,
                "resource": request.resource,
                "conditions": _items({"key": key, "values": _values(values)} for key, values in self._known_conditions()),
            },
        }

    def _known_conditions(self) -> list[tuple[str, Values]]:
        """Return the condition keys that took part; none for another account's resource, whose tags are that account's business."""
        request = self._request
        return sorted(request.context.known().items()) if request.resource_account_id == request.principal.account_id else []

    def _deciding_statement(self) -> Statement | None:
        decision = self._decision
        if not decision.explicit:
            return None
        for policy_type, named in policies_in_order(self._policies):
            if policy_type is decision.policy_type and named.name == decision.policy:
                return next((each for each in named.policy.document.statements if each.label == decision.statement), None)
        return None


def _items(values: Iterable[Any]) -> dict[str, list[Any]]:
    return {"items": list(values)}


def _values(texts: Iterable[str]) -> dict[str, list[Any]]:
    return _items({"value": text} for text in texts)


def _statement_view(statement: Statement) -> dict[str, Any]:
    return {
        "statementId": statement.sid or "",
        "effect": "ALLOW" if statement.allow else "DENY",
        "principals": _values(statement.principals.aws if statement.principals else ()),
        "principalGroups": _items([]),
        "actions": _values(statement.actions),
        "resources": _values(statement.resources),
        "conditions": _items({"key": each.key, "values": _values(each.values)} for each in statement.conditions),
    }


def _purpose(account_id: str) -> str:
    return f"authorization-message:{account_id}"


def encoded_message(tokens: Sealer, account_id: str, message: Mapping[str, Any]) -> str:
    """Return a message as text that only DecodeAuthorizationMessage of this account reads; without conditions if it grew too long."""
    sealed = _sealed(tokens, account_id, message)
    if len(sealed) <= LONGEST_MESSAGE:
        return sealed
    context = {name: value for name, value in message["context"].items() if name != "conditions"}
    return _sealed(tokens, account_id, {**message, "matchedStatements": _items([]), "context": context})


def _sealed(tokens: Sealer, account_id: str, message: Mapping[str, Any]) -> str:
    return tokens.seal(_purpose(account_id), zlib.compress(msgspec.json.encode(message)))


def decoded_message(tokens: Sealer, account_id: str, text: str) -> str | None:
    """Return the JSON text of a message that was encoded for this account, or None for any other text."""
    payload = tokens.open(_purpose(account_id), text)
    return zlib.decompress(payload).decode() if payload is not None else None
