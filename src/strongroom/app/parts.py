"""What requests run through in this process: as it is, or with spans around it where the operator wants traces.

That is chosen once, when a node is made. Without `otlp-endpoint` nothing of OpenTelemetry is imported, and no request asks for it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from strongroom.calls.engine import Engine
from strongroom.core.errors import OperatorError
from strongroom.edge.pipeline import Pipeline

TRACING = "strongroom.app.tracing"


def _nothing() -> None:
    """Close nothing."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Makers of the parts that can be traced, with the arguments of the classes that stand here as defaults.

    Attributes:
        close: sends what is left; called when everything else has ended.
    """

    engine: Callable[..., Engine] = Engine
    pipeline: Callable[..., Pipeline] = Pipeline
    threads: Callable[..., ThreadPoolExecutor] = ThreadPoolExecutor
    close: Callable[[], None] = _nothing


def make_parts(endpoint: str | None, instance: str) -> Parts:
    """Return the parts for the process called `instance`. Starts a thread if traces go to an `endpoint`, so: after the fork."""
    if endpoint is None:
        return Parts()
    return _traced_parts()(endpoint, instance)


def ensure_traceable(endpoint: str | None) -> None:
    """Return if traces can be made where they are wanted. Raises OperatorError with what to install."""
    if endpoint is not None:
        _traced_parts()


def _traced_parts() -> Callable[[str, str], Parts]:
    try:
        module = import_module(TRACING)
    except ModuleNotFoundError as error:
        raise OperatorError("otlp-endpoint needs OpenTelemetry: pip install 'strongroom[tracing]'") from error
    return cast("Callable[[str, str], Parts]", module.traced_parts)
