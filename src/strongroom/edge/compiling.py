"""Compile shapes into closures, each shape once, and shapes that hold themselves too."""

from collections.abc import Callable
from typing import Any, TypeVar

from strongroom.edge.models import ServiceModel, Shape

C = TypeVar("C", bound=Callable[..., Any])
Build = Callable[[str, Shape, Callable[[str], C | None]], C | None]


def compile_shape(model: ServiceModel, name: str, build: Build[C]) -> C | None:
    """Return the closure that `build` makes of shape `name`; None is a shape that needs no work.

    `build` gets the shape's name, the shape, and a function that returns the closure of another shape. Where a shape
    holds itself, that function returns a closure which looks the real one up when it is called.
    """
    done: dict[str, C | None] = {}
    open_: set[str] = set()

    def closure_of(wanted: str) -> C | None:
        if wanted in done:
            return done[wanted]
        if wanted in open_:
            return _late(done, wanted)
        open_.add(wanted)
        done[wanted] = build(wanted, model.shapes[wanted], closure_of)
        return done[wanted]

    return closure_of(name)


def _late(done: dict[str, C | None], wanted: str) -> C:
    def call(*arguments: Any) -> Any:
        closure = done[wanted]
        return closure(*arguments) if closure is not None else arguments[0]

    return call  # type: ignore[return-value]
