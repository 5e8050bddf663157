"""The templates' strategies and engines, on drivers that only note what they are told."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Self

import boto3
import oracledb
import pymongo
import pytest
import redis
from pymongo.errors import OperationFailure

from strongroom.functions.templates import api_key, mongodb, oracle, valkey
from strongroom.functions.templates.catalogue import HANDLERS, template
from strongroom.functions.templates.engines import Engine, Fields, LoginRefused
from strongroom.functions.templates.secret import RotationError
from strongroom.functions.templates.strategies import alternating_users_handler, single_user_handler

TOKEN, OLD = "t" * 32, "o" * 32
SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-abcdef"
SUPERUSER = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:admin-abcdef"
FIELDS = {"engine": "fake", "host": "db", "username": "app", "password": "old", "masterarn": SUPERUSER, "other": 1}


class NotFound(Exception):
    """The client's ResourceNotFoundException."""


class SecretsManager:
    """One secret, and the superuser's, behind the calls that templates make."""

    exceptions = SimpleNamespace(ResourceNotFoundException=NotFound)

    def __init__(self, text: str) -> None:
        self.values = {OLD: text}
        self.stages = {OLD: ["AWSCURRENT"], TOKEN: ["AWSPENDING"]}
        self.enabled = True
        self.superuser: Fields = {"host": "db", "username": "root", "password": "root", "engine": "fake"}
        self.made = 0

    def describe_secret(self, **_request: Any) -> dict[str, Any]:
        """Return the labels."""
        return {"RotationEnabled": self.enabled, "VersionIdsToStages": self.stages}

    def get_secret_value(self, **request: Any) -> dict[str, Any]:
        """Return a version."""
        if request["SecretId"] == SUPERUSER:
            return {"SecretString": json.dumps(self.superuser)}
        version = next((version for version, labels in self.stages.items() if request["VersionStage"] in labels), "")
        if version not in self.values:
            raise NotFound
        return {"SecretString": self.values[version]}

    def get_random_password(self, **request: Any) -> dict[str, Any]:
        """Return a password."""
        assert "'" in request["ExcludeCharacters"]
        self.made += 1
        return {"RandomPassword": f"new-{self.made}"}

    def put_secret_value(self, **request: Any) -> None:
        """Store a version."""
        self.values[request["ClientRequestToken"]] = request["SecretString"]

    def update_secret_version_stage(self, **request: Any) -> None:
        """Move AWSCURRENT."""
        assert request["RemoveFromVersionId"] == OLD
        self.stages = {OLD: ["AWSPREVIOUS"], request["MoveToVersionId"]: ["AWSCURRENT", "AWSPENDING"]}


class FakeEngine(Engine):
    """A database of users and their passwords."""

    names = ("fake",)
    port = 1
    longest_name = 12

    def __init__(self) -> None:
        self.users = {"app": "old", "root": "root"}
        self.tls: list[tuple[bool, bool]] = []
        self.plain_only = False

    def open(self, fields: Fields, *, tls: bool, verify: bool) -> Any:
        """Check the password."""
        self.tls.append((tls, verify))
        if self.users.get(fields["username"]) != fields["password"] or (tls and self.plain_only):
            raise LoginRefused("no")
        return fields["username"]

    def close(self, connection: Any) -> None:
        """Close nothing."""

    def check(self, connection: Any) -> None:
        """Read nothing."""

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """Set it."""
        assert connection == (old["username"] if old else "root")
        self.users[fields["username"]] = fields["password"]

    def has_user(self, connection: Any, fields: Fields) -> bool:
        """Look."""
        assert connection == "root"
        return fields["username"] in self.users

    def clone_user(self, connection: Any, original: Fields, fields: Fields) -> None:
        """Make it."""
        assert (connection, original["username"]) == ("root", fields["username"].removesuffix("_clone"))
        self.users[fields["username"]] = fields["password"]


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> SecretsManager:
    """Put a fake in the place of Secrets Manager."""
    made = SecretsManager(json.dumps(FIELDS))
    monkeypatch.setenv("SECRETS_MANAGER_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(boto3, "client", lambda *_arguments, **_more: made)
    return made


def run(handler: Callable[[dict[str, Any], Any], None], *steps: str) -> None:
    """Run steps of a rotation."""
    for step in steps or ("createSecret", "setSecret", "testSecret", "finishSecret"):
        handler({"Step": step, "SecretId": SECRET_ARN, "ClientRequestToken": TOKEN}, None)


def test_a_single_user_gets_a_new_password(manager: SecretsManager) -> None:
    """The rest of the secret stays, and each step may come twice."""
    engine = FakeEngine()
    handler = single_user_handler(engine)
    run(handler, "createSecret", "createSecret", "setSecret", "setSecret", "testSecret", "finishSecret", "finishSecret")
    assert json.loads(manager.values[TOKEN]) == {**FIELDS, "password": "new-1"}
    assert engine.users["app"] == "new-1"
    assert manager.stages[TOKEN] == ["AWSCURRENT", "AWSPENDING"]


def test_two_users_take_turns(manager: SecretsManager) -> None:
    """The superuser makes the clone the first time and sets its password later."""
    engine = FakeEngine()
    handler = alternating_users_handler(engine)
    run(handler)
    assert engine.users == {"app": "old", "root": "root", "app_clone": "new-1"}
    manager.values = {OLD: manager.values[TOKEN]}
    manager.stages = {OLD: ["AWSCURRENT"], TOKEN: ["AWSPENDING"]}
    run(handler)
    assert engine.users == {"app": "new-2", "root": "root", "app_clone": "new-1"}
    assert json.loads(manager.values[TOKEN])["username"] == "app"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"enabled": False}, "not enabled"),
        ({"stages": {OLD: ["AWSCURRENT"]}}, "has no version"),
        ({"stages": {OLD: ["AWSCURRENT"], TOKEN: []}}, "not labelled AWSPENDING"),
        ({"values": {OLD: "not JSON"}}, "not JSON"),
        ({"values": {OLD: "[]"}}, "not a JSON object"),
        ({"values": {OLD: json.dumps({**FIELDS, "engine": "mysql"})}}, "engine must be fake"),
        ({"values": {OLD: json.dumps({**FIELDS, "host": ""})}}, "has no host"),
        ({"values": {OLD: json.dumps({**FIELDS, "username": "a_long_name"})}}, "longer than 12"),
    ],
)
def test_secrets_that_can_t_be_rotated_say_why(manager: SecretsManager, change: dict[str, Any], text: str) -> None:
    """In words that hold no password."""
    for name, value in change.items():
        setattr(manager, name, value)
    with pytest.raises(RotationError, match=text):
        run(alternating_users_handler(FakeEngine()), "createSecret")


