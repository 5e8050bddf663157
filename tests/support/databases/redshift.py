"""What can be shown of Redshift's template without Redshift: its driver and its statements, on PostgreSQL.

PostgreSQL refuses what Redshift's driver says of itself when a connection begins, and the driver can't read the version of a Debian
package, so a proxy takes these out. The views on rights that
only Redshift has are made here from PostgreSQL's own.
"""

import socket
import struct
import threading
from typing import Any

import psycopg
from psycopg import sql
from tests.support.databases.logins import HOST
from tests.support.databases.sql import PasswordPostgresql

TLS_WANTED = 80877103
KNOWN = {b"user", b"database", b"application_name", b"client_encoding"}
HEAD, LENGTH = struct.Struct(">II"), struct.Struct(">I")
READY = b"Z"
REDSHIFT_VERSION = b"server_version\x008.0.2\0"
_ACL = "aclexplode({acl}) a JOIN pg_roles r ON r.oid = a.grantee"
_COLUMNS = "a.privilege_type, r.rolname AS identity_name, 'user' AS identity_type, a.is_grantable AS admin_option"
VIEWS = f"""
CREATE VIEW svv_user_grants AS SELECT '' AS user_name, '' AS role_name, false AS admin_option WHERE false;
CREATE VIEW svv_database_privileges AS SELECT d.datname AS database_name, {_COLUMNS} FROM pg_database d, {_ACL.format(acl="d.datacl")};
CREATE VIEW svv_schema_privileges AS SELECT n.nspname AS namespace_name, {_COLUMNS} FROM pg_namespace n, {_ACL.format(acl="n.nspacl")};
CREATE VIEW svv_relation_privileges AS SELECT n.nspname AS namespace_name, c.relname AS relation_name, {_COLUMNS}
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, {_ACL.format(acl="c.relacl")};
"""  # noqa: S608 - names of ours


class RedshiftStandIn(PasswordPostgresql):
    """A PostgreSQL that takes connections of Redshift's driver on a second port."""

    engine = "redshift"
    method = "md5"  # as Redshift

    def start(self) -> None:
        """Start it, and the proxy."""
        super().start()
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(VIEWS.encode())
            connection.execute("GRANT SELECT ON pg_authid TO PUBLIC")
            connection.execute("CREATE GROUP readers")
            connection.execute("CREATE SCHEMA hidden")
            connection.execute("CREATE TABLE hidden.things (name text)")
            connection.execute("GRANT SELECT ON hidden.things TO GROUP readers")
        self._listener = socket.create_server((HOST, 0))
        self.proxied: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self, *arguments: Any) -> None:
        """Stop both."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        super().stop(*arguments)

    def new_user(self, name: str, password: str) -> dict[str, Any]:
        """Create a user that is in a group and has rights of its own, and return its secret."""
        fields = super().new_user(name, password)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in ("ALTER GROUP readers ADD USER {}", "GRANT USAGE ON SCHEMA hidden TO {}"):
                connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
        return fields

    def secret(self, name: str, password: str) -> dict[str, Any]:
        """Return what a user's secret holds: the proxy's port."""
        return {**super().secret(name, password), "port": self.proxied, "dbname": "postgres"}

    def use(self, fields: dict[str, Any]) -> None:
        """Do what new_user gave the right to, by the user's own right and by its group's."""
        super().use(fields)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("SET SESSION AUTHORIZATION {}").format(sql.Identifier(fields["username"])))
            connection.execute("SELECT * FROM hidden.things")

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.create_connection((HOST, self.port)) as server:
            start = _startup(client)
            if start is None:
                return
            server.sendall(start)
            back = threading.Thread(target=_answer, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join()


def _startup(client: socket.socket) -> bytes | None:
    """Return a connection's first message with what PostgreSQL knows of it only; TLS is refused."""
    while True:
        head = client.recv(HEAD.size, socket.MSG_WAITALL)
        if len(head) < HEAD.size:
            return None
        length, code = HEAD.unpack(head)
        if code != TLS_WANTED:
            break
        client.sendall(b"N")
    words = client.recv(length - HEAD.size, socket.MSG_WAITALL).split(b"\0")
    pairs = [(name, value) for name, value in zip(words[::2], words[1::2], strict=False) if name in KNOWN]
    body = b"".join(name + b"\0" + value + b"\0" for name, value in pairs) + b"\0"
    return HEAD.pack(HEAD.size + len(body), code) + body


def _answer(server: socket.socket, client: socket.socket) -> None:
    """Carry what the server says, its version changed to Redshift's while the connection begins."""
    kind = b""
    while kind != READY:
        kind = server.recv(1)
        length = server.recv(LENGTH.size, socket.MSG_WAITALL)
        if not length:
            break
        body = server.recv(LENGTH.unpack(length)[0] - LENGTH.size, socket.MSG_WAITALL)
        if body.startswith(b"server_version\0"):
            body = REDSHIFT_VERSION
        client.sendall(kind + LENGTH.pack(LENGTH.size + len(body)) + body)
    _copy(server, client)


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
