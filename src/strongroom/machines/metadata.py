"""EC2's instance metadata service, version 2 only: no answer without a session token.

Source: EC2 User Guide, "Use the Instance Metadata Service to access instance metadata" and "Instance identity documents".
"""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from strongroom.machines.credentials import iso_time, metadata_form
from strongroom.machines.http import (
    BAD_REQUEST,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNAUTHORISED,
    Answer,
    Request,
    document,
    text,
)
from strongroom.machines.renewal import RenewingCredentials

TOKEN_HEADER = b"x-aws-ec2-metadata-token"
TTL_HEADER = b"x-aws-ec2-metadata-token-ttl-seconds"
LONGEST_TTL = 21600  # seconds
_PURPOSE = "instance-metadata"
_PATH = re.compile(r"/(?:latest|[0-9]{4}-[0-9]{2}-[0-9]{2})/(.*)")
_TTL = re.compile(rb"[0-9]{1,5}")
_SECURITY_CREDENTIALS = "meta-data/iam/security-credentials/"


class Tokens(Protocol):
    """Seals small texts that clients carry."""

    def seal(self, purpose: str, payload: bytes) -> str:
        """Return `payload` encrypted and authenticated for `purpose`."""
        ...

    def open(self, purpose: str, token: str) -> bytes | None:
        """Return the payload, or None for anything that `seal` did not make for this purpose."""
        ...


@dataclass(frozen=True, slots=True)
class Instance:
    """What the endpoint says about the machine. `started_at` is in seconds since the epoch; the profile is the role's, if it has one."""

    instance_id: str
    role_arn: str
    region: str
    started_at: float
    profile_arn: str = ""
    profile_id: str = ""
    instance_type: str = "t3.micro"
    image_id: str = "ami-00000000000000000"
    architecture: str = "x86_64"
    private_ip: str = "127.0.0.1"

    @property
    def account_id(self) -> str:
        """Return the account that the machine belongs to."""
        return self.role_arn.split(":")[4]

    @property
    def role_name(self) -> str:
        """Return the role's name, without its path."""
        return self.role_arn.rpartition("/")[2]

    @property
    def zone(self) -> str:
        """Return the availability zone; a machine outside AWS is in the first."""
        return f"{self.region}a"


class MetadataService:
    """Answers as EC2 does for one machine that has one role."""

    def __init__(self, instance: Instance, credentials: RenewingCredentials, tokens: Tokens, now: Callable[[], float]) -> None:
        self._instance = instance
        self._credentials = credentials
        self._tokens = tokens
        self._now = now
        self._facts = _facts(instance)

    async def answer(self, request: Request) -> Answer:
        """Return the answer to a request that the guards let through. Raises the ApiError of AssumeRole."""
        found = _PATH.fullmatch(request.path)
        path = found[1] if found else request.path
        if path == "api/token":
            return self._new_token(request) if request.method == "PUT" else Answer(METHOD_NOT_ALLOWED)
        if request.method != "GET":
            return Answer(METHOD_NOT_ALLOWED)
        if not self._is_good(request.headers.get(TOKEN_HEADER)):
            return Answer(UNAUTHORISED)
        if path == f"{_SECURITY_CREDENTIALS}{self._instance.role_name}":
            return document(metadata_form(await asyncio.to_thread(self._credentials.current)))
        return self._fact(path)

    def _fact(self, path: str) -> Answer:
        fact = self._facts.get(path, self._facts.get(f"{path}/"))
        if fact is not None:
            return text(fact)
        listing = _listing(self._facts, path if not path or path.endswith("/") else f"{path}/")
        return text("\n".join(listing)) if listing else Answer(NOT_FOUND)

    def _new_token(self, request: Request) -> Answer:
        ttl = request.headers.get(TTL_HEADER, b"")
        if not _TTL.fullmatch(ttl) or not 1 <= int(ttl) <= LONGEST_TTL:
            return Answer(BAD_REQUEST)
        return text(self._tokens.seal(_PURPOSE, self._payload(self._now() + int(ttl))), (TTL_HEADER, ttl))

    def _payload(self, expires_at: float) -> bytes:
        """Return what a token holds: it opens this machine's metadata only, and only until then."""
        return json.dumps([self._instance.instance_id, self._instance.role_arn, expires_at]).encode()

    def _is_good(self, token: bytes | None) -> bool:
        payload = self._tokens.open(_PURPOSE, token.decode("latin-1")) if token else None
        if payload is None:
            return False
        expires_at: float = json.loads(payload)[2]
        return payload == self._payload(expires_at) and self._now() < expires_at


def _facts(instance: Instance) -> dict[str, str]:
    profile = {"meta-data/iam/info": json.dumps(_profile(instance), indent=2)} if instance.profile_arn else {}
    return {
        **profile,
        "meta-data/ami-id": instance.image_id,
        _SECURITY_CREDENTIALS: instance.role_name,
        "meta-data/instance-id": instance.instance_id,
        "meta-data/instance-type": instance.instance_type,
        "meta-data/local-ipv4": instance.private_ip,
        "meta-data/placement/availability-zone": instance.zone,
        "meta-data/placement/region": instance.region,
        "meta-data/services/domain": "amazonaws.com",
        "meta-data/services/partition": "aws",
        "dynamic/instance-identity/document": json.dumps(_identity_document(instance), indent=2),
    }


def _profile(instance: Instance) -> dict[str, str]:
    return {
        "Code": "Success",
        "LastUpdated": iso_time(instance.started_at),
        "InstanceProfileArn": instance.profile_arn,
        "InstanceProfileId": instance.profile_id,
    }


def _listing(facts: dict[str, str], prefix: str) -> list[str]:
    """Return what stands below `prefix`, one level down; directories end in a slash."""
    below = (name[len(prefix) :] for name in facts if name.startswith(prefix) and len(name) > len(prefix))
    return sorted({f"{head}/" if slash else head for head, slash, _ in (name.partition("/") for name in below)})


def _identity_document(instance: Instance) -> dict[str, Any]:
    return {
        "accountId": instance.account_id,
        "architecture": instance.architecture,
        "availabilityZone": instance.zone,
        "billingProducts": None,
        "devpayProductCodes": None,
        "imageId": instance.image_id,
        "instanceId": instance.instance_id,
        "instanceType": instance.instance_type,
        "kernelId": None,
        "marketplaceProductCodes": None,
        "pendingTime": iso_time(instance.started_at),
        "privateIp": instance.private_ip,
        "ramdiskId": None,
        "region": instance.region,
        "version": "2017-09-30",
    }