@pytest.mark.parametrize(
    ("superuser", "text"),
    [({"host": "elsewhere"}, "another host or port"), ({"port": 7}, "another host or port"), ({"password": "wrong"}, "as the superuser")],
)
def test_a_superuser_of_another_server_is_not_used(manager: SecretsManager, superuser: Fields, text: str) -> None:
    """Its password goes to its own server only."""
    manager.superuser.update(superuser)
    handler = alternating_users_handler(FakeEngine())
    run(handler, "createSecret")
    with pytest.raises(RotationError, match=text):
        run(handler, "setSecret")


def test_a_new_version_may_not_name_another_user(manager: SecretsManager) -> None:
    """Whoever can write the pending version gets no other user's password changed."""
    handlers = single_user_handler(FakeEngine()), alternating_users_handler(FakeEngine())
    for handler in handlers:
        manager.values[TOKEN] = json.dumps({**FIELDS, "username": "victim", "password": "x"})
        with pytest.raises(RotationError, match="names"):
            run(handler, "setSecret")


def test_a_password_that_nobody_knows_any_more_is_said_to_be_lost(manager: SecretsManager) -> None:
    """Neither pending, current nor previous."""
    engine = FakeEngine()
    engine.users["app"] = "changed by hand"
    handler = single_user_handler(engine)
    run(handler, "createSecret")
    with pytest.raises(RotationError, match="pending, current or previous"):
        run(handler, "setSecret")
    with pytest.raises(RotationError, match="with the new password"):
        run(handler, "testSecret")
    assert manager.stages[OLD] == ["AWSCURRENT"]


@pytest.mark.parametrize(
    ("ssl", "tried"),
    [
        (None, [(True, False), (False, False)]),
        (True, [(True, True)]),
        ("true", [(True, True)]),
        (False, [(False, False)]),
        ("false", [(False, False)]),
    ],
)
def test_the_secret_says_whether_to_use_tls(ssl: Any, tried: list[tuple[bool, bool]]) -> None:
    """Absent: TLS first, and then plain; wanted: with a certificate that holds."""
    engine = FakeEngine()
    engine.plain_only = True
    fields = dict(FIELDS) if ssl is None else {**FIELDS, "ssl": ssl}
    engine.accepts(fields)
    assert engine.tls == tried


def test_an_api_key_is_replaced_wherever_it_stands(manager: SecretsManager) -> None:
    """Alone or as a member of JSON."""
    for text, expected in (('{"apiKey": "a", "b": 1}', '{"apiKey": "new-1", "b": 1}'), ("plain", "new-2"), ("[1]", "new-3")):
        manager.values = {OLD: text}
        manager.stages = {OLD: ["AWSCURRENT"], TOKEN: ["AWSPENDING"]}
        run(api_key.rotate)
        assert manager.values[TOKEN] == expected
    manager.values = {OLD: '{"b": 1}'}
    manager.stages = {OLD: ["AWSCURRENT"], TOKEN: ["AWSPENDING"]}
    with pytest.raises(RotationError, match="none of the members"):
        run(api_key.rotate, "createSecret")


