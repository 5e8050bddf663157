"""From what was used to the smallest policy that allows it. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from strongroom.policy.documents import CURRENT_VERSION

VIA_SERVICE = "kms:ViaService"


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that was done.

    Attributes:
        action: `service:Name`.
        resource: an ARN, or `*` for actions without one; it may hold wildcards where the ARN can't be known beforehand.
        via: the service that did it with the caller's rights, such as `ssm.eu-west-1.amazonaws.com`, or None.
    """

    action: str
    resource: str
    via: str | None = None


def smallest_policy(uses: Iterable[Use]) -> dict[str, Any]:
    """Return an identity policy that allows these uses, and no action or resource that is not among them.

    Resources on which the same was done share a statement. What was only ever done through a service is allowed through it only.
    A policy can't have no statement: without any use, the one here allows nothing.
    """
    statements = [_statement(*entry) for entry in sorted(_shared(_by_resource(uses)), key=_order)]
    nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    return {"Version": CURRENT_VERSION, "Statement": statements or [nothing]}


_Entry = tuple[frozenset[str], str | None, list[str]]


def _by_resource(uses: Iterable[Use]) -> dict[tuple[str, str | None], set[str]]:
    found: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for use in uses:
        found[use.resource, use.via].add(use.action)
    for (resource, via), actions in found.items():
        if via is not None:
            actions.difference_update(found.get((resource, None), set()))
    return found


def _shared(found: dict[tuple[str, str | None], set[str]]) -> list[_Entry]:
    shared: dict[tuple[frozenset[str], str | None], list[str]] = defaultdict(list)
    for (resource, via), actions in found.items():
        if actions:
            shared[frozenset(actions), via].append(resource)
    return [(actions, via, sorted(resources)) for (actions, via), resources in shared.items()]


def _order(entry: _Entry) -> tuple[list[str], str, list[str]]:
    actions, via, resources = entry
    return sorted(actions), via or "", resources


def _statement(actions: frozenset[str], via: str | None, resources: list[str]) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": sorted(actions),
        "Resource": resources if len(resources) > 1 else resources[0],
    }
    if via is not None:
        statement["Condition"] = {"StringEquals": {VIA_SERVICE: via}}
    return statement
