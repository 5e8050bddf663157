"""What the rotation engine needs from the functions of this server, or of another one."""

from dataclasses import dataclass
from typing import Protocol


class CannotInvoke(Exception):
    """The function was not run: it does not exist, may not be invoked, or its endpoint does not answer. The text says which."""


@dataclass(frozen=True, slots=True)
class RotationFunction:
    """A function as a secret names it: its ARN, and the secret on whose behalf it is called."""

    arn: str
    secret_arn: str
    account_id: str
    region: str


class FunctionInvoker(Protocol):
    """Invokes functions as Secrets Manager, with no unit of work open. Safe to call from many threads."""

    def invoke(self, function: RotationFunction, payload: bytes) -> str | None:
        """Run the function to its end; None where it ended well, else the error that it reported. Raises CannotInvoke."""
        ...
