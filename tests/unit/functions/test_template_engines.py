"""The templates' engines on their drivers' interfaces: drivers that only note what they are told, called as the real ones are."""

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import ibm_db_dbi
import oracledb
import psycopg
import pymongo
import pymssql
import pymysql
import pytest
import redis
import redshift_connector
from pymongo.errors import OperationFailure, PyMongoError, ServerSelectionTimeoutError
from redshift_connector.error import ProgrammingError as RedshiftError

from strongroom.functions.templates import db2, db2_rights, mongodb, mysql, oracle, postgresql, redshift, sqlserver, valkey
from strongroom.functions.templates.engines import CredentialsRefused, Engine, LoginRefused
from strongroom.functions.templates.secret import RotationError

Rows = dict[str, list[tuple[Any, ...]]]
FIELDS = {"host": "db", "username": "app", "password": "old", "dbname": "things"}


class Noted:
    """A connection and its cursor that note statements, and give the rows of the first text that is in a query."""

    def __init__(self, rows: Rows | None = None, failing: dict[str, Exception] | None = None) -> None:
        self.statements: list[str] = []
        self.values: list[Any] = []
        self.asked: dict[str, Any] = {}
        self.autocommit = True
        self._rows, self._failing = rows or {}, failing or {}

    def cursor(self) -> "Noted":
        """Return itself."""
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Close nothing."""

    def execute(self, statement: str, values: Any = None) -> None:
        """Note a statement; queries apart from those that change something."""
        self._last = statement
        for text, error in self._failing.items():
            if text in statement:
                raise error
        if not statement.startswith("SELECT"):
            self.statements.append(statement)
            self.values.append(values)

    def fetchall(self) -> Any:
        """Return the rows for the last query."""
        return next((rows for text, rows in self._rows.items() if text in self._last), [])

    def commit(self) -> None:
        """Note it."""
        self.statements.append("COMMIT")

    def close(self) -> None:
        """Close nothing."""

    def connecting(self, real: Callable[..., Any]) -> Callable[..., "Noted"]:
        """Return what stands in for a driver's `connect`: it notes what it is given, which the real one must take."""

        def connect(*given: Any, **named: Any) -> Noted:
            self.asked = inspect.signature(real).bind(*given, **named).arguments
            return self

        return connect


def test_oracle_quotes_names_and_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names in upper case, as the server reads them; and what can't be quoted is refused."""
    engine, noted = oracle.Oracle(), Noted()
    monkeypatch.setattr(oracledb, "connect", noted.connecting(oracledb.connect))
    with engine.connection({**FIELDS, "ssl": True}) as connection:
        engine.set_password(connection, {**FIELDS, "password": "n;w"}, FIELDS)
        assert not engine.has_user(connection, FIELDS)
    assert noted.statements == ['ALTER USER "APP" IDENTIFIED BY "n;w" REPLACE "old"']
    asked = noted.asked
    assert (asked["protocol"], asked["ssl_server_dn_match"], asked["service_name"], asked["port"]) == ("tcps", True, "things", 1521)
    with pytest.raises(RotationError, match="double quotes"):
        engine.set_password(noted, {**FIELDS, "password": 'a"b'})
    with pytest.raises(RotationError, match="no dbname"):
        engine.open({**FIELDS, "dbname": ""}, tls=False, authorities=None)


def test_oracle_users_are_cloned_with_their_rights_or_not_at_all() -> None:
    """Roles, system rights and those on objects; a user whose grants failed is dropped again."""
    rows: Rows = {
        "DBA_ROLE_PRIVS": [("CONNECT", "NO"), ("READER", "YES")],
        "DBA_SYS_PRIVS": [("CREATE SESSION", "NO")],
        "DBA_TAB_PRIVS": [("SELECT", "TABLE", "OWNER", "Things", "YES"), ("READ", "DIRECTORY", "SYS", "FILES", "NO")],
    }
    engine, noted = oracle.Oracle(), Noted(rows)
    clone = {**FIELDS, "username": "app_clone"}
    engine.clone_user(noted, FIELDS, clone)
    assert noted.statements == [
        'CREATE USER "APP_CLONE" IDENTIFIED BY "old"',
        'GRANT "CONNECT" TO "APP_CLONE"',
        'GRANT "READER" TO "APP_CLONE" WITH ADMIN OPTION',
        'GRANT CREATE SESSION TO "APP_CLONE"',
        'GRANT SELECT ON "OWNER"."Things" TO "APP_CLONE" WITH GRANT OPTION',
        'GRANT READ ON DIRECTORY "FILES" TO "APP_CLONE"',
    ]
    noted = Noted(rows, {"CREATE SESSION": oracledb.DatabaseError("ORA-01031")})
    with pytest.raises(oracledb.DatabaseError):
        engine.clone_user(noted, FIELDS, clone)
    assert noted.statements[-1] == 'DROP USER "APP_CLONE"'


