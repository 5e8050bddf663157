"""Where the server does not run as root, a user namespace keeps functions from its files; without one they don't run."""

import json
import os
import pwd
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strongroom.functions.runner import launcher
from strongroom.functions.runner.process import HERE

LENGTH = struct.Struct(">I")
PYTHON = "/usr/bin/python3" if os.geteuid() == 0 else os.path.realpath(os.sys.executable)  # type: ignore[attr-defined] # nobody can't enter root's home
CODE = """
import os
def handler(event, context):
    found = {}
    for name in event:
        try:
            found[name] = os.listdir(name) if os.path.isdir(name) else open(name).read()
        except OSError as error:
            found[name] = type(error).__name__
    try:
        found["umount"] = os.system("umount " + event[0] + " 2>/dev/null")
    except OSError as error:
        found["umount"] = type(error).__name__
    found["after"] = os.listdir(event[0]) if os.access(event[0], os.R_OK) else "PermissionError"
    return found
"""


@pytest.fixture
def unprivileged() -> dict[str, Any]:
    """Say as whom to start the server's side."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@pytest.fixture
def place(unprivileged: dict[str, Any]) -> Iterator[Path]:
    """Give a directory of that user with a data directory, and the runner's programs in it."""
    directory = Path(tempfile.mkdtemp(prefix="strongroom-confined-"))
    for name in ("launcher.py", "bootstrap.py"):
        shutil.copy(HERE / name, directory / name)
    (directory / "data").mkdir(mode=0o700)
    (directory / "data" / "root.key").write_text("the root key", encoding="ascii")
    if unprivileged:
        for path in (directory, directory / "data", directory / "data" / "root.key"):
            os.chown(path, unprivileged["user"], unprivileged["group"])
    yield directory
    shutil.rmtree(directory)


def ask(place: Path, user: dict[str, Any], *, unconfined: bool = False) -> tuple[int, dict[str, Any]]:
    """Run one invocation that looks at the data directory; return the exit status and what it saw."""
    requests, answers = os.pipe(), os.pipe()
    settings = {
        "uid": os.getuid(),
        "hidden": [str(place / "data")],
        "unconfined": unconfined,
        "memory_mb": 128,
        "file_mb": 64,
        "source": str(place),
        "bootstrap": str(place / "bootstrap.py"),
        "requests": requests[0],
        "answers": answers[1],
    }
    function = place / "looks.py"
    function.write_text(CODE, encoding="ascii")
    environment = dict.fromkeys(("FUNCTION_NAME", "FUNCTION_MEMORY_SIZE", "LOG_GROUP_NAME", "LOG_STREAM_NAME"), "1")
    load = {
        "handler": "looks.handler",
        "source": str(place),
        "authority": None,
        "environment": {f"AWS_LAMBDA_{name}": value for name, value in environment.items()},
    }
    event = json.dumps([str(place / "data"), str(place / "data" / "root.key")])
    invocation = {"request_id": "r", "arn": "a", "timeout": 5, "payload": event}
    frames = (json.dumps(load).encode(), b"", json.dumps(invocation).encode())
    process = subprocess.Popen(
        [PYTHON, "-I", str(place / "launcher.py"), json.dumps(settings)],
        pass_fds=(requests[0], answers[1]),
        env={"PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **user,
    )
    os.close(requests[0])
    os.close(answers[1])
    try:
        for frame in frames:
            os.write(requests[1], LENGTH.pack(len(frame)) + frame)
    except BrokenPipeError:
        pass
    os.close(requests[1])
    with os.fdopen(answers[0], "rb") as stream:
        told = stream.read()
    status = process.wait(20)
    payloads = []
    while told:
        size = LENGTH.unpack(told[:4])[0]
        payloads.append(json.loads(told[4 : 4 + size]))
        told = told[4 + size :]
    return status, json.loads(payloads[-1]["payload"]) if payloads else {}


def test_a_user_namespace_hides_the_data_directory(place: Path, unprivileged: dict[str, Any]) -> None:
    """Although the function runs as the server's own user, and it can't uncover it."""
    status, seen = ask(place, unprivileged)
    assert status == 0
    assert seen[str(place / "data")] in ([], "PermissionError")
    assert seen[str(place / "data" / "root.key")] in {"FileNotFoundError", "PermissionError"}
    assert seen["umount"] != 0
    assert seen["after"] in ([], "PermissionError")


def test_without_a_namespace_no_function_runs_unless_the_operator_accepts_it(place: Path, unprivileged: dict[str, Any]) -> None:
    """The launcher ends before it reads anything of the function."""
    text = (place / "launcher.py").read_text(encoding="utf-8")
    (place / "launcher.py").write_text(text.replace("libc.unshare(flags)", "-1"), encoding="utf-8")
    assert ask(place, unprivileged) == (launcher.CANNOT_CONFINE, {})
    status, seen = ask(place, unprivileged, unconfined=True)
    assert (status, seen[str(place / "data" / "root.key")]) == (0, "the root key")
