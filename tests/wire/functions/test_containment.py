"""Functions that misbehave: contained, reported, and nothing else affected."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from tests.support.clients import Clients
from tests.support.functions import make_function

HANGS = "import time\ndef handler(event, context):\n    time.sleep(60)\n"
CRASHES = "import ctypes\ndef handler(event, context):\n    print('here', flush=True)\n    ctypes.string_at(0)\n"
EXITS = "import os\ndef handler(event, context):\n    os._exit(3)\n"
PRINTS = "def handler(event, context):\n    for _ in range(1600):\n        print('x' * 65536)\n    return 1\n"
EATS = "def handler(event, context):\n    return len(bytearray(3 * 1024 ** 3))\n"
FORKS = """
import os, time
def handler(event, context):
    made = 0
    for _ in range(1000):
        try:
            if os.fork() == 0:
                os.setsid()
                time.sleep(120)
                os._exit(0)
        except OSError:
            break
        made += 1
    return made
"""
WHERE = "import os\nopen('file', 'w').close()\nraise ValueError(os.environ['HOME'])\n"  # a process whose import fails is ended
LOOKS = """
import os, glob, subprocess
def attempt(what):
    try:
        return what()
    except OSError as error:
        return type(error).__name__
def handler(event, context):
    found = glob.glob("/tmp/strongroom-dev-*/*/*")
    within = {str(attempt(lambda: os.listdir(path))) for path in glob.glob("/tmp/strongroom-dev-*/*")}
    return {
        "found": found,
        "within": sorted(within - {"[]", "PermissionError"}),
        "key": [attempt(lambda path=path: len(open(path, "rb").read())) for path in event],
        "processes": [name for name in os.listdir("/proc") if name.isdigit() and int(name) > 10],
        "root": attempt(lambda: os.setuid(0)),
        "user": os.getuid(),
        "environment": sorted(name for name in os.environ if name.startswith("STRONGROOM")),
        "write": attempt(lambda: open("/etc/strongroom-was-here", "w")),
    }
"""


def invoke(clients: Clients, payload: Any = None) -> tuple[str | None, Any]:
    """Return the error kind and the answer."""
    answer = clients.client("lambda").invoke(FunctionName="f", Payload=json.dumps(payload).encode())
    return answer.get("FunctionError"), json.loads(answer["Payload"].read())


def test_a_function_that_hangs_is_ended_after_its_timeout(clients: Clients) -> None:
    """In Lambda's words, and the next invocation gets a new process."""
    make_function(clients, HANGS, Timeout=1)
    started = time.monotonic()
    for _ in range(2):
        kind, told = invoke(clients)
        assert (kind, told["errorType"]) == ("Unhandled", "Sandbox.Timedout")
        assert told["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(("code", "status"), [(CRASHES, 139), (EXITS, 3)])
def test_a_function_that_crashes_says_how(clients: Clients, code: str, status: int) -> None:
    """Its exit status, 128 and the signal's number where one ended it."""
    make_function(clients, code)
    kind, told = invoke(clients)
    assert (kind, told["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert told["errorMessage"].endswith(f"Runtime exited with error: exit status {status}")


def test_a_function_that_prints_100_megabytes_keeps_a_little_of_it(clients: Clients) -> None:
    """The first and the last of it; the answer comes all the same."""
    make_function(clients, PRINTS, Timeout=30)
    answer = clients.client("lambda").invoke(FunctionName="f", LogType="Tail")
    assert answer["Payload"].read() == b"1"
    assert len(answer["LogResult"]) < 6000


def test_a_function_gets_no_more_memory_than_it_may_have(clients: Clients) -> None:
    """Python says so itself."""
    make_function(clients, EATS, MemorySize=128)
    kind, told = invoke(clients)
    assert (kind, told["errorType"]) == ("Unhandled", "MemoryError")


def test_a_function_that_forks_is_stopped_and_leaves_nothing(clients: Clients) -> None:
    """A bounded number of processes, which end with it even if they left its process group."""
    make_function(clients, FORKS)
    kind, made = invoke(clients)
    assert kind is None
    assert 1 < made < 70
    clients.client("lambda").update_function_configuration(FunctionName="f", Description="another revision")
    assert invoke(clients)[1] > 1


def test_a_function_sees_neither_the_data_nor_the_server(clients: Clients) -> None:
    """No file of the data directory, no process, no variable, no rights.

    Where the server is an ordinary user's, the function is that user too, and sees where the directory was: something empty lies over it.
    """
    make_function(clients, LOOKS)
    kind, seen = invoke(clients, ["/root/.bashrc", "/etc/shadow"])
    assert kind is None
    assert (seen["found"], seen["within"]) == ([], [])
    assert all(isinstance(each, str) for each in seen["key"])
    assert seen["processes"] == []
    assert seen["root"] in {"PermissionError", "OSError"}  # the latter where there is no such user at all
    assert (seen["write"], seen["environment"]) == ("PermissionError", [])
    assert seen["user"] > 0


def test_a_function_s_directory_goes_with_it(clients: Clients) -> None:
    """Nothing of it stays in the machine's temporary directory."""
    make_function(clients, WHERE)
    place = Path(invoke(clients)[1]["errorMessage"])
    assert place.name.startswith("strongroom-function-")
    assert not place.exists()


def test_nothing_else_is_affected(clients: Clients) -> None:
    """The server answers while a function hangs."""
    make_function(clients, HANGS, Timeout=1)
    clients.secretsmanager.create_secret(Name="n", SecretString="x")
    assert invoke(clients)[0] == "Unhandled"
    assert clients.secretsmanager.get_secret_value(SecretId="n")["SecretString"] == "x"
