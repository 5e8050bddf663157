"""Several nodes on one PostgreSQL, each with a data directory and, if wanted, a network of its own."""

import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.clients import Clients
from tests.support.process import ROOT, ServerProcess, start, strongroom

ROOT_KEY = {"STRONGROOM_ROOT_ACCESS_KEY_ID": "AKIAROOTROOTROOTROOT", "STRONGROOM_ROOT_SECRET_ACCESS_KEY": "root-secret"}


def root_of(running: ServerProcess) -> Clients:
    """Return clients of the root user of an installation that was made with ROOT_KEY."""
    access_key_id, secret_access_key = ROOT_KEY.values()
    return Clients(running.url, access_key_id, secret_access_key)


@dataclass
class Installation:
    """One database, and nodes that were started on it.

    Attributes:
        urls: the database's URL as each node reaches it; the last one is every further node's.
        inside: by node, a command that runs others, such as `ip netns exec NAME`.
        program: the Python module that nodes are started with from now on.
        settings: further variables for every node.
    """

    directory: Path
    urls: list[str]
    stack: ExitStack
    workers: int = 2
    inside: dict[int, list[str]] = field(default_factory=dict)
    program: str = "strongroom"
    nodes: list[ServerProcess] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    def data(self, number: int) -> Path:
        """Return the data directory of a node."""
        return self.directory / f"node{number}"

    def environment(self, number: int = 0) -> dict[str, str]:
        """Return the variables that a node needs."""
        return {
            "STRONGROOM_DATABASE_URL": self.urls[min(number, len(self.urls) - 1)],
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            **ROOT_KEY,
            **self.settings,
        }

    def join(self) -> ServerProcess:
        """Initialise another node with the first one's root key, and serve."""
        number = len(self.nodes)
        data = self.data(number)
        if number:
            data.mkdir(mode=0o700)
            shutil.copy2(self.data(0) / "root.key", data / "root.key")
        printed = strongroom("init", "--data-dir", str(data), env=self.environment(number)).stdout
        assert ("in the shared database already" in printed) == bool(number)
        return self.serve(number)

    def serve(self, number: int, listen: str = "127.0.0.1:0") -> ServerProcess:
        """Start a node."""
        arguments = ["serve", "--data-dir", str(self.data(number)), "--listen", listen, "--workers", str(self.workers)]
        inside = self.inside.get(number, ())
        running = start(arguments, self.environment(number), self.data(number) / "log", inside, self.program)
        self.stack.callback(running.stop)
        self.nodes[number : number + 1] = [running]
        return running
