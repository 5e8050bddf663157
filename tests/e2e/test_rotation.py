"""Rotation of real database users on a schedule, beside clients that log in all the time."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients, new_account
from tests.support.databases import HOST, Login, free_port
from tests.support.databases.keyed import MongodbServer, RedisServer, ValkeyServer
from tests.support.databases.sql import ONLY_TLS, MariadbServer, MysqlServer, PasswordPostgresql
from tests.support.process import ServerProcess, start
from tests.support.rotation import DAY, RETRY_SECONDS, advance, logging_in

Database = PasswordPostgresql | MariadbServer | MongodbServer
TEMPLATES = {
    "postgres": "RDSPostgreSQLRotation",
    "mariadb": "RDSMariaDBRotation",
    "mysql": "RDSMySQLRotation",
    "mongo": "MongoDBRotation",
    "redshift": "RedshiftRotation",
    "valkey": "ElasticacheUserRotation",
    "redis": "ElasticacheUserRotation",
    "oracle": "RDSOracleRotation",
    "sqlserver": "RDSSQLServerRotation",
    "db2": "RDSDb2Rotation",
}
SPACING = 1.2  # seconds between rotations: longer than the caching client keeps a value


@pytest.fixture(scope="module")
def hurried() -> Iterator[ServerProcess]:
    """A dev server of this module's own: its schedule clock runs ahead."""
    running = start(["dev", "--listen", "127.0.0.1:0"])
    yield running
    running.stop()


@pytest.fixture
def owner(hurried: ServerProcess) -> Iterator[Clients]:
    """Clients of a new account on that server. What they rotate is deleted after the test: the days of the next one are none of its."""
    account = new_account()
    made = Clients(hurried.url, account, account_id=account)
    yield made
    made.secretsmanager.delete_secret(SecretId="db", ForceDeleteWithoutRecovery=True)
    made.close()


MYSQL = pytest.param("mysql", marks=pytest.mark.soak)  # comes neither from Debian nor from PyPI: see scripts/install-mysql
DATABASES = ["postgresql_with_passwords", "mariadb", MYSQL, "mongodb", "redshift"]


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> Database:
    """Give each database server in turn."""
    found: Database = request.getfixturevalue(request.param)
    return found


def template(clients: Clients, engine: str, strategy: str) -> str:
    """Return the ARN of a rotation template."""
    return f"arn:aws:lambda:{clients.region}:{clients.account_id}:function:SecretsManager{TEMPLATES[engine]}{strategy}"


def value_of(clients: Clients, **version: str) -> dict[str, Any]:
    """Return what the secret holds."""
    value: dict[str, Any] = json.loads(clients.secretsmanager.get_secret_value(SecretId="db", **version)["SecretString"])
    return value


def failures(clients: Clients) -> list[dict[str, Any]]:
    """Return the events about rotations that failed, the newest first."""
    failed = clients.cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "RotationFailed"}])
    return [json.loads(each["CloudTrailEvent"]) for each in failed["Events"]]


def last_failure(clients: Clients) -> dict[str, Any]:
    """Return the newest event about a rotation that failed."""
    return failures(clients)[0]


def set_up(clients: Clients, database: Database | ValkeyServer, strategy: str, **more: Any) -> dict[str, Any]:
    """Make a user, its secret, and its rotation every day; the first rotation has ended when this returns."""
    fields = {**database.new_user(f"app_{clients.account_id}", 'it\'s "first" %s {0} ~`$(x)'), **more}
    sm = clients.secretsmanager
    if strategy != "SingleUser":
        superuser = {**database.superuser(), "port": fields["port"]}
        fields["masterarn"] = sm.create_secret(Name="admin", SecretString=json.dumps(superuser))["ARN"]
    sm.create_secret(Name="db", SecretString=json.dumps(fields))
    sm.rotate_secret(
        SecretId="db",
        RotationLambdaARN=template(clients, database.engine, strategy),
        RotationRules={"AutomaticallyAfterDays": 1},
    )
    advance(clients.url, 1)
    assert "LastRotatedDate" in sm.describe_secret(SecretId="db"), last_failure(clients)["serviceEventDetails"]["Reason"]
    return fields


