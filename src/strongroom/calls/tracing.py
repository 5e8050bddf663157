"""An engine that leaves spans: one for each nested call, and one for the time that a commit takes.

Imported only where tracing is on. A span never holds a value of a request or an answer, nor the text of an error, which may quote one.
"""

from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from opentelemetry.trace import Span, Status, StatusCode, Tracer, get_current_span

from strongroom.calls.call import Call, Environment, Origin
from strongroom.calls.engine import Engine
from strongroom.calls.execution import Execution
from strongroom.calls.incoming import Incoming, Unrecorded
from strongroom.calls.operation import Service
from strongroom.core.control import Conflict, MustBlock
from strongroom.core.errors import ApiError
from strongroom.identity.principal import Principal
from strongroom.storage.ports import UnitOfWork

COMMIT = "commit"


def call_attributes(service: str, operation: str) -> dict[str, str]:
    """Return what a span says of a call, in the words of OpenTelemetry's semantic conventions for RPC."""
    return {"rpc.system": "aws-api", "rpc.service": service, "rpc.method": operation}


def mark_failed(span: Span, code: str) -> None:
    """Note the AWS code of a failure, and nothing of its text."""
    span.set_attribute("error.type", code)
    span.set_status(Status(StatusCode.ERROR))


class TracedExecution(Execution):
    """Puts a span around every nested call."""

    def __init__(
        self, tracer: Tracer, services: Mapping[str, Service], environment: Environment, unit: UnitOfWork, origin: Origin, now: float
    ) -> None:
        super().__init__(services, environment, unit, origin, now)
        self._tracer = tracer

    def invoke(
        self,
        call: Call,
        service: str,
        operation: str,
        request: Mapping[str, Any],
        region: str | None = None,
        principal: Principal | None = None,
    ) -> dict[str, Any]:
        """See Execution. A run that ends here because it must be run again says so."""
        attributes = call_attributes(service, operation)
        with self._tracer.start_as_current_span(
            f"{service}/{operation}", attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                return super().invoke(call, service, operation, request, region, principal)
            except ApiError as error:
                mark_failed(span, error.code)
                raise
            except (MustBlock, Conflict):
                span.set_attribute("strongroom.runs_again", value=True)
                raise


class TracedEngine(Engine):
    """Runs calls as Engine does; `arguments` are its own."""

    def __init__(self, tracer: Tracer, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._tracer = tracer
        self._execution = partial(TracedExecution, tracer)

    def attempt(self, unit: UnitOfWork, incoming: Incoming) -> Unrecorded:
        """See Engine."""
        ended = super().attempt(unit, incoming)
        commit = ended.outcome.commit
        # the server's own timed work commits without a request, and would only fill the traces
        if commit is not None and get_current_span().get_span_context().is_valid:
            commit.add_done_callback(partial(_committed, self._tracer.start_span(COMMIT)))
        return ended


def _committed(span: Span, commit: Future[None]) -> None:
    error = None if commit.cancelled() else commit.exception()
    if error is not None:
        mark_failed(span, type(error).__name__)
    span.end()
