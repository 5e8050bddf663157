"""Credentials of a role for a machine, and the forms in which the endpoints hand them out.

Sources: EC2 User Guide, "Retrieve security credentials from instance metadata"; SDKs and Tools Reference Guide, "Container
credential provider" and "Process credential provider".
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from strongroom.core.secret import SecretBytes

PROCESS_VERSION = 1


@dataclass(frozen=True, slots=True)
class RoleCredentials:
    """One session of a role. Times are seconds since the epoch."""

    role_arn: str
    access_key_id: str
    secret_access_key: SecretBytes
    session_token: str
    issued_at: float
    expires_at: float

    @property
    def account_id(self) -> str:
        """Return the role's account."""
        return self.role_arn.split(":")[4]


def iso_time(seconds: float) -> str:
    """Return a time as SDKs parse it: ISO 8601, UTC, whole seconds."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def metadata_form(credentials: RoleCredentials) -> dict[str, Any]:
    """Return the document of iam/security-credentials/<role>. It holds the secret: send it, and keep it nowhere."""
    return {
        "Code": "Success",
        "LastUpdated": iso_time(credentials.issued_at),
        "Type": "AWS-HMAC",
        **_keys(credentials, "Token"),
    }


def container_form(credentials: RoleCredentials) -> dict[str, Any]:
    """Return the document of the container endpoint. It holds the secret: send it, and keep it nowhere."""
    return {"RoleArn": credentials.role_arn, "AccountId": credentials.account_id, **_keys(credentials, "Token")}


def process_form(credentials: RoleCredentials) -> dict[str, Any]:
    """Return what credential_process prints. It holds the secret: send it, and keep it nowhere."""
    return {"Version": PROCESS_VERSION, "AccountId": credentials.account_id, **_keys(credentials, "SessionToken")}


def _keys(credentials: RoleCredentials, token_name: str) -> dict[str, str]:
    return {
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.reveal().decode(),
        token_name: credentials.session_token,
        "Expiration": iso_time(credentials.expires_at),
    }
