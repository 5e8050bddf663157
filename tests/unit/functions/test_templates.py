"""The templates' strategies, on a database that is a dict."""

import json
import ssl
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from strongroom.functions.templates import api_key
from strongroom.functions.templates.authorities import authorities_file, tls_context
from strongroom.functions.templates.catalogue import HANDLERS, template
from strongroom.functions.templates.engines import CredentialsRefused, Engine, Fields, LoginRefused
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

    def open(self, fields: Fields, *, tls: bool, authorities: str | None) -> Any:
        """Check the password."""
        self.tls.append((tls, authorities is not None))
        if tls and self.plain_only:
            raise LoginRefused("no TLS")
        if self.users.get(fields["username"]) != fields["password"]:
            raise CredentialsRefused("no")
        return fields["username"]

    def close(self, connection: Any) -> None:
        """Close nothing."""

    def check(self, connection: Any) -> None:
        """Read nothing."""

    def set_password(self, connection: Any, fields: Fields, old: Fields | None = None) -> None:
        """Set it."""
        assert connection == (old["username"] if old and not self.superuser_sets else "root")
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


def test_a_superuser_sets_a_single_user_s_password_where_the_database_wants_that(manager: SecretsManager) -> None:
    """It is told which password is there now; without a superuser's secret the user does it itself."""
    engine = FakeEngine()
    engine.superuser_sets = True
    run(single_user_handler(engine))
    assert engine.users == {"app": "new-1", "root": "root"}
    manager.values = {OLD: json.dumps({**FIELDS, "masterarn": None, "password": "new-1"})}
    manager.stages = {OLD: ["AWSCURRENT"], TOKEN: ["AWSPENDING"]}
    engine.superuser_sets = False
    run(single_user_handler(engine))
    assert engine.users["app"] == "new-2"


def test_the_superuser_works_where_the_rights_lie(manager: SecretsManager) -> None:
    """In the secret's own database, if rights are a database's; otherwise where its own secret says."""
    manager.values[OLD] = json.dumps({**FIELDS, "dbname": "app", "ssl": False, "sslrootcert": "PEM"})
    manager.superuser["dbname"] = "master"
    for in_database, expected in ((True, "app"), (False, "master")):
        seen: list[Fields] = []

        class Watched(FakeEngine):
            rights_in_database = in_database
            fields = seen

            def open(self, fields: Fields, *, tls: bool, authorities: str | None) -> Any:
                self.fields.append(fields)
                return super().open(fields, tls=tls, authorities=authorities)

        manager.values.pop(TOKEN, None)
        run(alternating_users_handler(Watched()), "createSecret", "setSecret")
        [superuser] = [fields for fields in seen if fields["username"] == "root"]
        assert (superuser["dbname"], superuser["ssl"], superuser["sslrootcert"]) == (expected, False, "PEM")


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


def test_a_server_without_tls_is_asked_for_it_once(manager: SecretsManager) -> None:
    """Some keep the client waiting. Once TLS was there, it is asked for each time."""
    del manager
    engine = FakeEngine()
    engine.plain_only = True
    assert engine.accepts(FIELDS)
    assert engine.accepts(FIELDS)
    assert engine.tls == [(True, False), (False, False), (False, False)]
    assert not engine.accepts({**FIELDS, "host": "other", "password": "bad"})
    assert not engine.accepts({**FIELDS, "host": "other", "password": "bad"})
    assert engine.tls[3:] == [(True, False), (False, False), (False, False)]


def test_a_password_that_was_refused_over_tls_does_not_follow_in_plain() -> None:
    """It may be the one that is set next, and somebody may listen."""
    engine = FakeEngine()
    assert not engine.accepts({**FIELDS, "password": "bad"})
    assert engine.tls == [(True, False)]


def test_the_secret_may_say_whom_to_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the system's authorities count; where there are none, the operator is told."""
    with authorities_file({"sslrootcert": "-----BEGIN"}) as path:
        assert Path(path).read_text(encoding="ascii") == "-----BEGIN"
        with pytest.raises(RotationError, match="no certificates"):
            tls_context(path)
    assert not Path(path).exists()
    with authorities_file({}) as path:
        assert tls_context(path).verify_mode == ssl.CERT_REQUIRED
    assert tls_context(None).verify_mode == ssl.CERT_NONE
    monkeypatch.setattr(Path, "is_file", lambda _path: False)
    with pytest.raises(RotationError, match="no bundle"), authorities_file({}):
        pass


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


def test_every_template_is_a_function_of_every_account() -> None:
    """Under AWS's names, invoked by Secrets Manager for secrets of the account itself."""
    assert template("111122223333", "eu-west-1", "mine") is None
    for name in HANDLERS:
        found = template("111122223333", "eu-west-1", name)
        assert found is not None
        assert found.arn == f"arn:aws:lambda:eu-west-1:111122223333:function:{name}"
        assert '"aws:SourceAccount":"111122223333"' in found.policy["SecretsManager"]
