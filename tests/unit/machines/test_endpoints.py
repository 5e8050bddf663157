"""The endpoints' own rules: tokens, forged requests, renewal. No server and no clock."""

import asyncio
import json
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from tests.unit.identity.memory_store import PlainTokens

from strongroom.app.machines import authorisation_token
from strongroom.core.errors import AccessDenied, OperatorError
from strongroom.core.secret import SecretBytes
from strongroom.machines.container import ContainerService
from strongroom.machines.credentials import RoleCredentials, process_form
from strongroom.machines.guards import host_of, is_local_address
from strongroom.machines.http import Answer, Endpoint, Handler
from strongroom.machines.metadata import Instance, MetadataService
from strongroom.machines.renewal import RenewingCredentials

ROLE = "arn:aws:iam::111122223333:role/service/app"
TOKEN = b"a-token-of-enough-bytes"
NOW = 1_700_000_000.0


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> float:
        """Return seconds since the epoch."""
        return self.time


class Mint:
    """Makes sessions of an hour, or refuses."""

    def __init__(self, clock: Clock, duration: float = 3600.0) -> None:
        self.clock = clock
        self.duration = duration
        self.made = 0
        self.refuses = False

    def __call__(self) -> RoleCredentials:
        """Return new credentials."""
        if self.refuses:
            raise AccessDenied("the role trusts nobody")
        self.made += 1
        now = self.clock.time
        return RoleCredentials(ROLE, f"ASIA{self.made}", SecretBytes(b"secret"), "token", now, now + self.duration)


def ask(handler: Handler, method: str, path: str, **headers: str) -> tuple[int, str]:
    """Send one request through an endpoint whose address is 127.0.0.1; underscores in header names are dashes."""
    sent: list[MutableMapping[str, Any]] = []
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    pairs = [(name.encode(), value.encode()) for name, value in {"host": "127.0.0.1:1338", **named}.items() if value]
    scope = {"type": "http", "method": method, "path": path, "headers": pairs}

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Endpoint(handler, {"127.0.0.1", "localhost"})(scope, receive, send))
    return sent[0]["status"], sent[1]["body"].decode()


def metadata(clock: Clock, instance_id: str = "i-1") -> MetadataService:
    """Return a metadata service."""
    instance = Instance(instance_id, ROLE, "eu-west-1", NOW, "arn:aws:iam::111122223333:instance-profile/app", "AIPA1")
    return MetadataService(instance, RenewingCredentials(Mint(clock), clock.now), PlainTokens(), clock.now)


def container() -> ContainerService:
    """Return a container endpoint."""
    clock = Clock()
    return ContainerService(RenewingCredentials(Mint(clock), clock.now), SecretBytes(TOKEN))


def token_of(service: MetadataService, ttl: str = "60") -> str:
    """Return a session token."""
    return ask(service.answer, "PUT", "/latest/api/token", x_aws_ec2_metadata_token_ttl_seconds=ttl)[1]


CREDENTIALS = "/latest/meta-data/iam/security-credentials/app"
TTL = {"x_aws_ec2_metadata_token_ttl_seconds": "60"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("PUT", "/latest/api/token", {}, 400),
        ("PUT", "/latest/api/token", {"x_aws_ec2_metadata_token_ttl_seconds": "0"}, 400),
        ("PUT", "/latest/api/token", {"x_aws_ec2_metadata_token_ttl_seconds": "21601"}, 400),
        ("PUT", "/latest/api/token", {"x_aws_ec2_metadata_token_ttl_seconds": "-1"}, 400),
        ("PUT", "/latest/api/token", {"x_aws_ec2_metadata_token_ttl_seconds": "1e3"}, 400),
        ("PUT", "/latest/api/token", {**TTL, "x_forwarded_for": "10.0.0.1"}, 403),
        ("PUT", "/latest/api/token", {**TTL, "forwarded": "for=10.0.0.1"}, 403),
        ("PUT", "/latest/api/token", {**TTL, "via": "1.1 proxy"}, 403),
        ("PUT", "/latest/api/token", {**TTL, "host": "attacker.example"}, 403),
        ("PUT", "/latest/api/token", {**TTL, "host": "127.0.0.1.attacker.example"}, 403),
        ("PUT", "/latest/api/token", {**TTL, "host": ""}, 403),
        ("GET", "/latest/api/token", TTL, 405),
        ("POST", "/latest/api/token", TTL, 405),
        ("GET", CREDENTIALS, {}, 401),
        ("GET", CREDENTIALS, {"x_aws_ec2_metadata_token": "made-up"}, 401),
        ("GET", CREDENTIALS, {"x_aws_ec2_metadata_token": "\xff\x00"}, 401),
        ("GET", "/latest/meta-data/instance-id", {}, 401),
        ("GET", "/latest/dynamic/instance-identity/document", {}, 401),
        ("POST", CREDENTIALS, {}, 405),
        ("OPTIONS", CREDENTIALS, {}, 405),
        ("HEAD", CREDENTIALS, {}, 405),
        ("GET", "/", {}, 401),
    ],
)
def test_requests_that_a_forger_could_make_get_nothing(method: str, path: str, headers: dict[str, str], status: int) -> None:
    """No token without PUT and its header, no metadata without a token, and no proxy and no foreign host in between."""
    answered, body = ask(metadata(Clock()).answer, method, path, **headers)
    assert answered == status
    assert "secret" not in body


