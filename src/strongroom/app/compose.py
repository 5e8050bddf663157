"""Puts one node together: names every concrete backend, and nothing else does."""

import socket
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry

from strongroom.app.backends import external_key_stores, identity_providers, open_database, open_ring
from strongroom.app.clocks import ServerClocks
from strongroom.app.invoking import EngineInvoker, forwarder, function_runner
from strongroom.app.layout import DataDirectory
from strongroom.app.maintenance import maintenance, retention_job
from strongroom.app.parts import ensure_traceable, make_parts
from strongroom.app.pulse import Pulse
from strongroom.app.services import JOBS, SERVICES
from strongroom.audit.chain import WriterChain
from strongroom.audit.trail import AuditTrail
from strongroom.calls.call import Environment
from strongroom.calls.observations import Observer
from strongroom.calls.quotas import ParameterQuotas, Throttle
from strongroom.calls.refusals import RefusalMeter
from strongroom.calls.scheduler import Scheduler
from strongroom.config import Settings
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.crypto.memory import harden_process
from strongroom.crypto.random import RequestIds, random_bytes
from strongroom.crypto.tokens import TokenSealer
from strongroom.edge.asgi import Application
from strongroom.edge.metrics import Metrics
from strongroom.edge.models import Models, load_models
from strongroom.functions.logs import log_keeper
from strongroom.functions.rules.limits import LARGE_BODIES
from strongroom.functions.runner.pool import Forward
from strongroom.identity.resolution import Resolver
from strongroom.secretsmanager.rotation.worker import RotationWorker

EFFECTS_AT_ONCE = 32  # threads for work after a commit: each waits for a function, and functions call back


def writer_name(role: str) -> str:
    """Return the name of this process's audit chain: host, role, and a random part, so that no two writers ever share one."""
    return f"{socket.gethostname()}-{role}-{random_bytes(6).hex()}"


@dataclass(slots=True)
class Prepared:
    """What is made once before the fork. Holds no connection or thread.

    Attributes:
        shared: a directory that lives as long as the server, for what its workers tell each other.
    """

    settings: Settings
    layout: DataDirectory
    ring: DomainKeyRing
    models: Models
    clocks: ServerClocks
    shared: Path
    dev: bool = False
    endpoint: str = ""
    forward: Forward | None = None

    def functions_endpoint(self) -> str:
        """Return the URL at which functions reach this server; known once its socket is bound."""
        return self.settings.functions_endpoint_url or self.endpoint


def _shared_directory(layout: DataDirectory) -> Path:
    layout.shared.mkdir(mode=0o700, exist_ok=True)
    return layout.shared


def forget_figures(layout: DataDirectory) -> None:
    """Empty the shared directory: figures of a server before this one are gone, as Prometheus expects of a restart.

    For a server that has bound its address. Operator commands, and a second server that can't start, leave the figures alone.
    """
    for path in layout.shared.iterdir():
        path.unlink(missing_ok=True)


def prepare(settings: Settings, *, dev: bool = False, models: Models | None = None) -> Prepared:
    """Check the data directory, open the seal and load the models. Raises OperatorError with what the operator must do."""
    layout = DataDirectory(settings.data_dir)
    layout.ensure_private()
    forward = forwarder(settings)
    ensure_traceable(settings.otlp_endpoint)
    harden_process()
    return Prepared(
        settings,
        layout,
        open_ring(settings, layout),
        models or load_models(tuple(SERVICES)),
        ServerClocks(),
        _shared_directory(layout),
        dev,
        forward=forward,
    )


def parameter_quotas(settings: Settings) -> ParameterQuotas:
    """Return the quotas of Parameter Store that the settings name, as one worker holds them."""
    requests = Throttle(settings.workers) if settings.parameter_request_quotas else None
    return ParameterQuotas(settings.standard_parameters, settings.advanced_parameters, requests)


