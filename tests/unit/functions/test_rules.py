"""Packages, names, runtimes and permissions: what is taken and what is refused."""

import io
import json
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.functions.errors import InvalidParameterValue
from strongroom.functions.rules.code import ensure_handler, ensure_package
from strongroom.functions.rules.limits import MOST_ENVIRONMENT_BYTES, MOST_ZIP_ENTRIES
from strongroom.functions.rules.names import parse_function_name
from strongroom.functions.rules.permissions import policy_document, statement_from
from strongroom.functions.rules.runtimes import checked_environment, ensure_runtime, ensure_supported

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:f"


def zipped(*names: str, mode: int = 0o100644, text: str = "x") -> bytes:
    """Return a zip file of entries with these names."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, text)
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zip",
        zipped(),
        zipped("../outside.py"),
        zipped("/etc/outside.py"),
        zipped("a/../../outside.py"),
        zipped("link.py", mode=0o120777, text="/etc/shadow"),
        zipped(*(f"f{number}" for number in range(MOST_ZIP_ENTRIES + 1))),
    ],
    ids=["empty", "no zip", "nothing in it", "above", "absolute", "above again", "link", "too many"],
)
def test_packages_that_would_leave_their_directory_are_refused(data: bytes) -> None:
    """So are those that are none."""
    with pytest.raises(InvalidParameterValue):
        ensure_package(data)


def test_a_plain_package_is_taken() -> None:
    """Folders and all."""
    ensure_package(zipped("lambda_function.py", "package/__init__.py", "name..with..dots.py"))


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_check(data: bytes) -> None:
    """They are refused in Lambda's words."""
    with pytest.raises(InvalidParameterValue):
        ensure_package(zipped("a.py")[:20] + data)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f", ("f", None, None, None)),
        ("f:$LATEST", ("f", None, None, "$LATEST")),
        ("f:prod", ("f", None, None, "prod")),
        ("function:f", ("f", None, None, None)),
        ("111122223333:function:f", ("f", None, "111122223333", None)),
        (ARN, ("f", "eu-west-1", "111122223333", None)),
        (f"{ARN}:7", ("f", "eu-west-1", "111122223333", "7")),
        ("", None),
        ("a b", None),
        ("arn:aws:sqs:eu-west-1:111122223333:f", None),
    ],
)
def test_functions_are_named_in_many_ways(text: str, expected: tuple[str | None, ...] | None) -> None:
    """Bare, partial and whole ARNs, with a qualifier or without."""
    assert parse_function_name(text) == expected


@pytest.mark.parametrize("handler", ["module.function", "package/module.function", "package.module.function", "a_1.b_2"])
def test_handlers_name_a_module_and_a_function(handler: str) -> None:
    """With slashes or dots between packages."""
    ensure_handler(handler)


@pytest.mark.parametrize("handler", ["", "function", "a b.c", "../m.f", "m.f;", "m.1f", ".f"])
def test_other_handlers_are_refused(handler: str) -> None:
    """Before anything is stored."""
    with pytest.raises(InvalidParameterValue):
        ensure_handler(handler)


@pytest.mark.parametrize(("runtime", "kind"), [(None, "Zip"), ("nodejs20.x", "Zip"), ("python3.11", "Image")])
def test_only_python_in_zip_files_runs_here(runtime: str | None, kind: str) -> None:
    """And that is said at once."""
    ensure_runtime("python3.12", "Zip")
    with pytest.raises(InvalidParameterValue):
        ensure_runtime(runtime, kind)


@pytest.mark.parametrize("request_", [{"Layers": ["arn"]}, {"CodeSigningConfigArn": "arn"}, {"Timeout": 901}])
def test_what_would_silently_be_missing_is_refused(request_: dict[str, Any]) -> None:
    """Better than a function that lacks its layer."""
    ensure_supported({"Layers": [], "Timeout": 900})
    with pytest.raises(InvalidParameterValue):
        ensure_supported(request_)


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_ENDPOINT_URL", "LD_PRELOAD", "PYTHONPATH", "_HANDLER"])
def test_what_the_server_sets_can_t_be_set(name: str) -> None:
    """Nor more than four kilobytes."""
    assert checked_environment({"Environment": {"Variables": {"A": "b"}}}) == {"A": "b"}
    with pytest.raises(InvalidParameterValue, match=name):
        checked_environment({"Environment": {"Variables": {name: "x"}}})
    with pytest.raises(InvalidParameterValue, match="exceeded"):
        checked_environment({"Environment": {"Variables": {"A": "x" * MOST_ENVIRONMENT_BYTES}}})


