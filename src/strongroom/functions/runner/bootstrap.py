"""Started as a program, inside the confinement: unpacks the function, imports its handler and answers invocations. Standard library only.

Frames are a 4-byte length and JSON (or the zip file's bytes). The first frame says what to load; then one frame for each invocation,
and one back: {"error": null or "Unhandled", "payload": text}. Error payloads have the form that Lambda's Python runtime gives them.

Source: Lambda Developer Guide, "Define Lambda function handler in Python", "Lambda function errors in Python".
"""

import importlib
import io
import json
import logging
import os
import struct
import sys
import time
import traceback
import zipfile
from collections.abc import Callable
from typing import Any

LENGTH = struct.Struct(">I")
Handler = Callable[[Any, Any], Any]


class Context:
    """What a handler gets as its second argument."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, invocation: dict[str, Any]) -> None:
        self.aws_request_id: str = invocation["request_id"]
        self.invoked_function_arn: str = invocation["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline = time.monotonic() + invocation["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds that are left until the function is ended."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def _read(stream: io.BufferedReader) -> bytes:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        sys.exit(0)  # the server closed the pipe: nothing more will come
    return stream.read(LENGTH.unpack(head)[0])


def _write(stream: io.FileIO, answer: dict[str, Any]) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    body = json.dumps(answer).encode()
    data = memoryview(LENGTH.pack(len(body)) + body)
    while data:
        data = data[stream.write(data) or 0 :]


def _failure(error: BaseException, request_id: str = "", kind: str | None = None) -> dict[str, Any]:
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    told = {"errorMessage": str(error), "errorType": kind or type(error).__name__, "requestId": request_id, "stackTrace": frames}
    sys.stdout.write(f"[ERROR] {told['errorType']}: {error}\nTraceback (most recent call last):\n{''.join(frames)}")
    return {"error": "Unhandled", "payload": json.dumps(told)}


def _load(settings: dict[str, Any], package: bytes) -> Handler:
    task = os.environ["LAMBDA_TASK_ROOT"]
    os.mkdir(task)  # noqa: PTH102 - standard library only, and small
    if package:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            archive.extractall(task)
        sys.path.insert(0, task)
    else:
        sys.path.insert(0, settings["source"])
    os.chdir(task)
    module, _, name = settings["handler"].rpartition(".")
    handler: Handler = getattr(importlib.import_module(module.replace("/", ".")), name)
    return handler


def _invoke(handler: Handler, invocation: dict[str, Any]) -> dict[str, Any]:
    request_id = invocation["request_id"]
    try:
        result = handler(json.loads(invocation["payload"]), Context(invocation))
    except Exception as error:  # noqa: BLE001 - the function's own, reported to its caller
        return _failure(error, request_id)
    try:
        return {"error": None, "payload": json.dumps(result)}
    except (TypeError, ValueError) as error:
        return _failure(error, request_id, "Runtime.MarshalError")


def _log_to_output() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(message)s", "%Y-%m-%dT%H:%M:%S"))
    logging.Formatter.converter = time.gmtime
    logging.getLogger().addHandler(handler)


def main() -> None:
    """Answer invocations until the server closes the pipe."""
    requests = os.fdopen(int(sys.argv[1]), "rb")
    answers = os.fdopen(int(sys.argv[2]), "wb", buffering=0)
    for number in (requests.fileno(), answers.fileno()):
        os.set_inheritable(number, False)
    settings = json.loads(_read(requests))
    package = _read(requests)
    os.environ.update(settings["environment"])
    if settings["authority"]:
        os.environ["AWS_CA_BUNDLE"] = path = os.path.join(os.environ["HOME"], "ca.pem")  # noqa: PTH118
        with open(path, "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(settings["authority"])
    _log_to_output()
    try:
        handler = _load(settings, package)
    except Exception as error:  # noqa: BLE001 - the function's own, reported to its caller
        kind = "Runtime.ImportModuleError" if isinstance(error, ImportError) else None
        message = type(error)(f"Unable to import module '{settings['handler'].rpartition('.')[0]}': {error}") if kind else error
        _write(answers, _failure(message.with_traceback(error.__traceback__), "", kind))
        sys.exit(1)
    _write(answers, {"ready": True})
    while True:
        _write(answers, _invoke(handler, json.loads(_read(requests))))


if __name__ == "__main__":
    main()
