"""The constraints of the service models, each as a test and as AWS's words for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from strongroom.edge.models import Shape
from strongroom.edge.patterns import compile_pattern

_SIZED = frozenset(("string", "blob", "list", "map"))
_NUMBERS = frozenset(("integer", "long", "float", "double"))
NOT_NULL = "Member must not be null"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint. After a failure with `final` the later ones are not tried: a pattern is never run over an overlong text."""

    holds: Callable[[Any], bool]
    text: str
    final: bool = False
    pattern: str = ""


def _most(most: int, *, sized: bool) -> Constraint:
    if sized:
        return Constraint(lambda value: len(value) <= most, f"Member must have length less than or equal to {most}", final=True)
    return Constraint(lambda value: value <= most, f"Member must have value less than or equal to {most}")


def _least(least: int, *, sized: bool) -> Constraint:
    if sized:
        return Constraint(lambda value: len(value) >= least, f"Member must have length greater than or equal to {least}")
    return Constraint(lambda value: value >= least, f"Member must have value greater than or equal to {least}")


def constraints_of(shape: Shape) -> tuple[Constraint, ...]:
    """Return the constraints of the shape itself, not of what it holds."""
    kind = shape["type"]
    found: list[Constraint] = []
    if kind in _SIZED or kind in _NUMBERS:
        if "max" in shape:
            found.append(_most(shape["max"], sized=kind in _SIZED))
        if "min" in shape:
            found.append(_least(shape["min"], sized=kind in _SIZED))
    if "enum" in shape:
        allowed = frozenset(shape["enum"])
        found.append(Constraint(allowed.__contains__, f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]"))
    if "pattern" in shape:
        pattern = shape["pattern"]
        found.append(Constraint(compile_pattern(pattern), f"Member must satisfy regular expression pattern: {pattern}", pattern=pattern))
    return tuple(found)
