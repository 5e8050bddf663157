"""What the functions room stores."""

import msgspec

from strongroom.functions.rules.names import function_arn


class FunctionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A function. Its dicts are replaced, never changed.

    Attributes:
        revision_id: a new UUID after each change.
        policy: statement id -> statement of the resource policy, as a JSON text.
        code_sha256: base64, as AWS shows it; also names the code record.
        modified: seconds since the epoch.
        template: True for a rotation template, which every account has and which is stored nowhere.
    """

    account_id: str
    region: str
    name: str
    runtime: str
    role: str
    handler: str
    code_sha256: str
    code_size: int
    description: str = ""
    timeout: int
    memory_mb: int
    environment: dict[str, str] = {}
    policy: dict[str, str] = {}
    tags: dict[str, str] = {}
    architectures: tuple[str, ...] = ("x86_64",)
    ephemeral_mb: int = 512
    modified: float
    revision_id: str
    template: bool = False

    @property
    def arn(self) -> str:
        """Return the unqualified ARN."""
        return function_arn(self.region, self.account_id, self.name)


class CodeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The deployment package of one function."""

    account_id: str
    region: str
    name: str
    code_sha256: str
    data: bytes


class LogRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What one invocation printed, its first and last part where it printed much."""

    account_id: str
    region: str
    name: str
    time_ms: int
    request_id: str
    output: bytes
