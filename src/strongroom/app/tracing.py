"""Traces through OpenTelemetry's SDK, sent by OTLP over HTTP from a thread of their own. Imported only where tracing is on.

OTEL_* variables of the SDK hold beside the endpoint: OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS, OTEL_RESOURCE_ATTRIBUTES...
A collector that is slow or away costs spans, and never a request: they wait in a bounded queue, and are dropped beyond it.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from threading import Thread
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from strongroom.app.parts import Parts
from strongroom.calls.tracing import TracedEngine
from strongroom.edge.tracing import TracedPipeline

TRACES_PATH = "/v1/traces"
EXPORT_SECONDS = 5.0
CLOSE_SECONDS = 2.0  # that a server which stops waits for its last spans to be taken


class ContextThreads(ThreadPoolExecutor):
    """Threads in which work belongs to the span that was current where it was handed over."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        """See Executor."""
        return super().submit(copy_context().run, work, *arguments, **options)


def traced_parts(endpoint: str, instance: str) -> Parts:
    """Return parts whose spans go to the collector at `endpoint` (its base URL). Starts the exporting thread."""
    resource = Resource({"service.name": "strongroom", "service.instance.id": instance}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint.rstrip("/") + TRACES_PATH, timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("strongroom")
    return Parts(partial(TracedEngine, tracer), partial(TracedPipeline, tracer), ContextThreads, partial(_close, provider))


def _close(provider: TracerProvider) -> None:
    """Send what is left, but wait no longer than CLOSE_SECONDS for a collector that does not answer."""
    last = Thread(target=provider.shutdown, name="last spans", daemon=True)
    last.start()
    last.join(CLOSE_SECONDS)
