"""External key stores: keys that never leave a key manager outside the server, reached through its proxy. The port, and its data.

Source: AWS KMS External Key Store (XKS) Proxy API Specification 1.0.
"""

from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from strongroom.core.secret import SecretBytes


class ProxyProblem(StrEnum):
    """What went wrong at a proxy: its own error names, and what can happen on the way."""

    VALIDATION = "ValidationException"
    INVALID_STATE = "InvalidStateException"
    INVALID_CIPHERTEXT = "InvalidCiphertextException"
    INVALID_KEY_USAGE = "InvalidKeyUsageException"
    AUTHENTICATION_FAILED = "AuthenticationFailedException"
    ACCESS_DENIED = "AccessDeniedException"
    KEY_NOT_FOUND = "KeyNotFoundException"
    INVALID_URI_PATH = "InvalidUriPathException"
    THROTTLING = "ThrottlingException"
    UNSUPPORTED_OPERATION = "UnsupportedOperationException"
    DEPENDENCY_TIMEOUT = "DependencyTimeoutException"
    INTERNAL = "InternalException"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed out"
    TLS = "TLS failed"
    MALFORMED = "malformed response"
    NOT_ALLOWED = "not a proxy that the operator allows"


class ProxyFailure(Exception):
    """A proxy did not do what it was asked. Its own text is never passed on."""

    def __init__(self, problem: ProxyProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class ProxyAddress(msgspec.Struct, frozen=True):
    """Where a proxy is, and how requests to it are signed.

    Attributes:
        endpoint: `https://host`, without port or path.
        path: ends in /kms/xks/v1.
        region: the Region of the key store, which signatures name.
    """

    endpoint: str
    path: str
    access_key_id: str
    secret_access_key: SecretBytes
    region: str


class ProxyCall(msgspec.Struct, frozen=True):
    """On whose behalf the proxy is called: requestMetadata. `key_arn` is empty where no KMS key exists yet."""

    principal_arn: str
    operation: str
    request_id: str
    key_arn: str = ""
    via_service: str = ""


class ExternalKey(NamedTuple):
    """What a proxy says about an external key, in the words of the specification."""

    spec: str
    usages: tuple[str, ...]
    status: str


class ExternalCiphertext(NamedTuple):
    """What a proxy returns from an encryption, and needs for the decryption."""

    ciphertext: bytes
    iv: bytes
    tag: bytes
    metadata: bytes


class KeyStores(Protocol):
    """Reaches external key stores. Every method blocks, and raises ProxyFailure."""

    def check_health(self, proxy: ProxyAddress, call: ProxyCall) -> None:
        """Return if the proxy answers and its key manager is not wholly unavailable."""
        ...

    def key_metadata(self, proxy: ProxyAddress, external_key_id: str, call: ProxyCall) -> ExternalKey:
        """Return what the proxy says about a key."""
        ...

    def encrypt(self, proxy: ProxyAddress, external_key_id: str, call: ProxyCall, plaintext: bytes, aad: bytes) -> ExternalCiphertext:
        """Encrypt up to 4300 bytes under AES-GCM with up to 8192 bytes of associated data."""
        ...

    def decrypt(self, proxy: ProxyAddress, external_key_id: str, call: ProxyCall, sealed: ExternalCiphertext, aad: bytes) -> bytes:
        """Return the plaintext."""
        ...
