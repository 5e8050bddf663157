"""The services that this server offers, and what each of them stores and does on time."""

from collections.abc import Mapping
from typing import Any

from strongroom.calls.jobs import Job
from strongroom.calls.observations import OBSERVATIONS
from strongroom.calls.operation import Service
from strongroom.cloudtrail.operations import CLOUDTRAIL
from strongroom.iam.operations import IAM
from strongroom.identity import tables as identity_tables
from strongroom.kms import jobs as kms_jobs
from strongroom.kms import tables as kms_tables
from strongroom.kms.operations import KMS
from strongroom.secretsmanager import jobs as secretsmanager_jobs
from strongroom.secretsmanager import tables as secretsmanager_tables
from strongroom.secretsmanager.operations import SECRETS_MANAGER
from strongroom.ssm import jobs as ssm_jobs
from strongroom.ssm import tables as ssm_tables
from strongroom.ssm.operations import SSM
from strongroom.storage.table import Table
from strongroom.sts.operations import STS

SERVICES: Mapping[str, Service] = {service.name: service for service in (KMS, SECRETS_MANAGER, SSM, IAM, STS, CLOUDTRAIL)}

TABLES: tuple[Table[Any], ...] = (
    OBSERVATIONS,
    *identity_tables.TABLES,
    *kms_tables.TABLES,
    *secretsmanager_tables.TABLES,
    *ssm_tables.TABLES,
)

JOBS: tuple[Job, ...] = (*kms_jobs.JOBS, *secretsmanager_jobs.JOBS, *ssm_jobs.JOBS)