def test_sql_server_logins_change_their_own_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """And users that a contained database holds; the driver learns whom to trust from a file."""
    settings: list[str] = []
    noted = Noted()

    def connect(**given: Any) -> Noted:
        noted.asked = given
        settings.append(Path(os.environ["FREETDSCONF"]).read_text(encoding="utf-8"))
        return noted

    monkeypatch.setenv("FREETDSCONF", "")
    monkeypatch.setattr(pymssql, "connect", connect)
    engine = sqlserver.SQLServer()
    with engine.connection({**FIELDS, "ssl": "true", "sslrootcert": "PEM"}) as connection:
        engine.set_password(connection, {**FIELDS, "password": "n'w"}, FIELDS)
        engine.check(connection)
    assert noted.statements == ["ALTER LOGIN [app] WITH PASSWORD = N'n''w' OLD_PASSWORD = N'old'"]
    assert (noted.asked["encryption"], noted.asked["port"], noted.asked["database"]) == ("require", "1433", "things")
    assert "ca file = /" in settings[0]
    assert "check certificate hostname = yes" in settings[0]
    contained = Noted({"authentication_type": [(1,)]})
    engine.set_password(contained, {**FIELDS, "username": "a]p"})
    assert contained.statements == ["ALTER USER [a]]p] WITH PASSWORD = N'old'"]
    with engine.connection({**FIELDS, "ssl": False}):
        pass
    assert noted.asked["encryption"] == "request", "the login itself is encrypted all the same"
    assert settings[1] == "[global]\n"


def test_sql_server_logins_are_cloned_with_their_rights() -> None:
    """In one transaction: roles of the server and of the database, grants and denials."""
    rows: Rows = {
        "server_role_members": [("processadmin",)],
        "JOIN sys.server_principals s ON": [("app_user",)],
        "database_role_members": [("db_datareader",)],
        "database_permissions": [
            ("G ", "CONNECT", 0, "DATABASE", None, None, None, None),
            ("G ", "SHOWPLAN", 0, "DATABASE", None, None, None, None),
            ("W ", "SELECT", 1, "OBJECT_OR_COLUMN", "dbo", "things", "name", None),
            ("D ", "DELETE", 1, "OBJECT_OR_COLUMN", "dbo", "things", None, None),
            ("G ", "EXECUTE", 3, "SCHEMA", None, None, None, "api"),
            ("R ", "INSERT", 1, "OBJECT_OR_COLUMN", "dbo", "things", "name", None),
        ],
    }
    clone = {**FIELDS, "username": "app_clone"}
    noted = Noted(rows)
    sqlserver.SQLServer().clone_user(noted, FIELDS, clone)
    assert noted.statements == [
        "BEGIN TRANSACTION",
        "CREATE LOGIN [app_clone] WITH PASSWORD = N'old'",
        "ALTER SERVER ROLE [processadmin] ADD MEMBER [app_clone]",
        "CREATE USER [app_clone] FOR LOGIN [app_clone]",
        "ALTER ROLE [db_datareader] ADD MEMBER [app_clone]",
        "GRANT SHOWPLAN TO [app_clone]",
        "GRANT SELECT ON OBJECT::[dbo].[things] ([name]) TO [app_clone] WITH GRANT OPTION",
        "DENY DELETE ON OBJECT::[dbo].[things] TO [app_clone]",
        "GRANT EXECUTE ON SCHEMA::[api] TO [app_clone]",
        "COMMIT TRANSACTION",
    ]
    contained = Noted({"authentication_type": [(1,)]})
    sqlserver.SQLServer().clone_user(contained, FIELDS, clone)
    assert contained.statements[1] == "CREATE USER [app_clone] WITH PASSWORD = N'old'"
    assert sqlserver.SQLServer().has_user(contained, clone)
    rare = Noted({"server_principals s": [("app",)], "database_permissions": [("G ", "EXECUTE", 6, "TYPE", None, None, None, None)]})
    with pytest.raises(RotationError, match="EXECUTE on a TYPE"):
        sqlserver.SQLServer().clone_user(rare, FIELDS, clone)
    assert rare.statements == [], "nothing was begun"


