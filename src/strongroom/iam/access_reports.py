"""When services were used last, read from the audit trail."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from strongroom.audit.lookup import AuditQuery
from strongroom.calls.call import Call
from strongroom.iam.attaching import PERMISSIONS_POLICY, AnyPolicy
from strongroom.iam.records import ReportedEntity, ServiceUse, Use
from strongroom.identity.records import EntityRecord, GroupRecord, RoleRecord, UserRecord
from strongroom.identity.tables import ATTACHMENTS, GROUPS, MEMBERSHIPS, ROLES, USERS

TRACKING_SECONDS = 400 * 24 * 3600  # as far back as AWS tracks
MOST_SEARCHES = 4  # each looks at audit.lookup.MAX_EXAMINED events of the account at the most, the newest first
MOST_ENTITIES = 10_000
Subject = EntityRecord | AnyPolicy


class Uses:
    """The newest use of each service and action by each of some principals, from events that come newest first."""

    def __init__(self, unique_ids: frozenset[str]) -> None:
        self._unique_ids = unique_ids
        self._services: dict[str, dict[str, Use]] = {}
        self._actions: dict[str, dict[str, Use]] = {}

    def take(self, record: Mapping[str, Any]) -> bool:
        """Take an event in. False always: a search that asks this keeps no event."""
        who = _unique_id(record["userIdentity"])
        if who in self._unique_ids:
            service, action = record["eventSource"].partition(".")[0], record["eventName"]
            use = Use(datetime.fromisoformat(record["eventTime"]).timestamp(), who, record["awsRegion"])
            self._services.setdefault(service, {}).setdefault(who, use)
            self._actions.setdefault(service, {}).setdefault(action, use)
        return False

    def of(self, namespace: str) -> ServiceUse:
        """Return what was seen of one service."""
        uses = tuple(self._services.get(namespace, {}).values())
        return ServiceUse(namespace=namespace, uses=uses, actions=self._actions.get(namespace, {}))


def _unique_id(identity: Mapping[str, Any]) -> str:
    """Return the AIDA... or AROA... id behind a userIdentity: a session's issuer, or the user itself."""
    issuer = identity.get("sessionContext", {}).get("sessionIssuer", {})
    found: str = issuer.get("principalId") or identity.get("principalId", "")
    return found


def uses_of(call: Call, unique_ids: frozenset[str]) -> Uses:
    """Return what the account's trail says about some principals. Blocks."""
    call.ensure_may_block()
    uses = Uses(unique_ids)
    if not unique_ids:
        return uses
    start_ms, end_ms = int((call.now - TRACKING_SECONDS) * 1000), int(call.now * 1000)
    query = AuditQuery(call.account_id, None, start_ms, end_ms, uses.take, tuple(name.encode() for name in sorted(unique_ids)))
    position = None
    for _ in range(MOST_SEARCHES):
        position = call.environment.audit_search.search(query, 1, position).position
        if position is None:
            break
    return uses


def entities_of(call: Call, subject: Subject) -> list[ReportedEntity]:
    """Return the users and roles that a report about a user, role, group or policy is about."""
    found: dict[str, ReportedEntity] = {}
    for entity in _users_and_roles(call, subject):
        found[entity.unique_id] = ReportedEntity(entity.unique_id, entity.KIND, entity.name, entity.path, entity.arn)
    return list(found.values())


def _users_and_roles(call: Call, subject: Subject) -> Iterator[UserRecord | RoleRecord]:
    if isinstance(subject, UserRecord | RoleRecord):
        yield subject
    elif isinstance(subject, GroupRecord):
        for member in call.store.scan(MEMBERSHIPS, subject.account_id, subject.unique_id, limit=MOST_ENTITIES):
            user = call.store.get(USERS, member.account_id, member.user_id)
            if user is not None:
                yield user
    elif not isinstance(subject, EntityRecord):
        for attachment in call.store.scan(ATTACHMENTS, call.account_id, subject.arn, PERMISSIONS_POLICY, limit=MOST_ENTITIES):
            holder = call.store.get(_TABLES[attachment.kind], attachment.account_id, attachment.entity_key)
            if holder is not None:
                yield from _users_and_roles(call, holder)


_TABLES: dict[str, Any] = {table.record.KIND: table for table in (USERS, GROUPS, ROLES)}
