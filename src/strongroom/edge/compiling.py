"""Compile shapes into closures, each shape once, and shapes that hold themselves too."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

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


class Kinds(NamedTuple, Generic[C]):
    """How each kind of shape is read, where every shape can be: from the readers of its parts, or by its scalar type."""

    structure: Callable[[dict[str, C]], C]
    list: Callable[[C], C]
    map: Callable[[C, C], C]
    scalars: Mapping[str, C]


def compile_reader(model: ServiceModel, name: str, kinds: Kinds[C]) -> C:
    """Return the reader of shape `name`, put together from `kinds`. Raises LookupError for a shape without one: the model is broken."""

    def build(_name: str, shape: Shape, closure_of: Callable[[str], C | None]) -> C:
        def needed(reference: Shape) -> C:
            found = closure_of(reference["shape"])
            if found is None:
                raise LookupError(reference["shape"])
            return found

        kind = shape["type"]
        if kind == "structure":
            return kinds.structure({name: needed(member) for name, member in shape["members"].items()})
        if kind == "list":
            return kinds.list(needed(shape["member"]))
        if kind == "map":
            return kinds.map(needed(shape["key"]), needed(shape["value"]))
        return kinds.scalars[kind]

    reader = compile_shape(model, name, build)
    if reader is None:
        raise LookupError(name)
    return reader
