"""Service-linked roles: which services have one, and what nobody but the service may do to it. Pure.

Source: IAM User Guide, "Service-linked roles"; KMS Developer Guide, "Service-linked roles".
"""

from dataclasses import dataclass

from strongroom.iam.errors import UnmodifiableEntity
from strongroom.identity.records import EntityRecord, RoleRecord

NAME_PREFIX = "AWSServiceRoleFor"
PATH_PREFIX = "/aws-service-role/"


@dataclass(frozen=True, slots=True)
class LinkedService:
    """A service that has a service-linked role: the rest of the role's name and its one managed policy."""

    suffix: str
    policy_arn: str


LINKED_SERVICES = {
    "mrk.kms.amazonaws.com": LinkedService(
        "KeyManagementServiceMultiRegionKeys",
        "arn:aws:iam::aws:policy/aws-service-role/KeyManagementServiceMultiRegionKeysServiceRolePolicy",
    ),
    "cks.kms.amazonaws.com": LinkedService(
        "KeyManagementServiceCustomKeyStores",
        "arn:aws:iam::aws:policy/aws-service-role/AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
    ),
}


def ensure_customers_own(record: EntityRecord) -> None:
    """Return unless `record` is a service-linked role. Raises UnmodifiableEntity."""
    if isinstance(record, RoleRecord) and record.service is not None:
        raise UnmodifiableEntity(
            f"Cannot perform the operation on the protected role '{record.name}' - this role is only modifiable by AWS"
        )
