"""boto3 clients of a server, as the root user of an account or as anyone whose credentials are given."""

import itertools
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_cloudtrail import CloudTrailClient
    from types_boto3_iam import IAMClient
    from types_boto3_kms import KMSClient
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_ssm import SSMClient
    from types_boto3_sts import STSClient

REGION = "eu-west-1"
_SESSION = botocore.session.Session()
_CONFIG = Config(retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=5, read_timeout=30, parameter_validation=False)
_accounts = itertools.count(int.from_bytes(os.urandom(4), "big") * 10)


def new_account() -> str:
    """Return a 12-digit account id that no other test of this run uses."""
    return f"{next(_accounts) % 10**12:012d}"


@dataclass
class Clients:
    """Clients for all six services with one set of credentials in one Region. They are made when first used, and never retry."""

    url: str
    access_key_id: str
    secret_access_key: str = "test"
    session_token: str | None = None
    region: str = REGION
    account_id: str = ""
    _made: dict[str, Any] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:
        """Return the client of a service."""
        if service not in self._made:
            make: Any = boto3.Session(botocore_session=_SESSION).client  # the stubs know service names, not variables
            self._made[service] = make(
                service,
                endpoint_url=self.url,
                region_name=self.region,
                aws_access_key_id=self.access_key_id,
                aws_secret_access_key=self.secret_access_key,
                aws_session_token=self.session_token,
                config=_CONFIG,
            )
        return self._made[service]

    def close(self) -> None:
        """Close every connection."""
        for client in self._made.values():
            client.close()

    def in_region(self, region: str) -> "Clients":
        """Return clients with the same credentials in another Region. The caller closes them."""
        return Clients(self.url, self.access_key_id, self.secret_access_key, self.session_token, region, self.account_id)

    @property
    def kms(self) -> "KMSClient":
        """Return the KMS client."""
        client: KMSClient = self.client("kms")
        return client

    @property
    def secretsmanager(self) -> "SecretsManagerClient":
        """Return the Secrets Manager client."""
        client: SecretsManagerClient = self.client("secretsmanager")
        return client

    @property
    def ssm(self) -> "SSMClient":
        """Return the SSM client."""
        client: SSMClient = self.client("ssm")
        return client

    @property
    def iam(self) -> "IAMClient":
        """Return the IAM client."""
        client: IAMClient = self.client("iam")
        return client

    @property
    def sts(self) -> "STSClient":
        """Return the STS client."""
        client: STSClient = self.client("sts")
        return client

    @property
    def cloudtrail(self) -> "CloudTrailClient":
        """Return the CloudTrail client."""
        client: CloudTrailClient = self.client("cloudtrail")
        return client