def test_sql_server_s_own_words_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver gives them as bytes in a tuple. The real driver, at a port where nobody listens."""
    monkeypatch.setenv("FREETDSCONF", "")
    with pytest.raises(LoginRefused, match=r"Unable to connect|connection failed"):
        sqlserver.SQLServer().open({**FIELDS, "host": "127.0.0.1", "port": 1}, tls=True, authorities=None)


REFUSALS: list[tuple[Engine, Any, str, Exception, Exception]] = [
    (postgresql.PostgreSQL(), psycopg, "connect", psycopg.OperationalError("password"), psycopg.OperationalError("server has no SSL")),
    (mysql.MySQL(), pymysql, "connect", pymysql.OperationalError(1045, "denied"), pymysql.OperationalError(2026, "no TLS")),
    (oracle.Oracle(), oracledb, "connect", oracledb.DatabaseError("ORA-01017: no"), oracledb.OperationalError("DPY-6005: no")),
    (sqlserver.SQLServer(), pymssql, "connect", pymssql.OperationalError((18456, b"no")), pymssql.OperationalError((20002, b"no"))),
    (db2.Db2(), ibm_db_dbi, "connect", ibm_db_dbi.OperationalError("SQL30082N no"), ibm_db_dbi.OperationalError("SQL30081N no")),
    (redshift.Redshift(), redshift_connector, "connect", RedshiftError({"M": "no"}), RedshiftError("Server refuses SSL")),
    (mongodb.MongoDB(), pymongo, "MongoClient", OperationFailure("no"), ServerSelectionTimeoutError("no")),
    (valkey.Valkey(), redis, "Redis", redis.AuthenticationError("no"), redis.ConnectionError("no")),
]


@pytest.mark.parametrize(
    ("engine", "driver", "name", "refused", "unreachable"), REFUSALS, ids=lambda value: getattr(value, "names", [""])[0]
)
def test_refused_credentials_are_told_from_a_missing_tls(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, driver: Any, name: str, refused: Exception, unreachable: Exception
) -> None:
    """In each driver's own terms."""
    monkeypatch.setenv("FREETDSCONF", "")
    for error, kind in ((refused, CredentialsRefused), (unreachable, LoginRefused)):
        monkeypatch.setattr(driver, name, Refusing(error))
        with pytest.raises(LoginRefused) as caught:
            engine.open(FIELDS, tls=True, authorities=None)
        assert type(caught.value) is kind


def test_db2_passwords_are_changed_by_rds_or_at_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """By RDS's procedure in its own database where there is a superuser; with the old password and the new one otherwise."""
    engine, noted = db2.Db2(), Noted()
    monkeypatch.setattr(ibm_db_dbi, "connect", noted.connecting(ibm_db_dbi.connect))
    admin = {**FIELDS, "username": "admin", "password": "secret", "ssl": False}
    with engine.connection(admin) as connection:
        engine.set_password(connection, {**FIELDS, "password": "n'w", "masterarn": "arn"}, FIELDS)
        engine.check(connection)
    assert (noted.statements, noted.values) == (["CALL rdsadmin.change_password(?, ?)"], [("app", "n'w")])
    assert noted.asked["dsn"].startswith("DATABASE=rdsadmin;HOSTNAME=db;PORT=50000;PROTOCOL=TCPIP;CONNECTTIMEOUT=5;UID=admin;PWD=secret;")
    with engine.connection({**FIELDS, "ssl": True, "sslrootcert": "PEM"}) as connection:
        words = noted.asked["dsn"]
        assert "SECURITY=SSL;SSLServerCertificate=/" in words
        assert words.endswith(";SSLClientHostnameValidation=Basic;")
        engine.set_password(connection, {**FIELDS, "password": "new"}, {**FIELDS, "ssl": False})
    assert noted.asked["dsn"].endswith("UID=app;PWD=old;NEWPWD=new;")
    with pytest.raises(RotationError, match="UID can't hold"):
        engine.open({**FIELDS, "username": "a;SECURITY=x"}, tls=False, authorities=None)
    with pytest.raises(RotationError, match="no dbname"):
        engine.open({**FIELDS, "dbname": None}, tls=False, authorities=None)


