"""How functions are invoked: by the rotation engine through the same call that clients make, and at another endpoint."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from strongroom.app.layout import DataDirectory
from strongroom.calls.call import Origin
from strongroom.calls.engine import ATTEMPTS, Engine, Incoming
from strongroom.calls.functions import InvocationAnswer, RemoteInvocation
from strongroom.config import Settings
from strongroom.core.control import Conflict
from strongroom.core.errors import ApiError, OperatorError
from strongroom.core.ids import uuid4
from strongroom.edge.outgoing import signed_headers
from strongroom.functions.errors import FunctionsUnavailable
from strongroom.functions.rules.limits import MOST_PAYLOAD_BYTES, MOST_TIMEOUT
from strongroom.functions.runner.pool import Forward, KeepLog, ProcessPool, RunnerSettings
from strongroom.identity.principal import service_principal
from strongroom.secretsmanager.rotation.ports import CannotInvoke, RotationFunction
from strongroom.secretsmanager.service import SECRETS_MANAGER

INTERNAL = SECRETS_MANAGER.event_source


class EngineInvoker:
    """Implements secretsmanager.rotation.ports.FunctionInvoker: an Invoke call as the service principal, then its effect."""

    def __init__(self, engine: Engine, now: Callable[[], float]) -> None:
        self._engine = engine
        self._now = now

    def invoke(self, function: RotationFunction, payload: bytes) -> str | None:
        """Run the function; see the port."""
        principal = service_principal(INTERNAL, function.account_id, function.secret_arn)
        origin = Origin(uuid4(self._engine.random_bytes), source_ip=INTERNAL, user_agent=INTERNAL)
        request = {"FunctionName": function.arn, "InvocationType": "RequestResponse", "Payload": payload}
        try:
            answer = self._run(Incoming("lambda", "Invoke", request, principal, function.region, self._now(), origin))
        except (ApiError, OperatorError, Conflict, OSError) as error:
            raise CannotInvoke(f"{getattr(error, 'code', type(error).__name__)}: {error}") from error
        return _told(answer["Payload"]) if answer.get("FunctionError") else None

    def _run(self, incoming: Incoming) -> dict[str, bytes]:
        for _ in range(ATTEMPTS):
            outcome = self._engine.run(self._engine.begin(inline=False), incoming)
            if outcome.error is not None:
                raise outcome.error
            if outcome.commit is not None:
                try:
                    outcome.commit.result()
                except Conflict:
                    continue
            return dict(outcome.effect() if outcome.effect is not None else outcome.response or {})
        raise Conflict


def _told(payload: bytes) -> str:
    """Return what a failed function said: `ErrorType: message`."""
    try:
        told = json.loads(payload)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return "the function failed without saying why"
    return (
        ": ".join(str(told[name]) for name in ("errorType", "errorMessage") if told.get(name)) or "the function failed without saying why"
    )


def function_runner(
    settings: Settings, layout: DataDirectory, endpoint: Callable[[], str], forward: Forward | None, keep_log: KeepLog
) -> ProcessPool:
    """Return what runs this process's functions."""
    ca = (layout.tls / "ca.pem").resolve()
    hidden: list[Path] = [layout.root, *(path for path in (settings.passphrase_file, settings.tls_key) if path is not None)]
    authority = ca.read_text(encoding="ascii") if settings.tls == "auto" and ca.exists() else None
    return ProcessPool(
        RunnerSettings(
            endpoint=endpoint,
            authority=authority,
            hidden=tuple(str(path.resolve()) for path in hidden),
            unconfined=settings.allow_unconfined_functions,
        ),
        keep_log,
        forward,
    )


def forwarder(settings: Settings) -> Forward | None:
    """Return what sends invocations to the other endpoint, or None where none is set. Raises OperatorError for half a setting."""
    base, key, secret = settings.lambda_endpoint, settings.lambda_access_key_id, settings.lambda_secret_access_key
    if base is None:
        return None
    if not base.startswith(("https://", "http://")):
        raise OperatorError("lambda-endpoint must be an http:// or https:// URL")
    if key is None or secret is None:
        raise OperatorError("lambda-endpoint needs lambda-access-key-id and lambda-secret-access-key, which sign its calls")

    def forward(invocation: RemoteInvocation) -> InvocationAnswer:
        url = f"{base.rstrip('/')}/2015-03-31/functions/{urllib.parse.quote(invocation.arn, safe='')}/invocations"
        headers = signed_headers(url, invocation.payload, invocation.headers, (key, secret), invocation.region, "lambda")
        request = urllib.request.Request(url, data=invocation.payload, headers=headers, method="POST")  # noqa: S310 - checked above
        return _sent(request)

    return forward


def _sent(request: urllib.request.Request) -> InvocationAnswer:
    started = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=MOST_TIMEOUT) as answer:  # noqa: S310 - the operator's own endpoint
            payload = answer.read(MOST_PAYLOAD_BYTES + 1)
            error = answer.headers.get("X-Amz-Function-Error")
            return InvocationAnswer(payload, error, b"", answer.status, answer.headers.get("X-Amz-Executed-Version", ""))
    except urllib.error.HTTPError as refused:
        reason = f"{refused.headers.get('x-amzn-ErrorType', refused.code)}: {refused.read(1000).decode(errors='replace')}"
        raise FunctionsUnavailable(f"the other Lambda endpoint refused the call: {reason}") from refused
    except OSError as failed:
        waited = time.monotonic() - started
        raise FunctionsUnavailable(f"the other Lambda endpoint did not answer ({waited:.0f} s): {failed}") from failed
