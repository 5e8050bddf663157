"""From an access key id and a session token to a secret to verify with, and the principal it stands for."""

from typing import Protocol

import msgspec

from strongroom.core.secret import SecretBytes
from strongroom.identity.principal import Principal
from strongroom.storage.ports import Store


class Credential(msgspec.Struct, frozen=True):
    """What an access key id stands for.

    Attributes:
        secret_access_key: what the request must have been signed with.
        fingerprint: changes whenever the secret does; derived signing keys are cached under it.
    """

    secret_access_key: SecretBytes
    fingerprint: str
    principal: Principal


class CredentialSource(Protocol):
    """Finds credentials. Implemented by identity.resolution; the server in dev mode adds the test accounts."""

    def find(self, store: Store, access_key_id: str, session_token: str | None, now: float) -> Credential:
        """Return the credential.

        Raises:
            identity.errors.UnknownCredential: no such key, inactive, or a session token that does not belong to it.
            identity.errors.ExpiredCredential: the session has ended.
        """
        ...