def test_db2_users_are_cloned_with_their_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    """The right to connect comes last: only a user that has it is a finished one."""
    database = dict.fromkeys(("BINDADDAUTH", "CREATETABAUTH"), "Y")
    rows: Rows = {
        "AUTH_LIST_GROUPS": [("STAFF",), ("SALES",)],
        "SYSCAT.ROLEAUTH": [("READER", "N"), ("OWNER", "Y")],
        "SYSCAT.DBAUTH": [tuple(["N"] * 4 + [database.get(column, "N") for column in db2_rights._DATABASE])],
        "SYSCAT.SCHEMAAUTH": [("S       ", "N", "Y", "G")],
        "SYSCAT.TABAUTH": [("S", 'T"', "N", "N", "Y", "N", "N", "N", "G", "N")],
        "SYSCAT.SEQUENCEAUTH": [("S", "Q", "N", "Y")],
        "SYSCAT.ROUTINEAUTH": [("S", "SQL1", "P", "Y"), ("S", None, "F", "Y"), ("S", "SQL2", "F", "N")],
    }
    noted = Noted(rows)
    monkeypatch.setattr(ibm_db_dbi, "connect", noted.connecting(ibm_db_dbi.connect))
    engine, clone = db2.Db2(), {**FIELDS, "username": "app_clone"}
    with engine.connection({**FIELDS, "ssl": False}) as connection:
        engine.clone_user(connection, FIELDS, clone)
    assert noted.values[0] == ("app_clone", "old", "STAFF,SALES")
    assert noted.statements == [
        "CALL rdsadmin.add_user(?, ?, ?)",
        'GRANT BINDADD ON DATABASE TO USER "APP_CLONE"',
        'GRANT CREATETAB ON DATABASE TO USER "APP_CLONE"',
        'GRANT ROLE "READER" TO USER "APP_CLONE"',
        'GRANT ROLE "OWNER" TO USER "APP_CLONE" WITH ADMIN OPTION',
        'GRANT CREATEIN ON SCHEMA "S" TO USER "APP_CLONE"',
        'GRANT DROPIN ON SCHEMA "S" TO USER "APP_CLONE" WITH GRANT OPTION',
        'GRANT DELETE ON TABLE "S"."T""" TO USER "APP_CLONE"',
        'GRANT SELECT ON TABLE "S"."T""" TO USER "APP_CLONE" WITH GRANT OPTION',
        'GRANT USAGE ON SEQUENCE "S"."Q" TO USER "APP_CLONE"',
        'GRANT EXECUTE ON SPECIFIC PROCEDURE "S"."SQL1" TO USER "APP_CLONE"',
        'GRANT CONNECT ON DATABASE TO USER "APP_CLONE"',
    ]
    assert engine.has_user(db2.Session(noted, FIELDS), clone)


