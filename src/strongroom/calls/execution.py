"""One run of a call together with the calls that it makes: authorisation, nesting, and the events of all of them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from strongroom.audit.facts import EventFacts
from strongroom.calls.authorisation import access_request, decision_place, policy_set
from strongroom.calls.call import Call, Environment, Origin
from strongroom.calls.denials import Denied
from strongroom.calls.events import call_facts, shared_with
from strongroom.calls.operation import AUTHORISED_BY_HANDLER, NO_AUTHORISATION_ACTION, NoResource, Operation, Service
from strongroom.calls.target import NO_CONDITIONS, ConditionSource, Resource
from strongroom.core.errors import AccessDenied, ApiError, ServiceUnavailable
from strongroom.identity.organisation import Levels, resource_control_of
from strongroom.identity.policies import PrincipalPolicies, policies_of
from strongroom.identity.principal import Principal
from strongroom.identity.restrictions import forbidden
from strongroom.policy.remembered import Decisions, Place
from strongroom.storage.ports import UnitOfWork

_decisions = Decisions()


class NotAuthorisedError(RuntimeError):
    """A handler answered without any authorisation: a programming error, answered as InternalFailure and never sent."""


class Execution:
    """Implements calls.call.Runner for one run. `events` holds the facts of every call in it, the outer one first."""

    def __init__(self, services: Mapping[str, Service], environment: Environment, unit: UnitOfWork, origin: Origin, now: float) -> None:
        self._services = services
        self._environment = environment
        self._unit = unit
        self._origin = origin
        self._now = now
        self._policies: list[tuple[Principal, PrincipalPolicies]] = []
        self._recorded: list[EventFacts | None] = []
        self.effect: Callable[[], Mapping[str, Any]] | None = None

    @property
    def events(self) -> list[EventFacts]:
        """Return the facts of every call that has ended."""
        return [facts for facts in self._recorded if facts is not None]

    def begin(self, service: str, operation: str, principal: Principal, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Run the outer call and return its response. Raises its ApiError."""
        return self._perform(self._call(service, operation, principal, region, request, via=()))

    def invoke(
        self,
        call: Call,
        service: str,
        operation: str,
        request: Mapping[str, Any],
        region: str | None = None,
        principal: Principal | None = None,
    ) -> dict[str, Any]:
        """Run a nested call as the same caller (or `principal`) in the same unit of work; if it raises, its writes are dropped."""
        if service not in self._services:
            raise ServiceUnavailable
        via = (*call.via, call.operation.service)
        nested = self._call(service, operation, principal or call.principal, region or call.region, request, via=via)
        with self._unit.savepoint():
            return self._perform(nested)

    def defer(self, call: Call, effect: Callable[[], Mapping[str, Any]]) -> None:
        """Keep the effect of the outer call; nothing of what a nested call would do outside the store is done."""
        if not call.via:
            self.effect = effect

    def authorise(self, call: Call, action: str, resource: Resource, conditions: ConditionSource) -> None:
        """Evaluate every policy that takes part. Raises AccessDenied with the reason in AWS's wording."""
        policies = self._policies_of(call.principal)
        control = resource_control_of(self._unit, resource.account_id)
        place = decision_place(call.principal.facts, policies, control, action, resource)
        denied = (
            None if _decisions.allows(place, resource.arn) else self._denied(place, policies, control, call, action, resource, conditions)
        )
        call.authorised = True
        if resource.type:
            named = (resource.type, resource.arn, resource.account_id)
            if named not in call.resources:
                call.resources.append(named)
        if denied is not None:
            raise denied

    def _denied(
        self,
        place: Place,
        policies: PrincipalPolicies,
        control: Levels,
        call: Call,
        action: str,
        resource: Resource,
        conditions: ConditionSource,
    ) -> Denied | None:
        """Return why a call is denied, or None if it is allowed."""
        request = access_request(call, action, resource, conditions)
        considered = policy_set(policies, control, action, resource)
        decision = _decisions.decide(place, request, considered)
        return None if decision.allowed else Denied(request, decision, considered)

    def _policies_of(self, principal: Principal) -> PrincipalPolicies:
        """Return the principal's policies. They are gathered once; a run has one principal, or two where a service calls as itself."""
        for known, policies in self._policies:
            if known is principal:
                return policies
        gathered = policies_of(self._unit, principal)
        self._policies.append((principal, gathered))
        return gathered

    def _call(
        self, service: str, operation: str, principal: Principal, region: str, request: Mapping[str, Any], *, via: tuple[str, ...]
    ) -> Call:
        return Call(
            operation=self._services[service].operations[operation],
            principal=principal,
            account_id=principal.account_id,
            region=region,
            now=self._now,
            origin=self._origin,
            request=request,
            store=self._unit,
            environment=self._environment,
            runner=self,
            via=via,
        )

    def _perform(self, call: Call) -> dict[str, Any]:
        """Resolve, authorise and handle one call, and keep its event whatever happens."""
        position = len(self._recorded)
        self._recorded.append(None)
        response: dict[str, Any] | None = None
        error: ApiError | None = None
        try:
            response = _handle(call)
        except ApiError as raised:
            error = raised
            raise
        finally:
            if response is not None or error is not None:
                self._record(call, position, response, error)
        return response

    def _record(self, call: Call, position: int, response: dict[str, Any] | None, error: ApiError | None) -> None:
        """Keep the call's event, and one for each other account whose resource it used."""
        facts = call_facts(call, self._services[call.operation.service].event_source, position, response, error)
        self._recorded[position] = facts
        if not isinstance(error, AccessDenied):
            others = shared_with(facts, len(self._recorded), self._environment.random_bytes)
            if others:
                self._recorded[position] = msgspec.structs.replace(facts, shared_event_id=others[0].shared_event_id)
                self._recorded.extend(others)


def _handle(call: Call) -> dict[str, Any]:
    operation = call.operation
    if call.principal.session is not None and (reason := forbidden(call.principal, operation.service, operation.name)):
        raise AccessDenied(reason)
    conditions = partial(operation.conditions, call, call.request) if operation.conditions else NO_CONDITIONS
    response: dict[str, Any] | None
    if isinstance(operation.resource, NoResource):
        response = _handle_without_target(call, operation, conditions)
    else:
        target = operation.resource(call, call.request)
        call.authorise(operation.action, target.resource, conditions)
        if target.absent is not None:
            raise target.absent
        response = operation.handler(call, target.record, call.request)
    if not call.authorised:
        raise NotAuthorisedError(f"{operation.service}:{operation.name}")
    return response or {}


def _handle_without_target(call: Call, operation: Operation, conditions: ConditionSource) -> dict[str, Any] | None:
    if operation.action == NO_AUTHORISATION_ACTION:
        call.authorised = True
    elif operation.resource is not AUTHORISED_BY_HANDLER:
        call.authorise(operation.action, Resource("*", call.account_id), conditions)
    response: dict[str, Any] | None = operation.handler(call, call.request)
    return response
