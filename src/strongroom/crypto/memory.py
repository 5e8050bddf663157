"""Keeping a process's memory from being read: no core dumps, no attaching by other processes of the same user."""

import ctypes
import resource

from strongroom.core.errors import OperatorError

PR_SET_DUMPABLE = 4


def harden_process() -> None:
    """Switch core dumps off and, on Linux, make the process undumpable (which also forbids ptrace by its own user).

    Call it in every process that holds keys, before they are loaded; a fork inherits both settings.

    Raises:
        OperatorError: the system refused.
    Source: prctl(2), PR_SET_DUMPABLE; setrlimit(2), RLIMIT_CORE.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prctl = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    if prctl is not None and prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OperatorError("the system refuses to make this process undumpable (prctl PR_SET_DUMPABLE)")
