"""Fills a new throw-away server from a seed file: through the operations themselves, but for keys, whose ids and material are given."""

from collections.abc import Mapping
from typing import Any

import msgspec

from strongroom.app.compose import Node
from strongroom.app.operating import change
from strongroom.app.seed_file import Seed, SeedKey, SeedParameter, SeedSecret, material_bytes
from strongroom.calls.call import Origin
from strongroom.calls.engine import ATTEMPTS, Incoming
from strongroom.calls.jobs import ServiceEvent
from strongroom.core.arn import root_arn
from strongroom.core.control import Conflict
from strongroom.core.errors import ApiError, OperatorError
from strongroom.core.ids import uuid4
from strongroom.crypto.random import random_bytes
from strongroom.edge.json11 import JsonCodec
from strongroom.identity.principal import root_principal
from strongroom.kms.rules.identifiers import key_arn
from strongroom.kms.seeding import GivenKey, insert_given_key
from strongroom.kms.service import KEY_TYPE

USER_AGENT = "strongroom-seed"
LOOPBACK = "127.0.0.1"


def plant(node: Node, seed: Seed) -> None:
    """Make everything that `seed` names, in its order: keys, secrets, parameters. Raises OperatorError with the entry that failed."""
    planter = _Planter(node)
    for kind, entries, make in (
        ("keys", seed.keys, planter.key),
        ("secrets", seed.secrets, planter.secret),
        ("parameters", seed.parameters, planter.parameter),
    ):
        for number, entry in enumerate(entries):
            try:
                make(entry)
            except ApiError as error:
                raise OperatorError(f"{seed.path}: {kind}[{number}]: {error.code}: {error.message or 'refused'}") from error
            except ValueError as error:
                raise OperatorError(f"{seed.path}: {kind}[{number}]: {error}") from error


class _Planter:
    """Makes entries in one node, each as the root user of its account."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def _place(self, entry: SeedKey | SeedSecret | SeedParameter) -> tuple[str, str]:
        settings = self._node.prepared.settings
        return entry.account_id or settings.account_id, entry.region or settings.region

    def key(self, entry: Any) -> None:
        """Make a key, then its policy, tags, aliases and replicas."""
        account_id, region = self._place(entry)
        material = None if entry.material is None else material_bytes(entry.material)
        given = GivenKey(
            account_id=account_id,
            region=region,
            key_id=entry.id,
            spec=entry.spec,
            usage=entry.usage,
            description=entry.description or "",
            material=material,
        )
        now = self._node.environment.clocks.wall.now()
        named = ((KEY_TYPE, key_arn(region, account_id, entry.id), account_id),)
        event = ServiceEvent("kms.amazonaws.com", "SeedKey", account_id, region, named)
        change(self._node, event, lambda store: insert_given_key(store, given, now, random_bytes))
        for operation, request in _finishing(entry):
            self._call("kms", operation, account_id, region, request)

    def secret(self, entry: Any) -> None:
        """Make a secret."""
        if (entry.value is None) == (entry.binary is None):
            raise ValueError("give either value or binary")
        request = {
            "Name": entry.name,
            "ClientRequestToken": uuid4(random_bytes),
            "SecretString": entry.value,
            "SecretBinary": entry.binary,
            "Description": entry.description,
            "KmsKeyId": entry.kms_key_id,
            "Tags": [{"Key": key, "Value": value} for key, value in entry.tags.items()] or None,
        }
        self._call("secretsmanager", "CreateSecret", *self._place(entry), request)

    def parameter(self, entry: Any) -> None:
        """Make a parameter."""
        request = {
            "Name": entry.name,
            "Value": entry.value,
            "Type": entry.type,
            "Description": entry.description,
            "KeyId": entry.key_id,
            "Tags": [{"Key": key, "Value": value} for key, value in entry.tags.items()] or None,
        }
        self._call("ssm", "PutParameter", *self._place(entry), request)

    def _call(self, service: str, operation: str, account_id: str, region: str, request: Mapping[str, Any]) -> None:
        """Run an operation as a client's request would: checked by the service model, authorised, recorded. Raises its ApiError."""
        model = self._node.prepared.models.services[service].operations[operation]
        body = msgspec.json.encode({name: value for name, value in request.items() if value is not None})
        incoming = Incoming(
            service,
            operation,
            JsonCodec(model).decode(body),
            root_principal(account_id, root_arn(account_id)),
            region,
            self._node.environment.clocks.wall.now(),
            Origin(uuid4(random_bytes), LOOPBACK, USER_AGENT),
        )
        for _ in range(ATTEMPTS):
            outcome = self._node.engine.run(self._node.engine.begin(inline=False), incoming)
            if outcome.error is not None:
                raise outcome.error
            try:
                if outcome.commit is not None:
                    outcome.commit.result()
            except Conflict:
                continue
            return
        raise OperatorError(f"{operation}: too many writers changed the same records")


def _finishing(entry: SeedKey) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls that give a new key everything but its material."""
    calls: list[tuple[str, dict[str, Any]]] = []
    if entry.tags:
        tags = [{"TagKey": key, "TagValue": value} for key, value in entry.tags.items()]
        calls.append(("TagResource", {"KeyId": entry.id, "Tags": tags}))
    calls += [("CreateAlias", {"AliasName": alias, "TargetKeyId": entry.id}) for alias in entry.aliases]
    calls += [("ReplicateKey", {"KeyId": entry.id, "ReplicaRegion": region}) for region in entry.replicas]
    if entry.policy is not None:
        policy = entry.policy if isinstance(entry.policy, str) else msgspec.json.encode(entry.policy).decode()
        calls.append(("PutKeyPolicy", {"KeyId": entry.id, "Policy": policy, "BypassPolicyLockoutSafetyCheck": True}))
    return calls
