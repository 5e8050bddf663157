"""A host of its own for a node: a network namespace, joined to this one by a cable that can be pulled. Needs root and iproute2."""

import os
import subprocess
from types import TracebackType
from typing import Self

NETWORKS = "10.213.0.0/16"  # that hosts have their networks in


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Host:
    """A namespace that reaches this one at `here`, and nothing else. Each host has another number."""

    def __init__(self, number: int) -> None:
        self.here, self._there = f"10.213.{number}.1", f"10.213.{number}.2"
        self.name = f"strongroom-{os.getpid()}-{number}"
        self._cable = f"sr{os.getpid()}n{number}"[:15]
        self.inside = ["ip", "netns", "exec", self.name]

    def __enter__(self) -> Self:
        _ip("netns", "add", self.name)
        _ip("link", "add", self._cable, "type", "veth", "peer", "name", "uplink", "netns", self.name)
        _ip("addr", "add", f"{self.here}/30", "dev", self._cable)
        _ip("-n", self.name, "addr", "add", f"{self._there}/30", "dev", "uplink")
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