def rotate_daily(clients: Clients, times: int) -> int:
    """Let so many days pass, see that no rotation failed, and return how many different passwords there were."""
    seen = set()
    for _ in range(times):
        advance(clients.url, DAY)
        seen.add(value_of(clients)["password"])
        time.sleep(SPACING)
    assert [event["serviceEventDetails"]["Reason"] for event in failures(clients)] == []
    return len(seen)


def rotate_alternating(clients: Clients, database: Database, times: int) -> None:
    """Rotate two users that take turns: no login fails, whoever reads the secret however."""
    set_up(clients, database, "MultiUser")
    with logging_in(clients, "db") as counts:
        assert rotate_daily(clients, times) == times
    assert counts.refused == []
    assert counts.logins > 10 * times
    print(counts)  # noqa: T201 - the figure of a long run
    previous, current = value_of(clients, VersionStage="AWSPREVIOUS"), value_of(clients)
    assert {previous["username"], current["username"]} == {f"app_{clients.account_id}", f"app_{clients.account_id}_clone"}
    assert Login(database.engine, previous).works(), "the user before is good until its turn comes"
    assert Login(database.engine, current).works()
    for fields in (previous, current):
        database.use(fields)


def rotate_single(clients: Clients, database: Database, times: int) -> None:
    """Rotate one user: clients that read the secret again after a refused login all get in, and old passwords are refused."""
    first = set_up(clients, database, "SingleUser")
    assert not Login(database.engine, first).works()
    with logging_in(clients, "db", patience=RETRY_SECONDS) as counts:
        assert rotate_daily(clients, times) == times
    assert counts.refused == []
    assert counts.logins > 10 * times
    print(counts)  # noqa: T201 - as above
    assert not Login(database.engine, value_of(clients, VersionStage="AWSPREVIOUS")).works()
    assert Login(database.engine, value_of(clients)).works()


def test_alternating_users_never_fail_to_log_in(owner: Clients, database: Database) -> None:
    """A few days' rotations of two users."""
    rotate_alternating(owner, database, 2)


@pytest.mark.parametrize("database", DATABASES[:3], indirect=True)  # the soak rotates them all
def test_a_single_user_gets_in_by_reading_again(owner: Clients, database: Database) -> None:
    """A few days' rotations of one user."""
    rotate_single(owner, database, 2)


def test_tls_is_used_where_the_server_has_it_and_failures_are_told(owner: Clients, postgresql_with_passwords: PasswordPostgresql) -> None:
    """A user that plain connections refuse; once the secret forbids TLS, the trail says in which step and why it failed."""
    sm = owner.secretsmanager
    fields = postgresql_with_passwords.new_user(ONLY_TLS, "before")
    sm.create_secret(Name="db", SecretString=json.dumps({**fields, "excludeCharacters": "abcdef"}))
    function = template(owner, "postgres", "SingleUser")
    sm.rotate_secret(SecretId="db", RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 1})
    advance(owner.url, 1)
    value = value_of(owner)
    assert value["password"] != "before"
    assert not set("abcdef:/@'\"\\") & set(value["password"])
    sm.put_secret_value(SecretId="db", SecretString=json.dumps({**value, "ssl": False}))
    advance(owner.url, DAY)
    event = last_failure(owner)
    assert event["errorMessage"] == f"Error when executing lambda {function} during testSecret step"
    assert "with the new password" in event["serviceEventDetails"]["Reason"]
    assert value_of(owner)["password"] == value["password"], "AWSCURRENT stays"


