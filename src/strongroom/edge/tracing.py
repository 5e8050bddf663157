"""A pipeline that leaves a span for each request, as a child of the trace that the client names (W3C Trace Context).

Imported only where tracing is on. Of a request a span holds the operation, the request id and how it ended, and nothing that was sent.

Source: W3C Trace Context (traceparent, tracestate); OpenTelemetry semantic conventions for RPC and HTTP.
"""

from contextlib import AbstractContextManager
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Tracer, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from strongroom.calls.incoming import Outcome
from strongroom.calls.tracing import call_attributes, mark_failed
from strongroom.edge.exchange import Exchange
from strongroom.edge.http import HttpRequest
from strongroom.edge.pipeline import Answered, Pipeline

CONTEXT_HEADERS = (b"traceparent", b"tracestate")
SERVER_ERRORS = 500
_propagator = TraceContextTextMapPropagator()


def context_of(request: HttpRequest) -> Context:
    """Return the trace that `request` belongs to; an unreadable one counts as none."""
    carried = {name.decode(): request.headers[name].decode("latin-1") for name in CONTEXT_HEADERS if name in request.headers}
    return _propagator.extract(carried, Context())


class TracedExchange(Exchange):
    """A request and its span."""

    span: Span = INVALID_SPAN


class TracedPipeline(Pipeline):
    """Answers as Pipeline does; `arguments` and `options` are its own. Every request is opened here, and ends by being encoded."""

    def __init__(self, tracer: Tracer, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._tracer = tracer

    def _open(self, request: HttpRequest) -> Exchange:
        span = self._tracer.start_span("request", context_of(request), SpanKind.SERVER)
        opened = super()._open(request)
        return TracedExchange(**{name: getattr(opened, name) for name in opened.__struct_fields__}, span=span)

    def _call(self, exchange: Exchange) -> None:
        with _within(_span_of(exchange)):
            super()._call(exchange)

    async def _answer_later(self, exchange: Exchange, first: Outcome | None) -> Answered:
        span = _span_of(exchange)
        try:
            with _within(span):
                return await super()._answer_later(exchange, first)
        finally:
            if span.is_recording():  # the client went away, and the task was cancelled
                span.end()

    def _encode(self, exchange: Exchange, outcome: Outcome) -> Answered:
        answered = super()._encode(exchange, outcome)
        span = _span_of(exchange)
        _describe(span, answered)
        span.end()
        return answered


def _span_of(exchange: Exchange) -> Span:
    return exchange.span if isinstance(exchange, TracedExchange) else INVALID_SPAN


def _within(span: Span) -> AbstractContextManager[Span]:
    return use_span(span, record_exception=False, set_status_on_exception=False)


def _describe(span: Span, answered: Answered) -> None:
    answer = answered.answer
    if answered.operation:
        span.update_name(f"{answered.service}/{answered.operation}")
        span.set_attributes(call_attributes(answered.service, answered.operation))
    span.set_attributes({"http.response.status_code": answer.status, "aws.request_id": answer.request_id})
    if answer.status >= SERVER_ERRORS:
        mark_failed(span, answered.code)
    elif answered.code:
        span.set_attribute("error.type", answered.code)  # the client's mistake is no failure of the server