@pytest.mark.parametrize(
    ("given_", "principal", "condition"),
    [
        ({"Principal": "secretsmanager.amazonaws.com"}, {"Service": "secretsmanager.amazonaws.com"}, None),
        ({"Principal": "111122223333"}, {"AWS": "arn:aws:iam::111122223333:root"}, None),
        ({"Principal": "arn:aws:iam::111122223333:user/a"}, {"AWS": "arn:aws:iam::111122223333:user/a"}, None),
        ({"Principal": "*", "SourceAccount": "111122223333"}, "*", {"StringEquals": {"AWS:SourceAccount": "111122223333"}}),
        (
            {"Principal": "secretsmanager.amazonaws.com", "SourceArn": "arn:x"},
            {"Service": "secretsmanager.amazonaws.com"},
            {"ArnLike": {"AWS:SourceArn": "arn:x"}},
        ),
    ],
)
def test_a_permission_becomes_a_statement(given_: dict[str, str], principal: Any, condition: Any) -> None:
    """As Lambda writes it."""
    statement = json.loads(statement_from({"StatementId": "s", "Action": "lambda:InvokeFunction", **given_}, ARN))
    assert (statement["Sid"], statement["Effect"], statement["Resource"]) == ("s", "Allow", ARN)
    assert (statement["Principal"], statement.get("Condition")) == (principal, condition)


def test_a_policy_is_its_statements() -> None:
    """None without any; an unknown principal is refused."""
    assert policy_document({}) is None
    assert json.loads(policy_document({"a": '{"Sid":"a"}', "b": '{"Sid":"b"}'}) or "")["Statement"] == [{"Sid": "a"}, {"Sid": "b"}]
    with pytest.raises(InvalidParameterValue):
        statement_from({"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "nobody in particular"}, ARN)


def bomb(entries: int, size: int) -> bytes:
    """Return a zip file whose directory has so many entries, each said to have so many bytes; all are one and the same."""
    whole = zipped("a.py")
    start = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    entry = bytearray(whole[start:end])
    entry[24:28] = struct.pack("<I", size)
    directory = bytes(entry) * entries
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, min(entries, 65535), min(entries, 65535), len(directory), start, 0)
    return whole[:start] + directory + tail


@pytest.mark.parametrize(
    ("entries", "size"),
    [(300_000, 1), (2, 200 * 1024 * 1024), (MOST_ZIP_ENTRIES, 64 * 1024)],
    ids=["a directory of 14 MB", "two that unpack to too much", "all of one place, each a little"],
)
def test_zip_bombs_are_refused_before_they_are_unpacked_or_read(entries: int, size: int) -> None:
    """Neither a small file that becomes a large one, nor a directory so long that reading it takes seconds."""
    data = bomb(entries, size)
    started = time.thread_time()
    with pytest.raises(InvalidParameterValue):
        ensure_package(data)
    assert time.thread_time() - started < 2  # measured: 0.01 to 0.2 s; 300,000 entries took 3 s


def test_an_entry_that_is_larger_than_it_says_is_not_unpacked_further(tmp_path: Path) -> None:
    """The sizes that are checked are those that unpacking keeps to."""
    whole = bytearray(zipped("a.py", text="x" * 1_000_000))
    start = whole.index(b"PK\x01\x02")
    whole[start + 24 : start + 28] = struct.pack("<I", 10)
    ensure_package(bytes(whole))
    with zipfile.ZipFile(io.BytesIO(bytes(whole))) as archive, pytest.raises(zipfile.BadZipFile):
        archive.extractall(tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 10


@pytest.mark.parametrize("name", ["..\\outside.py", "a\\..\\..\\outside.py", "\\outside.py", "./../outside.py", "//outside.py"])
def test_other_ways_out_of_the_directory_are_refused(name: str) -> None:
    """Also those of another system."""
    with pytest.raises(InvalidParameterValue):
        ensure_package(zipped(name))


@pytest.mark.parametrize("value", ["a\0b", "x" * 5000])
def test_variables_that_no_process_can_have_are_refused(value: str) -> None:
    """When the function is made, not when it is invoked."""
    with pytest.raises(InvalidParameterValue):
        checked_environment({"Environment": {"Variables": {"A": value}}})