def test_a_superuser_s_secret_is_read_only_for_those_who_may_read_it(
    hurried: ServerProcess, owner: Clients, make_user: Callable[..., Clients], mariadb: MariadbServer
) -> None:
    """Otherwise whoever may change one secret could have the template change every user's password."""
    sm = owner.secretsmanager
    admin = sm.create_secret(Name="admin", SecretString=json.dumps(mariadb.superuser()))["ARN"]
    own = sm.create_secret(Name="db", SecretString=json.dumps({"masterarn": admin, "username": "root"}))["ARN"]
    statements = [
        {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": own},
        {"Effect": "Allow", "Action": ["lambda:InvokeFunction", "kms:*"], "Resource": "*"},
    ]
    alice = make_user(owner, "alice", *statements)
    mine = Clients(hurried.url, alice.access_key_id, alice.secret_access_key)
    with pytest.raises(ClientError, match=r"GetSecretValue on resource: .*admin"):
        mine.secretsmanager.rotate_secret(SecretId="db", RotationLambdaARN=template(owner, "mariadb", "MultiUser"))
    mine.close()
    assert "RotationEnabled" not in sm.describe_secret(SecretId="db")
    sm.put_secret_value(SecretId="db", SecretString='{"no": "superuser"}')
    with pytest.raises(ClientError, match="has no masterarn"):
        sm.rotate_secret(SecretId="db", RotationLambdaARN=template(owner, "mariadb", "MultiUser"))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("postgresql_with_passwords", {"sslrootcert": None}),
        ("postgresql_with_passwords", {"host": "localhost"}),
        pytest.param("mysql", {"sslrootcert": None}, marks=pytest.mark.soak),
        pytest.param("mysql", {"host": "localhost"}, marks=pytest.mark.soak),
        pytest.param("mongodb", {"sslrootcert": None}, marks=pytest.mark.soak),  # its driver tries for five seconds each time
        ("redis_server", {"host": "localhost"}),
    ],
)
def test_a_certificate_is_checked_where_the_secret_wants_tls(
    owner: Clients, name: str, change: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """It must come from an authority that the secret names, and be for the host."""
    server: PasswordPostgresql | MysqlServer | MongodbServer | RedisServer = request.getfixturevalue(name)
    port = {"port": server.tls_port} if isinstance(server, RedisServer) else {}
    strategy = "" if isinstance(server, RedisServer) else "SingleUser"
    fields = set_up(owner, server, strategy, **port, ssl=True, sslrootcert=server.authority)
    assert value_of(owner)["password"] != fields["password"]
    changed = {**value_of(owner), **change}
    owner.secretsmanager.put_secret_value(SecretId="db", SecretString=json.dumps(changed))
    advance(owner.url, DAY)
    assert value_of(owner) == changed
    assert "can't log in" in last_failure(owner)["serviceEventDetails"]["Reason"]


@pytest.mark.parametrize("engine", ["oracle", "sqlserver", "db2"])
def test_drivers_without_a_server_here_run_where_functions_do(owner: Clients, engine: str) -> None:
    """They load within the confinement and its limits, and say that nobody answers."""
    fields = {"engine": engine, "host": HOST, "port": free_port(), "username": "app", "password": "old", "dbname": "things", "ssl": False}
    owner.secretsmanager.create_secret(Name="db", SecretString=json.dumps(fields))
    owner.secretsmanager.rotate_secret(SecretId="db", RotationLambdaARN=template(owner, engine, "SingleUser"))
    advance(owner.url, 1)
    event = last_failure(owner)
    assert "during setSecret step" in event["errorMessage"]
    assert "can't log in as app with the pending, current or previous password" in event["serviceEventDetails"]["Reason"]


def test_a_user_with_two_passwords_never_fails_to_log_in(owner: Clients, valkey: ValkeyServer) -> None:
    """The superuser sets them, so the user itself needs no right over users; the oldest password goes."""
    first = set_up(owner, valkey, "", ssl=False)  # without saying so, a port that has no TLS is waited for
    with logging_in(owner, "db") as counts:
        assert rotate_daily(owner, 2) == 2
    assert counts.refused == []
    assert not Login(valkey.engine, first).works()
    for fields in (value_of(owner, VersionStage="AWSPREVIOUS"), value_of(owner)):
        valkey.use(fields)


@pytest.mark.soak
def test_fifty_rotations_of_alternating_users(owner: Clients, database: Database) -> None:
    """As above, fifty times."""
    rotate_alternating(owner, database, 50)


@pytest.mark.soak
def test_fifty_rotations_of_a_single_user(owner: Clients, database: Database) -> None:
    """As above, fifty times."""
    rotate_single(owner, database, 50)
