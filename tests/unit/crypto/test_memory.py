"""Hardening of processes that hold keys."""

import subprocess
import sys

PROGRAM = """
import ctypes, resource
from strongroom.crypto.memory import harden_process
harden_process()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def test_a_hardened_process_leaves_no_core_and_is_not_dumpable() -> None:
    """Checked from inside, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == "(0, 0) 0\n"
