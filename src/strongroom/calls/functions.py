"""What running a function needs, and what runs it: the port between the Lambda API and whatever holds its processes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from strongroom.core.secret import SecretBytes


@dataclass(frozen=True, slots=True)
class FunctionCredentials:
    """Temporary credentials of an execution role. `expires_at` is in seconds since the epoch."""

    access_key_id: str
    secret_access_key: SecretBytes
    session_token: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of one function.

    Attributes:
        scope: a process serves invocations of one scope only: the function's revision, and for templates the secret too.
        handler: `module.function`.
        code: the zip file; None for a template, whose module is the server's own.
        timeout: seconds.
    """

    arn: str
    name: str
    account_id: str
    region: str
    request_id: str
    scope: str
    handler: str
    code: bytes | None
    memory_mb: int
    timeout: int
    environment: Mapping[str, str]
    credentials: FunctionCredentials
    payload: bytes


@dataclass(frozen=True, slots=True)
class InvocationAnswer:
    """What a function answered. `error` is `Handled` or `Unhandled` where it failed, and the payload says how."""

    payload: bytes
    error: str | None = None
    log: bytes = b""
    status: int = 200
    version: str = "$LATEST"


@dataclass(frozen=True, slots=True)
class RemoteInvocation:
    """An Invoke call for a function that this server does not hold. `headers` are the call's own X-Amz-... ones."""

    arn: str
    region: str
    payload: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class FunctionRunner(Protocol):
    """Runs functions in processes of their own. Safe to call from many threads; blocks while the function runs."""

    @property
    def forwards(self) -> bool:
        """Return whether invocations of functions that this server does not hold go to another endpoint."""
        ...

    def run(self, invocation: Invocation) -> InvocationAnswer:
        """Run a function. Raises ApiErrors: too many at once, or no way to confine it."""
        ...

    def forward(self, invocation: RemoteInvocation) -> InvocationAnswer:
        """Send an invocation to the other endpoint. Raises ApiErrors."""
        ...