class Noted:
    """A connection and its cursor that note statements and give rows."""

    def __init__(self, *rows: Any) -> None:
        self.statements: list[str] = []
        self._rows = list(rows)

    def cursor(self) -> "Noted":
        """Return itself."""
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Close nothing."""

    def execute(self, statement: str, *_values: Any) -> None:
        """Note a statement."""
        self.statements.append(statement)

    def fetchall(self) -> Any:
        """Return the next rows."""
        return self._rows.pop(0)

    def close(self) -> None:
        """Close nothing."""


def test_oracle_quotes_names_and_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """And refuses what can't be quoted."""
    engine, fields = oracle.Oracle(), {**FIELDS, "dbname": "XE", "password": "n;w"}
    asked: dict[str, Any] = {}

    def connect(**given: Any) -> Noted:
        asked.update(given)
        return Noted()

    monkeypatch.setattr(oracledb, "connect", connect)
    with engine.connection({**fields, "ssl": True}) as connection:
        engine.set_password(connection, fields, {**fields, "password": "old"})
    assert connection.statements == ['ALTER USER "app" IDENTIFIED BY "n;w" REPLACE "old"']
    assert (asked["protocol"], asked["ssl_server_dn_match"], asked["service_name"], asked["port"]) == ("tcps", True, "XE", 1521)
    noted = Noted([("CONNECT",), ("CREATE SESSION",)])
    engine.clone_user(noted, fields, {**fields, "username": "app_clone"})
    assert noted.statements[0] == 'CREATE USER "APP_CLONE" IDENTIFIED BY "n;w"'
    assert noted.statements[2:] == ['GRANT CONNECT TO "APP_CLONE"', 'GRANT CREATE SESSION TO "APP_CLONE"']
    with pytest.raises(RotationError, match="double quotes"):
        engine.set_password(Noted(), {**fields, "password": 'a"b'})
    with pytest.raises(RotationError, match="no dbname"):
        engine.open(FIELDS, tls=False, verify=False)


class Mongo:
    """A client that notes commands; the password `bad` is refused."""

    def __init__(self, **given: Any) -> None:
        self.given = given
        self.commands: list[tuple[Any, ...]] = []

    def __getitem__(self, database: str) -> "Mongo":
        self.database = database
        return self

    def command(self, *command: Any, **more: Any) -> Any:
        """Note a command."""
        if self.given.get("password") == "bad":
            raise OperationFailure("Authentication failed.")
        self.commands.append((self.database, *command, more))
        return {"users": [{"roles": [{"role": "readWrite", "db": "app"}]}]}

    def close(self) -> None:
        """Close nothing."""


def test_mongodb_users_change_and_are_cloned(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the admin database unless the secret says otherwise."""
    engine = mongodb.MongoDB()
    monkeypatch.setattr(pymongo, "MongoClient", Mongo)
    with engine.connection(FIELDS) as client:
        engine.set_password(client, {**FIELDS, "password": "new"})
        assert engine.has_user(client, FIELDS)
        engine.clone_user(client, FIELDS, {**FIELDS, "username": "app_clone", "authSource": "users"})
    assert ("admin", "updateUser", "app", {"pwd": "new"}) in client.commands
    roles = [{"role": "readWrite", "db": "app"}]
    assert client.commands[-1] == ("users", "createUser", "app_clone", {"pwd": "old", "roles": roles})
    assert not engine.accepts({**FIELDS, "password": "bad"})


class Redis:
    """A client that notes commands."""

    def __init__(self, **given: Any) -> None:
        self.given = given
        self.commands: list[tuple[Any, ...]] = []

    def ping(self) -> None:
        """Refuse one password."""
        if self.given["password"] == "bad":
            raise redis.AuthenticationError("WRONGPASS")

    def execute_command(self, *command: Any) -> Any:
        """Note a command."""
        self.commands.append(command)
        return []

    def close(self) -> None:
        """Close nothing."""


def test_valkey_users_have_the_new_password_beside_the_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no login fails; alternating users are not needed."""
    engine = valkey.Valkey()
    monkeypatch.setattr(redis, "Redis", Redis)
    with engine.connection(FIELDS) as client:
        engine.set_password(client, {**FIELDS, "password": "new"}, FIELDS)
        assert engine.has_user(client, FIELDS)
    assert client.commands[0] == ("ACL", "SETUSER", "app", "resetpass", ">old", ">new")
    assert not engine.accepts({**FIELDS, "password": "bad"})
    with pytest.raises(RotationError):
        engine.clone_user(client, FIELDS, FIELDS)


def test_every_template_is_a_function_of_every_account() -> None:
    """Under AWS's names, invoked by Secrets Manager for secrets of the account itself."""
    assert template("111122223333", "eu-west-1", "mine") is None
    for name in HANDLERS:
        found = template("111122223333", "eu-west-1", name)
        assert found is not None
        assert found.arn == f"arn:aws:lambda:eu-west-1:111122223333:function:{name}"
        assert '"aws:SourceAccount":"111122223333"' in found.policy["SecretsManager"]
