"""Random passwords. The bytes come in as an argument.

Source: Secrets Manager API Reference, GetRandomPassword.
"""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from strongroom.core.ids import RandomBytes
from strongroom.secretsmanager.errors import InvalidParameter
from strongroom.secretsmanager.rules.limits import PASSWORD_LENGTH

T = TypeVar("T")
_DRAW_BYTES = 4
_DRAWS = 256**_DRAW_BYTES


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """What a password is made of. `types` are the character classes that are left after every exclusion."""

    types: tuple[str, ...]
    length: int = PASSWORD_LENGTH
    each_type: bool = True


def character_types(*, lowercase: bool, uppercase: bool, numbers: bool, punctuation: bool, space: bool, excluded: str) -> tuple[str, ...]:
    """Return the wanted character classes without the excluded characters; a class with nothing left is dropped."""
    classes = (
        (lowercase, string.ascii_lowercase),
        (uppercase, string.ascii_uppercase),
        (numbers, string.digits),
        (punctuation, string.punctuation),
        (space, " "),
    )
    left = ("".join(c for c in characters if c not in excluded) for wanted, characters in classes if wanted)
    return tuple(characters for characters in left if characters)


def random_password(rules: PasswordRules, random_bytes: RandomBytes) -> str:
    """Return a password; every position is drawn evenly. Raises InvalidParameter if the rules can't be kept."""
    if not rules.types:
        raise InvalidParameter("The password can't be generated: every character type is excluded.")
    required = rules.types if rules.each_type else ()
    if rules.length < len(required):
        raise InvalidParameter("Password length is too short based on the required types.")
    everything = "".join(rules.types)
    drawn = [_choice(characters, random_bytes) for characters in required]
    drawn += [_choice(everything, random_bytes) for _ in range(rules.length - len(required))]
    return "".join(_shuffled(drawn, random_bytes) if required else drawn)


def _below(bound: int, random_bytes: RandomBytes) -> int:
    """Return an even number in [0, bound): draws beyond the last whole multiple are thrown away."""
    limit = _DRAWS - _DRAWS % bound
    while True:
        drawn = int.from_bytes(random_bytes(_DRAW_BYTES), "big")
        if drawn < limit:
            return drawn % bound


def _choice(items: Sequence[T], random_bytes: RandomBytes) -> T:
    return items[_below(len(items), random_bytes)]


def _shuffled(items: list[str], random_bytes: RandomBytes) -> list[str]:
    out = list(items)
    for last in range(len(out) - 1, 0, -1):  # Fisher-Yates
        other = _below(last + 1, random_bytes)
        out[last], out[other] = out[other], out[last]
    return out
