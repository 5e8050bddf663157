"""From a call to the facts of its audit event."""

from collections.abc import Mapping
from typing import Any

import msgspec

from strongroom.audit.facts import CallerFacts, EventFacts
from strongroom.audit.identity import caller_facts, service_caller, unknown_caller
from strongroom.calls.call import Call, Origin
from strongroom.calls.denials import Denied, encoded_message
from strongroom.calls.jobs import ServiceEvent
from strongroom.core.errors import ApiError
from strongroom.core.ids import RandomBytes, uuid4
from strongroom.identity.principal import Principal

GLOBAL_SERVICE_REGION = "us-east-1"  # where AWS records events of services without a Region
INTERNAL = "AWS Internal"
KNOWN_CALLERS = 1024


def _tls(origin: Origin) -> Mapping[str, str] | None:
    if not origin.tls_version:
        return None
    return {"tlsVersion": origin.tls_version, "cipherSuite": origin.tls_cipher, "clientProvidedHostHeader": origin.host}


class _KnownCallers:
    """The last callers and what events say about them. Principals are kept by identity: the same one comes back with each request."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str | None], tuple[Principal, CallerFacts]] = {}

    def __call__(self, principal: Principal, invoked_by: str | None) -> CallerFacts:
        place = (id(principal), invoked_by)
        known = self._known.get(place)
        if known is not None and known[0] is principal:
            return known[1]
        facts = caller_facts(principal, invoked_by)
        if len(self._known) >= KNOWN_CALLERS:
            self._known.clear()
        self._known[place] = (principal, facts)
        return facts


_known_caller = _KnownCallers()


def _recorded(call: Call, response: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    names = call.operation.recorded
    if names is None or response is None:
        return None
    recorded: dict[str, Any] = {}
    for name in names:
        outer, _, inner = name.partition(".")
        value = response.get(outer)
        if inner and value is not None:
            recorded.setdefault(outer, {})[inner] = value.get(inner)
        elif value is not None:
            recorded[outer] = value
    return recorded


def _additional(call: Call, error: ApiError | None) -> Mapping[str, Any]:
    if not isinstance(error, Denied):
        return call.additional
    message = error.explained(call.principal.user_id, call.principal.user_name)
    encoded = encoded_message(call.environment.tokens, call.account_id, message)
    return {**call.additional, "decision": error.decision, "encodedAuthorizationMessage": encoded}


def call_facts(call: Call, event_source: str, nested: int, response: Mapping[str, Any] | None, error: ApiError | None) -> EventFacts:
    """Return the facts of a call that has ended, well (`response`) or not (`error`)."""
    operation = call.operation
    origin = call.origin
    domain = f"{call.via[-1]}.amazonaws.com" if call.via else ""  # without a Region, unlike kms:ViaService
    return EventFacts(
        event_id=call.environment.new_id(),
        request_id=origin.request_id,
        nested=nested,
        time=call.now,
        event_source=event_source,
        event_name=operation.name,
        region=GLOBAL_SERVICE_REGION if operation.service == "iam" else call.region,
        read_only=operation.read_only,
        caller=_known_caller(call.principal, domain or None),
        source_ip=domain or origin.source_ip,
        user_agent=domain or origin.user_agent,
        recipient_account_id=call.account_id or next((owner for _, _, owner in call.resources), ""),
        request=call.request,
        hidden=operation.hidden,
        masked=operation.masked,
        response=_recorded(call, response) if operation.recorded is not None else None,
        error_code=error.code if error else None,
        error_message=error.message if error else None,
        resources=tuple(call.resources),
        additional=_additional(call, error),
        tls=_tls(origin) if origin.tls_version and not domain else None,
    )


def shared_with(facts: EventFacts, next_nested: int, random_bytes: RandomBytes) -> list[EventFacts]:
    """Return a copy of the event for each other account that owns one of its resources, under one sharedEventID. Denied calls have none."""
    recipient = facts.recipient_account_id
    if all(account == recipient for _, _, account in facts.resources):
        return []
    owners = dict.fromkeys(account for _, _, account in facts.resources if account != recipient)
    shared = uuid4(random_bytes)
    return [
        msgspec.structs.replace(
            facts, event_id=uuid4(random_bytes), nested=next_nested + number, recipient_account_id=owner, shared_event_id=shared
        )
        for number, owner in enumerate(owners)
    ]


def refusal_facts(
    event_source: str,
    event_name: str,
    region: str,
    principal: Principal | None,
    origin: Origin,
    now: float,
    error: ApiError,
    random_bytes: RandomBytes,
) -> EventFacts:
    """Return the facts of a request that was turned away before it became a call. Its parameters are unverified and left out."""
    caller: CallerFacts = caller_facts(principal) if principal else unknown_caller()
    return EventFacts(
        event_id=uuid4(random_bytes),
        request_id=origin.request_id,
        nested=0,
        time=now,
        event_source=event_source,
        event_name=event_name,
        region=region,
        read_only=True,
        caller=caller,
        source_ip=origin.source_ip,
        user_agent=origin.user_agent,
        recipient_account_id=caller.account_id,
        error_code=error.code,
        error_message=error.message,
        tls=_tls(origin),
    )


def service_facts(event: ServiceEvent, request_id: str, now: float, random_bytes: RandomBytes) -> EventFacts:
    """Return the facts of an act of the server's own."""
    return EventFacts(
        event_id=uuid4(random_bytes),
        request_id=request_id,
        nested=0,
        time=now,
        event_source=event.event_source,
        event_name=event.event_name,
        region=event.region,
        read_only=False,
        caller=service_caller(event.account_id, INTERNAL),
        source_ip=INTERNAL,
        user_agent=INTERNAL,
        recipient_account_id=event.account_id,
        error_code=event.error_code,
        error_message=event.error_message,
        resources=event.resources,
        additional=event.additional,
        event_type="AwsServiceEvent",
    )
