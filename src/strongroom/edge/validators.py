"""Check a decoded request against the constraints of its service model, with AWS's wording for what fails.

`Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1`. Members
are named in lowerCamelCase, list members by number from 1 (`tags.1.member.tagKey`); a value is left out where it, or
anything it holds, is sensitive.

Source: shared wording of AWS's services; recorded examples from KMS.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from strongroom.core.errors import ValidationFailed
from strongroom.edge.compiling import compile_shape
from strongroom.edge.constraints import NOT_NULL, Constraint, constraints_of
from strongroom.edge.models import ServiceModel, Shape
from strongroom.edge.overrides import ALSO_SENSITIVE, LEFT_TO_HANDLER, OWN_WORDING

MOST_FAILURES = 100  # told in one answer; a request of a megabyte could otherwise be answered with sixty


class EnoughError(Exception):
    """So many constraints failed that no more are looked for."""


class Failures(list[str]):
    """What failed so far, in AWS's words."""

    def append(self, failure: str) -> None:
        """Add a failure. Raises EnoughError with the last one that is told."""
        super().append(failure)
        if len(self) >= MOST_FAILURES:
            raise EnoughError


MEMBERS_MANY = 4  # structures of so many members are checked by what a request holds of them
Check = Callable[[Any, str, Failures], None]
Validator = Callable[[dict[str, Any]], None]


