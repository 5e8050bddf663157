"""Parameters as files and servers exchange them, and what an import or a copy has to do. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import NamedTuple

SECURE_STRING = "SecureString"
STRING_LIST = "StringList"
ADVANCED = "Advanced"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter under a path; members that are None are not said, such as the tier Standard. The value is never shown."""

    name: str
    value: str = field(repr=False)
    type: str | None = None
    data_type: str | None = None
    tier: str | None = None
    description: str | None = None
    allowed_pattern: str | None = None

    @property
    def is_secure(self) -> bool:
        """Return whether it is a SecureString."""
        return self.type == SECURE_STRING


class Difference(NamedTuple):
    """A name under which two sides differ, and in what: `value`, `type`, `description` ..."""

    before: Parameter
    after: Parameter
    members: tuple[str, ...]


class Plan(NamedTuple):
    """What makes one side like the other.

    Attributes:
        create: only on the wanted side.
        change: on both, and not the same.
        extra: only on the present side; never deleted.
        same: how many are equal.
    """

    create: list[Parameter]
    change: list[Difference]
    extra: list[Parameter]
    same: int


def relative_name(path: str, name: str) -> str:
    """Return `name` as seen from `path`."""
    return ("/" + name.lstrip("/")).removeprefix(path.rstrip("/") + "/")


def full_name(path: str, name: str) -> str:
    """Return the full name of what `name` is below `path`."""
    return f"{path.rstrip('/')}/{name}"


def _differing(before: Parameter, after: Parameter, *, whole: bool) -> tuple[str, ...]:
    pairs = ((member.name, getattr(before, member.name), getattr(after, member.name)) for member in fields(Parameter))
    return tuple(name for name, old, new in pairs if old != new and (whole or new is not None))


def plan(present: Iterable[Parameter], wanted: Iterable[Parameter], *, whole: bool = False) -> Plan:
    """Compare two sides by name. What a wanted parameter does not say is compared only if `whole`."""
    before = {parameter.name: parameter for parameter in present}
    after = {parameter.name: parameter for parameter in wanted}
    both = [(before[name], parameter) for name, parameter in after.items() if name in before]
    differences = [Difference(old, new, _differing(old, new, whole=whole)) for old, new in both]
    change = [difference for difference in differences if difference.members]
    return Plan(
        [parameter for name, parameter in after.items() if name not in before],
        change,
        [parameter for name, parameter in before.items() if name not in after],
        len(both) - len(change),
    )
