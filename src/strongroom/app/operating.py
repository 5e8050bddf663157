"""What operator commands do beside a running server: calls and changes in this process, recorded in the trail like any others."""

import os
import pwd
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from strongroom.app.backends import open_ring
from strongroom.app.clocks import ServerClocks
from strongroom.app.compose import Node, Prepared
from strongroom.app.layout import DataDirectory
from strongroom.calls.engine import ATTEMPTS
from strongroom.calls.events import service_facts
from strongroom.calls.jobs import ServiceEvent
from strongroom.config import Settings
from strongroom.core.control import Conflict
from strongroom.core.errors import OperatorError
from strongroom.core.ids import uuid4
from strongroom.crypto.memory import harden_process
from strongroom.crypto.random import random_bytes
from strongroom.edge.models import load_models
from strongroom.storage.ports import Store

T = TypeVar("T")


def first_account(settings: Settings) -> str:
    """Return the account that the operator named, or the one that `init` made."""
    if "account_id" in settings.model_fields_set:
        return settings.account_id
    marker = DataDirectory(settings.data_dir).marker
    return marker.read_text(encoding="utf-8").strip() if marker.is_file() else settings.account_id


def operator_name() -> str:
    """Return who runs this command, as the operating system knows it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


@contextmanager
def operating(settings: Settings, role: str) -> Iterator[Node]:
    """Open a node that answers no requests. `role` names its part of the trail. Raises OperatorError."""
    layout = DataDirectory(settings.data_dir)
    layout.ensure_private()
    harden_process()
    with tempfile.TemporaryDirectory(prefix="strongroom-") as own:  # what the server's workers share is not this node's
        node = Node(Prepared(settings, layout, open_ring(settings, layout), load_models(()), ServerClocks(), Path(own)), role)
        try:
            node.start(timed=False)
            yield node
        finally:
            node.close()


def change(node: Node, event: ServiceEvent, work: Callable[[Store], T]) -> T:
    """Run `work` in a unit of its own and commit it with its event; run again on a conflict. Raises what `work` raises, OperatorError."""
    request_id = uuid4(random_bytes)
    for _ in range(ATTEMPTS):
        unit = node.database.begin(inline=False)
        done = work(unit)
        facts = service_facts(event, request_id, node.environment.clocks.wall.now(), random_bytes)
        unit.attach(node.trail.entries([facts]))
        try:
            node.database.commit(unit).result()
        except Conflict:
            continue
        return done
    raise OperatorError("too many writers changed the same records; run the command again")
