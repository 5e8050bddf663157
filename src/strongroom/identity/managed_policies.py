"""The AWS managed policies that this server knows, under the ARNs that AWS gives them.

Statements are AWS's own, cut to the services that are served here; a policy that AWS describes by
dozens of other services keeps its meaning for ours.

Source: AWS Managed Policy Reference Guide.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from strongroom.identity.ids import POLICY_PREFIX
from strongroom.identity.managed_policy_documents import DOCUMENTS, Description

ARN_PREFIX = "arn:aws:iam::aws:policy"
CREATED_AT = 1423180800.0  # 2015-02-06, when AWS made most of these
VERSION_ID = "v1"
_UNIQUE_PART = 17
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class AwsManagedPolicy:
    """An AWS managed policy. It has one version, v1."""

    name: str
    path: str
    policy_id: str
    description: str
    document: str
    default_version_id: str = VERSION_ID
    created_at: float = CREATED_AT
    updated_at: float = CREATED_AT

    @property
    def arn(self) -> str:
        """Return the policy's ARN."""
        return f"{ARN_PREFIX}{self.path}{self.name}"


def _policy(description: Description) -> AwsManagedPolicy:
    digest = sha256(description.name.encode()).digest()
    unique = "".join(_BASE32[byte & 31] for byte in digest[:_UNIQUE_PART])
    document = json.dumps({"Version": "2012-10-17", "Statement": list(description.statements)}, indent=4)
    return AwsManagedPolicy(description.name, description.path, POLICY_PREFIX + unique, description.text, document)


def _by_arn(descriptions: tuple[Description, ...]) -> Mapping[str, AwsManagedPolicy]:
    policies = sorted((_policy(d) for d in descriptions), key=lambda p: p.name.lower())
    return {p.arn: p for p in policies}


AWS_MANAGED_POLICIES: Mapping[str, AwsManagedPolicy] = _by_arn(DOCUMENTS)
ADMINISTRATOR_ACCESS = AWS_MANAGED_POLICIES[f"{ARN_PREFIX}/AdministratorAccess"]
