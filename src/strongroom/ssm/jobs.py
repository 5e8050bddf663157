"""Timed work of Parameter Store: parameter policies.

An Expiration deletes its parameter; every act is recorded as an event, once.
Source: Systems Manager User Guide, "Assigning parameter policies in Parameter Store".
"""

import msgspec

from strongroom.calls.jobs import Job, JobContext, ServiceEvent
from strongroom.ssm.notifications import policy_acted, policy_detail
from strongroom.ssm.records import ParameterPolicy, ParameterRecord
from strongroom.ssm.removal import remove_parameter
from strongroom.ssm.resolve import RESOURCE_TYPE, parameter_arn
from strongroom.ssm.rules.policies import EXPIRATION, finished, first_due, next_due_ms
from strongroom.ssm.service import SSM
from strongroom.ssm.tables import PARAMETERS
from strongroom.storage.ports import Store

EVERY_SECONDS = 10.0
BATCH = 100
EVENT_NAME = "ParameterStorePolicyAction"


def run_parameter_policies(context: JobContext) -> None:
    """Act on every parameter policy that is due."""
    until = int(context.now() * 1000)
    while due := context.read().range(PARAMETERS, "policy_due", until=until, limit=BATCH):
        acted = [_act(context, record) for record in due]
        if not any(acted):
            return


def _act(context: JobContext, seen: ParameterRecord) -> bool:
    now = context.now()

    def work(store: Store) -> ServiceEvent | None:
        record = store.get(PARAMETERS, seen.account_id, seen.region, seen.name)
        policy = first_due(record.current.policies, record.current.modified, now) if record else None
        if record is None or policy is None:
            return None
        if policy.type == EXPIRATION:
            remove_parameter(store, record)
        else:
            store.replace(PARAMETERS, _after(record, policy))
        policy_acted(store, record, policy, now, context.random_bytes)
        return _event(record, policy)

    return context.apply(work)


def _after(record: ParameterRecord, policy: ParameterPolicy) -> ParameterRecord:
    policies = finished(record.current.policies, policy)
    return msgspec.structs.replace(
        record,
        current=msgspec.structs.replace(record.current, policies=policies),
        policy_due=next_due_ms(policies, record.current.modified),
    )


def _event(record: ParameterRecord, policy: ParameterPolicy) -> ServiceEvent:
    """Return the event for the trail, with the same details as the one in the outbox."""
    return ServiceEvent(
        event_source=SSM.event_source,
        event_name=EVENT_NAME,
        account_id=record.account_id,
        region=record.region,
        resources=((RESOURCE_TYPE, parameter_arn(record), record.account_id),),
        additional=policy_detail(record, policy),
    )


JOBS: tuple[Job, ...] = (Job("ssm.parameter-policies", EVERY_SECONDS, run_parameter_policies),)