@pytest.mark.parametrize(
    "headers", [{"x_forwarded_for": "10.0.0.1"}, {"host": "attacker.example"}, {"x_forwarded_host": "x"}, {"x_real_ip": "10.0.0.1"}]
)
def test_a_good_token_does_not_help_a_forwarded_request(headers: dict[str, str]) -> None:
    """The guards come before the token."""
    service = metadata(Clock())
    assert ask(service.answer, "GET", CREDENTIALS, x_aws_ec2_metadata_token=token_of(service), **headers) == (403, "")


def test_a_token_opens_its_own_machine_until_its_time() -> None:
    """It works in its last second, not after it, and never for another machine."""
    clock = Clock()
    service = metadata(clock)
    token = token_of(service, "60")
    assert ask(metadata(clock, "i-2").answer, "GET", CREDENTIALS, x_aws_ec2_metadata_token=token)[0] == 401
    clock.time += 59
    assert ask(service.answer, "GET", CREDENTIALS, x_aws_ec2_metadata_token=token)[0] == 200
    clock.time += 1
    assert ask(service.answer, "GET", CREDENTIALS, x_aws_ec2_metadata_token=token)[0] == 401


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        ("/latest/meta-data/iam/security-credentials/", 200, "app"),
        ("/latest/meta-data/iam/security-credentials", 200, "app"),
        ("/2021-07-15/meta-data/instance-id", 200, "i-1"),
        ("/latest/meta-data/placement/", 200, "availability-zone\nregion"),
        ("/latest/meta-data/placement/region", 200, "eu-west-1"),
        ("/latest/meta-data/placement/availability-zone", 200, "eu-west-1a"),
        ("/latest/meta-data/iam/", 200, "info\nsecurity-credentials/"),
        ("/latest/meta-data/iam/security-credentials-extended/", 404, ""),
        ("/latest/meta-data/iam/security-credentials/other", 404, ""),
        ("/latest/user-data", 404, ""),
        ("/latest/", 200, "dynamic/\nmeta-data/"),
        ("/other", 404, ""),
    ],
)
def test_the_metadata_tree_is_ec2s(path: str, status: int, expected: str) -> None:
    """Values, listings, and 404 for what a machine lacks."""
    service = metadata(Clock())
    assert ask(service.answer, "GET", path, x_aws_ec2_metadata_token=token_of(service)) == (status, expected)


def test_documents_have_the_members_that_sdks_read() -> None:
    """Role credentials, the instance profile and the identity document."""
    service = metadata(Clock())
    token = token_of(service)
    found = json.loads(ask(service.answer, "GET", CREDENTIALS, x_aws_ec2_metadata_token=token)[1])
    assert found == {
        "Code": "Success",
        "LastUpdated": "2023-11-14T22:13:20Z",
        "Type": "AWS-HMAC",
        "AccessKeyId": "ASIA1",
        "SecretAccessKey": "secret",
        "Token": "token",
        "Expiration": "2023-11-14T23:13:20Z",
    }
    identity = json.loads(ask(service.answer, "GET", "/latest/dynamic/instance-identity/document", x_aws_ec2_metadata_token=token)[1])
    assert (identity["accountId"], identity["instanceId"], identity["region"]) == ("111122223333", "i-1", "eu-west-1")
    info = json.loads(ask(service.answer, "GET", "/latest/meta-data/iam/info", x_aws_ec2_metadata_token=token)[1])
    assert info["InstanceProfileArn"] == "arn:aws:iam::111122223333:instance-profile/app"


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/v1/credentials", {}, 401),
        ("GET", "/v1/credentials", {"authorization": "Bearer a-token-of-enough-bytes"}, 401),
        ("GET", "/v1/credentials", {"authorization": "a-token-of-enough-byteS"}, 401),
        ("GET", "/v1/credentials", {"authorization": TOKEN.decode(), "x_forwarded_for": "10.0.0.1"}, 403),
        ("GET", "/v1/credentials", {"authorization": TOKEN.decode(), "host": "attacker.example"}, 403),
        ("POST", "/v1/credentials", {"authorization": TOKEN.decode()}, 405),
        ("GET", "/v2/credentials", {"authorization": TOKEN.decode()}, 404),
        ("GET", "/v1/credentials", {"authorization": TOKEN.decode()}, 200),
    ],
)
def test_the_container_endpoint_wants_its_token(method: str, path: str, headers: dict[str, str], status: int) -> None:
    """Exactly the token, from this machine, by GET."""
    answered, body = ask(container().answer, method, path, **headers)
    assert answered == status
    assert ("SecretAccessKey" in body) == (status == 200)


