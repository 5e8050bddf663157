"""Service last accessed details: GenerateServiceLastAccessedDetails and the two ways to read what it found."""

from typing import TYPE_CHECKING, Any

from strongroom.calls.call import Call
from strongroom.calls.operation import ANY_RESOURCE, Request, Response
from strongroom.calls.target import Resource, Target
from strongroom.core.arn import parse_arn
from strongroom.core.ids import uuid4
from strongroom.iam.access_reports import Subject, entities_of, uses_of
from strongroom.iam.attaching import find_policy
from strongroom.iam.errors import InvalidInput, NoSuchEntity
from strongroom.iam.kinds import POLICY
from strongroom.iam.named_by_arn import entity_with_arn
from strongroom.iam.paging import page_of
from strongroom.iam.records import AccessReportRecord, ReportedEntity, ServiceUse, Use
from strongroom.iam.rules.granted_services import SERVICE_NAMES, granted_services
from strongroom.iam.service import IAM
from strongroom.iam.tables import ACCESS_REPORTS, BY_AGE
from strongroom.identity.policies import policy_texts
from strongroom.identity.records import EntityRecord
from strongroom.policy.compile import compile_policy
from strongroom.policy.parse import PolicyKind

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        GenerateServiceLastAccessedDetailsRequestTypeDef,
        GetServiceLastAccessedDetailsRequestTypeDef,
        GetServiceLastAccessedDetailsWithEntitiesRequestTypeDef,
    )

KEPT_MS = 24 * 3600 * 1000
MOST_KEPT = 100  # reports of an account; the oldest go first
BY_ACTION = "ACTION_LEVEL"
BY_SERVICE = "SERVICE_LEVEL"


def _subject(call: Call, request: Request) -> Target[Subject]:
    """Resolve Arn to a user, group, role or managed policy that the account may use."""
    arn = request["Arn"]
    parts = parse_arn(arn)
    if parts is None or not parts.resource.startswith("policy/"):
        found = entity_with_arn(call, arn)
        return Target(found.resource, found.record, found.absent)
    policy = find_policy(call, arn)
    resource = Resource(arn, call.account_id, POLICY.type)
    return Target(resource, policy, None if policy is not None else NoSuchEntity(f"ARN {arn} not found"))


def _owner(call: Call) -> str:
    """Return whom a report belongs to: a user, or a role whatever the session."""
    return call.principal.facts.unique_id or call.account_id


@IAM.operation(
    "GenerateServiceLastAccessedDetails",
    action="iam:GenerateServiceLastAccessedDetails",
    resource=_subject,
    recorded=("JobId",),
)
def generate_service_last_accessed_details(
    call: Call, subject: Subject, request: "GenerateServiceLastAccessedDetailsRequestTypeDef"
) -> Response:
    """Find when a user, role, group's members or policy's users last used each service that is granted. The report is ready at once.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
    """
    entities = entities_of(call, subject)
    uses = uses_of(call, frozenset(entity.unique_id for entity in entities))
    _forget_old(call)
    report = AccessReportRecord(
        account_id=call.account_id,
        job_id=uuid4(call.random_bytes),
        created_ms=int(call.now * 1000),
        owner=_owner(call),
        by_action=request.get("Granularity") == BY_ACTION,
        entities=tuple(entities),
        services=tuple(uses.of(namespace) for namespace in _granted(call, subject)),
    )
    call.store.insert(ACCESS_REPORTS, report)
    return {"JobId": report.job_id}


def _granted(call: Call, subject: Subject) -> list[str]:
    texts = (text for _, text in policy_texts(call.store, subject)) if isinstance(subject, EntityRecord) else (subject.document,)
    return granted_services(compile_policy(text, PolicyKind.IDENTITY).document for text in texts)


def _forget_old(call: Call) -> None:
    """Delete reports that are too old or too many, so that the account's never take more room than MOST_KEPT."""
    kept = call.store.scan(ACCESS_REPORTS, call.account_id, index=BY_AGE, limit=MOST_KEPT + 1)
    oldest = int(call.now * 1000) - KEPT_MS
    for place, report in enumerate(kept):
        if report.created_ms < oldest or len(kept) - place >= MOST_KEPT:
            call.store.delete(ACCESS_REPORTS, report.account_id, report.job_id)


