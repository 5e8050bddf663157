"""What happens to a request: route > authenticate > decode > call > encode.

The steps up to the call are synchronous and can be run again. They run inline in the event loop first; if something has to
wait, everything is run again in a bounded thread pool, and once more for each conflict of the commit.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, NamedTuple

import structlog
from msgspec import structs

from strongroom.calls.engine import ATTEMPTS, Engine, Incoming, Outcome, Refusal, Unrecorded
from strongroom.core.control import Conflict, MustBlock
from strongroom.core.errors import ApiError, InternalFailure, OperatorError, ServiceUnavailable, Throttled
from strongroom.edge.codecs import Codec, compile_codec, encode_error
from strongroom.edge.exchange import Exchange, open_exchange
from strongroom.edge.http import HttpAnswer, HttpRequest
from strongroom.edge.models import QUERY, Models, OperationModel, ServiceModel
from strongroom.edge.refusals import InvalidAction, MissingAuthentication, OperationNotOffered, UnknownOperation
from strongroom.edge.routing import UNKNOWN, Route, recordable
from strongroom.edge.shares import PoolShares
from strongroom.edge.sigv4 import Verifier, ensure_scope, ensure_timely, is_region
from strongroom.identity.credentials import CredentialSource
from strongroom.identity.principal import Principal
from strongroom.policy.decision import PrincipalFacts, PrincipalType

DEFAULT_REGION = "us-east-1"  # of requests that name none: unsigned calls to STS, and refusals
BACKOFF_SECONDS = 0.002
ANONYMOUS = Principal(PrincipalFacts(PrincipalType.ANONYMOUS, "", ""), user_id="")
_log = structlog.get_logger()


class StepLeftOutError(RuntimeError):
    """A step of the pipeline was taken before the one that it needs: a programming error, answered as InternalFailure."""


class Answered(NamedTuple):
    """An answer, and what to count it as."""

    answer: HttpAnswer
    service: str
    operation: str
    code: str


Later = Coroutine[Any, Any, Answered]


class Pipeline:
    """Answers requests. One for each process; `answer` may run many times at once in its event loop."""

    def __init__(
        self,
        engine: Engine,
        credentials: CredentialSource,
        models: Models,
        *,
        now: Callable[[], float],
        new_id: Callable[[], str],
        executor: Executor,
        effects: Executor | None = None,
        threads: int = 2,
        default_region: str = DEFAULT_REGION,
    ) -> None:
        self._engine = engine
        self._credentials = credentials
        self._models = models
        self._now = now
        self._new_id = new_id
        self._shares = PoolShares(executor, threads)
        self._effects = effects or executor
        self._default_region = default_region
        self._codecs: dict[tuple[str, str], Codec] = {}
        self._verifier = Verifier()
        self._services = ", ".join(f"'{name}'" for name in sorted(models.services))

    async def answer(self, request: HttpRequest) -> Answered:
        """Return the answer to `request`, whatever it holds."""
        [begun] = self.begin([request])
        return begun if isinstance(begun, Answered) else await begun

    def begin(self, requests: Sequence[HttpRequest]) -> list[Answered | Later]:
        """Return for each request its answer if that can be given at once, else what to await for it.

        All of them were here before the first is run, so one look at the change feed serves them all. They take each step together,
        because the processor is faster at doing one thing many times, and their events are written together before any is answered.
        Nearly every read is answered at once, and then costs neither a coroutine nor a task.
        """
        exchanges = [self._open(request) for request in requests]
        going = self._start(exchanges)
        for step in (self._authenticate, self._decode, self._call):
            going = self._take(step, going)
        self._record(exchanges)
        return [self._begun(exchange) for exchange in exchanges]

    def _start(self, exchanges: list[Exchange]) -> list[Exchange]:
        """Give each request a unit of work, and return those that go on."""
        try:
            for place, exchange in enumerate(exchanges):
                exchange.unit = self._engine.begin(inline=True, refresh=place == 0)
        except ApiError as error:
            for exchange in exchanges:
                exchange.end(self._refused(exchange, error))
            return []
        return exchanges

    def _take(self, step: Callable[[Exchange], None], exchanges: list[Exchange]) -> list[Exchange]:
        """Take one step with each request, and return those that go on: not the refused, nor those that have to be run elsewhere."""
        going = []
        for exchange in exchanges:
            try:
                step(exchange)
            except (MustBlock, Conflict):
                pass  # it has no outcome here
            except Exception as error:  # noqa: BLE001 - whatever it is, the client is answered and the log has it
                exchange.end(self._refused(exchange, self._answerable(exchange, error)))
            else:
                going.append(exchange)
        return going

    def _record(self, exchanges: list[Exchange]) -> None:
        """Write the events of all that have ended. If they can't be written, none of it happened, except what is in a commit."""
        try:
            recorded = self._engine.record([event for exchange in exchanges for event in exchange.events])
        except ServiceUnavailable as error:
            for exchange in exchanges:
                exchange.outcome = exchange.outcome and _unless_committing(exchange.outcome, error)
        else:
            if recorded is not None:
                for exchange in exchanges:
                    exchange.outcome = exchange.outcome and _once(exchange.outcome, recorded)

    def _begun(self, exchange: Exchange) -> Answered | Later:
        outcome = exchange.outcome
        if outcome is None or outcome.commit is not None or outcome.effect is not None:
            return self._answer_later(exchange, outcome)
        return self._encode(exchange, outcome)

    def waiting(self) -> int:
        """Return how many requests are in the thread pool or wait for it."""
        return self._shares.waiting

    async def refuse(self, request: HttpRequest, error: ApiError) -> Answered:
        """Return (and record) the answer to a request that HTTP itself turns away: too large, too slow."""
        exchange = self._open(request)
        return self._encode(exchange, await self._refuse(exchange, error))

    def _open(self, request: HttpRequest) -> Exchange:
        return open_exchange(self._models, request, self._now(), self._new_id())

    # The steps

    def _authenticate(self, exchange: Exchange) -> None:
        """Find out who signed the request. Raises what AWS answers to an absent, unreadable, wrong or late signature."""
        unit = exchange.unit
        if unit is None:
            raise StepLeftOutError
        if exchange.unreadable is not None:
            raise exchange.unreadable
        signature = exchange.signature
        if signature is None:
            if not self._may_be_unsigned(exchange):
                raise MissingAuthentication(query=exchange.route.query)
            exchange.principal = ANONYMOUS
            return
        ensure_scope(signature, exchange.route.service, self._services)
        ensure_timely(signature, exchange.now)
        credential = self._credentials.find(unit, signature.access_key_id, signature.session_token, exchange.now)
        self._verifier.verify(signature, exchange.request, credential)
        exchange.principal = credential.principal

    def _decode(self, exchange: Exchange) -> None:
        """Decode and check the request. Raises what is wrong with the operation's name, SerializationFailed or ValidationFailed."""
        exchange.codec = codec = self._codec(exchange.route)
        exchange.members = codec.decode(exchange.route, exchange.request)

    def _call(self, exchange: Exchange) -> None:
        """Make the call. Every ApiError is in its outcome. Raises MustBlock (inline only) and Conflict."""
        unit, principal, codec = exchange.unit, exchange.principal, exchange.codec
        if unit is None or principal is None or codec is None:
            raise StepLeftOutError
        operation = codec.operation
        region = exchange.signature.region if exchange.signature else self._default_region
        incoming = Incoming(operation.service.name, operation.name, exchange.members, principal, region, exchange.now, exchange.origin)
        exchange.end(self._engine.attempt(unit, incoming))

    def _may_be_unsigned(self, exchange: Exchange) -> bool:
        service = exchange.route.service
        operation = service.operations.get(exchange.route.operation) if service else None
        return operation is not None and operation.unsigned

    def _codec(self, route: Route) -> Codec:
        """Return the codec of the operation that the request names. Raises what is wrong with the name."""
        if route.error is not None:
            raise route.error
        service = route.service
        if service is None:
            raise UnknownOperation
        name = (service.name, route.operation)
        codec = self._codecs.get(name)
        if codec is None:
            codec = self._codecs[name] = compile_codec(self._offered(service, route))
        return codec

    def _offered(self, service: ServiceModel, route: Route) -> OperationModel:
        operation = service.operations.get(route.operation)
        if operation is not None and route.operation in self._engine.services[service.name].operations:
            return operation
        if service.protocol == QUERY:
            raise InvalidAction(route.operation, route.form.get("Version"))
        if operation is not None and OperationNotOffered.code in service.errors:
            raise OperationNotOffered
        raise UnknownOperation

    async def _refuse(self, exchange: Exchange, error: ApiError) -> Outcome:
        """Turn a request away and record it."""
        outcome, events = self._refused(exchange, error)
        try:
            recorded = self._engine.record(events)
            if recorded is not None:
                await _until_durable(recorded)
        except ServiceUnavailable as unavailable:
            return Outcome(None, unavailable, None)
        return outcome

    def _refused(self, exchange: Exchange, error: ApiError) -> Unrecorded:
        """Return the outcome of a request that never became a call, or whose call could not be finished."""
        route = exchange.route
        signature = exchange.signature
        region = signature.region if signature and is_region(signature.region, route.service) else self._default_region
        service = route.service.name if route.service else UNKNOWN.lower()
        refusal = Refusal(service, recordable(route.operation), region, exchange.principal, exchange.now, exchange.origin, error)
        return Unrecorded(Outcome(None, error, None), self._engine.refusal(refusal))

    def _encode(self, exchange: Exchange, outcome: Outcome) -> Answered:
        """Return the answer on the wire. A response that does not fit its model becomes InternalFailure."""
        request_id = exchange.origin.request_id
        error = outcome.error
        codec = exchange.codec
        if error is None and codec is not None:
            operation = codec.operation
            try:
                answer = codec.encode(outcome.response or {}, request_id)
            except Exception:  # noqa: BLE001 - whatever the handler's mistake is, the client is answered and the log has it
                _log.exception("response does not fit the service model", request_id=request_id, operation=operation.name)
                error = InternalFailure()
            else:
                return Answered(answer, operation.service.name, operation.name, "")
        error = error or InternalFailure()
        route = exchange.route
        service = route.service
        known = service.operations.get(route.operation) if service else None
        answer = encode_error(route, error, request_id)
        return Answered(answer, service.name if service else "", known.name if known else "", error.code)

    # Running it as often as it takes

    async def _answer_later(self, exchange: Exchange, first: Outcome | None) -> Answered:
        """Run the request until it has ended for good: committed, refused, or failed. `first` is a run whose commit is under way."""
        try:
            outcome = await self._attempts(exchange, first)
        except Exception as error:  # noqa: BLE001 - as in _take
            outcome = await self._refuse(exchange, self._answerable(exchange, error))
        return self._encode(exchange, outcome)

    def _answerable(self, exchange: Exchange, error: Exception) -> ApiError:
        """Return what the client learns of a failure; the log has the rest."""
        if isinstance(error, ApiError):
            return error
        if isinstance(error, OperatorError):
            _log.error("the server needs its operator", reason=str(error), request_id=exchange.origin.request_id)
        else:
            request_id = exchange.origin.request_id
            _log.error("request failed", request_id=request_id, operation=exchange.route.operation, exc_info=error)
        return InternalFailure()

    async def _attempts(self, exchange: Exchange, first: Outcome | None) -> Outcome:
        outcome = first
        for attempt in range(ATTEMPTS):
            try:
                if outcome is None:
                    outcome = await self._in_pool(exchange)
                if outcome.commit is not None:
                    await _until_durable(outcome.commit)
            except Conflict:
                outcome = None
                await _back_off(attempt)
            else:
                return await self._finished(outcome)
        raise self._contended(exchange.route)

    def _contended(self, route: Route) -> ApiError:
        """Return the error that the operation has for contention."""
        service = self._engine.services.get(route.service.name) if route.service else None
        operation = service.operations.get(route.operation) if service else None
        return operation.contended() if operation else Throttled()

    async def _finished(self, outcome: Outcome) -> Outcome:
        """Do what the call left for after its commit, in threads of their own: such work may wait for further requests."""
        if outcome.effect is None:
            return outcome
        try:
            response = await asyncio.get_running_loop().run_in_executor(self._effects, outcome.effect)
        except ApiError as error:
            return Outcome(None, error, None)
        return Outcome(response, None, None)

    async def _in_pool(self, exchange: Exchange) -> Outcome:
        """Run the request in a thread, in the line of its account; one that isn't authenticated yet stands in its client's."""
        principal = exchange.principal
        line = principal.account_id if principal is not None else exchange.origin.source_ip
        return await self._shares.run(line, partial(self._blocking, exchange))

    def _blocking(self, exchange: Exchange) -> Outcome:
        """Run and record the request in a thread that may wait. Raises Conflict; ApiErrors of the call are in the outcome."""
        exchange.reset()
        try:
            exchange.unit = self._engine.begin(inline=False)
            self._authenticate(exchange)
            self._decode(exchange)
        except ApiError as error:
            exchange.end(self._refused(exchange, error))
        else:
            self._call(exchange)
        recorded = self._engine.record(exchange.events)
        outcome = exchange.outcome or Outcome(None, InternalFailure(), None)
        return outcome if recorded is None else _once(outcome, recorded)


def _unless_committing(outcome: Outcome, error: ApiError) -> Outcome:
    """Return the outcome if its events are in its commit, else the error that they could not be recorded."""
    return outcome if outcome.commit is not None else Outcome(None, error, None)


def _once(outcome: Outcome, recorded: Future[None]) -> Outcome:
    """Return the outcome as one that holds once its events are durable; a commit of its own has them already."""
    return outcome if outcome.commit is not None else structs.replace(outcome, commit=recorded)


async def _until_durable(written: Future[None]) -> None:
    """Wait for a future that other requests may wait for too: whoever gives up must not cancel it."""
    await asyncio.shield(asyncio.wrap_future(written))


async def _back_off(attempt: int) -> None:
    """Wait a few milliseconds, more after each conflict, by chance so that writers of one record part."""
    await asyncio.sleep(random.random() * BACKOFF_SECONDS * (attempt + 1))  # noqa: S311 - spreads load, guards nothing