def test_credentials_are_renewed_before_sdks_look_for_new_ones() -> None:
    """With 20 minutes left they are new; the old session is not shortened."""
    clock = Clock()
    mint = Mint(clock)
    credentials = RenewingCredentials(mint, clock.now)
    assert [credentials.current().access_key_id for _ in range(3)] == ["ASIA1"] * 3
    clock.time += 2400
    assert credentials.current().access_key_id == "ASIA1"
    clock.time += 1
    assert credentials.current().access_key_id == "ASIA2"


def test_short_sessions_are_renewed_once_a_second_at_most() -> None:
    """A burst of requests makes one session."""
    clock = Clock()
    mint = Mint(clock, 900.0)
    credentials = RenewingCredentials(mint, clock.now)
    for _ in range(10):
        credentials.current()
    assert mint.made == 1
    clock.time += 1
    assert credentials.current().access_key_id == "ASIA2"


def test_a_role_that_lost_its_trust_keeps_its_session_and_gets_no_new_one() -> None:
    """What was begun runs to its end; then the error is the answer, without any secret."""
    clock = Clock()
    mint = Mint(clock)
    credentials = RenewingCredentials(mint, clock.now)
    credentials.current()
    mint.refuses = True
    clock.time += 3599
    assert credentials.current().access_key_id == "ASIA1"
    clock.time += 1
    with pytest.raises(AccessDenied):
        credentials.current()
    status, body = ask(ContainerService(credentials, SecretBytes(TOKEN)).answer, "GET", "/v1/credentials", authorization=TOKEN.decode())
    assert (status, json.loads(body)) == (500, {"code": "AccessDeniedException", "message": "the role trusts nobody"})


def test_broken_storage_is_an_answer_without_detail() -> None:
    """The operator's log has the reason, the client has not."""

    async def broken(_request: object) -> Answer:
        raise OperatorError("row x does not open")

    assert ask(broken, "GET", "/") == (500, "")


def test_process_credentials_have_the_form_that_sdks_parse() -> None:
    """Version 1, and SessionToken instead of Token."""
    printed = process_form(Mint(Clock())())
    assert printed["Version"] == 1
    assert printed["SessionToken"] == "token"
    assert printed["Expiration"].endswith("Z")


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("169.254.169.254", True),
        ("fd00:ec2::254", True),
        ("0.0.0.0", False),  # noqa: S104 - asked about, not bound
        ("10.0.0.1", False),
        ("example.com", False),
    ],
)
def test_only_addresses_of_this_machine_are_served(host: str, local: bool) -> None:  # noqa: FBT001 - a table
    """Loopback, link-local, and the addresses that AWS uses."""
    assert is_local_address(host) is local


@pytest.mark.parametrize(
    ("text", "host"), [("127.0.0.1:80", "127.0.0.1"), ("[::1]:80", "::1"), ("[::1]", "::1"), ("Localhost", "localhost"), ("", "")]
)
def test_hosts_are_read_without_their_port(text: str, host: str) -> None:
    """IPv6 in brackets too."""
    assert host_of(text) == host


def _readable_by_others(path: Path) -> None:
    path.write_bytes(TOKEN)
    path.chmod(0o644)


def _too_short(path: Path) -> None:
    path.write_bytes(b"short")
    path.chmod(0o600)


@pytest.mark.parametrize(("spoil", "reason"), [(_readable_by_others, "can be read by other users"), (_too_short, "holds no token")])
def test_a_token_file_that_guards_nothing_is_refused(tmp_path: Path, spoil: Callable[[Path], None], reason: str) -> None:
    """Others may not read it, and it must be long enough."""
    path = tmp_path / "token"
    spoil(path)
    with pytest.raises(OperatorError, match=reason):
        authorisation_token(path)


def test_a_new_token_file_is_private_and_kept(tmp_path: Path) -> None:
    """The second start finds the token of the first."""
    path = tmp_path / "token"
    first = authorisation_token(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert authorisation_token(path).reveal() == first.reveal() == path.read_bytes()