def _report(call: Call, job_id: str) -> AccessReportRecord:
    """Return the caller's own report. Raises NoSuchEntity."""
    report = call.store.get(ACCESS_REPORTS, call.account_id, job_id)
    if report is None or report.owner != _owner(call) or report.created_ms < call.now * 1000 - KEPT_MS:
        raise NoSuchEntity(f"Job {job_id} not found")
    return report


def _times(report: AccessReportRecord) -> dict[str, Any]:
    made = report.created_ms / 1000
    return {"JobStatus": "COMPLETED", "JobCreationDate": made, "JobCompletionDate": made}


@IAM.operation("GetServiceLastAccessedDetails", action="iam:GetServiceLastAccessedDetails", resource=ANY_RESOURCE)
def get_service_last_accessed_details(call: Call, request: "GetServiceLastAccessedDetailsRequestTypeDef") -> Response:
    """Return what a report found about each service, by namespace.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
    """
    report = _report(call, request["JobId"])
    arns = {entity.unique_id: entity.arn for entity in report.entities}
    services, end = page_of(call, request, report.services, lambda service: service.namespace)
    shown = [_service_view(service, arns, by_action=report.by_action) for service in services]
    kind = BY_ACTION if report.by_action else BY_SERVICE
    return {"JobType": kind, "ServicesLastAccessed": shown} | _times(report) | end


def _service_view(service: ServiceUse, arns: dict[str, str], *, by_action: bool) -> dict[str, Any]:
    last = service.uses[0] if service.uses else None
    actions = [_action_view(name, use, arns) for name, use in sorted(service.actions.items())]
    return {
        "ServiceName": SERVICE_NAMES[service.namespace],
        "ServiceNamespace": service.namespace,
        "LastAuthenticated": last.time if last else None,
        "LastAuthenticatedEntity": arns[last.unique_id] if last else None,
        "LastAuthenticatedRegion": last.region if last else None,
        "TotalAuthenticatedEntities": len(service.uses),
        "TrackedActionsLastAccessed": actions if by_action else None,
    }


def _action_view(name: str, use: Use, arns: dict[str, str]) -> dict[str, Any]:
    return {
        "ActionName": name,
        "LastAccessedEntity": arns[use.unique_id],
        "LastAccessedTime": use.time,
        "LastAccessedRegion": use.region,
    }


@IAM.operation("GetServiceLastAccessedDetailsWithEntities", action="iam:GetServiceLastAccessedDetailsWithEntities", resource=ANY_RESOURCE)
def get_service_last_accessed_details_with_entities(
    call: Call, request: "GetServiceLastAccessedDetailsWithEntitiesRequestTypeDef"
) -> Response:
    """Return which users and roles used one service of a report and when, the newest use first.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetailsWithEntities.html
    """
    report = _report(call, request["JobId"])
    service = next((each for each in report.services if each.namespace == request["ServiceNamespace"]), None)
    if service is None:
        raise InvalidInput(f"Service {request['ServiceNamespace']} is not in the report.")
    times = {use.unique_id: use.time for use in service.uses}
    order = {entity.unique_id: f"{place:08d}" for place, entity in enumerate(_newest_first(report.entities, times))}
    entities, end = page_of(call, request, report.entities, lambda entity: order[entity.unique_id])
    return {"EntityDetailsList": [_entity_view(entity, times) for entity in entities]} | _times(report) | end


def _newest_first(entities: tuple[ReportedEntity, ...], times: dict[str, float]) -> list[ReportedEntity]:
    return sorted(entities, key=lambda entity: (-times.get(entity.unique_id, 0.0), entity.arn))


def _entity_view(entity: ReportedEntity, times: dict[str, float]) -> dict[str, Any]:
    info = {"Arn": entity.arn, "Name": entity.name, "Type": entity.kind.upper(), "Id": entity.unique_id, "Path": entity.path}
    return {"EntityInfo": info, "LastAuthenticated": times.get(entity.unique_id)}
