"""Traces: what a real OTLP receiver gets, what it must never get, and that requests do not depend on it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.clients import Clients, new_account
from tests.support.collector import Collector
from tests.support.databases import free_port
from tests.support.process import ServerProcess, clean_environment, start, strongroom

from strongroom.app.parts import Parts, ensure_traceable, make_parts
from strongroom.core.errors import OperatorError

SOON = {"OTEL_BSP_SCHEDULE_DELAY": "100"}
PARENT = "00f067aa0ba902b7"
STOP_SECONDS = 20.0  # the SDK itself would wait 30
CANARY = "canary-7c1a9e"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """A collector for the module."""
    with Collector() as running:
        yield running


@pytest.fixture(scope="module")
def traced(collector: Collector) -> Iterator[ServerProcess]:
    """A server that sends it traces."""
    running = start(["dev", "--listen", "127.0.0.1:0"], {"STRONGROOM_OTLP_ENDPOINT": collector.url, **SOON})
    yield running
    running.stop()


@pytest.fixture
def caller(traced: ServerProcess) -> Iterator[Clients]:
    """The root user of an account of its own."""
    account = new_account()
    made = Clients(traced.url, account, account_id=account)
    yield made
    made.close()


def continues(client: Any, trace_id: str) -> None:
    """Have a client's requests belong to a trace."""

    def add(request: Any, **_context: Any) -> None:
        request.headers["traceparent"] = f"00-{trace_id}-{PARENT}-01"

    client.meta.events.register("before-sign", add)


def test_a_write_leaves_spans_of_the_request_the_nested_calls_and_the_commit(caller: Clients, collector: Collector) -> None:
    """All belong to the client's own trace, and show what caused what."""
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    continues(caller.client("ssm"), trace_id)
    answer = caller.ssm.put_parameter(Name=f"/{CANARY}", Value=CANARY, Type="SecureString", Description=CANARY)
    spans = collector.trace(trace_id, 3)
    request, nested, commit = spans["ssm/PutParameter"], spans["kms/Encrypt"], spans["commit"]
    assert request.parent_id == PARENT
    assert nested.parent_id == request.span_id
    assert commit.parent_id == request.span_id
    assert request.attributes == {
        "rpc.system": "aws-api",
        "rpc.service": "ssm",
        "rpc.method": "PutParameter",
        "http.response.status_code": 200,
        "aws.request_id": answer["ResponseMetadata"]["RequestId"],
    }
    assert collector.paths == {"/v1/traces"}


def test_a_read_leaves_a_span_though_it_is_answered_at_once(caller: Clients, collector: Collector) -> None:
    """Without a trace of the client's own it begins one."""
    key_id = caller.kms.create_key()["KeyMetadata"]["KeyId"]
    blob = caller.kms.encrypt(KeyId=key_id, Plaintext=CANARY.encode())["CiphertextBlob"]
    trace_id = "a" * 32
    continues(caller.client("kms"), trace_id)
    caller.kms.decrypt(CiphertextBlob=blob)
    assert collector.trace(trace_id, 1)["kms/Decrypt"].parent_id == PARENT
    roots = [span for span in collector.spans() if span.name == "kms/CreateKey"]
    assert [span.parent_id for span in roots] == [""]


def test_refusals_are_told_by_their_code_alone(caller: Clients, collector: Collector) -> None:
    """A client's mistake is no failure of the server, and the message, which may quote the request, stays out."""
    trace_id = "b" * 32
    continues(caller.client("secretsmanager"), trace_id)
    with pytest.raises(ClientError):
        caller.secretsmanager.get_secret_value(SecretId=CANARY)
    span = collector.trace(trace_id, 1)["secretsmanager/GetSecretValue"]
    assert span.attributes["error.type"] == "ResourceNotFoundException"
    assert not span.failed


def test_a_nested_call_that_is_refused_is_marked(caller: Clients, collector: Collector) -> None:
    """Secrets Manager asks KMS for a key that is disabled."""
    key_id = caller.kms.create_key()["KeyMetadata"]["KeyId"]
    caller.secretsmanager.create_secret(Name="sealed", SecretString=CANARY, KmsKeyId=key_id)
    caller.kms.disable_key(KeyId=key_id)
    trace_id = "c" * 32
    continues(caller.client("secretsmanager"), trace_id)
    with pytest.raises(ClientError):
        caller.secretsmanager.get_secret_value(SecretId="sealed")
    nested = collector.trace(trace_id, 2)["kms/Decrypt"]
    assert (nested.attributes["error.type"], nested.failed) == ("DisabledException", True)


UNREADABLE = ("", "00-zz-1-01", f"00-{'0' * 32}-{PARENT}-01", f"00-{'d' * 32}-{'0' * 16}-01", "ff" * 4000)


@pytest.mark.parametrize("header", UNREADABLE)
def test_an_unreadable_trace_is_none(caller: Clients, header: str) -> None:
    """A hostile header costs nothing but its own trace."""
    caller.client("kms").meta.events.register("before-sign", lambda request, **_: request.headers.add_header("traceparent", header))
    assert caller.kms.list_keys()["Keys"] == []


def test_no_span_holds_a_secret_or_a_value_that_was_sent(caller: Clients, collector: Collector) -> None:
    """Names, values, descriptions and plaintexts of all the tests here were the same word."""
    caller.ssm.put_parameter(Name=f"/{CANARY}", Value=CANARY, Type="SecureString")
    caller.ssm.get_parameter(Name=f"/{CANARY}", WithDecryption=True)
    trace_id = "e" * 32
    continues(caller.client("kms"), trace_id)
    caller.kms.list_keys()
    collector.trace(trace_id, 1)
    sent = b"".join(collector.bodies)
    assert b"ssm/GetParameter" in sent
    assert CANARY.encode() not in sent


def test_a_collector_that_is_away_or_refuses_disturbs_nobody() -> None:
    """Requests are answered, and the server stops in time."""
    with Collector() as refusing:
        refusing.status = 503
        for endpoint in (f"http://127.0.0.1:{free_port()}", refusing.url):
            running = start(["dev", "--listen", "127.0.0.1:0", "--otlp-endpoint", endpoint], SOON)
            account = new_account()
            made = Clients(running.url, account, account_id=account)
            for number in range(20):
                made.ssm.put_parameter(Name=f"/{number}", Value="v", Type="String")
            made.close()
            began = time.monotonic()
            assert running.stop() == 0
            assert time.monotonic() - began < STOP_SECONDS


def test_a_server_without_tracing_imports_none_of_it() -> None:
    """Off is free: neither memory nor a look at a setting in each request."""
    program = "import json, strongroom.cli.main, sys; print(json.dumps(sorted(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", program], env=clean_environment(), check=True, capture_output=True).stdout
    loaded = json.loads(printed)
    assert "strongroom.app.compose" in loaded
    assert not [name for name in loaded if name.startswith("opentelemetry") or name.endswith(".tracing")]
    assert make_parts(None, "one") == Parts()


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenTelemetry is an extra."""
    monkeypatch.setitem(sys.modules, "strongroom.app.tracing", None)
    with pytest.raises(OperatorError, match=r"pip install 'strongroom\[tracing\]'"):
        ensure_traceable("http://127.0.0.1:4318")


def test_an_endpoint_that_is_no_url_is_refused() -> None:
    """At start, with the name of the setting."""
    refused = strongroom("dev", "--otlp-endpoint", "collector:4318", check=False)
    assert refused.returncode == 1
    assert "otlp_endpoint" in refused.stderr
