"""A receiver of OTLP over HTTP in the test process, which keeps every span that it is sent."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from tests.support.waiting import until

SECONDS = 10.0


@dataclass(frozen=True)
class ReceivedSpan:
    """One span, with ids in hexadecimal as in a traceparent."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    failed: bool
    attributes: dict[str, Any] = field(default_factory=dict)


class Collector:
    """Listens on loopback. `status` is what it answers, and `bodies` holds what came, as it came."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[bytes] = []
        self.paths: set[str] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.paths.add(self.path)
                collector.bodies.append(self.rfile.read(int(self.headers["content-length"])))
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(collector.status)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_arguments: object) -> None:
                """Write nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def spans(self) -> list[ReceivedSpan]:
        """Return what has come so far."""
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies.copy()]
        scopes = (scope for request in requests for resource in request.resource_spans for scope in resource.scope_spans)
        return [_received(span) for scope in scopes for span in scope.spans]

    def trace(self, trace_id: str, count: int) -> dict[str, ReceivedSpan]:
        """Return the spans of a trace by name, once there are `count`."""

        def found() -> list[ReceivedSpan]:
            return [span for span in self.spans() if span.trace_id == trace_id]

        until(SECONDS, lambda: len(found()) >= count)
        return {span.name: span for span in found()}


def _received(span: Any) -> ReceivedSpan:
    attributes = {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}
    failed = span.status.code == span.status.STATUS_CODE_ERROR
    return ReceivedSpan(span.name, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), failed, attributes)
