"""Installations with roles for machines, and the endpoints that serve them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.support.clients import Clients
from tests.support.process import ServerProcess, start, strongroom
from typer.testing import CliRunner, Result

from strongroom.cli.main import app

ROOT_KEY = {"STRONGROOM_ROOT_ACCESS_KEY_ID": "AKIAROOTROOTROOTROOT", "STRONGROOM_ROOT_SECRET_ACCESS_KEY": "root-secret"}
ACCOUNT = "111122223333"


@dataclass
class Installation:
    """A server over a data directory, and its root user's clients."""

    data: Path
    server: ServerProcess
    root: Clients

    def command(self, *arguments: str, check: bool = True) -> str:
        """Run a strongroom command over the data directory; returns what it printed, or its error if `check` is False."""
        done = self.run(*arguments)
        assert not check or done.exit_code == 0, done.output
        return done.stdout if check else done.stderr

    def run(self, *arguments: str) -> Result:
        """Run a strongroom command in this process, which is left as it is: starting one takes most of a second."""
        with patch("strongroom.app.operating.harden_process"):
            return CliRunner().invoke(app, [*arguments, "--data-dir", str(self.data)])

    def role(self, name: str, *services: str, statements: list[dict[str, Any]] | None = None) -> str:
        """Make a role that trusts services, and return its ARN."""
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}],
        }
        arn = self.root.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            self.root.iam.put_role_policy(RoleName=name, PolicyName="given", PolicyDocument=document)
        return arn

    @contextmanager
    def endpoint(self, command: str, role: str, *options: str) -> Iterator[str]:
        """Run `imds` or `container-credentials` on a free port, and give its address."""
        running = start([command, "--role", role, "--data-dir", str(self.data), "--listen", "127.0.0.1:0", *options])
        try:
            yield running.url
        finally:
            running.stop()


@contextmanager
def installed(data: Path) -> Iterator[Installation]:
    """Initialise a data directory and serve it."""
    strongroom("init", "--data-dir", str(data), "--account-id", ACCOUNT, env=ROOT_KEY)
    server = start(["serve", "--data-dir", str(data), "--listen", "127.0.0.1:0", "--workers", "1"], stderr=data / "log")
    root = Clients(server.url, "AKIAROOTROOTROOTROOT", "root-secret", account_id=ACCOUNT)
    try:
        yield Installation(data, server, root)
    finally:
        root.close()
        server.stop()