def test_db2_users_that_were_half_made_are_finished_and_administrators_are_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt may end between adding the user and its rights."""
    noted = Noted(failing={"add_user": ibm_db_dbi.DatabaseError("exists")})
    monkeypatch.setattr(ibm_db_dbi, "connect", noted.connecting(ibm_db_dbi.connect))
    engine, clone = db2.Db2(), {**FIELDS, "username": "app_clone", "ssl": False}
    session = db2.Session(noted, {**FIELDS, "ssl": False})
    engine.clone_user(session, FIELDS, clone)
    assert noted.statements == ["CALL rdsadmin.change_password(?, ?)", 'GRANT CONNECT ON DATABASE TO USER "APP_CLONE"']
    refusing = Noted(failing={"CALL": ibm_db_dbi.DatabaseError("not authorised")})
    monkeypatch.setattr(ibm_db_dbi, "connect", refusing.connecting(ibm_db_dbi.connect))
    with pytest.raises(ibm_db_dbi.DatabaseError, match="not authorised"):
        engine.clone_user(db2.Session(refusing, {**FIELDS, "ssl": False}), FIELDS, clone)
    administrator = Noted({"SYSCAT.DBAUTH": [tuple(["Y"] + ["N"] * (3 + len(db2_rights._DATABASE)))]})
    with pytest.raises(RotationError, match="administers"):
        engine.clone_user(db2.Session(administrator, FIELDS), FIELDS, clone)


def test_redshift_users_change_and_are_cloned(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one transaction; roles are Redshift's own, so no other server shows these statements."""
    noted = Noted(
        {
            "usesuper": [(True, True)],
            "pg_group": [("readers",)],
            "svv_user_grants": [("analyst", True)],
            "svv_database_privileges": [("things", "TEMP", False)],
            "svv_schema_privileges": [("public", "USAGE", False)],
            "svv_relation_privileges": [("public", 'a"b', "SELECT", True)],
        }
    )
    monkeypatch.setattr(redshift_connector, "connect", noted.connecting(redshift_connector.connect))
    engine = redshift.Redshift()
    with engine.connection({**FIELDS, "ssl": True}) as connection:
        engine.set_password(connection, {**FIELDS, "password": "a'\\b"})
        engine.clone_user(connection, FIELDS, {**FIELDS, "username": "app_clone"})
    assert (noted.asked["ssl"], noted.asked["sslmode"], noted.asked["database"], noted.asked["port"]) == (
        True,
        "verify-full",
        "things",
        5439,
    )
    assert noted.statements == [
        "ALTER USER \"app\" PASSWORD 'a''\\\\b'",
        "CREATE USER \"app_clone\" PASSWORD 'old' CREATEDB CREATEUSER",
        'ALTER GROUP "readers" ADD USER "app_clone"',
        'GRANT ROLE "analyst" TO "app_clone" WITH ADMIN OPTION',
        'GRANT TEMP ON DATABASE "things" TO "app_clone"',
        'GRANT USAGE ON SCHEMA "public" TO "app_clone"',
        'GRANT SELECT ON TABLE "public"."a""b" TO "app_clone" WITH GRANT OPTION',
        "COMMIT",
    ]


def test_mysql_users_of_every_kind_are_cloned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that must use TLS; those of MySQL 5.7, which has no roles; and a user whose grants failed goes again."""
    grants = [
        ("GRANT USAGE ON *.* TO `app`@`%`",),
        ("GRANT ALL ON `50%`.* TO `app`@`%` WITH GRANT OPTION",),
        ("SET DEFAULT ROLE `r` FOR `app`@`%`",),
    ]
    noted = Noted({"ssl_type": [("ANY",)]})
    monkeypatch.setattr(noted, "fetchall", lambda: grants if noted._last.startswith("SHOW GRANTS") else Noted.fetchall(noted))
    mysql.MySQL().clone_user(noted, FIELDS, {**FIELDS, "username": "app_clone"})
    assert [statement for statement in noted.statements if not statement.startswith("SHOW")] == [
        "CREATE USER %s@%s IDENTIFIED BY %s REQUIRE SSL",
        "GRANT USAGE ON *.* TO %s@%s",
        "GRANT ALL ON `50%%`.* TO %s@%s WITH GRANT OPTION",
        "SET DEFAULT ROLE `r` FOR %s@%s",
    ]
    noted = Noted({"SHOW GRANTS": grants}, {"GRANT ALL": pymysql.OperationalError("no")})
    with pytest.raises(pymysql.OperationalError):
        mysql.MySQL().clone_user(noted, FIELDS, {**FIELDS, "username": "app_clone"})
    assert noted.statements[-1] == "DROP USER %s@%s"


class Refusing:
    """A driver's `connect` that fails, or its client whose first command does."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __call__(self, *_given: Any, **_named: Any) -> Any:
        """Fail, unless the driver's clients connect later."""
        if isinstance(self._error, redis.RedisError | PyMongoError):
            return self
        raise self._error

    def __getitem__(self, _database: str) -> "Refusing":
        return self

    def command(self, *_command: Any) -> None:
        """Fail."""
        raise self._error

    def ping(self) -> None:
        """Fail."""
        raise self._error

    def close(self) -> None:
        """Close nothing."""


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
