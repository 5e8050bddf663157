"""Logging in with what a secret holds, as a client does."""

import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pymongo
import pymysql
import redis
from pymongo.errors import OperationFailure
from redis.backoff import NoBackoff
from redis.retry import Retry

HOST = "127.0.0.1"
REFUSED = (psycopg.OperationalError, pymysql.MySQLError, OperationFailure, redis.AuthenticationError)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def make_certificate(key: Path, certificate: Path) -> str:
    """Make a key and its own certificate for HOST, at these paths, and return the certificate: it is its own authority."""
    subject = ["-subj", "/CN=database", "-addext", f"subjectAltName=IP:{HOST}"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate.read_text(encoding="ascii")


@dataclass(frozen=True)
class Login:
    """Credentials, as a secret holds them, and how to try them."""

    engine: str
    fields: dict[str, Any]

    def works(self) -> bool:
        """Return whether the server takes them."""
        try:
            connect(self.fields).close()
        except REFUSED:
            return False
        return True


def connect(fields: dict[str, Any]) -> Any:
    """Log in with what a secret holds, without TLS. The connection has `close`."""
    where = {"host": fields["host"], "port": fields["port"], "password": fields["password"]}
    user = fields["username"]
    if fields["engine"] in {"postgres", "redshift"}:
        return psycopg.connect(**where, user=user, dbname="postgres", sslmode="disable", autocommit=True)
    if fields["engine"] == "mongo":
        client: Any = pymongo.MongoClient(**where, username=user, directConnection=True)
        return _tried(client, client.admin.command)
    if fields["engine"] in {"valkey", "redis"}:
        keys: Any = redis.Redis(**where, username=user, retry=Retry(NoBackoff(), 0))
        return _tried(keys, keys.execute_command)
    return pymysql.connect(**where, user=user, ssl_disabled=True, autocommit=True)


def _tried(client: Any, command: Any) -> Any:
    """Return the client after a ping: these log in only once they are asked for something."""
    try:
        command("ping")
    except REFUSED:
        client.close()
        raise
    return client
