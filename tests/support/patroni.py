"""A PostgreSQL cluster that Patroni manages: two members with synchronous replication, and etcd, all on loopback."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from tests.support.databases import HOST, free_port
from tests.support.postgresql import binaries, unprivileged
from tests.support.soak import tree
from tests.support.waiting import until

ELECTED_SECONDS = 90.0
STOP_SECONDS = 30.0
LEASE_SECONDS = 20  # the shortest that Patroni takes
DYNAMIC = {
    "ttl": LEASE_SECONDS,
    "loop_wait": 1,
    "retry_timeout": 3,
    "maximum_lag_on_failover": 1048576,
    "synchronous_mode": True,
    "postgresql": {"use_pg_rewind": True, "parameters": {"fsync": "off", "wal_log_hints": "on", "max_connections": 100}},
}


class Member:
    """One member: Patroni with its PostgreSQL."""

    def __init__(self, directory: Path, name: str, etcd: str) -> None:
        self.name = name
        self.port, self.api = free_port(), free_port()
        self._directory = directory / name
        self._configuration = directory / f"{name}.yml"
        self._process: subprocess.Popen[bytes] | None = None
        users = {kind: {"username": user} for kind, user in (("superuser", "strongroom"), ("replication", "replica"), ("rewind", "rewind"))}
        rules = ["local all all trust", f"host all all {HOST}/32 trust", f"host replication all {HOST}/32 trust"]
        configuration: dict[str, Any] = {
            "scope": "strongroom",
            "name": name,
            "restapi": {"listen": f"{HOST}:{self.api}", "connect_address": f"{HOST}:{self.api}"},
            "etcd3": {"hosts": etcd},
            "bootstrap": {"dcs": DYNAMIC, "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "no-sync"]},
            "postgresql": {
                "listen": f"{HOST}:{self.port}",
                "connect_address": f"{HOST}:{self.port}",
                "data_dir": str(self._directory),
                "bin_dir": str(binaries()),
                "authentication": users,
                "pgpass": str(directory / f"{name}.pgpass"),
                "parameters": {"unix_socket_directories": str(directory)},
                "pg_hba": rules,
            },
        }
        self._configuration.write_text(json.dumps(configuration), encoding="utf-8")  # JSON is YAML too

    def start(self) -> None:
        """Start Patroni, which starts or joins the rest."""
        program = shutil.which("patroni")
        if program is None:
            pytest.fail("this test needs Patroni and etcd: scripts/install-test-servers patroni etcd-server")
        with self._configuration.with_suffix(".log").open("ab") as log:
            self._process = subprocess.Popen([program, str(self._configuration)], stdout=log, stderr=log, cwd="/", **unprivileged())

    def status(self) -> dict[str, Any]:
        """Return what Patroni says of its member, empty while it says nothing."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.api}/patroni", timeout=2) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            found = json.load(error)
        except (OSError, ValueError):
            return {}
        return found

    def is_leader(self) -> bool:
        """Return whether it is the one that takes writes."""
        found = self.status()
        return found.get("role") in {"master", "primary"} and found.get("state") == "running"

    def kill_postgresql(self) -> None:
        """Kill its postmaster, as the kernel does when memory is short; Patroni lives."""
        os.kill(int((self._directory / "postmaster.pid").read_text(encoding="ascii").split()[0]), signal.SIGKILL)

    def kill(self) -> None:
        """Kill everything of it at once, as when its host loses power."""
        assert self._process is not None
        postmaster = int((self._directory / "postmaster.pid").read_text(encoding="ascii").split()[0])
        for pid in (*tree(self._process.pid), *tree(postmaster)):
            with_signal(pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Stop it in an orderly way."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(STOP_SECONDS)


def with_signal(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


class Cluster:
    """Two members. `leaders` names those that have been leader, in order."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="strongroom-patroni-"))
        self._etcd: subprocess.Popen[bytes] | None = None
        client, peer = free_port(), free_port()
        self._urls = (f"http://{HOST}:{client}", f"http://{HOST}:{peer}")
        self.members = [Member(self._directory, name, f"{HOST}:{client}") for name in ("one", "two")]
        self.leaders: list[str] = []

    def __enter__(self) -> Self:
        account = unprivileged()
        if account:
            for path in (self._directory, *self._directory.iterdir()):
                os.chown(path, int(account["user"]), int(account["group"]))
        client, peer = self._urls
        data = str(self._directory / "etcd")
        where = ["--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer]
        alone = ["--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}", "--unsafe-no-fsync"]
        with (self._directory / "etcd.log").open("ab") as log:
            self._etcd = subprocess.Popen(["etcd", "--data-dir", data, *where, *alone], stdout=log, stderr=log)
        try:
            for member in self.members:
                member.start()
            self.wait_until_whole()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End everything and delete what it stored."""
        for member in self.members:
            member.stop()
        if self._etcd is not None:
            self._etcd.terminate()
            self._etcd.wait(STOP_SECONDS)
        shutil.rmtree(self._directory, ignore_errors=True)

    def url(self) -> str:
        """Return the URL that finds whichever member takes writes."""
        hosts = ",".join(f"{HOST}:{member.port}" for member in self.members)
        return f"postgresql://strongroom@{hosts}/postgres?target_session_attrs=read-write&sslmode=disable&gssencmode=disable"

    def wait_until_whole(self) -> None:
        """Return once one member leads and the other is its synchronous replica."""
        until(ELECTED_SECONDS, self._is_whole, every=0.2)
        self.leaders.append(self.leader().name)

    def leader(self) -> Member:
        """Return the member that takes writes."""
        return next(member for member in self.members if member.is_leader())

    def kill_leader(self) -> None:
        """Kill the leader's host, wait until the other leads, and start it again."""
        killed = self.leader()
        killed.kill()
        other = next(member for member in self.members if member is not killed)
        until(ELECTED_SECONDS, other.is_leader, every=0.2)
        killed.start()

    def kill_postgresql(self) -> None:
        """Kill the leader's PostgreSQL alone."""
        self.leader().kill_postgresql()
        time.sleep(1.0)

    def switch_over(self) -> None:
        """Have the two change places, as for maintenance."""
        leader = self.leader()
        body = json.dumps({"leader": leader.name}).encode()
        request = urllib.request.Request(f"http://{HOST}:{leader.api}/switchover", body, method="POST")
        urllib.request.urlopen(request, timeout=ELECTED_SECONDS).close()  # noqa: S310 - as above

    def _is_whole(self) -> bool:
        with suppress(OSError, StopIteration):
            answer = urllib.request.urlopen(f"http://{HOST}:{self.leader().api}/cluster", timeout=2)
            with answer:
                return sorted(member["role"] for member in json.load(answer)["members"]) == ["leader", "sync_standby"]
        return False