def show(value: Any) -> str:
    """Return a value as AWS's texts show it."""
    if isinstance(value, list):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={show(item)}' for name, item in value.items())}}}"
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _hides(model: ServiceModel, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Return whether shape `name`, or anything it may hold, is sensitive."""
    shape = model.shapes[name]
    if shape.get("sensitive") or (model.name, name) in ALSO_SENSITIVE:
        return True
    if name in seen:
        return False
    held = [*shape.get("members", {}).values(), *(shape[part] for part in ("member", "key", "value") if part in shape)]
    return any(_hides(model, reference["shape"], seen | {name}) for reference in held)


class _Compiler:
    """Builds the check of each shape of one service."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model

    def build(self, name: str, shape: Shape, closure_of: Callable[[str], Check | None]) -> Check | None:
        """Return the check of a shape, or None if nothing in it can fail."""
        if (self._model.name, name) in LEFT_TO_HANDLER:
            return None
        kind = shape["type"]
        if kind == "structure":
            return _structure(shape, closure_of)
        parts = [self._own(name, constraints_of(shape))]
        if kind == "list":
            parts.append(self._held(name, shape, "member", closure_of))
        elif kind == "map":
            parts += [self._held(name, shape, "key", closure_of), self._held(name, shape, "value", closure_of)]
        return _all_of([part for part in parts if part is not None])

    def _own(self, name: str, constraints: tuple[Constraint, ...]) -> Check | None:
        if not constraints:
            return None
        say = self._sayer(name)

        def check(value: Any, path: str, failures: Failures) -> None:
            for constraint in constraints:
                if not constraint.holds(value):
                    failures.append(say(value, path, constraint))
                    if constraint.final:
                        return

        return check

    def _sayer(self, name: str) -> Callable[[Any, str, Constraint], str]:
        hidden = _hides(self._model, name)
        service = self._model.name

        def say(value: Any, path: str, constraint: Constraint) -> str:
            if wording := OWN_WORDING.get((service, constraint.pattern)):
                return wording.format(member=path)
            return _failure(None if hidden else show(value), path, constraint.text)

        return say

    def _held(self, name: str, shape: Shape, part: str, closure_of: Callable[[str], Check | None]) -> Check | None:
        """Return the check of what a list or a map holds: structures one by one, anything else as one constraint of the whole."""
        held = shape[part]["shape"]
        if (self._model.name, held) in LEFT_TO_HANDLER:
            return None
        if self._model.shapes[held]["type"] in {"structure", "list", "map"}:
            inner = closure_of(held)
            return None if inner is None else _one_by_one(inner, part)
        constraints = constraints_of(self._model.shapes[held])
        return _as_a_whole(constraints, part, hidden=_hides(self._model, name)) if constraints else None


def _failure(shown: str | None, path: str, text: str) -> str:
    value = "Value" if shown is None else f"Value '{shown}'"
    return f"{value} at '{path}' failed to satisfy constraint: {text}"


def _all_of(parts: list[Check]) -> Check | None:
    if len(parts) < 2:  # noqa: PLR2004 - none or one needs no wrapper
        return parts[0] if parts else None

    def check(value: Any, path: str, failures: Failures) -> None:
        for part in parts:
            part(value, path, failures)

    return check


def _structure(shape: Shape, closure_of: Callable[[str], Check | None]) -> Check | None:
    required = frozenset(shape.get("required", ()))
    members = [(name, _camel(name), name in required, closure_of(member["shape"])) for name, member in shape["members"].items()]
    members = [member for member in members if member[2] or member[3] is not None]
    if not members:
        return None

    def check(value: Any, path: str, failures: Failures) -> None:
        for name, shown, is_required, inner in members:
            item = value.get(name)
            if item is None:
                if is_required:
                    failures.append(f"Value null at '{path}{shown}' failed to satisfy constraint: {NOT_NULL}")
            elif inner is not None:
                inner(item, path + shown, failures)

    checked = {name: (shown, inner) for name, shown, _, inner in members if inner is not None}
    return check if len(checked) < MEMBERS_MANY else _check_of_present(check, required, checked)


def _check_of_present(check: Check, required: frozenset[str], checked: dict[str, tuple[str, Check]]) -> Check:
    """Return a check that looks only at what is there, and has `check` name in the model's order what it finds wrong."""
    find = checked.get

    def is_good(value: Any, path: str) -> bool:
        if not required <= value.keys():
            return False
        found = Failures()
        with suppress(EnoughError):
            for name, item in value.items():
                known = find(name)
                if item is None:
                    return False
                if known is not None:
                    known[1](item, path + known[0], found)
        return not found

    def check_present(value: Any, path: str, failures: Failures) -> None:
        if not is_good(value, path):
            check(value, path, failures)

    return check_present


def _one_by_one(inner: Check, part: str) -> Check:
    if part == "member":

        def check(value: Any, path: str, failures: Failures) -> None:
            for number, item in enumerate(value, 1):
                inner(item, f"{path}.{number}.member" + ("." if isinstance(item, dict) else ""), failures)

        return check

    def check_map(value: Any, path: str, failures: Failures) -> None:
        for name, item in value.items():
            inner(item, f"{path}.{name}.member" + ("." if isinstance(item, dict) else ""), failures)

    return check_map


_WHOLES = {
    "member": "Member must satisfy constraint",
    "key": "Map keys must satisfy constraint",
    "value": "Map value must satisfy constraint",
}


def _as_a_whole(constraints: tuple[Constraint, ...], part: str, *, hidden: bool) -> Check:
    text = f"{_WHOLES[part]}: [{', '.join(constraint.text for constraint in constraints)}]"

    def holds(item: Any) -> bool:
        return all(constraint.holds(item) for constraint in constraints)

    def check(value: Any, path: str, failures: Failures) -> None:
        if not all(map(holds, value.values() if part == "value" else value)):
            failures.append(_failure(None if hidden else show(value), path, text))

    return check


def compile_validator(model: ServiceModel, name: str) -> Validator:
    """Return a function that returns for a good request of shape `name` and raises ValidationFailed for any other."""
    check = compile_shape(model, name, _Compiler(model).build)

    def validate(request: dict[str, Any]) -> None:
        if check is None:
            return
        failures = Failures()
        with suppress(EnoughError):
            check(request, "", failures)
        if failures:
            raise ValidationFailed(validation_text(failures))

    return validate


def validation_text(failures: Sequence[str]) -> str:
    """Return AWS's one text for one or more failures."""
    if len(failures) == 1 and not failures[0].startswith("Value"):
        return failures[0]
    errors = "error" if len(failures) == 1 else "errors"
    return f"{len(failures)} validation {errors} detected: {'; '.join(failures)}"
