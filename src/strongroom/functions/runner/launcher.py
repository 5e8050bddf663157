"""Started as a program: confines itself, then runs the bootstrap as an unprivileged user and watches it. Standard library only.

What a function can't do after this: see the data directory or other processes, gain rights, or leave processes behind. As root the
function gets a user id of its own; otherwise a user namespace. Where neither a user id nor a namespace is to be had, it ends with
CANNOT_CONFINE before any code of the function is read.

Sources: namespaces(7), user_namespaces(7), prctl(2), setrlimit(2), mount(2).
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
import tempfile
from types import FrameType

CANNOT_CONFINE = 97
CANNOT_EXECUTE = 98
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x20000, 0x8000000, 0x10000000, 0x20000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
MIB = 1024 * 1024
RUNTIME_MIB = 96  # the interpreter and its libraries, beside the function's own memory
MOST_TASKS = 64  # processes and threads
MOST_FILES = 1024
SIGNALLED = 128

libc = ctypes.CDLL(None, use_errno=True)


class CannotConfineError(Exception):
    """The system does not allow what keeps a function apart."""


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    arguments = [text.encode() or None for text in (source, target, kind)]
    _checked(libc.mount(*arguments, ctypes.c_ulong(flags), data.encode() or None), f"mount {target}")


def _isolate(*, root: bool) -> bool:
    """Enter namespaces of our own; False where the system does not let root do so. Raises CannotConfineError for anybody else."""
    uid, gid = os.geteuid(), os.getegid()
    flags = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID | (0 if root else CLONE_NEWUSER)
    try:
        _checked(libc.unshare(flags), "unshare")
        if not root:
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{uid} {uid} 1")
            _write("/proc/self/gid_map", f"{gid} {gid} 1")
        _mount("none", "/", "", MS_REC | MS_PRIVATE)
    except OSError as error:
        if root:
            return False
        raise CannotConfineError(str(error)) from error
    return True


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123 - standard library only, and small
        file.write(text)


def _reach(paths: list[str]) -> None:
    """Make these directories reachable for everybody: root's Python often lies below a home that is closed to others.

    An empty directory is laid over the closed one, and only what is needed bound into it, so everything else there is hidden.
    """
    closed: dict[str, list[str]] = {}
    for path in sorted(set(paths)):
        if blocking := _closed_ancestor(path):
            closed.setdefault(blocking, []).append(path)
    for blocking, inside in closed.items():
        kept = {path: os.open(path, os.O_PATH) for path in inside}
        _mount("tmpfs", blocking, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=0755")
        for path, number in kept.items():
            os.makedirs(path, exist_ok=True)  # noqa: PTH103 - standard library only, and small
            _mount(f"/proc/self/fd/{number}", path, "", MS_BIND | MS_REC)
            os.close(number)


def _closed_ancestor(path: str) -> str | None:
    """Return the topmost directory above `path` that others can't enter."""
    parts = path.strip("/").split("/")
    for count in range(1, len(parts) + 1):
        ancestor = "/" + "/".join(parts[:count])
        if not os.stat(ancestor).st_mode & 1:  # noqa: PTH116
            return ancestor
    return None


def _hide(paths: list[str]) -> None:
    """Lay an empty directory over each directory and /dev/null over each file. Raises CannotConfineError."""
    for path in paths:
        try:
            if os.path.isdir(path):  # noqa: PTH112
                _mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,mode=000")
            elif os.path.exists(path):  # noqa: PTH110
                _mount("/dev/null", path, "", MS_BIND)
        except OSError as error:
            raise CannotConfineError(str(error)) from error


def _limit(memory_mb: int, file_mb: int) -> None:
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, (memory_mb + RUNTIME_MIB) * MIB),
        (resource.RLIMIT_FSIZE, file_mb * MIB),
        (resource.RLIMIT_NOFILE, MOST_FILES),
        (resource.RLIMIT_NPROC, MOST_TASKS),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))


def _become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _run_function(settings: dict[str, object], work: str, *, isolated: bool, root: bool) -> None:
    """The child: finish the confinement and become the bootstrap. Does not return."""
    uid = int(str(settings["uid"]))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    file_mb = int(str(settings["file_mb"]))
    if isolated:
        with contextlib.suppress(OSError):  # some containers forbid a new /proc; there the old one shows names, not contents
            _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
        with contextlib.suppress(OSError):
            _mount("tmpfs", work, "tmpfs", MS_NOSUID | MS_NODEV, f"size={file_mb}m,mode=0700" + (f",uid={uid},gid={uid}" if root else ""))
    _limit(int(str(settings["memory_mb"])), file_mb)
    if root:
        _become(uid)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.umask(0o077)
    os.chdir(work)
    environment = {**os.environ, "TMPDIR": work, "HOME": work, "LAMBDA_TASK_ROOT": f"{work}/task"}
    bootstrap = str(settings["bootstrap"])
    os.execve(sys.executable, [sys.executable, "-I", "-u", bootstrap, str(settings["requests"]), str(settings["answers"])], environment)  # noqa: S606


def _end_user(uid: int) -> None:
    """End whatever else runs as the function's user; needed where there is no process namespace that does it."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(OSError):
            _become(uid)
            os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(pid, 0)


def _watch(child: int, settings: dict[str, object], work: str, *, isolated: bool, root: bool) -> int:
    """Wait for the child, end everything with it, remove its files, and return its status."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGTERM, stop)
    for name in ("requests", "answers"):
        os.close(int(str(settings[name])))
    _, status = os.waitpid(child, 0)
    if root and not isolated:
        _end_user(int(str(settings["uid"])))
    _remove(work)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else SIGNALLED - code


def _remove(work: str) -> None:
    """Remove the function's private directory, and what is mounted on it."""
    libc.umount2(work.encode(), MNT_DETACH)
    for directory, folders, files in os.walk(work, topdown=False):
        for name in files:
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(directory, name))  # noqa: PTH108, PTH118
        for name in folders:
            with contextlib.suppress(OSError):
                os.rmdir(os.path.join(directory, name))  # noqa: PTH106, PTH118
    with contextlib.suppress(OSError):
        os.rmdir(work)  # noqa: PTH106


def main() -> int:
    """Run one function process to its end. argv[1] holds the settings as JSON; they hold no secret."""
    settings = json.loads(sys.argv[1])
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    root = os.geteuid() == 0
    work = tempfile.mkdtemp(prefix="strongroom-function-")
    try:
        isolated = _isolate(root=root) if root or not settings["unconfined"] else False
        if isolated:
            if root:
                _reach([os.path.realpath(path) for path in (sys.base_prefix, sys.prefix, settings["source"])])
            _hide(settings["hidden"])
    except (CannotConfineError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        _remove(work)
        return CANNOT_CONFINE
    if root:
        os.chown(work, settings["uid"], settings["uid"])
    child = os.fork()
    if child == 0:
        try:
            _run_function(settings, work, isolated=isolated, root=root)
        except BaseException as error:  # noqa: BLE001 - nothing above would say why
            sys.stderr.write(f"can't start the function: {error}\n")
        os._exit(CANNOT_EXECUTE)
    return _watch(child, settings, work, isolated=isolated, root=root)


if __name__ == "__main__":
    sys.exit(main())
