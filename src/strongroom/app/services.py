"""The services that this server offers, and what each of them stores and does on time."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from strongroom.calls.forgetting import forgetting_job
from strongroom.calls.jobs import Job
from strongroom.calls.observations import OBSERVATIONS
from strongroom.calls.operation import Service
from strongroom.calls.outbox import JOBS as OUTBOX_JOBS
from strongroom.calls.outbox import TABLES as OUTBOX_TABLES
from strongroom.cloudtrail import operations as cloudtrail_operations
from strongroom.cloudtrail.service import CLOUDTRAIL
from strongroom.functions import operations as lambda_operations
from strongroom.functions.service import LAMBDA
from strongroom.functions.tables import TABLES as LAMBDA_TABLES
from strongroom.iam import operations as iam_operations
from strongroom.iam.service import IAM
from strongroom.iam.tables import TABLES as IAM_TABLES
from strongroom.identity.tables import TABLES as IDENTITY_TABLES
from strongroom.kms import operations as kms_operations
from strongroom.kms.jobs import JOBS as KMS_JOBS
from strongroom.kms.service import KMS
from strongroom.kms.tables import TABLES as KMS_TABLES
from strongroom.kms.usage import OBSERVED as KMS_OBSERVED
from strongroom.secretsmanager import operations as secretsmanager_operations
from strongroom.secretsmanager.jobs import JOBS as SECRETS_MANAGER_JOBS
from strongroom.secretsmanager.reads import OBSERVED as SECRETS_MANAGER_OBSERVED
from strongroom.secretsmanager.service import SECRETS_MANAGER
from strongroom.secretsmanager.tables import TABLES as SECRETS_MANAGER_TABLES
from strongroom.ssm import operations as ssm_operations
from strongroom.ssm.jobs import JOBS as SSM_JOBS
from strongroom.ssm.service import SSM
from strongroom.ssm.tables import TABLES as SSM_TABLES
from strongroom.storage.table import Table
from strongroom.sts import operations as sts_operations
from strongroom.sts.service import STS

# importing a room's operations registers them with its service
OPERATIONS: tuple[ModuleType, ...] = (
    kms_operations,
    secretsmanager_operations,
    ssm_operations,
    iam_operations,
    sts_operations,
    cloudtrail_operations,
    lambda_operations,
)
SERVICES: Mapping[str, Service] = {service.name: service for service in (KMS, SECRETS_MANAGER, SSM, IAM, STS, CLOUDTRAIL, LAMBDA)}
TABLES: tuple[Table[Any], ...] = (
    OBSERVATIONS,
    *OUTBOX_TABLES,
    *IDENTITY_TABLES,
    *IAM_TABLES,
    *KMS_TABLES,
    *SECRETS_MANAGER_TABLES,
    *SSM_TABLES,
    *LAMBDA_TABLES,
)
JOBS: tuple[Job, ...] = (
    *OUTBOX_JOBS,
    *KMS_JOBS,
    *SECRETS_MANAGER_JOBS,
    *SSM_JOBS,
    forgetting_job({**KMS_OBSERVED, **SECRETS_MANAGER_OBSERVED}),
)
