"""Nodes whose database or network fails: nothing stale after a second, nothing acknowledged lost, and no human needed."""

import json
import signal
import statistics
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients
from tests.support.nodes import Installation, root_of
from tests.support.postgresql import PostgresqlServer
from tests.support.process import ServerProcess
from tests.support.proxy import Proxy
from tests.support.replica import Pair
from tests.support.waiting import until
from tests.support.writing import Writers

HONOURED_SECONDS = 1.0
TYPICAL_SECONDS = 0.05
ANSWERED_SECONDS = 4.0  # a node that is cut off says so within, whatever it waits for
RECOVERED_SECONDS = 15.0


@dataclass
class Hosts:
    """Two nodes that reach one PostgreSQL through a network each."""

    server: PostgresqlServer
    networks: tuple[Proxy, Proxy]
    nodes: list[ServerProcess]
    one: Clients
    two: Clients


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Start them once; each test leaves them whole."""
    server = PostgresqlServer()
    with ExitStack() as stack:
        stack.callback(server.remove)
        server.start()
        stack.callback(server.stop)
        networks = (_network(server, stack), _network(server, stack))
        urls = [f"postgresql://strongroom@127.0.0.1:{each.port}/postgres?sslmode=disable&gssencmode=disable" for each in networks]
        made = Installation(tmp_path_factory.mktemp("hosts"), urls, stack, workers=1)
        nodes = [made.join(), made.join()]
        one, two = root_of(nodes[0]), root_of(nodes[1])
        stack.callback(one.close)
        stack.callback(two.close)
        yield Hosts(server, networks, nodes, one, two)


def _network(server: PostgresqlServer, stack: ExitStack) -> Proxy:
    made = Proxy(server.directory / ".s.PGSQL.5432")
    stack.callback(made.close)
    return made


def _status(node: ServerProcess) -> int:
    try:
        with urllib.request.urlopen(f"{node.url}/readyz", timeout=5) as answer:  # noqa: S310 - our own server
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def _refusal(clients: Clients, key_id: str) -> str:
    """Return the code with which an encryption is refused, or nothing."""
    try:
        clients.kms.encrypt(KeyId=key_id, Plaintext=b"x")
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def _delays(hosts: Hosts, rounds: int) -> list[float]:
    """Return how long the second node went on using keys after the first had acknowledged to have disabled them."""
    key_id = hosts.one.kms.create_key()["KeyMetadata"]["KeyId"]
    delays = []
    for _ in range(rounds):
        until(RECOVERED_SECONDS, lambda: not _refusal(hosts.two, key_id))
        hosts.one.kms.disable_key(KeyId=key_id)
        delays.append(until(HONOURED_SECONDS, lambda: _refusal(hosts.two, key_id) == "DisabledException"))
        hosts.one.kms.enable_key(KeyId=key_id)
    return delays


def test_a_disabled_key_is_typically_refused_elsewhere_at_once(hosts: Hosts) -> None:
    """Commits are announced, and each is honoured within a second even so."""
    delays = _delays(hosts, 20)
    assert statistics.median(delays) < TYPICAL_SECONDS, delays


def test_a_policy_that_is_taken_back_on_one_node_is_honoured_by_the_other(hosts: Hosts) -> None:
    """Permissions are cached and followed as keys are."""
    hosts.one.iam.create_user(UserName="reader")
    statement = {"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    hosts.one.iam.put_user_policy(UserName="reader", PolicyName="given", PolicyDocument=document)
    key = hosts.one.iam.create_access_key(UserName="reader")["AccessKey"]
    reader = Clients(hosts.nodes[1].url, key["AccessKeyId"], key["SecretAccessKey"])

    def refused() -> bool:
        try:
            reader.kms.list_keys()
        except ClientError as error:
            return error.response["Error"]["Code"] == "AccessDeniedException"
        return False

    assert not refused()
    hosts.one.iam.delete_user_policy(UserName="reader", PolicyName="given")
    until(HONOURED_SECONDS, refused)
    reader.close()


def test_a_disabled_key_is_refused_elsewhere_within_a_second_though_no_announcement_arrives(hosts: Hosts) -> None:
    """The feed is read four times a second anyway."""
    hosts.networks[1].deaf = True
    hosts.networks[1].cut()
    try:
        delays = _delays(hosts, 5)
    finally:
        hosts.networks[1].deaf = False
        hosts.networks[1].cut()
    assert max(delays) < HONOURED_SECONDS


def test_a_node_that_is_cut_off_stops_answering_until_it_is_back(hosts: Hosts) -> None:
    """Packets are dropped: after a second no answer comes from its cache, but a retryable error; back, it knows what it missed."""
    key_id = hosts.one.kms.create_key()["KeyMetadata"]["KeyId"]
    until(RECOVERED_SECONDS, lambda: not _refusal(hosts.two, key_id))
    hosts.networks[1].freeze()
    cut = time.monotonic()
    try:
        hosts.one.kms.disable_key(KeyId=key_id)
        last_success = cut
        while not (refusal := _refusal(hosts.two, key_id)):
            last_success = time.monotonic()
        answered = time.monotonic() - cut
        assert refusal == "ServiceUnavailable"
        assert last_success - cut < HONOURED_SECONDS + 0.2, "a permission was stale"
        assert answered < ANSWERED_SECONDS
        with pytest.raises(ClientError) as raised:
            hosts.two.kms.encrypt(KeyId=key_id, Plaintext=b"x")
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        until(ANSWERED_SECONDS, lambda: _status(hosts.nodes[1]) == 503)
        assert not _refusal(hosts.one, hosts.one.kms.create_key()["KeyMetadata"]["KeyId"])
    finally:
        hosts.networks[1].thaw()
    until(RECOVERED_SECONDS, lambda: _refusal(hosts.two, key_id) == "DisabledException")
    until(RECOVERED_SECONDS, lambda: _status(hosts.nodes[1]) == 200)


def test_postgresql_that_crashes_and_starts_again_under_load_loses_nothing_acknowledged(hosts: Hosts) -> None:
    """Both nodes write before and after, without a human."""
    with Writers(hosts.nodes) as writers:
        writers.wait_for_more(20, RECOVERED_SECONDS)
        hosts.server.stop(signal.SIGQUIT)
        time.sleep(1.5)
        hosts.server.start()
        writers.wait_for_more(20, RECOVERED_SECONDS)
    assert writers.unexpected == []
    assert writers.missing(hosts.one) == []
    until(RECOVERED_SECONDS, lambda: _status(hosts.nodes[1]) == 200)


def test_a_promoted_replica_has_everything_that_was_acknowledged(tmp_path: Path) -> None:
    """The URL names both servers; the nodes find the one that takes writes."""
    with Pair() as pair, ExitStack() as stack:
        made = Installation(tmp_path, [pair.url()], stack, workers=1)
        node = made.join()
        with Writers([node, node]) as writers:
            writers.wait_for_more(20, RECOVERED_SECONDS)
            pair.fail_over()
            writers.wait_for_more(20, RECOVERED_SECONDS)
        assert writers.unexpected == []
        clients = root_of(node)
        stack.callback(clients.close)
        assert writers.missing(clients) == []
