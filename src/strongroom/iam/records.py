"""What IAM stores besides the principals themselves. Times are seconds since the epoch."""

import msgspec


class Use(msgspec.Struct, frozen=True, array_like=True):
    """When something was used last: by the principal with this unique id, in which Region."""

    time: float
    unique_id: str
    region: str


class ReportedEntity(msgspec.Struct, frozen=True, array_like=True):
    """A user or role that a report is about, as it was when the report was made."""

    unique_id: str
    kind: str
    name: str
    path: str
    arn: str


class ServiceUse(msgspec.Struct, frozen=True, kw_only=True):
    """One service in a report.

    Attributes:
        uses: the newest use by each entity that used it, newest first.
        actions: the newest use of each action, by any entity.
    """

    namespace: str
    uses: tuple[Use, ...] = ()
    actions: dict[str, Use] = {}


class AccessReportRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What GenerateServiceLastAccessedDetails found.

    Attributes:
        owner: aws:userid's first part of the caller, who alone may read it.
        by_action: whether actions are reported, not services only.
    """

    account_id: str
    job_id: str
    created_ms: int
    owner: str
    by_action: bool
    entities: tuple[ReportedEntity, ...]
    services: tuple[ServiceUse, ...]
