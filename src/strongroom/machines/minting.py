"""Begins sessions of a role as the AWS service that would do it: the role's trust policy must allow that service.

The call runs through the engine like any client's, so it is authorised, and AssumeRole's event is in the trail before the
credentials are handed out.
"""

from collections.abc import Callable
from dataclasses import dataclass

from strongroom.calls.call import Origin
from strongroom.calls.engine import Engine, Incoming
from strongroom.core.ids import uuid4
from strongroom.core.secret import SecretBytes
from strongroom.identity.principal import service_principal
from strongroom.machines.credentials import RoleCredentials

INSTANCES = "ec2.amazonaws.com"
CONTAINERS = "ecs-tasks.amazonaws.com"
PROCESSES = "rolesanywhere.amazonaws.com"  # AWS's own service for credential_process outside AWS


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """Which session is wanted.

    Attributes:
        service: the service that asks: INSTANCES, CONTAINERS or PROCESSES.
        duration: seconds, or None for AWS's default of an hour.
    """

    role_arn: str
    service: str
    session_name: str
    region: str
    duration: int | None = None


def mint(engine: Engine, wanted: SessionRequest, now: Callable[[], float]) -> RoleCredentials:
    """Return a new session's credentials. Blocks. Raises the ApiError of AssumeRole: AccessDenied where the role does not trust."""
    issued_at = now()
    request = {"RoleArn": wanted.role_arn, "RoleSessionName": wanted.session_name}
    incoming = Incoming(
        service="sts",
        operation="AssumeRole",
        request=request if wanted.duration is None else {**request, "DurationSeconds": wanted.duration},
        principal=service_principal(wanted.service, wanted.role_arn.split(":")[4]),
        region=wanted.region,
        now=issued_at,
        origin=Origin(uuid4(engine.random_bytes), wanted.service, wanted.service),
    )
    outcome = engine.run(engine.begin(inline=False), incoming)
    if outcome.error is not None:
        raise outcome.error
    made = (outcome.response or {})["Credentials"]
    return RoleCredentials(
        role_arn=wanted.role_arn,
        access_key_id=made["AccessKeyId"],
        secret_access_key=SecretBytes(made["SecretAccessKey"].encode()),
        session_token=made["SessionToken"],
        issued_at=issued_at,
        expires_at=made["Expiration"],
    )
