"""`strongroom imds`, `container-credentials` and `credentials`: sessions of a role, begun in this process over the data directory."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from strongroom.app.compose import Node
from strongroom.app.logging import configure_logging
from strongroom.app.operating import first_account, operating
from strongroom.app.serve import LOCAL_HOSTS, listen, url_of
from strongroom.app.worker import answer_requests
from strongroom.config import Settings, split_listen
from strongroom.core.errors import OperatorError
from strongroom.core.secret import SecretBytes
from strongroom.crypto.random import random_bytes
from strongroom.identity.lookup import principal_by_arn, role_named
from strongroom.identity.records import RoleRecord
from strongroom.identity.tables import INSTANCE_PROFILES
from strongroom.machines.container import PATH, ContainerService
from strongroom.machines.credentials import RoleCredentials
from strongroom.machines.guards import is_local_address
from strongroom.machines.http import Endpoint, Handler
from strongroom.machines.metadata import Instance, MetadataService
from strongroom.machines.minting import CONTAINERS, INSTANCES, PROCESSES, SessionRequest, mint
from strongroom.machines.renewal import RenewingCredentials
from strongroom.storage.ports import Store

TOKEN_BYTES = 32
TASK_ID_BYTES = 16
LEAST_TOKEN_BYTES = 16
INSTANCE_ID_LENGTH = 17  # hexadecimal digits
_PRIVATE = 0o600
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class Machine:
    """What the operator chose.

    Attributes:
        role: name or ARN.
        name: the session's name; None makes one up.
        duration: of each session, in seconds; None is AWS's default of an hour.
        hop_limit: how many hops an answer of the metadata service may travel; 1 keeps it on this machine.
    """

    role: str
    name: str | None = None
    duration: int | None = None
    hop_limit: int = 1


def _role(store: Store, settings: Settings, role: str) -> RoleRecord:
    found = principal_by_arn(store, role) if role.startswith("arn:") else role_named(store, first_account(settings), role)
    if not isinstance(found, RoleRecord):
        raise OperatorError(f"there is no role {role}")
    return found


def _instance(store: Store, role: RoleRecord, instance_id: str, region: str, now: float) -> Instance:
    profiles = (store.get(INSTANCE_PROFILES, role.account_id, key) for key in role.instance_profile_keys)
    profile = next((each for each in profiles if each is not None), None)
    known = {"profile_arn": profile.arn, "profile_id": profile.profile_id} if profile else {}
    return Instance(instance_id, role.arn, region, now, **known)


def _wanted(role: RoleRecord, settings: Settings, machine: Machine, service: str, name: str) -> SessionRequest:
    return SessionRequest(role.arn, service, machine.name or name, settings.region, machine.duration)


def _renewing(node: Node, wanted: SessionRequest) -> RenewingCredentials:
    """Return the role's credentials, the first session begun: an endpoint that could never answer does not start."""
    now = node.environment.clocks.wall.now
    credentials = RenewingCredentials(partial(mint, node.engine, wanted, now), now)
    credentials.current()
    return credentials


def _listen_here(settings: Settings, hop_limit: int | None = None) -> socket.socket:
    host, _ = split_listen(settings.listen)
    if not is_local_address(host):
        raise OperatorError(f"{host} is neither loopback nor link-local: credentials are served to this machine only")
    listener = listen(settings)
    if hop_limit is not None:
        # connections take it over from the listening socket
        if listener.family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hop_limit)
        else:
            listener.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hop_limit)
    return listener


def _serve(handler: Handler, listener: socket.socket, settings: Settings) -> None:
    host, _ = split_listen(settings.listen)
    answer_requests(Endpoint(handler, {host, *LOCAL_HOSTS}), listener, settings, None)


def serve_metadata(settings: Settings, machine: Machine, announce: Callable[[str], None]) -> None:
    """Serve EC2's metadata service until SIGTERM or SIGINT. Raises OperatorError, or the ApiError of the first AssumeRole."""
    configure_logging(settings.log_level)
    with operating(settings, "imds") as node:
        store, clock = node.database.begin(inline=False), node.environment.clocks.wall
        role = _role(store, settings, machine.role)
        wanted = _wanted(role, settings, machine, INSTANCES, f"i-{random_bytes(INSTANCE_ID_LENGTH).hex()[:INSTANCE_ID_LENGTH]}")
        instance = _instance(store, role, wanted.session_name, settings.region, clock.now())
        service = MetadataService(instance, _renewing(node, wanted), node.tokens, clock.now)
        listener = _listen_here(settings, machine.hop_limit)
        announce(url_of(listener, tls=False))
        _serve(service.answer, listener, settings)


def serve_container(settings: Settings, machine: Machine, token_file: Path, announce: Callable[[str], None]) -> None:
    """Serve the container endpoint until SIGTERM or SIGINT. Raises OperatorError, or the ApiError of the first AssumeRole."""
    configure_logging(settings.log_level)
    with operating(settings, "container") as node:
        token = authorisation_token(token_file)
        role = _role(node.database.begin(inline=False), settings, machine.role)
        credentials = _renewing(node, _wanted(role, settings, machine, CONTAINERS, random_bytes(TASK_ID_BYTES).hex()))
        listener = _listen_here(settings)
        announce(url_of(listener, tls=False) + PATH)
        _serve(ContainerService(credentials, token).answer, listener, settings)


def process_credentials(settings: Settings, machine: Machine) -> RoleCredentials:
    """Return one new session's credentials. Raises OperatorError, or the ApiError of AssumeRole."""
    with operating(settings, "credentials") as node:
        role = _role(node.database.begin(inline=False), settings, machine.role)
        wanted = _wanted(role, settings, machine, PROCESSES, f"process-{os.getppid()}")
        return mint(node.engine, wanted, node.environment.clocks.wall.now)


def authorisation_token(path: Path) -> SecretBytes:
    """Return the token in `path`, writing a new one (0600) if the file is not there. Raises OperatorError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except FileExistsError:
        return _existing_token(path)
    except OSError as error:
        raise OperatorError(f"{path}: {error.strerror}") from error
    token = random_bytes(TOKEN_BYTES).hex().encode()
    with os.fdopen(descriptor, "wb") as file:
        file.write(token)
    return SecretBytes(token)


def _existing_token(path: Path) -> SecretBytes:
    if path.stat().st_mode & _OTHERS:
        raise OperatorError(f"{path} can be read by other users; run `chmod 600 {path}`")
    token = path.read_bytes().strip()
    if len(token) < LEAST_TOKEN_BYTES:
        raise OperatorError(f"{path} holds no token of {LEAST_TOKEN_BYTES} bytes or more; remove it, and a new one is made")
    return SecretBytes(token)
