"""A host of its own for a node: a network namespace, joined to this one by a cable that can be pulled. Needs root and iproute2."""

import os
import subprocess
from types import TracebackType
from typing import Self

NETWORK, HERE, THERE = "10.213.7.0/30", "10.213.7.1", "10.213.7.2"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Host:
    """A namespace that reaches this one at HERE, and nothing else."""

    def __init__(self) -> None:
        self.name = f"strongroom-{os.getpid()}"
        self._cable = f"sr{os.getpid()}"[:12]
        self.inside = ["ip", "netns", "exec", self.name]

    def __enter__(self) -> Self:
        _ip("netns", "add", self.name)
        _ip("link", "add", self._cable, "type", "veth", "peer", "name", "uplink", "netns", self.name)
        _ip("addr", "add", f"{HERE}/30", "dev", self._cable)
        _ip("-n", self.name, "addr", "add", f"{THERE}/30", "dev", "uplink")
        self.plug()
        for device in ("lo", "uplink"):
            _ip("-n", self.name, "link", "set", device, "up")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _ip("link", "del", self._cable)
        _ip("netns", "del", self.name)

    def pull(self) -> None:
        """Drop every packet."""
        _ip("link", "set", self._cable, "down")

    def plug(self) -> None:
        """Carry packets again."""
        _ip("link", "set", self._cable, "up")