class Node:
    """One process's running parts, made in the process itself: it opens connections and threads. `close` finishes what was begun."""

    def __init__(self, prepared: Prepared, role: str) -> None:
        self.prepared = prepared
        settings, clocks = prepared.settings, prepared.clocks
        writer = writer_name(role)
        self._parts = make_parts(settings.otlp_endpoint, writer)
        journal = WriterChain(prepared.ring, writer)
        self.database = open_database(settings, prepared.layout, prepared.ring, journal)
        self.database.open()
        self.trail = AuditTrail(
            prepared.layout.audit,
            writer,
            prepared.ring,
            self.database.audit(),
            now=clocks.wall.now,
            journal=journal,
            durability=settings.audit_durability,
        )
        self.observer = Observer(self.database)
        self.tokens = TokenSealer(prepared.ring)
        proxies = external_key_stores(settings, clocks.wall.now)
        self.functions = function_runner(
            settings, prepared.layout, prepared.functions_endpoint, prepared.forward, log_keeper(self.database, clocks.wall.now)
        )
        self.environment = Environment(
            clocks,
            random_bytes,
            self.tokens,
            self.observer.observe,
            self.trail,
            proxies,
            parameter_quotas(settings),
            self.functions,
            Throttle(settings.workers) if settings.kms_request_quotas else None,
            identity_providers(settings),
            new_id=RequestIds(),
        )
        self.engine = self._parts.engine(
            SERVICES, self.database, self.trail, self.environment, RefusalMeter(settings.audit_refusals_per_second)
        )
        self.metrics = Metrics(CollectorRegistry(), prepared.shared, writer)
        self.metrics.gauge(
            "strongroom_commits_waiting", "Units of work in the writers' queues.", lambda: self.database.gauges().waiting_commits
        )
        self.metrics.gauge("strongroom_cache_bytes", "Estimated size of the cached records.", lambda: self.database.gauges().cache_bytes)
        self.metrics.gauge("strongroom_cache_misses", "Records read from the database.", lambda: self.database.gauges().cache_misses)
        self.metrics.gauge(
            "strongroom_refusals_summarised",
            "Requests refused before authentication that were counted in a summary event and have none of their own.",
            lambda: self.engine.refusal_meter.summarised,
        )
        self.pulse = Pulse(self.database, self.metrics, prepared.shared, writer, lambda: self.engine.summarise_refusals(clocks.wall.now()))
        self.executor = self._parts.threads(settings.threads, thread_name_prefix="call")
        self.effects = self._parts.threads(EFFECTS_AT_ONCE, thread_name_prefix="effect")
        self.rotations = RotationWorker(EngineInvoker(self.engine, clocks.wall.now))
        jobs = [*JOBS, self.rotations.job(), *maintenance(self.database, prepared.ring, prepared.layout)]
        jobs.append(retention_job(self.database.audit(), prepared.ring, settings.audit_retention_days))
        self.scheduler = Scheduler(jobs, self.database, self.trail, self.environment, owner=writer)

    def application(self) -> Application:
        """Return the ASGI application of this node."""
        pipeline = self._parts.pipeline(
            self.engine,
            Resolver(self.tokens, dev=self.prepared.dev),
            self.prepared.models,
            now=self.prepared.clocks.wall.now,
            new_id=self.environment.new_id,
            executor=self.executor,
            threads=self.prepared.settings.threads,
            effects=self.effects,
        )
        self.metrics.gauge("strongroom_requests_waiting", "Requests in the thread pools or their lines.", pipeline.waiting)
        token = self.prepared.settings.metrics_token
        return Application(pipeline, self.metrics, ready=self.pulse.is_ready, metrics_token=token, large_bodies=LARGE_BODIES)

    def start(self, *, timed: bool) -> None:
        """Start the audit trail, and timed work if `timed`."""
        self.trail.open()
        self.observer.start()
        self.pulse.start()
        if timed:
            self.scheduler.start()

    def close(self) -> None:
        """Finish queued work and close everything, the audit trail last but the database."""
        self.scheduler.stop()
        self.rotations.stop()
        self.functions.close()
        self.rotations.close()
        self.effects.shutdown()
        self.executor.shutdown()
        self.observer.stop()
        self.pulse.stop()
        self.engine.summarise_refusals(self.prepared.clocks.wall.now(), at_once=True)
        self.trail.close()
        self.database.close()
        self._parts.close()
